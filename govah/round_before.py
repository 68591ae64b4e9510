"""What `govah check` says of the round before: whether its history could be used, and why not."""

from __future__ import annotations

from claims.model import Round
from govah.console import Speaker


def tell(speaker: Speaker, round: Round) -> None:
    """Nothing for a round that names none, or claims no datasets."""
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
