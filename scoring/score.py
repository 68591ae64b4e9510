"""Scores of a round: every agency's tree, its ranks, and the national figures.

Pure: round, findings, model and date decide everything. An agency that did not cooperate is scored from what
was seen and stands apart, unranked; nothing is imputed to it.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Literal

from checks.finding import Finding
from claims.model import Agency, Round
from scoring.electronic import Electronic, bands, electronic_of, pooled, ratio_part
from scoring.estimate import Estimate, Stratum, audits_of, estimated, stratum_of
from scoring.facts import AgencyFacts, RoundFacts, by_agency
from scoring.model import Attested, Claimed, Contents, Indicator, Model, Part
from scoring.parts import PartValue, read
from scoring.ranks import Rank, RankInput, published_score, ranks_of
from scoring.tree import ScoreNode, aggregate
from scoring.work_sharing import WorkSharing, in_this_process

# Trees of agencies kept: all of a round of so many, for it is gone through several times. Of a larger one each pass would find
# none of those that it needs, so only the last few are: made again they give the same score.
_KEPT, _LAST = 400, 8
NotRanked = Literal["did_not_cooperate", "low_coverage", "nothing_applies"]


@dataclass(frozen=True, slots=True)
class ScoreTriple:
    """Declared, verified, possible. None: nothing was declared, or nothing applies."""

    declared: float | None
    verified: float | None
    possible: float | None


class Trees:
    """The trees of a round's agencies, each built when it is asked for.

    A country of them would fill the memory, and every number in them follows from findings and model anyway.
    """

    def __init__(self, contents: Contents, facts: RoundFacts, agencies: int) -> None:
        kept = _KEPT if agencies <= _KEPT else _LAST
        self.of = lru_cache(kept)(lambda agency: tree_of(contents, facts.of(agency)))


@dataclass(frozen=True, slots=True)
class AgencyScore:
    """score: 0 to 100, rounded as published."""

    agency: Agency
    score: ScoreTriple
    electronic: Electronic
    not_ranked: NotRanked | None
    rank: Rank | None
    trees: Trees | None = field(repr=False, compare=False)

    @property
    def tree(self) -> ScoreNode:
        """Values 0 to 1, weights as in the model."""
        assert self.trees is not None, "without its trees"
        return self.trees.of(self.agency.id)

    def without_trees(self) -> AgencyScore:
        """As it goes to another process, which builds its own."""
        return replace(self, trees=None)

    @property
    def indicators(self) -> tuple[ScoreNode, ...]:
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
    score: ScoreTriple


@dataclass(frozen=True, slots=True)
class Scores:
    """All scores of a round under one model. agencies: in order of the round's file.

    shape: the tree of one of them, for weights and aggregations. standings: of those with a rank, by kind.
    """

    model: Model
    agencies: tuple[AgencyScore, ...]
    national: NationalScore
    shape: ScoreNode
    standings: Mapping[str, Sequence[RankInput]]

    _by_id: Mapping[str, AgencyScore] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_id", {score.agency.id: score for score in self.agencies})

    def of(self, agency: str) -> AgencyScore:
        """Raises KeyError."""
        return self._by_id[agency]


def score(
    round: Round,
    findings: Iterable[Finding] | Mapping[str, Sequence[Finding]],
    model: Model,
    *,
    as_of: dt.datetime | None = None,
    share: WorkSharing = in_this_process,
) -> Scores:
    """Scores of the round. findings: of the round, or by agency.

    as_of: when the crawl opened, for a round that does not set its own clock. share: how agencies are gone through.
    """
    contents = model.contents
    part = ratio_part(contents)
    weigher = AgencyScorer(
        round, findings if isinstance(findings, Mapping) else by_agency(findings), contents, as_of
    )
    ids = sorted(agency.id for agency in round.agencies)
    weighed: dict[str, _KeptScore] = {}
    audits = {} if part is None else audits_of(round, part.check, random_only=True)
    strata, sizes = dict[str, Stratum](), Counter[Stratum]()
    for id, (own, sorts) in zip(ids, share(weigher, ids), strict=True):
        weighed[id] = own
        sizes.update(sorts.values())
        strata |= {service: stratum for service, stratum in sorts.items() if service in audits}
    trees = weigher.trees
    shape = trees.of(ids[-1])
    standings = {
        kind: tuple(
            one.standing
            for a in round.agencies
            if a.kind == kind and (one := weighed[a.id]).not_ranked is None
        )
        for kind in ("main", "executive")
    }
    ranks: dict[str, Rank] = {}
    for kind in standings.values():  # at once they would take 40 MB more of a country
        ranks |= ranks_of(shape, kind, contents, seed=round.settings.crawl.seed)
    agencies = tuple(
        AgencyScore(
            agency=agency,
            score=_published(weighed[agency.id].value, contents.model.decimals),
            electronic=weighed[agency.id].electronic,
            not_ranked=weighed[agency.id].not_ranked,
            rank=ranks.get(agency.id),
            trees=trees,
        )
        for agency in round.agencies
    )
    estimate = None if part is None else estimated(strata, audits, sizes)
    national = _national(round, weighed, estimate, contents.model.decimals)
    return Scores(model, agencies, national, shape, standings)


@dataclass(frozen=True, slots=True)
class _KeptScore:
    """What is kept of an agency's tree. value: 0 to 1, not rounded."""

    value: ScoreTriple
    electronic: Electronic
    not_ranked: NotRanked | None
    standing: RankInput


