"""A line of a report: the key of its text, and the values that stand in it. Not here: how a value looks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NewType

_LONGEST = 200
_MOST_LISTED = 10

Figure = int | float


@dataclass(frozen=True, slots=True)
class UntrustedText:
    """Words that came from outside, cut to what a line holds. latin: they read from left to right."""

    text: str
    latin: bool = False


@dataclass(frozen=True, slots=True)
class UntrustedAddress:
    """A URL or host name from outside, cut."""

    text: str


@dataclass(frozen=True, slots=True)
class TimeValue:
    """A time in ISO 8601."""

    iso: str


@dataclass(frozen=True, slots=True)
class CodeText:
    """The text of a code. otherwise: said where the catalogue has no such text."""

    key: str
    otherwise: str = ""


Code = NewType("Code", str)
"""A name of ours, of a protocol or of a browser that is the same in every language."""

Value = Figure | Code | UntrustedText | UntrustedAddress | TimeValue | CodeText
Values = tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class ReportLine:
    """values: by the name of their field; several stand one after the other."""

    key: str
    values: Mapping[str, Value | Values] = field(default_factory=dict)


def untrusted_text(value: object) -> UntrustedText:
    return UntrustedText(_cut(str(value)), latin=True)


def untrusted_address(value: object) -> UntrustedAddress:
    return UntrustedAddress(_cut(str(value)))


def listed(
    values: Iterable[Any],
    kind: type[UntrustedText] | type[UntrustedAddress] = UntrustedAddress,
    *,
    of: int | None = None,
) -> Values:
    """As many as a line holds; then how many more there are. of: how many there are, where not all of them are given."""
    all_values = list(values)
    shown: list[Value] = [kind(_cut(str(value))) for value in all_values[:_MOST_LISTED]]
    if (more := max(of or 0, len(all_values)) - len(shown)) > 0:
        shown.append(Code(f"+{more}"))
    return tuple(shown)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
