"""What a dated document is worth: the declared value, halved with each year after the first, and nothing past its term."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass

from claims.model import Declaration
from scoring.model import Attested

_YEAR = 365.25  # days


@dataclass(frozen=True, slots=True)
class Attestation:
    """A document that an agency gives for an answer nobody outside can see.

    name: as declared. date: of the document; None when none was given. sha256, size: of the file, None where the name is
    none of a file that was read. value: what it counts in possible on the day of the round, 0 to 1. until: the last day
    on which it counts anything. valid: it counts on the day of the round.
    """

    name: str
    date: dt.date | None
    sha256: str | None
    size: int | None
    value: float
    until: dt.date | None
    valid: bool


def attestation(part: Attested, declaration: Declaration | None, as_of: dt.date | None) -> Attestation | None:
    """None without a document. Raises ValueError without a date to judge its age against."""
    if declaration is None or not declaration.document:
        return None
    name, date = declaration.document, declaration.document_date
    if date is None:
        return Attestation(name, None, declaration.sha256, declaration.size, 0.0, None, False)
    if as_of is None:
        raise ValueError("an attestation has an age only against a date: give as_of")
    # three years to the day are within three years, whichever of them was a leap year
    days, term = (as_of - date).days, math.ceil(part.max_years * _YEAR)
    valid = 0 <= days <= term
    value = declaration.value * 0.5 ** max(0.0, days / _YEAR - 1) if valid else 0.0
    until = date + dt.timedelta(days=min(term, (dt.date.max - date).days))
    return Attestation(name, date, declaration.sha256, declaration.size, value, until, valid)
