"""Scores of a round: every agency's tree, its ranks, and the national figures.

Pure: round, findings, model and date decide everything. An agency that did not cooperate is scored from what
was seen and stands apart, unranked; nothing is imputed to it.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from checks.finding import Finding
from claims.model import Agency, Round
from scoring.electronic import Electronic, bands, electronic_of, pooled, ratio_part
from scoring.estimate import Estimate, national_estimate
from scoring.facts import AgencyFacts, facts_of
from scoring.model import Attested, Claimed, Contents, Indicator, Model, Part
from scoring.parts import Reading, read
from scoring.ranks import Rank, ranks_of
from scoring.tree import Node, aggregate

NotRanked = Literal["did_not_cooperate", "low_coverage", "nothing_applies"]


@dataclass(frozen=True, slots=True)
class Three:
    """Declared, verified, possible. None: nothing was declared, or nothing applies."""

    declared: float | None
    verified: float | None
    possible: float | None


@dataclass(frozen=True, slots=True)
class AgencyScore:
    """tree: values 0 to 1, weights as in the model. score: 0 to 100, rounded as published."""

    agency: Agency
    tree: Node
    score: Three
    electronic: Electronic
    not_ranked: NotRanked | None
    rank: Rank | None

    @property
    def indicators(self) -> tuple[Node, ...]:
        """In order of axes and, inside them, of the model."""
        return self.tree.indicators


@dataclass(frozen=True, slots=True)
class NationalScore:
    """Figures of the cooperating agencies. score: the plain mean of theirs."""

    agencies: int
    cooperated: int
    electronic: Electronic
    estimate: Estimate | None
    bands: dict[str, int]
    bands_verified: dict[str, int]
    score: Three


@dataclass(frozen=True, slots=True)
class Scores:
    """All scores of a round under one model. agencies: in order of the round's file."""

    model: Model
    agencies: tuple[AgencyScore, ...]
    national: NationalScore

    def of(self, agency: str) -> AgencyScore:
        """Raises KeyError."""
        for score in self.agencies:
            if score.agency.id == agency:
                return score
        raise KeyError(agency)


def score(
    round: Round, findings: Iterable[Finding], model: Model, *, as_of: dt.datetime | None = None
) -> Scores:
    """Scores of the round. as_of: when the crawl opened, for a round that does not set its own clock."""
    findings = tuple(findings)
    contents = model.contents
    part = ratio_part(contents)
    trees: dict[str, Node] = {}
    electronic: dict[str, Electronic] = {}
    for facts in facts_of(round, findings, as_of):
        trees[facts.agency.id] = tree_of(contents, facts)
        electronic[facts.agency.id] = electronic_of(part, facts)
    reasons = {agency.id: _not_ranked(agency, trees[agency.id], contents) for agency in round.agencies}
    ranks: dict[str, Rank] = {}
    for kind in ("main", "executive"):
        ranked = [trees[a.id] for a in round.agencies if a.kind == kind and reasons[a.id] is None]
        ranks |= ranks_of(ranked, contents, seed=round.settings.crawl.seed)
    agencies = tuple(
        AgencyScore(
            agency=agency,
            tree=trees[agency.id],
            score=_published(trees[agency.id], contents.model.decimals),
            electronic=electronic[agency.id],
            not_ranked=reasons[agency.id],
            rank=ranks.get(agency.id),
        )
        for agency in round.agencies
    )
    return Scores(model, agencies, _national(round, findings, agencies, contents))


def tree_of(contents: Contents, facts: AgencyFacts) -> Node:
    """The whole tree of one agency."""
    axes = []
    for axis in contents.axis:
        children = _inside(contents, facts, axis.id, None)
        axes.append(aggregate(axis.id, "axis", axis.weight, axis.aggregation, children))
    return aggregate(facts.agency.id, "agency", contents.model.total, contents.model.aggregation, axes)


def _inside(contents: Contents, facts: AgencyFacts, axis: str, group: str | None) -> list[Node]:
    """The nodes of an axis or of a group of it: groups first, then indicators, in order of the model."""
    groups = [
        aggregate(g.id, "group", g.weight, g.aggregation, _inside(contents, facts, axis, g.id))
        for g in contents.groups_in(axis, group)
    ]
    published = contents.model.inputs == "published"
    return [*groups, *(_indicator(i, facts, published) for i in contents.indicators_in(axis, group))]


def _indicator(indicator: Indicator, facts: AgencyFacts, published: bool) -> Node:
    parts = [
        _part(part, f"{indicator.id}.{number}", read(part, indicator.id, facts, published=published), facts)
        for number, part in enumerate(indicator.part, start=1)
    ]
    return aggregate(indicator.id, "indicator", indicator.weight, indicator.aggregation, parts)


def _part(part: Part, id: str, reading: Reading, facts: AgencyFacts) -> Node:
    check = part.signal if isinstance(part, Attested) else None if isinstance(part, Claimed) else part.check
    counted = check is not None and not isinstance(part, Attested)
    # a finding that takes its subject out of the mean has shaped the value too
    left_out = (
        {f.id for f in facts.of(check) if f.verdict == "not_applicable"} if check and counted else set()
    )
    return Node(
        id=id,
        kind="part",
        weight=part.weight,
        rule=part.kind,
        state=reading.state,
        declared=reading.declared,
        verified=reading.lower,
        possible=reading.upper,
        spoken=1.0 if reading.declared is not None else 0.0,
        observable=reading.observable,
        observed=reading.observed,
        check=check,
        findings=tuple(sorted(left_out | {i.finding for i in reading.inputs if i.finding is not None})),
        inputs=reading.inputs,
        attestation=reading.attestation,
    )


def _not_ranked(agency: Agency, tree: Node, contents: Contents) -> NotRanked | None:
    if not agency.cooperated:
        return "did_not_cooperate"
    if not tree.applies:
        return "nothing_applies"
    return "low_coverage" if tree.coverage < contents.rules.min_coverage else None


def _published(tree: Node, decimals: int) -> Three:
    return Three(*(_percent(value, decimals) for value in (tree.declared, tree.verified, tree.possible)))


def _percent(value: float | None, decimals: int) -> float | None:
    return None if value is None else round(100.0 * value, decimals)


def _national(
    round: Round, findings: tuple[Finding, ...], agencies: tuple[AgencyScore, ...], contents: Contents
) -> NationalScore:
    ours = [score for score in agencies if score.agency.cooperated]
    sums = [score.electronic for score in ours if score.electronic.services]
    part = ratio_part(contents)
    return NationalScore(
        agencies=len(agencies),
        cooperated=len(ours),
        electronic=pooled(sums),
        estimate=national_estimate(round, findings, part.check) if part else None,
        bands=bands(e.declared / e.services for e in sums),
        bands_verified=bands(e.verified / e.services for e in sums),
        score=Three(
            _mean([s.tree.declared for s in ours], contents.model.decimals),
            _mean([s.tree.verified for s in ours], contents.model.decimals),
            _mean([s.tree.possible for s in ours], contents.model.decimals),
        ),
    )


def _mean(values: list[float | None], decimals: int) -> float | None:
    known = [value for value in values if value is not None]
    return _percent(math.fsum(known) / len(known), decimals) if known else None
