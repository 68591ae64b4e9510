"""Participation (P01–P06) as far as the portal shows it."""
