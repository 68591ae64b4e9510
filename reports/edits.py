"""What of a round's files is other than it was crawled and judged: counted, the first few named, and told in words.

Pure. Not here: finding it (`govah.round_edits`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from reports.hosts.report_lines import ReportLine, TimeValue, UntrustedText, Value

Kind = Literal[
    "relabelled",
    "judged_added",
    "judged_removed",
    "judged_changed",
    "judged_settings",
    "crawled_added",
    "crawled_removed",
    "crawled_changed",
    "crawled_settings",
    "unvisited",
    "verdicts",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""In the order in which they are told. relabelled: sealed as another round, whose id stands as that of the row. judged: since the judgement; crawled: since the crawl, and judged so."""
_NAMED = 10
_IN_A_LINE = 5


@dataclass(frozen=True, slots=True)
class EditedRow:
    """A row of a sheet, or of the settings. id: "" of settings. fields: columns or settings that differ; () for a whole row."""

    file: str
    id: str = ""
    fields: tuple[str, ...] = ()


@dataclass(slots=True)
class _FirstRows:
    count: int = 0
    first: list[EditedRow] = field(default_factory=list)


class Edits:
    """Of a round and of each of its agencies; of many only the first are kept.

    as_of: that the findings were judged at, in ISO 8601; None where no seal says it.
    """

    def __init__(self, as_of: str | None = None) -> None:
        self._as_of = as_of
        self._of: dict[str, dict[Kind, _FirstRows]] = {}

    def add(self, kind: Kind, row: EditedRow, agency: str = "") -> None:
        """agency: whose row it is; "": that of the whole round."""
        for owner in {"", agency}:
            some = self._of.setdefault(owner, {}).setdefault(kind, _FirstRows())
            some.count += 1
            if len(some.first) < _NAMED:
                some.first.append(row)

    def to_json(self, agency: str = "") -> dict[str, Any] | None:
        """As results.json has it; None where nothing differs. agency: "" for all of the round."""
        found = self._of.get(agency)
        if not found:
            return None
        told: dict[str, Any] = {
            kind: {"count": some.count, "first": [_as_json(row) for row in some.first]}
            for kind, some in found.items()
        }
        return told if self._as_of is None else told | {"judged_as_of": self._as_of}


def _as_json(row: EditedRow) -> dict[str, Any]:
    return {
        "file": row.file,
        **({"id": row.id} if row.id else {}),
        **({"fields": list(row.fields)} if row.fields else {}),
    }


def lines(edits: Mapping[str, Any] | None, kinds: Sequence[Kind] = KINDS) -> Iterator[ReportLine]:
    """A sentence for each kind, of what `Edits.to_json` gives."""
    for kind in kinds if edits else ():
        if (some := edits.get(kind)) is None:  # type: ignore[union-attr]
            continue
        shown: list[Value] = [_row(row) for row in some["first"][:_IN_A_LINE]]
        if some["count"] > len(shown):
            shown.append(UntrustedText("…"))
        values: dict[str, Any] = {"n": some["count"], "named": tuple(shown)}
        if kind.startswith("judged") and edits:
            values["day"] = TimeValue(edits["judged_as_of"])
        if kind == "relabelled":
            values["sealed"] = UntrustedText(some["first"][0]["id"], latin=True)
        yield ReportLine(f"edits.{kind}", values)


def _row(row: Mapping[str, Any]) -> UntrustedText:
    name = " ".join(filter(None, (row["file"], row.get("id"))))
    return UntrustedText(f"{name}: {' '.join(row['fields'])}" if "fields" in row else name, latin=True)
