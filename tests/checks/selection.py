"""Checks of the registry, by how their ids begin."""

from __future__ import annotations

from checks.case import RegisteredCheck
from checks.registry import all_checks


def checks_called(start: str) -> tuple[RegisteredCheck, ...]:
    return tuple(check for check in all_checks() if check.id.startswith(start))
