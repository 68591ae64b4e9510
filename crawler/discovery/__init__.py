"""Where an agency's pages lead, what is asked for of it, and what looks like more of the same."""
