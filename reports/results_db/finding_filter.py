"""What somebody looks for among the findings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

SORTS = ("agency", "check", "reason", "subject")
_MOST_QUERY = 200  # characters
_CUT = "\ufffc"  # stands for the rest of what is longer, and in no text


@dataclass(frozen=True, slots=True)
class FindingFilter:
    """What somebody looks for; "" asks for nothing. indicator: its id, or that of an axis.

    reply: a state, `any` or `none`. audited: `yes` or `no`. sort: what the list is ordered by, one of SORTS; within it, and
    without it, the worst comes first.
    """

    q: str = ""
    agency: str = ""
    verdict: str = ""
    reason: str = ""
    check: str = ""
    indicator: str = ""
    reply: str = ""
    audited: str = ""
    sort: str = ""

    @classmethod
    def of(cls, given: Mapping[str, str]) -> FindingFilter:
        """From the fields of an address; what is longer than anything that is there finds nothing."""
        return cls(**{one.name: _cut(given.get(one.name, "").strip()) for one in fields(cls)})

    def given(self) -> dict[str, str]:
        """What is asked for, as fields of an address."""
        return {one.name: value for one in fields(self) if (value := getattr(self, one.name))}


def _cut(given: str) -> str:
    return given if len(given) <= _MOST_QUERY else f"{given[:_MOST_QUERY]}{_CUT}"


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Around one finding within a filter. number: counted from 1, 0 when the filter leaves it out. before, after: ids."""

    number: int
    of: int
    before: str | None
    after: str | None
