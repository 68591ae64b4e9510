"""What one visit of a page shows of a service, and one step on from it."""
