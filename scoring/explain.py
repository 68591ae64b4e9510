"""How a number came about, as data. Renderers hold no logic of their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from checks.finding import Finding
from scoring.attested import Attestation
from scoring.claim_credit import ClaimCredit
from scoring.gains import Gain, Gains
from scoring.parts import PartInput
from scoring.score import Scores
from scoring.tree import ScoreNode

Json = dict[str, Any]


def explain(
    scores: Scores, agency: str, node: str | None = None, findings: Iterable[Finding] = ()
) -> dict[str, Any]:
    """The tree of an agency, or of one axis, indicator or part of it, with the model it stands on.

    findings: about the agency; one that is not among them is told by its id alone. Raises KeyError when there is no such
    agency or node.
    """
    tree = scores.of(agency).tree
    told = to_json(tree, {finding.id: finding for finding in findings})
    model = scores.model
    return {
        "agency": agency,
        "model": {"id": model.id, "version": model.version, "sha256": model.sha256},
        "node": _inside(told, node) if node else told,
    }


def _inside(told: Json, id: str) -> Json:
    """The axis, group, indicator or part with this id; raises KeyError."""
    pending = list(told["children"])
    while pending:
        node: Json = pending.pop()
        if node["id"] == id:
            return node
        pending.extend(node["children"])
    raise KeyError(id)


def to_json(node: ScoreNode, findings: Mapping[str, Finding], points: float | None = None) -> Json:
    """A node and all below it. Nothing is rounded here: contributions must add up.

    contribution: what it adds to the value of its parent, 0 to 1. points: what it adds to the agency's verified score, 0
    to 100; those of the children, or of the subjects of a part, add up to those of the node. findings: by id.
    """
    if points is None:
        points = 100.0 * (node.verified or 0.0)
    # of a mean that is no sum (geometric, product) a child has a part in the value, and its own children in that part
    scale = points / node.verified if node.verified else 0.0
    return {
        "id": node.id,
        "kind": node.kind,
        "rule": node.rule,
        "state": node.state,
        "weight": node.weight,
        "share": node.share,
        "contribution": node.contribution,
        "points": points,
        "declared": node.declared,
        "verified": node.verified,
        "possible": node.possible,
        "coverage": node.coverage,
        "check": node.check,
        "findings": list(node.findings),
        "children": [to_json(child, findings, scale * child.contribution) for child in node.children],
        "inputs": [_input(one, len(node.inputs), scale, findings) for one in node.inputs],
        "left_out": [_left_out(id, findings) for id in _without_input(node)],
        **({} if node.attestation is None else {"attestation": attested(node.attestation)}),
        **({} if node.credit is None else {"credit": credited(node.credit)}),
    }


def _input(one: PartInput, count: int, scale: float, findings: Mapping[str, Finding]) -> Json:
    """What one subject adds: the value of a part is the mean over its subjects."""
    contribution = one.lower / count
    return {
        "subject": one.subject,
        "lower": one.lower,
        "upper": one.upper,
        "settled": one.settled,
        "share": 1.0 / count,
        "contribution": contribution,
        "points": scale * contribution,
        "finding": one.finding,
        **_outcome(findings.get(one.finding or "")),
    }


def _without_input(node: ScoreNode) -> list[str]:
    """Findings that took their subject out of the mean."""
    if node.kind != "part":
        return []
    counted = {one.finding for one in node.inputs}
    return [id for id in node.findings if id not in counted]


def _left_out(id: str, findings: Mapping[str, Finding]) -> Json:
    finding = findings.get(id)
    return {"subject": finding.subject.id if finding else None, "finding": id, **_outcome(finding)}


def _outcome(finding: Finding | None) -> Json:
    """None of both: no finding speaks of the subject, or it was not given."""
    if finding is None:
        return {"verdict": None, "reason": None}
    return {"verdict": finding.verdict, "reason": finding.reason}


def credited(credit: ClaimCredit) -> Json:
    """What a claim alone is worth, and why, as JSON values."""
    before = credit.before
    return {
        "factor": credit.factor,
        "low": credit.low,
        "share": before.share,
        "audited": before.audited,
        "round": before.round,
        "refuted": credit.refuted,
    }


def attested(told: Attestation) -> Json:
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


def gains_json(told: Gains) -> Json:
    """What would raise the score, as JSON values. Every list begins with what raises it most; points are not rounded."""
    return {
        "mend": [_gain(gain) | _of_finding(gain.findings[0]) for gain in told.mend],
        "mend_together": [_group(gain) | {"check": gain.findings[0].check} for gain in told.mend_together],
        "open": [_gain(gain) | _of_finding(gain.findings[0]) | {"cause": gain.cause} for gain in told.open],
        "open_together": [
            _group(gain) | _outcome(gain.findings[0]) | {"cause": gain.cause} for gain in told.open_together
        ],
        "claim": [_gain(gain) | {"claims": gain.claims} for gain in told.claim],
    }


def _gain(gain: Gain) -> Json:
    return {"points": gain.points, "indicators": list(gain.indicators)}


def _group(gain: Gain) -> Json:
    return _gain(gain) | {"findings": [finding.id for finding in gain.findings]}


def _of_finding(finding: Finding) -> Json:
    return {
        "finding": finding.id,
        "check": finding.check,
        "subject": {"kind": finding.subject.kind, "id": finding.subject.id},
        **_outcome(finding),
    }
