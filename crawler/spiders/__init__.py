"""What is asked of a portal, and what follows from each answer."""
