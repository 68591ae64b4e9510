"""The level that was found of a service, and what shows that it is joined to the registers of others.

A transaction is integration only on positive evidence: an entry that takes the applicant's data from another body's
register, or national sign-on together with payment or with a control that fetches the data. Words («بدون نیاز به
مدرک») show nothing. What lies behind a login is not seen, so integration that is not found may still be there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from checks.case import Case
from checks.fields import Field
from checks.finding import Verdict
from checks.frame import reading
from checks.services.forms import Form, forms
from checks.services.seen import Seen, at_gateway
from checks.wordlist import Phrases, phrases, spread
from claims.model import LEVELS, Level, Service
from claims.persian import tight
from evidence.records import Capture, PageFacts

SignName = Literal["register", "fetch", "sign_on", "payment"]
_MOST_ACTIONS = 20
_MOST_PAGES = 8


@dataclass(frozen=True, slots=True)
class Sign:
    """One thing that joins the service to others. what: the words of the control, or the gateway's address."""

    name: SignName
    what: str
    captures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """level: None where nothing can be said. signs: what makes it integration; () for any other level."""

    level: Level | None
    signs: tuple[Sign, ...] = ()

    def observed(self, service: Service, verdict: Verdict) -> dict[str, Any]:
        """What the finding says of the level, beside the claim's."""
        told: dict[str, Any] = {"level": self.level, "claimed_level": service.level}
        if self.signs:
            told["integration"] = list(dict.fromkeys(sign.name for sign in self.signs))
            told["integration_seen"] = list(dict.fromkeys(sign.what for sign in self.signs))
        if self.level is not None and service.level is not None and verdict != "not_applicable":
            found, claimed = LEVELS.index(self.level), LEVELS.index(service.level)
            if found != claimed:
                told["over_claimed" if found < claimed else "under_claimed"] = True
        return told

    @property
    def captures(self) -> tuple[str, ...]:
        return tuple(capture for sign in self.signs for capture in sign.captures)


def found_level(case: Case, service: Service, seen: Seen) -> Found:
    """The level of what was seen."""
    level = seen.level
    if seen.verdict != "verified" or level != "transaction":
        return Found(level)
    signs = (*_of_forms(case, seen), *_of_gateways(case, service, seen))
    names = {sign.name for sign in signs}
    if "register" in names or ("sign_on" in names and names & {"payment", "fetch"}):
        return Found("integration", signs)
    return Found(level)


def _of_forms(case: Case, seen: Seen) -> Iterator[Sign]:
    """Controls beside a national id, on the pages that the finding rests on."""
    for capture in _pages(case, seen):
        for form in forms(reading(case, capture)):
            if not any(_asks_for_id(field) for field in form.fields):
                continue
            if form.kind == "payment":
                yield Sign("payment", form.target or form.heading, (capture.id,))
            for text in form.buttons:
                if (name := _inquires(case, form, text)) is not None:
                    yield Sign(name, text, (capture.id,))


def _pages(case: Case, seen: Seen) -> list[Capture]:
    wanted = set(seen.captures)
    found: list[Capture] = []
    for capture in case.captures:
        if capture.id not in wanted:
            continue
        finished = isinstance(capture.facts, PageFacts) and capture.facts.finished
        if finished or (capture.kind == "http" and case.is_html(capture)):
            found.append(capture)
    return found[:_MOST_PAGES]


def _asks_for_id(field: Field) -> bool:
    label = spread(f"{field.label}")
    name = field.name.lower()
    return phrases("pages.toml", "national_id_field").find(label) is not None or any(
        part in name for part in ("melli", "nationalid", "national_id", "nationalcode", "national_code")
    )


def _inquires(case: Case, form: Form, text: str) -> SignName | None:
    """ "register" for a control that asks another body's register, "fetch" for one that fetches data of a person."""
    words = phrases("pages.toml", "fetch_words")
    if words.find(text) is None:
        return None
    register = _registers().find(text)
    if register is not None:
        return None if tight(register) in tight(case.agency.name) else "register"
    # «استعلام» as the one button of a form is the form's own
    alone = len([button for button in form.buttons if button]) < 2
    return None if alone or phrases("pages.toml", "fetched").find(text) is None else "fetch"


def _registers() -> Phrases:
    return phrases("pages.toml", "registers")


def _of_gateways(case: Case, service: Service, seen: Seen) -> Iterator[Sign]:
    """National sign-on that names the client, and payment: the entry itself, or one hop from the service's page."""
    if seen.kind == "sign_on" or seen.kind == "payment":
        yield Sign(seen.kind, seen.url, ())
    if seen.look is None or not seen.look.tie.tied:
        return
    leads = [a for a in seen.look.actions if a.kind == "link" and not a.weak and not a.other]
    for action in leads[:_MOST_ACTIONS]:
        for visit in case.visits(action.url):
            arrived = at_gateway(case, service, visit, f"action: {action.text}"[:160])
            if arrived is not None and arrived.kind in ("sign_on", "payment"):
                yield Sign("sign_on" if arrived.kind == "sign_on" else "payment", arrived.url, visit.ids)
                break
