"""Is the evidence untouched? Each module holds one kind of file against what was sealed."""
