"""Factsheets: what one agency needs to know, on one or two printed pages. Chosen from what its own page tells in full."""
