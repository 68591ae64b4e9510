"""Where rules and word lists are tried: agencies of the kept sets and generated worlds, with what is true of their rows.

A judgement is of one claim, of one element, or of all links of an agency. Pages are read once, whatever is switched off.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from checks.case import DOCUMENTS, Case, Shared
from checks.elements.presence.check import Elements
from checks.links.target.check import LinksTarget
from checks.page.boilerplate import READINGS, frames
from checks.page.content import PageContent
from checks.page.wordlist import spread
from checks.recent import Recent
from checks.retested import RetestView
from checks.services.entry import check as entry
from checks.services.matching.titles import Titles
from claims.persian import fold, tight
from evidence.store import EvidenceStore
from fixtures.portals.worlds.judging import outcome, quiet, written
from fixtures.portals.worlds.model import Claim
from fixtures.portals.worlds.world import world
from govah.stages import as_of, round_of
from tests.estate.switches import Switch, Trace, copied, forget, instead, off
from tests.estate.weights import kept, truth_rows
from web.document import Document

# Read and framed once: neither knows a word list or a rule that is switched (a test holds them to it).
_SHARED = (DOCUMENTS, READINGS, "checks.page.boilerplate.frames", "samples of pages")
_MANY, _TEXTS = 5_000, 200_000
_CLAIMS = frozenset({"contradicted", "verified", "partial"})
_MEMORY = Path("/dev/shm")
Unit = tuple[Literal["services", "elements", "links"], str]
Key = tuple[str, str]
"""(check, subject)"""


@dataclass(frozen=True, slots=True)
class Place:
    """An agency of a set, or a world by its number."""

    set: str
    agency: str

    @property
    def name(self) -> str:
        return f"{self.set}/{self.agency}"


@dataclass(frozen=True, slots=True)
class Said:
    """What is said of one row of the truth: as text, whether it is right, and whether it claims what the truth denies."""

    said: str
    right: bool
    false: bool


@dataclass(frozen=True, slots=True)
class Judged:
    """One judgement with all rules and lists. touched: what it rests on. seconds: of CPU that it took, watched."""

    rows: dict[Key, Said]
    touched: frozenset[Any]
    seconds: float


class Bench:
    """A place that is open: judges its units again and again."""

    def __init__(self, place: Place, case: Case, truth: dict[Key, Any]) -> None:
        self.place, self._base, self._truth = place, case, truth
        self.afresh()

    @property
    def units(self) -> list[Unit]:
        tables = {check for check, _ in self._truth}
        found: list[Unit] = [("services", one.id) for one in self._base.services]
        if "elements" in tables:
            found += [("elements", subject) for check, subject in self._truth if check == "elements"]
        if "links" in tables:
            found.append(("links", ""))
        return found

    def afresh(self) -> None:
        """Nothing that was concluded before is known any more."""
        case = self._base.narrowed()
        case.shared = Shared(case.round, case.evidence)
        case.derivations = {key: made for key, made in self._base.derivations.items() if key in _SHARED}
        for page in case.derived(READINGS, lambda: Recent[PageContent](_MANY)):
            page.derivations.clear()  # forms and cards, which lists and rules make
        self._case = case

    def judged(self, unit: Unit) -> dict[Key, Said]:
        """Rows of one unit. A check that breaks says so: it is an error of ours, and no verdict."""
        table, subject = unit
        try:
            found = self._found(table, subject)
        except Exception as error:
            found = {(table, subject): ("inconclusive", type(error).__name__)}
        keys = dict.fromkeys(
            [*found, *(key for key in self._truth if key[0] == "links" and table == "links")]
        )
        rows = {key: self._said(key, *found.get(key, ("", ""))) for key in keys}
        # of a link that leads on the truth has no row, and of one that nobody could follow it needs none
        return {key: said for key, said in rows.items() if self._true(key) is not None or said.false}

    def _found(self, table: str, subject: str) -> dict[Key, tuple[str, str]]:
        if table == "links":
            findings = list(LinksTarget().judge(self._case))
        elif table == "elements":
            findings = [Elements().of(self._case, subject)]
        else:
            case = self._case
            titles = case.shared.of_round("titles", lambda: Titles.of(case.round))
            service = next(one for one in case.services if one.id == subject)
            findings = [entry._finding(entry.ServiceEntry(), case, titles, service)]
        return {(table, one.subject.id): (one.verdict, one.reason or "") for one in findings}

    def _true(self, key: Key) -> Any:
        """What is true of a row; of a link by either scheme, as one truth is written for both."""
        check, subject = key
        bare = subject.partition("://")[2]
        keys = [key] if check != "links" else [key, (check, f"https://{bare}"), (check, f"http://{bare}")]
        return next((self._truth[one] for one in keys if one in self._truth), None)

    def _said(self, key: Key, verdict: str, reason: str) -> Said:
        told = f"{verdict}/{reason}" if reason else verdict
        truth = self._true(key)
        if isinstance(truth, Claim):
            how = outcome(truth, verdict, reason)
            return Said(told, how == "right", how == "false")
        if truth is None:  # a link that leads on
            return Said(told, False, verdict in _CLAIMS)
        wanted, reasons = truth
        right = verdict in wanted and (not any(reasons) or reason in reasons)
        return Said(told, right, verdict in _CLAIMS and verdict not in wanted)


@contextmanager
def _kept_texts() -> Iterator[None]:
    """Texts are folded once: that rests on no list."""
    with ExitStack() as stack:
        for function in (spread, fold, tight):
            stack.enter_context(instead(function, lru_cache(_TEXTS)(copied(function))))
        yield


@contextmanager
def opened(place: Place) -> Iterator[Bench]:
    """Raises FileNotFoundError where no crawl of the set is kept."""
    with _kept_texts(), _opened(place) as bench:
        yield bench


@contextmanager
def _opened(place: Place) -> Iterator[Bench]:
    if place.set == "world":
        quiet()
        with TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as folder:
            built = world(int(place.agency))
            seen = written(built, Path(folder))
            seen.writer.close()
            with EvidenceStore.open(Path(folder) / "evidence") as store:
                truth = {("services", claim.id): claim for claim in built.claims}
                yield bench_of(place, seen.round(), store, seen.agency.id, seen.as_of, truth)
        return
    folder_ = kept(place.set)
    round_ = round_of(folder_)
    with EvidenceStore.open(folder_ / "evidence") as store:
        yield bench_of(place, round_, store, place.agency, as_of(round_, store), truth_of(place))


def bench_of(place: Place, round_: Any, store: EvidenceStore, agency: str, clock: Any, truth: Any) -> Bench:
    view = RetestView(store)
    case = Case(round_, round_.agency(agency), view, clock, Shared(round_, view))
    case.derived(DOCUMENTS, lambda: Recent[Document](_MANY))
    case.derived(READINGS, lambda: Recent[PageContent](_MANY))
    frames(case)
    return Bench(place, case, truth)


def truth_of(place: Place) -> dict[Key, tuple[tuple[str, ...], tuple[str, ...]]]:
    """By check and subject: verdicts and reasons that are right."""
    found = {}
    for table in ("services", "elements", "links"):
        for row in truth_rows(place.set, table):
            subject = row.get("subject") or row["service"]
            if row.get("agency", place.agency) == place.agency:
                reasons = (row.get("reason") or row.get("reasons") or "").replace(" ", "|")
                found[table, subject] = (tuple(row["verdict"].split("|")), tuple(reasons.split("|")))
    return found


def places(sets: Sequence[str], worlds: Sequence[int]) -> list[Place]:
    agencies = [Place(name, agency.id) for name in sets for agency in round_of(kept(name)).agencies]
    return [*agencies, *(Place("world", str(number)) for number in worlds)]


def traced(place: Place, switches: Collection[Switch]) -> dict[Unit, Judged]:
    """Every unit of a place as it is judged, and what of the switches that rests on."""
    with opened(place) as bench:
        return watched(bench, switches)


def watched(bench: Bench, switches: Collection[Switch]) -> dict[Unit, Judged]:
    """The same at a place that is open."""
    trace, told = Trace(), {}
    with trace.running():
        for unit in bench.units:
            began = _clock()
            bench.afresh()
            with trace.during() as found:
                rows = bench.judged(unit)
            told[unit] = rows, found, _clock() - began
    changed = trace.changed((found for _, found, _ in told.values()), switches)
    forget()
    return {
        unit: Judged(rows, trace.rests_on(found, changed), seconds)
        for unit, (rows, found, seconds) in told.items()
    }


def _clock() -> float:
    times = os.times()
    return times.user + times.system


@dataclass(frozen=True, slots=True)
class Task:
    """Switches to be tried at one place: each with what a rule then answers, and the units that may change."""

    place: Place
    tries: tuple[tuple[Switch, bool | None, tuple[Unit, ...]], ...]
    seconds: float


def tried(task: Task) -> list[tuple[Switch, Key, Said]]:
    """What is said of each row of the units while a switch is off."""
    with opened(task.place) as bench:
        return without(bench, task)


def without(bench: Bench, task: Task) -> list[tuple[Switch, Key, Said]]:
    """The same at a place that is open."""
    found = []
    for switch, answer, units in task.tries:
        with off(switch, answer):
            bench.afresh()
            found += [(switch, key, said) for unit in units for key, said in bench.judged(unit).items()]
    return found
