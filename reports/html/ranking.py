"""Which ranks can be told apart, made ready for the first page: sentences, plots of the intervals and a table, by kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from markupsafe import Markup

from reports.distinct import NAMES, sentences
from reports.html.rank_plot import RankLine, rank_plots
from scoring.distinct import RankIntervals, groups
from scoring.ranks import Rank


@dataclass(frozen=True, slots=True)
class RankingRow:
    """like: names of the nearest agencies that it cannot be told from; more: how many others."""

    id: str
    name: str
    rank: Rank
    like: tuple[str, ...]
    more: int


@dataclass(frozen=True, slots=True)
class KindRanking:
    """Agencies of one kind that have a rank, by place."""

    kind: str
    rows: tuple[RankingRow, ...]
    sentences: tuple[str, ...]
    plots: tuple[Markup, ...]


def rankings(
    kinds: Mapping[str, RankIntervals],
    name: Callable[[str], str],
    text: Callable[..., str],
    show: Callable[[int], str],
    rtl: bool,
    drawn: bool = True,
) -> Iterator[KindRanking]:
    """name: of an agency, by id. show: a number in the digits of the page. drawn: with the interval of each agency."""
    for kind, intervals in kinds.items():
        said = tuple(sentences(intervals.ranks, text, show))
        if not drawn:
            yield KindRanking(kind, (), said, ())
            continue
        # a line under the last agency of each group, where the order is sure
        last = {group.agencies[-1] for group in groups(intervals.ranks)[:-1]}
        lines = [RankLine(name(id), intervals.ranks[id], id in last) for id in intervals.order]
        title = f"{text('ranks.title')}: {text(f'report.kind_{kind}')}"
        yield KindRanking(
            kind,
            tuple(_row(intervals, id, name) for id in intervals.order),
            said,
            tuple(rank_plots(f"ranks-{kind}", lines, title, text("ranks.plot"), rtl, show)),
        )


def _row(intervals: RankIntervals, id: str, name: Callable[[str], str]) -> RankingRow:
    names = tuple(name(one) for one in intervals.nearest(id, NAMES))
    return RankingRow(id, name(id), intervals.ranks[id], names, max(0, intervals.like(id) - NAMES))
