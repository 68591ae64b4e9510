"""Transparency (T01–T10) as far as sections of the portal show it. Datasets have their own package."""
