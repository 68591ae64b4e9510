"""What is asked of a portal, and what follows from each answer: the spiders of the audit, and those of an audit body."""
