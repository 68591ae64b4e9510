"""How do we visit a portal politely and keep everything? Writes captures, judges nothing."""
