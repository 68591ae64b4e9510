"""The level that was found of a service, and every sign that shows it, with what it was seen on.

The level is the highest that a sign shows; what a sign does not show is not told. The page that decided is the first
sign. One that shows less than a transaction is looked beyond: a form to follow a request stands beside the form, the
sign-on or the payment that begins it. A form that only answers completes a service of asking, and is called an
interaction by some and a transaction by others: it shows what was claimed of the two. A transaction is integration
only on positive evidence: an entry that takes the applicant's data from another body's register, or national sign-on
together with payment or with a control that fetches the data. Words («بدون نیاز به مدرک») show nothing. What lies behind a log-in is not seen, so more may still be there:
where nothing but a log-in or a sign-on shows the level, it is told as the least.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from checks.case import Case
from checks.finding import Verdict
from checks.page.boilerplate import reading
from checks.page.forms.fields import Field
from checks.page.forms.kinds import Form, forms
from checks.page.wordlist import Phrases, phrases, spread
from checks.services.actions import Action, gateway
from checks.services.gateways import names_client
from checks.services.kinds import LOGIN_KINDS, Kind
from checks.services.matching.gates import soft
from checks.services.matching.titles import Titles
from checks.services.matching.titles import read as read_title
from checks.services.visit.hop import lead
from checks.services.visit.look import PageClassification
from checks.services.visit.seen import EntryResult, at_gateway
from claims.model import LEVELS, Level, Service
from claims.persian import tight
from evidence.kinds.page import PageFacts
from evidence.records import Capture
from web.urls import identity

SignName = Literal["register", "fetch", "nothing"] | Kind
_MOST_ACTIONS = 20  # Ways on whose pages may show a level. Later ones are not looked at. By hand.
_MOST_PAGES = 8  # Pages that may show a level. Later ones are not read. By hand.
_AT_GATEWAYS = ("sign_on", "payment")
_DONE = LEVELS.index("transaction")
_LESS = ("information", "interaction")  # claimed levels that a form that only answers meets


@dataclass(frozen=True, slots=True)
class Sign:
    """One thing that was seen of the service.

    name: a kind of page or step, what joins it to the registers of others, or "nothing" where no page of it stood.
    shows: the level that it shows by itself. what: words of a page or control, or a gateway's address. captures: ids.
    reached: False for a sign-on that the service's page offers by name, and that nobody came to.
    """

    name: SignName
    shows: Level
    what: str
    url: str
    captures: tuple[str, ...]
    reached: bool = True

    def to_json(self) -> dict[str, Any]:
        told = {
            "sign": self.name,
            "shows": self.shows,
            "what": self.what[:200] if self.what != self.url else "",
            "url": self.url,
            "captures": list(self.captures),
        }
        return told if self.reached else told | {"reached": False}


@dataclass(frozen=True, slots=True)
class LevelResult:
    """level: None where nothing can be said. signs: what shows it. least: the level that the service has at least, where
    what stands behind a log-in was not seen; None where everything that shows the level was."""

    level: Level | None
    signs: tuple[Sign, ...] = ()
    least: Level | None = None

    def observed(self, service: Service, verdict: Verdict) -> dict[str, Any]:
        """What the finding says of the level, beside the claim's."""
        told: dict[str, Any] = {"level": self.level, "claimed_level": service.level}
        if self.signs:
            told["level_signs"] = [sign.to_json() for sign in self.signs]
        if self.least is not None:
            told["level_at_least"] = self.least
        if self.level is not None and service.level is not None and verdict != "not_applicable":
            found, claimed = LEVELS.index(self.level), LEVELS.index(service.level)
            if found != claimed:
                told["over_claimed" if found < claimed else "under_claimed"] = True
        return told

    @property
    def captures(self) -> tuple[str, ...]:
        return tuple(capture for sign in self.signs for capture in sign.captures)


def found_level(case: Case, titles: Titles, service: Service, seen: EntryResult) -> LevelResult:
    """The level of what was seen."""
    signs = list(_decisive(service, seen))
    if seen.verdict == "verified":
        if _highest(signs) < _DONE:
            signs.extend(_beyond(case, titles, service, seen))
        if _highest(signs) >= _DONE:
            signs.extend(_joining(case, service, seen, signs))
    offered = [] if _highest(signs) >= _DONE else list(_offered(case, service, seen))
    level = _level(signs) if signs else None
    return LevelResult(level, (*signs, *offered), _least([*signs, *offered], level))


def _decisive(service: Service, seen: EntryResult) -> Iterator[Sign]:
    """What decided: the kind of the page, or that there is none."""
    if seen.level is None:
        return
    shows = seen.level
    if (
        seen.kind == "service_form"
        and seen.entry is not None
        and seen.entry.only_asks
        and service.level in _LESS
    ):
        shows = "interaction"
    yield Sign(seen.kind or "nothing", shows, seen.excerpt, seen.url, seen.captures)


def _highest(signs: Sequence[Sign]) -> int:
    return max((LEVELS.index(sign.shows) for sign in signs), default=-1)


def _level(signs: Sequence[Sign]) -> Level:
    names = {sign.name for sign in signs}
    done = _highest(signs) >= _DONE
    if done and ("register" in names or ("sign_on" in names and names & {"payment", "fetch"})):
        return "integration"
    return LEVELS[_highest(signs)]


