"""What the report tells of datasets: the same content under different names, across agencies too, and first rows.

Read from findings alone. No rule is held here.
"""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b

from checks.datasets.files.cells import is_formula
from checks.datasets.files.fingerprint import is_whole
from checks.finding import Finding

# Of one content. More says no more, and a page has an end.
MOST_TWINS = 20

CHECKS = ("datasets.freshness", "datasets.usability")
"""Whose findings tell of contents."""
Key = tuple[str, str]  # agency, dataset
_PARTED = "\0"  # between the two: before every other character, so that the order is that of the pairs


def same_content(findings: Iterable[Finding]) -> Mapping[Key, Sequence[Key]]:
    """By dataset: the others whose content has the same fingerprint, in order. Tables without a row do not count."""
    # key and content of each in few bytes: a country has a hundred thousand, and few are there twice
    prints: dict[str, bytes] = {}
    blank: set[str] = set()
    for finding in findings:
        key = f"{finding.agency}{_PARTED}{finding.subject.id}"
        # without a download the fingerprint is that of an earlier round
        if (
            finding.check == "datasets.freshness"
            and isinstance(found := finding.observed.get("fingerprint"), str)
            and is_whole(found)
            and finding.observed.get("downloads") != 0
        ):
            prints[key] = blake2b(found.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        elif finding.check == "datasets.usability" and finding.observed.get("rows") == 0:
            blank.add(key)
    for key in blank:
        prints.pop(key, None)
    often = Counter(prints.values())
    holders: dict[bytes, list[Key]] = defaultdict(list)
    for key in sorted(key for key, content in prints.items() if often[content] > 1):
        agency, _, dataset = key.partition(_PARTED)
        holders[prints[key]].append((agency, dataset))
    return {
        key: [other for other in keys[: MOST_TWINS + 1] if other != key][:MOST_TWINS]
        for keys in holders.values()
        for key in keys
    }


def direction(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Which way a table runs: as most of its headings do; where those have no letters, as most cells."""
    for cells in (heading, [cell for row in rows for cell in row]):
        ways = [way for cell in cells if (way := _way(cell)) is not None]
        if ways:
            return "rtl" if 2 * ways.count("rtl") >= len(ways) else "ltr"
    return "ltr"


def _way(cell: str) -> str | None:
    """By its first letter, as browsers have it."""
    kinds = (unicodedata.bidirectional(char) for char in cell)
    return next(("ltr" if kind == "L" else "rtl" for kind in kinds if kind in ("L", "R", "AL")), None)


def inert(cell: str) -> str:
    """A cell that spreadsheets would run, with the mark that makes it text: people copy tables out of pages."""
    return f"'{cell}" if is_formula(cell.strip()) else cell
