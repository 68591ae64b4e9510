"""Datasets: obtained, usable, fresh. What an agency's data is, whatever its catalogue says."""
