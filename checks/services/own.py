"""What the look for a service's entry leaves behind, as values: no page and no element outlives its turn.

Made where the entry is judged, read by the checks of what stands around it (`own_pages`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from checks.finding import Verdict
from checks.services.actions import Action
from checks.services.kinds import ASIDE_KINDS, Kind
from checks.services.visit.seen import EntryResult
from claims.model import Service


@dataclass(frozen=True, slots=True)
class EntrySummary:
    """What is known of a service from the look for its entry.

    page: address of its own page, tied to the claim; None where no such page was read. url, kind: of the entry.
    fee: what its card says of it, None when it says nothing. card: raw values of its fields. scripted: scripts run on
    the page that were not seen at work. actions: leads of the page's own.
    """

    verdict: Verdict
    reason: str
    attempts: int
    url: str
    kind: Kind | None
    captures: tuple[str, ...]
    page: str | None = None
    scripted: bool = False
    fee: bool | None = None
    card: Mapping[str, str] = field(default_factory=dict)
    actions: tuple[Action, ...] = ()


def own_key(service: Service) -> tuple[str, str]:
    """Under which the case keeps it."""
    return "own page", service.id


def own_from(seen: EntryResult, attempts: int) -> EntrySummary:
    """Of what the visits of the entry came to."""
    at = seen.look
    # a story about the service, or a search for it, says the title and is not its own page
    if at is None or not at.tie.tied or (seen.verdict == "inconclusive" and at.kind in ASIDE_KINDS):
        return EntrySummary(seen.verdict, seen.reason, attempts, seen.url, seen.kind, seen.captures)
    card = at.tie.card
    return EntrySummary(
        seen.verdict,
        seen.reason,
        attempts,
        seen.url,
        seen.kind,
        seen.captures,
        page=at.capture.url,
        scripted=at.scripted,
        fee=card.fee if card is not None else None,
        card=dict(card.fields) if card is not None else {},
        actions=at.actions,
    )
