"""How an answer is had, and kept as it came."""
