"""Evidence in the formats of others. Each format is a module of its own; `govah export` names them."""
