"""One module a command: what it does with a round, and how it says so. The stages do the work."""
