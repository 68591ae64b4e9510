"""In words: which ranks can be told apart, and which cannot. For pages and terminals alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from scoring.distinct import groups, like, pairs
from scoring.ranks import Rank

Text = Callable[..., str]
Show = Callable[[int], str]
_NAMES = 3
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
    if left := len(spans) - _GROUPS if len(spans) > _GROUPS else 0:
        said = f"{said}{text('ranks.joined')}{text('gains.more', n=show(left))}"
    yield text("ranks.groups", groups=said)


def likeness(
    ranks: Mapping[str, Rank], agency: str, text: Text, name: Callable[[str], str], show: Show
) -> str:
    """Of one agency: whom its rank cannot be told from. name: what an agency is called."""
    others = like(ranks, agency)
    if not others:
        return text("ranks.like_none")
    key = "ranks.like_one" if len(others) == 1 else "ranks.like_some"
    return text(key, n=show(len(others)), names=listed(others, text, name, show))


def listed(others: Sequence[str], text: Text, name: Callable[[str], str], show: Show) -> str:
    """The first of them by name, and how many more."""
    names = text("host_words.comma").join(name(one) for one in others[:_NAMES])
    left = len(others) - _NAMES
    return names if left <= 0 else text("ranks.names_more", names=names, n=show(left))