class AgencyScorer:
    """Weighs agencies by id, and says in which stratum of the national estimate each of their services lies.

    Goes to other processes without the facts and trees that it has put together.
    """

    def __init__(
        self,
        round: Round,
        findings: Mapping[str, Sequence[Finding]],
        contents: Contents,
        as_of: dt.datetime | None,
    ) -> None:
        self._made_of = (round, findings, contents, as_of)
        self._contents = contents
        self._part = ratio_part(contents)
        self._facts = RoundFacts(round, findings, as_of)
        self.trees = Trees(contents, self._facts, len(round.agencies))

    def __reduce__(self) -> tuple[type[AgencyScorer], tuple[object, ...]]:
        return AgencyScorer, self._made_of

    def __call__(self, agency: str) -> tuple[_KeptScore, dict[str, Stratum]]:
        tree, facts, part = self.trees.of(agency), self._facts.of(agency), self._part
        own = _KeptScore(
            ScoreTriple(tree.declared, tree.verified, tree.possible),
            electronic_of(part, facts),
            _not_ranked(facts.agency, tree, self._contents),
            RankInput.of(tree),
        )
        if part is None or not facts.agency.cooperated:
            return own, {}
        found = facts.by_subject(part.check)
        return own, {
            service.id: stratum_of(service, found[service.id].verdict if service.id in found else None)
            for service in facts.services
        }


def tree_of(contents: Contents, facts: AgencyFacts) -> ScoreNode:
    """The whole tree of one agency."""
    axes = []
    for axis in contents.axis:
        children = _inside(contents, facts, axis.id, None)
        axes.append(aggregate(axis.id, "axis", axis.weight, axis.aggregation, children))
    return aggregate(facts.agency.id, "agency", contents.model.total, contents.model.aggregation, axes)


def _inside(contents: Contents, facts: AgencyFacts, axis: str, group: str | None) -> list[ScoreNode]:
    """The nodes of an axis or of a group of it: groups first, then indicators, in order of the model."""
    groups = [
        aggregate(g.id, "group", g.weight, g.aggregation, _inside(contents, facts, axis, g.id))
        for g in contents.groups_in(axis, group)
    ]
    published = contents.model.inputs == "published"
    return [*groups, *(indicator_node(i, facts, published) for i in contents.indicators_in(axis, group))]


def indicator_node(indicator: Indicator, facts: AgencyFacts, published: bool) -> ScoreNode:
    """One indicator of one agency. published: what was declared are published figures."""
    parts = [
        _part(part, f"{indicator.id}.{number}", read(part, indicator.id, facts, published=published), facts)
        for number, part in enumerate(indicator.part, start=1)
    ]
    return aggregate(indicator.id, "indicator", indicator.weight, indicator.aggregation, parts)


def _part(part: Part, id: str, reading: PartValue, facts: AgencyFacts) -> ScoreNode:
    check = part.signal if isinstance(part, Attested) else None if isinstance(part, Claimed) else part.check
    counted = check is not None and not isinstance(part, Attested)
    # a finding that takes its subject out of the mean has shaped the value too, and one that shows that there was a look
    looked = not isinstance(part, Attested | Claimed) and (part.planned or part.needs is not None)
    left_out = (
        {f.id for f in facts.of(check) if looked or f.verdict == "not_applicable"}
        if check and counted
        else set()
    )
    return ScoreNode(
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
        credit=reading.credit,
    )


def _not_ranked(agency: Agency, tree: ScoreNode, contents: Contents) -> NotRanked | None:
    if not agency.cooperated:
        return "did_not_cooperate"
    if not tree.applies:
        return "nothing_applies"
    return "low_coverage" if tree.coverage < contents.rules.min_coverage else None


def _published(value: ScoreTriple, decimals: int) -> ScoreTriple:
    return ScoreTriple(
        *(_percent(number, decimals) for number in (value.declared, value.verified, value.possible))
    )


def _percent(value: float | None, decimals: int) -> float | None:
    return None if value is None else published_score(value, decimals)


def _national(
    round: Round, weighed: Mapping[str, _KeptScore], estimate: Estimate | None, decimals: int
) -> NationalScore:
    ours = [weighed[agency.id] for agency in round.agencies if agency.cooperated]
    sums = [one.electronic for one in ours if one.electronic.services]
    return NationalScore(
        agencies=len(round.agencies),
        cooperated=len(ours),
        electronic=pooled(sums),
        estimate=estimate,
        bands=bands(e.declared / e.services for e in sums),
        bands_verified=bands(e.verified / e.services for e in sums),
        score=ScoreTriple(
            _mean([one.value.declared for one in ours], decimals),
            _mean([one.value.verified for one in ours], decimals),
            _mean([one.value.possible for one in ours], decimals),
        ),
    )


def _mean(values: list[float | None], decimals: int) -> float | None:
    known = [value for value in values if value is not None]
    return _percent(math.fsum(known) / len(known), decimals) if known else None
