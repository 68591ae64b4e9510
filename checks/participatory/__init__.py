"""Participation (P01–P06) as far as the portal shows it."""

from checks.case import Check
from checks.participatory.complaints import ComplaintsCode, ComplaintsDeadline

CHECKS: tuple[Check, ...] = (ComplaintsDeadline(), ComplaintsCode())
