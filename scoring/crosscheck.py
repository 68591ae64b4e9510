"""What no single table of a model can tell: sums, references and ids across the file."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence

from scoring.model import Attested, Claimed, Contents, Goalposts, Group, Indicator, Ordinal, Ratio, Steps
from scoring.problems import Place

Fault = tuple[Place, str, str]
"""Place in the file, code, value."""
_TOLERANCE = 1e-9  # Of a sum of weights, for rounding of floats: weights in a file have a few decimals


def cross_check(contents: Contents, known_checks: frozenset[str] | None) -> Iterator[Fault]:
    """Every fault, in no particular order."""
    yield from _ids(contents)
    yield from _places(contents)
    yield from _weights(contents)
    yield from _electronic(contents)
    for number, indicator in enumerate(contents.indicator):
        for index, part in enumerate(indicator.part):
            place: Place = ("indicator", number, "part", index)
            if isinstance(part, Attested | Claimed):
                signal = part.signal if isinstance(part, Attested) else None
                if known_checks is not None and signal is not None and signal not in known_checks:
                    yield (*place, "signal"), "unknown_check", signal
                continue
            if known_checks is not None and part.check not in known_checks and not part.planned:
                yield (*place, "check"), "unknown_check", part.check
            if isinstance(part, Ordinal) and part.assumed not in part.points:
                yield (*place, "assumed"), "unknown_level", part.assumed
            if isinstance(part, Goalposts) and part.worst == part.best:
                yield (*place, "best"), "equal_goalposts", str(part.best)
            if isinstance(part, Steps) and list(part.steps) != sorted(part.steps, key=lambda step: step.upto):
                yield (*place, "steps"), "unordered_steps", ""


def _ids(contents: Contents) -> Iterator[Fault]:
    for table, ids in (
        ("axis", [axis.id for axis in contents.axis]),
        ("group", [group.id for group in contents.group]),
        ("indicator", [indicator.id for indicator in contents.indicator]),
    ):
        seen: Counter[str] = Counter()
        for number, key in enumerate(ids):
            seen[key] += 1
            if seen[key] > 1:
                yield (table, number, "id"), "duplicate_id", key


def _places(contents: Contents) -> Iterator[Fault]:
    """Every group and indicator stands in an axis, and in a group of that axis when it names one; none in itself."""
    axes = {axis.id for axis in contents.axis}
    groups = {group.id: group for group in contents.group}
    tables: tuple[tuple[str, Sequence[Group | Indicator]], ...] = (
        ("group", contents.group),
        ("indicator", contents.indicator),
    )
    for table, rows in tables:
        for number, row in enumerate(rows):
            if row.axis not in axes:
                yield (table, number, "axis"), "unknown_axis", row.axis
            elif row.group is not None and (row.group not in groups or groups[row.group].axis != row.axis):
                yield (table, number, "group"), "unknown_group", row.group
    for number, group in enumerate(contents.group):
        if not contents.groups_in(group.axis, group.id) and not contents.indicators_in(group.axis, group.id):
            yield ("group", number, "id"), "empty_group", group.id
        within, seen = group.group, {group.id}
        while within in groups and within not in seen:
            seen.add(within)
            within = groups[within].group
        if within == group.id:
            yield ("group", number, "group"), "group_in_itself", group.id


def _weights(contents: Contents) -> Iterator[Fault]:
    total = math.fsum(axis.weight for axis in contents.axis)
    if abs(total - contents.model.total) > _TOLERANCE * contents.model.total:
        yield ("model", "total"), "weights_sum", f"{total:g}"
    for number, axis in enumerate(contents.axis):
        children: tuple[Group | Indicator, ...] = contents.groups_in(axis.id) + contents.indicators_in(
            axis.id
        )
        inside = math.fsum(child.weight for child in children)
        if inside == 0:
            yield ("axis", number, "id"), "empty_axis", axis.id
        elif abs(inside - axis.weight) > _TOLERANCE * axis.weight:
            yield ("axis", number, "weight"), "axis_weights_sum", f"{inside:g}"


def _electronic(contents: Contents) -> Iterator[Fault]:
    wanted = contents.model.electronic
    if wanted is None:
        return
    first = next((i.part[0] for i in contents.indicator if i.id == wanted), None)
    if not isinstance(first, Ratio) or first.subjects != "services" or first.which != "all":
        yield ("model", "electronic"), "not_electronic", wanted
