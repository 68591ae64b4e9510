"""How a number came about, as data; and what would raise it most. Renderers hold no logic of their own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from scoring.attested import Attestation
from scoring.score import AgencyScore, Scores
from scoring.tree import Node, aggregate


def explain(scores: Scores, agency: str, node: str | None = None) -> dict[str, Any]:
    """The tree of an agency, or of one axis, indicator or part of it, with the model it stands on.

    Raises KeyError when there is no such agency or node.
    """
    tree = find(scores.of(agency).tree, node) if node else scores.of(agency).tree
    model = scores.model
    return {
        "agency": agency,
        "model": {"id": model.id, "version": model.version, "sha256": model.sha256},
        "node": to_json(tree),
    }


def find(tree: Node, id: str) -> Node:
    """The axis, indicator or part with this id; raises KeyError."""
    pending = list(tree.children)
    while pending:
        node = pending.pop()
        if node.id == id:
            return node
        pending.extend(node.children)
    raise KeyError(id)


def to_json(node: Node) -> dict[str, Any]:
    """A node and all below it. Nothing is rounded here: contributions must add up."""
    return {
        "id": node.id,
        "kind": node.kind,
        "rule": node.rule,
        "state": node.state,
        "weight": node.weight,
        "share": node.share,
        "contribution": node.contribution,
        "declared": node.declared,
        "verified": node.verified,
        "possible": node.possible,
        "coverage": node.coverage,
        "check": node.check,
        "findings": list(node.findings),
        "children": [to_json(child) for child in node.children],
        "inputs": [
            {
                "subject": i.subject,
                "lower": i.lower,
                "upper": i.upper,
                "settled": i.settled,
                "finding": i.finding,
            }
            for i in node.inputs
        ],
        **({} if node.attestation is None else {"attestation": attested(node.attestation)}),
    }


def attested(told: Attestation) -> dict[str, Any]:
    """A document as JSON values: never more than attested."""
    return {
        "document": told.name,
        "date": None if told.date is None else told.date.isoformat(),
        "sha256": told.sha256,
        "size": told.size,
        "value": told.value,
        "until": None if told.until is None else told.until.isoformat(),
        "valid": told.valid,
    }


@dataclass(frozen=True, slots=True)
class Gain:
    """What the agency's verified score, 0 to 100, would rise by if this indicator were fully verified."""

    indicator: str
    points: float


def gains(score: AgencyScore) -> list[Gain]:
    """Every indicator that could raise the score, the largest first. Computed by scoring again."""
    found = []
    for indicator in score.indicators:
        if indicator.verified is None or indicator.verified >= 1.0:
            continue
        raised = _raised(score.tree, indicator.id).verified or 0.0
        found.append(Gain(indicator.id, 100.0 * (raised - (score.tree.verified or 0.0))))
    return sorted(found, key=lambda gain: (-gain.points, gain.indicator))


def _raised(node: Node, indicator: str) -> Node:
    """The tree with one indicator at 1; what does not lie above that indicator stays as it is."""
    if node.kind == "indicator":
        return replace(node, verified=1.0, possible=1.0) if node.id == indicator else node
    children = [_raised(child, indicator) for child in node.children]
    if all(new is old for new, old in zip(children, node.children, strict=True)):
        return node
    return aggregate(node.id, node.kind, node.weight, node.rule, children)