def _least(signs: Sequence[Sign], level: Level | None) -> Level | None:
    if not signs or level == "integration":
        return None
    highest = [sign for sign in signs if LEVELS.index(sign.shows) == _highest(signs)]
    return highest[0].shows if all(sign.name in LOGIN_KINDS for sign in highest) else None


def _looks(seen: EntryResult) -> list[PageClassification]:
    """The page of the entry, and the service's own page where that is another."""
    found: list[PageClassification] = []
    for at in (seen.entry, seen.look):
        if at is not None and at.tie.tied and all(at.capture.id != other.capture.id for other in found):
            found.append(at)
    return found


def _leads(at: PageClassification) -> list[Action]:
    found = [action for action in at.actions if action.kind == "link" and not (action.weak or action.other)]
    return found[:_MOST_ACTIONS]


def _beyond(case: Case, titles: Titles, service: Service, seen: EntryResult) -> Iterator[Sign]:
    """What of the service can be begun, one hop on from a page where it can only be followed."""
    here = {identity(seen.url), *(identity(at.capture.url) for at in _looks(seen))}
    for at in _looks(seen):
        for action in _leads(at):
            if identity(action.url) in here:
                continue
            here.add(identity(action.url))
            there = lead(case, titles, service, at, action, (at.capture.id,)).seen
            if there is not None and there.verdict == "verified" and _of_the_service(service, action, there):
                yield from _decisive(service, there)


def _of_the_service(service: Service, action: Action, there: EntryResult) -> bool:
    """Whether nothing says that what stands there is begun for another matter, which no claim may name: a form whose page is
    not the service's own is led to by words of its title alone. A gateway is told whom it works for."""
    if there.kind in _AT_GATEWAYS or action.named or (there.entry is not None and there.entry.tie.tied):
        return True
    told = phrases("page/words/pages.toml", "action", "action_words", "system_words", "form_parts").removed(
        action.text
    )
    return set(read_title(told).words) - soft() <= set(read_title(service.title).words)


def _offered(case: Case, service: Service, seen: EntryResult) -> Iterator[Sign]:
    """Sign-ons that the service's page leads to, told whom they work for, and that nobody came to."""
    for at in _looks(seen):
        for action in _leads(at):
            if gateway(action.url) == "sso" and names_client(case, service, action.url, None):
                yield Sign("sign_on", "transaction", action.text, action.url, (at.capture.id,), reached=False)
                return


def _joining(case: Case, service: Service, seen: EntryResult, signs: Sequence[Sign]) -> Iterator[Sign]:
    """What else stands there that may join the service to the registers of others."""
    known = {(sign.name, identity(sign.url)) for sign in signs}
    for sign in (*_of_forms(case, seen), *_of_gateways(case, service, seen)):
        if (key := (sign.name, identity(sign.url) if sign.name in _AT_GATEWAYS else sign.what)) not in known:
            known.add(key)
            yield sign


def _of_forms(case: Case, seen: EntryResult) -> Iterator[Sign]:
    """Controls beside a national id, on the pages that the finding rests on."""
    for capture in _pages(case, seen):
        for form in forms(reading(case, capture)):
            if not any(_asks_for_id(field) for field in form.fields):
                continue
            if form.kind == "payment" and seen.kind != "payment":
                what = form.target or form.heading
                yield Sign("payment", "transaction", what, form.target or capture.url, (capture.id,))
            for text in form.buttons:
                if (name := _inquires(case, form, text)) is not None:
                    yield Sign(name, "interaction", text, capture.url, (capture.id,))


def _pages(case: Case, seen: EntryResult) -> list[Capture]:
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
    return phrases("page/words/pages.toml", "national_id_field").find(label) is not None or any(
        part in name for part in ("melli", "nationalid", "national_id", "nationalcode", "national_code")
    )


def _inquires(case: Case, form: Form, text: str) -> Literal["register", "fetch"] | None:
    """ "register" for a control that asks another body's register, "fetch" for one that fetches data of a person."""
    words = phrases("page/words/pages.toml", "fetch_words")
    if words.find(text) is None:
        return None
    register = _registers().find(text)
    if register is not None:
        return None if tight(register) in tight(case.agency.name) else "register"
    # «استعلام» as the one button of a form is the form's own
    alone = len([button for button in form.buttons if button]) < 2
    return None if alone or phrases("page/words/pages.toml", "fetched").find(text) is None else "fetch"


def _registers() -> Phrases:
    return phrases("page/words/pages.toml", "registers")


def _of_gateways(case: Case, service: Service, seen: EntryResult) -> Iterator[Sign]:
    """National sign-on that names the client, and payment, one hop from the service's page."""
    if seen.look is None or not seen.look.tie.tied:
        return
    for action in _leads(seen.look):
        for visit in case.visits(action.url):
            arrived = at_gateway(case, service, visit, f"action: {action.text}"[:160])
            if arrived is not None and arrived.kind in _AT_GATEWAYS:
                yield Sign(arrived.kind, "transaction", arrived.url, arrived.url, visit.ids)
                break
