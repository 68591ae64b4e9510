"""Pages as a browser shows them, in a process of its own that may send nothing."""
