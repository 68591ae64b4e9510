"""Catalogues: which datasets an agency's portal lists, whoever claims them. Claims of a list, not worth of the data."""

from __future__ import annotations

from checks.case import Check
from checks.datasets.catalogues.check import Catalogue

CHECKS: tuple[Check, ...] = (Catalogue(),)
