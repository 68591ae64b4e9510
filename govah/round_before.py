"""The round before: whether its history could be used, and what its auditors found of answers nobody outside can see."""

from __future__ import annotations

from dataclasses import replace

from claims.model import Round
from govah.terminal.console import Speaker
from scoring.model import Claimed, Model


def tell_round_before(speaker: Speaker, round: Round) -> None:
    """What `govah check` says of it. Nothing for a round that names none, or claims no datasets."""
    if round.settings.previous is None or not round.datasets:
        return
    from checks.datasets.history import round_before  # a crawl starts without the checks

    proven = round_before(round)
    speaker.note(
        f"history.{proven.state}",
        round=proven.round or "–",
        signer=proven.key or "–",
        path=round.settings.previous,
        count=len(proven.lines),
    )


def with_audits(round: Round, model: Model) -> Round:
    """The round with what the seal of the round before says of answers to these indicators; as it is without one.

    A seal that cannot be used says nothing: then claims alone earn nothing, as in a first round.
    """
    only_claimed = {
        indicator.id
        for indicator in model.contents.indicator
        if any(isinstance(part, Claimed) for part in indicator.part)
    }
    if round.settings.previous is None or model.contents.model.inputs != "claims" or not only_claimed:
        return round
    from evidence.verify.round_summary import read_seal, trusted_keys
    from scoring.claim_credit import audited_before

    proven = read_seal(round.settings.previous, trusted_keys(round.folder, round.settings.previous_key))
    try:
        audits = audited_before(proven.judged.get("audits", {}), proven.round or "")
    except (ValueError, TypeError, KeyError, AttributeError):
        return round
    known = {indicator: told for indicator, told in audits.items() if indicator in only_claimed}
    return replace(round, audited_before=known)
