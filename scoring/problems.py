"""What is wrong with a model file, and at which of its lines."""

from __future__ import annotations

import re
from dataclasses import dataclass

Place = tuple[str | int, ...]
CODES = frozenset(
    {
        "not_found", "too_large", "not_toml",
        "weights_sum", "axis_weights_sum", "empty_axis", "duplicate_id", "unknown_axis", "unknown_check",
        "unknown_group", "empty_group", "group_in_itself",
        "unknown_level", "not_electronic", "equal_goalposts", "unordered_steps",
        "missing", "extra_forbidden", "union_tag_invalid", "union_tag_not_found", "invalid",
    }
)  # fmt: skip
"""`invalid`: a value that the schema refuses for a reason that stands in `detail`."""
_HEADER = re.compile(r"^\s*+(\[\[?)([A-Za-z0-9_.\-\s]++)\]\]?\s*+(?:#.*)?$")
_KEY = re.compile(r"^\s*([A-Za-z0-9_-]+)\s*(?:\.\s*[A-Za-z0-9_.-]+\s*)?=")


@dataclass(frozen=True, slots=True)
class ModelProblem:
    """One error. line: None where the file has no line for it. where: the path with ids in it.

    code: one of CODES, with a text in the catalogues. detail: the validator's own words.
    """

    line: int | None
    where: str
    code: str
    value: str = ""
    detail: str = ""


class ModelError(ValueError):
    """The model cannot be used. `problems` holds every reason, in order of the file."""

    def __init__(self, source: str, problems: tuple[ModelProblem, ...]) -> None:
        self.source = source
        self.problems = problems
        super().__init__("; ".join(f"{source}:{p.line or '?'}: {p.where}: {p.code}" for p in problems))


def line_of(text: str, place: Place) -> int | None:
    """Line (from 1) of the longest part of the place that stands in the file; None when nothing does."""
    best: tuple[int, int | None] = (0, None)
    for number, here in _places(text):
        common = 0
        for ours, theirs in zip(place, here, strict=False):
            if ours != theirs:
                break
            common += 1
        # a line whose own place goes beyond the asked one is inside it, not at it
        if common == len(here) and common > best[0]:
            best = (common, number)
    return best[1]


def _places(text: str) -> list[tuple[int, Place]]:
    """The place that each header and key line of a TOML file speaks of."""
    found: list[tuple[int, Place]] = []
    table: Place = ()
    counts: dict[Place, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        header = _HEADER.match(line)
        if header:
            table = _table(
                tuple("".join(header.group(2).split()).split(".")), header.group(1) == "[[", counts
            )
            found.append((number, table))
            continue
        key = _KEY.match(line)
        if key:
            found.append((number, (*table, key.group(1))))
    return found


def _table(names: tuple[str, ...], is_array: bool, counts: dict[Place, int]) -> Place:
    """The place of a table header; an array's last table is the one that deeper headers speak of."""
    place: Place = ()
    for depth, name in enumerate(names):
        place = (*place, name)
        if depth == len(names) - 1 and is_array:
            counts[place] = counts.get(place, -1) + 1
        if place in counts:
            place = (*place, counts[place])
    return place
