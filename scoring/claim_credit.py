"""What an answer that nobody outside can see earns, from what auditors found of such answers in the round before.

Nothing in a first round. Later the declared value times the lower 95 % limit of the confirmed share of the answers to the
same indicator that were drawn at random, and never more than half of it: a claim is not evidence, but where claims of a
kind were found to hold, all of them are not worth nothing. An agency whose own answer was found not to hold earns nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from claims.model import AuditedBefore, AuditorVerdict, Round
from scoring.estimate import SubjectAudit, audits_of, sample_of
from scoring.open_data import wilson

# Of the declared value: an answer that nobody can see earns half at most, as a claim is no evidence.
MOST = 0.5


@dataclass(frozen=True, slots=True)
class ClaimCredit:
    """factor: of the declared value, 0 to 0.5. low: lower 95 % limit (Wilson) of the share confirmed in `before`.

    refuted: the agency's own answer was found not to hold.
    """

    factor: float
    low: float
    before: AuditedBefore
    refuted: bool


def credit_of(before: AuditedBefore | None, agency: str) -> ClaimCredit | None:
    """None in a first round, and where no such answer was audited."""
    if before is None:
        return None
    low = wilson(before.share * before.worth, before.worth)[0] if before.worth else 0.0
    refuted = agency in before.refuted
    return ClaimCredit(0.0 if refuted else min(MOST, low), low, before, refuted)


def audited_answers(round: Round) -> dict[str, dict[str, Any]]:
    """By indicator, what auditors of this round found of such answers, to be sealed for the next one; JSON values."""
    declared = {f"{row.agency}/{row.indicator}": row for row in round.declarations}
    last: dict[str, AuditorVerdict] = {}
    for verdict in round.verdicts:
        if verdict.subject in declared and verdict.date >= getattr(
            last.get(verdict.subject), "date", verdict.date
        ):
            last[verdict.subject] = verdict
    drawn: dict[str, list[SubjectAudit]] = defaultdict(list)
    for subject, audit in sorted(audits_of(round, "", random_only=True).items()):
        if subject in declared:
            drawn[declared[subject].indicator].append(audit)
    refuted: dict[str, list[str]] = defaultdict(list)
    for subject, verdict in sorted(last.items()):
        if verdict.verdict == "contradicted":
            refuted[declared[subject].indicator].append(declared[subject].agency)
    return {
        indicator: _told(drawn.get(indicator, []), refuted.get(indicator, []))
        for indicator in sorted({declared[subject].indicator for subject in last})
    }


def _told(audits: list[SubjectAudit], refuted: list[str]) -> dict[str, Any]:
    sample = sample_of(len(audits), audits)
    share = sample.weighted if sample.weighted is not None else sample.confirmed / max(1, sample.drawn)
    return {
        "audited": sample.drawn,
        "share": round(share, 9),
        "worth": round(sample.worth, 9),
        "refuted": refuted,
    }


def audited_before(sealed: Mapping[str, Any], round_id: str) -> dict[str, AuditedBefore]:
    """What an earlier round sealed. Raises ValueError, TypeError or KeyError for what no version of ours wrote."""
    found = {}
    for indicator, told in sealed.items():
        audited, share, worth = int(told["audited"]), float(told["share"]), float(told["worth"])
        if not (0 <= share <= 1 and 0 <= worth <= audited + 1e-6):
            raise ValueError(indicator)
        found[indicator] = AuditedBefore(
            round_id, audited, share, worth, frozenset(map(str, told["refuted"]))
        )
    return found
