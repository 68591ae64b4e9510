"""Catalogues: which datasets an agency's portal lists, whoever claims them. Claims of a list, not worth of the data."""
