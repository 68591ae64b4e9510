"""The tree of a score, built while it is computed, so that what is explained is what was done.

Contributions of a node's children add up to the node's verified value. A part that does not apply leaves its
weight to the others of the same parent.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from scoring.attested import Attestation
from scoring.claim_credit import ClaimCredit
from scoring.parts import PartInput, State

NodeKind = Literal["agency", "axis", "group", "indicator", "part"]
# Rounding of floats: a value and the sum of its contributions are the same. An error of ours above.
_EXACT = 1e-12


@dataclass(frozen=True, slots=True)
class ScoreNode:
    """One number with everything it was made of. Values run from 0 to 1.

    weight: as in the model. share: of the parent, after what does not apply was taken out; 0 when it does not
    apply itself. contribution: what it adds to the parent's verified value.
    declared: None when nothing was declared; `spoken` is the share of the node's weight it was declared for.
    verified, possible: None when the node does not apply.
    observable, observed: shares of the node that evidence can decide, and did.
    rule: the kind of a part, the aggregation of other nodes. check: the check that feeds a part, or speaks against its
    document. attestation: the document that a part rests on. credit: what a claim alone is worth.
    """

    id: str
    kind: NodeKind
    weight: float
    rule: str
    state: State
    declared: float | None
    verified: float | None
    possible: float | None
    spoken: float
    observable: float
    observed: float
    share: float = 1.0
    contribution: float = 0.0
    check: str | None = None
    findings: tuple[str, ...] = ()
    children: tuple[ScoreNode, ...] = ()
    inputs: tuple[PartInput, ...] = ()
    attestation: Attestation | None = None
    credit: ClaimCredit | None = None

    @property
    def coverage(self) -> float:
        """Observed share of what can be observed; 0 when nothing can."""
        return self.observed / self.observable if self.observable else 0.0

    @property
    def applies(self) -> bool:
        return self.verified is not None

    @property
    def indicators(self) -> tuple[ScoreNode, ...]:
        """The indicators at or below it, in order of the tree."""
        if self.kind in ("indicator", "part"):
            return (self,) if self.kind == "indicator" else ()
        return tuple(indicator for child in self.children for indicator in child.indicators)


def aggregate(
    id: str, kind: NodeKind, weight: float, aggregation: str, children: Sequence[ScoreNode]
) -> ScoreNode:
    """The parent of these children. aggregation: `arithmetic`, `geometric` or `product`."""
    weights = [0.0 if child.verified is None else child.weight for child in children]
    total = math.fsum(weights)
    shares = [weight / total if weight else 0.0 for weight in weights]
    mean = _MEANS[aggregation]
    verified, contributions = _value(mean, shares, [child.verified for child in children])
    possible, _ = _value(mean, shares, [child.possible for child in children])
    spoken = [
        share * child.spoken if child.declared is not None else 0.0
        for share, child in zip(shares, children, strict=True)
    ]
    said = math.fsum(spoken)
    # what was declared of the whole stands at each of its parts, and is no product of itself
    spoken_mean = arithmetic if aggregation == "product" else mean
    declared, _ = _value(
        spoken_mean, [s / said if said else 0.0 for s in spoken], [c.declared for c in children]
    )
    assert verified is None or abs(math.fsum(contributions) - verified) <= _EXACT
    return ScoreNode(
        id=id,
        kind=kind,
        weight=weight,
        rule=aggregation,
        state=_state(children),
        declared=declared,
        verified=verified,
        possible=possible,
        spoken=said,
        observable=math.fsum([s * c.observable for s, c in zip(shares, children, strict=True)]),
        observed=math.fsum([s * c.observed for s, c in zip(shares, children, strict=True)]),
        findings=tuple(sorted({finding for child in children for finding in child.findings})),
        children=tuple(map(_placed, children, shares, contributions)),
    )


def _placed(child: ScoreNode, share: float, contribution: float) -> ScoreNode:
    """The child as it stands in its parent. `dataclasses.replace` is six times as slow, which a country would feel."""
    return ScoreNode(
        child.id,
        child.kind,
        child.weight,
        child.rule,
        child.state,
        child.declared,
        child.verified,
        child.possible,
        child.spoken,
        child.observable,
        child.observed,
        share,
        contribution,
        child.check,
        child.findings,
        child.children,
        child.inputs,
        child.attestation,
        child.credit,
    )


def replaced(node: ScoreNode, indicators: Mapping[str, ScoreNode]) -> ScoreNode:
    """The tree with these indicators, by id, in place of its own; what lies above none of them stays as it is."""
    if node.kind == "indicator":
        return indicators.get(node.id, node)
    children = [replaced(child, indicators) for child in node.children]
    if all(new is old for new, old in zip(children, node.children, strict=True)):
        return node
    return aggregate(node.id, node.kind, node.weight, node.rule, children)


def _state(children: Sequence[ScoreNode]) -> State:
    states = {child.state for child in children if child.applies}
    if not states:
        return "not_applicable"
    return states.pop() if len(states) == 1 else "mixed"


Mean = Callable[[Sequence[float], Sequence[float]], tuple[float, list[float]]]


def _value(
    mean: Mean, shares: Sequence[float], values: Sequence[float | None]
) -> tuple[float | None, list[float]]:
    """Value and contributions; None when no child has both a share and a value."""
    used = [n for n, share in enumerate(shares) if share > 0 and values[n] is not None]
    if used and len(used) == len(shares):
        return mean(shares, values)  # type: ignore[arg-type]
    contributions = [0.0] * len(shares)
    if not used:
        return None, contributions
    value, parts = mean([shares[n] for n in used], [v for n in used if (v := values[n]) is not None])
    for n, part in zip(used, parts, strict=True):
        contributions[n] = part
    return value, contributions


def arithmetic(shares: Sequence[float], values: Sequence[float]) -> tuple[float, list[float]]:
    """Weighted mean, and what each value adds to it. The mean stays inside the range of the values."""
    contributions = [share * value for share, value in zip(shares, values, strict=True)]
    return min(max(math.fsum(contributions), min(values)), max(values)), contributions


def geometric(shares: Sequence[float], values: Sequence[float]) -> tuple[float, list[float]]:
    """Weighted geometric mean on the scale of 100 with a floor of 1, so that one zero does not erase the rest.

    Where the floor would lift it above the arithmetic mean, that one stands. Contributions divide the value
    in proportion to share times logarithm; they show what carries it, not what would be lost without it.
    """
    logs = [share * math.log(max(1.0, 100.0 * value)) for share, value in zip(shares, values, strict=True)]
    lifted = math.exp(math.fsum(logs)) / 100.0
    plain, contributions = arithmetic(shares, values)
    if lifted >= plain:
        return plain, contributions
    whole = math.fsum(logs)
    # below the arithmetic mean with every logarithm 0 cannot be: then every value is at most the floor
    return lifted, [
        lifted * log / whole if whole else lifted * share for log, share in zip(logs, shares, strict=True)
    ]


def product(shares: Sequence[float], values: Sequence[float]) -> tuple[float, list[float]]:
    """The product of the values, whatever their shares; contributions divide it by the shares.

    Where one value cannot make up for another: links that work on pages that do not answer help nobody.
    """
    value = math.prod(values)
    return value, [share * value for share in shares]


_MEANS: dict[str, Mean] = {"arithmetic": arithmetic, "geometric": geometric, "product": product}
