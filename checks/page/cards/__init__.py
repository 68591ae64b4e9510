"""Service cards of a page: labels and values, however they are laid out."""
