"""Which page is the entry of a claimed service, as auditors chose it: what the entries of a ledger say. Pure.

A page is chosen, or none of those that were shown, or it could not be told; the last word about a service counts. Entries of
another round say nothing here, nor do those that are not as this program writes them. Not here: signatures and chain of the
ledger (`evidence.reply_ledger`), whether a page is still what was chosen (`checks.services.visit.alias`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from claims.model import Alias
from web.urls import identity, is_too_long, is_web, split_fragment

EVENT = "alias"
Choice = Literal["page", "none", "cannot_tell"]
CHOICES: tuple[Choice, ...] = get_args(Choice)
MOST_HEADING = 300
_MOST_NAME = 200
_MOST_CAPTURE = 100

Entry = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AliasChoice:
    """One word of an auditor. alias: None unless a page was chosen. time: ISO 8601. carried: id of the round before in which the
    same page was chosen; "" of a choice that was made anew. number: of the entry.
    """

    service: str
    agency: str
    choice: Choice
    by: str
    time: str
    alias: Alias | None = None
    carried: str = ""
    number: int = 0


def normal_address(url: str) -> str:
    """The address that stands for a page; a route of an application has its fragment."""
    fragment = split_fragment(url)[1] or ""
    return f"{identity(url)}#{fragment}" if fragment.startswith(("/", "!")) else identity(url)


def entry_values(round_id: str, choice: AliasChoice) -> dict[str, Any]:
    """The fields of an entry besides those that every entry of the ledger has."""
    alias = choice.alias
    return {
        "round": round_id,
        "agency": choice.agency,
        "service": choice.service,
        "choice": choice.choice,
        "carried": choice.carried,
        **(
            {}
            if alias is None
            else {
                "address": alias.address,
                "heading": alias.heading,
                "portal": alias.portal,
                "capture": alias.capture,
                "reply": alias.reply,
            }
        ),
    }


def choices(entries: Iterable[Entry], round_id: str) -> dict[str, AliasChoice]:
    """The last word about each service, by its id."""
    found: dict[str, AliasChoice] = {}
    for entry in entries:
        if entry.get("event") == EVENT and (said := _choice(entry, round_id)) is not None:
            found[said.service] = said
    return found


def foreign(entries: Iterable[Entry], round_id: str) -> int:
    """How many entries about aliases say nothing here: they are of another round, or not as this program writes them."""
    return sum(entry.get("event") == EVENT and _choice(entry, round_id) is None for entry in entries)


def aliases(said: Mapping[str, AliasChoice]) -> dict[str, Alias]:
    """By service, where a page was chosen."""
    return {service: one.alias for service, one in sorted(said.items()) if one.alias is not None}


def _choice(entry: Entry, round_id: str) -> AliasChoice | None:
    agency, service, by, time = (
        _text(entry.get(name), _MOST_NAME) for name in ("agency", "service", "by", "time")
    )
    choice, carried, number = (
        entry.get("choice"),
        _text(entry.get("carried", ""), _MOST_NAME),
        entry.get("number"),
    )
    if entry.get("round") != round_id or choice not in CHOICES or not (agency and service and by and time):
        return None
    alias = None
    if choice == "page":
        alias = _alias(entry, agency, service, by, time)
        if alias is None:
            return None
    return AliasChoice(
        service, agency, choice, by, time, alias, carried or "", number if isinstance(number, int) else 0
    )


def _alias(entry: Entry, agency: str, service: str, by: str, time: str) -> Alias | None:
    address, portal, heading = entry.get("address"), entry.get("portal"), entry.get("heading")
    capture, reply = _text(entry.get("capture"), _MOST_CAPTURE), _text(entry.get("reply"), _MOST_NAME)
    if capture is None or reply is None or (heading is not None and _text(heading, MOST_HEADING) is None):
        return None
    if not all(isinstance(url, str) and is_web(url) and not is_too_long(url) for url in (address, portal)):
        return None
    if normal_address(str(address)) != address:
        return None
    return Alias(agency, service, str(address), heading, str(portal), by, time[:10], capture, reply)


def _text(value: object, limit: int) -> str | None:
    return value if isinstance(value, str) and len(value) <= limit else None
