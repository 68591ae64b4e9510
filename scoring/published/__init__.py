"""Indices that others publish: their tables of countries, and what a country would need for another rank."""
