"""In words: which ranks can be told apart, and which cannot. For pages and terminals alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from scoring.distinct import RankIntervals, groups, pairs
from scoring.ranks import Rank

Text = Callable[..., str]
Show = Callable[[int], str]
NAMES = 3
"""Agencies that a sentence names."""
_GROUPS = 12


def sentences(ranks: Mapping[str, Rank], text: Text, show: Show) -> Iterator[str]:
    """About all agencies of a kind that have a rank. show: a number in the digits of the language."""
    if len(ranks) < 2:
        if ranks:
            yield text("ranks.alone")
        return
    alike, every = pairs(ranks)
    if not alike:
        yield text("ranks.pairs_none", all=show(every))
        return
    yield text("ranks.pairs", alike=show(alike), all=show(every))
    found = groups(ranks)
    if len(found) == 1:
        yield text("ranks.one_group")
        return
    spans = [
        show(group.first) if group.first == group.last
        else text("ranks.group", first=show(group.first), last=show(group.last))
        for group in found
    ]  # fmt: skip
    said = text("ranks.joined").join(spans[:_GROUPS])
    if (left := len(spans) - _GROUPS) > 0:
        said = f"{said}{text('ranks.joined')}{text('gains.more', n=show(left))}"
    yield text("ranks.groups", groups=said)


def by_kind(results: Mapping[str, Any]) -> dict[str, RankIntervals]:
    """The ranks of results.json; a kind of agencies without any is left out."""
    ranks: dict[str, dict[str, Rank]] = {"main": {}, "executive": {}}
    for entry in results["agencies"]:
        if entry["rank"] is not None:
            ranks[entry["kind"]][entry["id"]] = Rank(**entry["rank"])
    return {kind: RankIntervals(found) for kind, found in ranks.items() if found}


def likeness(
    intervals: RankIntervals, agency: str, text: Text, name: Callable[[str], str], show: Show
) -> str:
    """Of one agency: whom its rank cannot be told from. name: what an agency is called."""
    count = intervals.like(agency)
    if not count:
        return text("ranks.like_none")
    names = text("host_words.comma").join(name(one) for one in intervals.nearest(agency, NAMES))
    if count > NAMES:
        names = text("ranks.names_more", names=names, n=show(count - NAMES))
    return text("ranks.like_one" if count == 1 else "ranks.like_some", n=show(count), names=names)
