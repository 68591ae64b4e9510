"""Datasets: obtained, usable, fresh. What an agency's data is, whatever its catalogue says."""

from __future__ import annotations

from checks.case import Check
from checks.datasets.findings import Freshness, Touched
from checks.datasets.usability import Usability

CHECKS: tuple[Check, ...] = (Usability(), Freshness(), Touched())
