"""`crawl`: visit the agencies of a round and keep everything. Runs an event loop of its own."""

from __future__ import annotations

import asyncio
import datetime as dt
import platform
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from claims.model import Agency, Round
from crawler.archive import Archive
from crawler.browser import Renderer
from crawler.jobs import Limits
from crawler.policy import AddressPolicy
from crawler.progress import CrawlOutcome, Progress
from crawler.resolvers import resolvers_of
from crawler.retest import Retest
from crawler.session import Session
from evidence import layout
from evidence.errors import EvidenceError, EvidenceMissing, EvidenceUnreachable, WriteFailed
from evidence.keys import Signer
from evidence.records import CrawlFacts, HttpFacts, PageFacts
from evidence.retests import STRIDE, number_of
from evidence.seal import seal
from evidence.store import EvidenceStore, EvidenceWriter

if TYPE_CHECKING:
    from evidence.timestamps import Asked, Stamping

__all__ = ["CrawlOutcome", "Limits", "Progress", "crawl"]


class Stop(Protocol):
    """What asks the crawl to end: a threading.Event, or anything that answers like one."""

    def is_set(self) -> bool: ...


def user_agent(contact: str) -> str:
    return f"govah/{version('govah')} (+{contact})"


def crawl(
    round: Round,
    folder: Path,
    *,
    agencies: frozenset[str] | None,
    progress: Callable[[Progress], None],
    now: Callable[[], dt.datetime],
    new_id: Callable[[], str],
    signer: Signer,
    browser: Path | None,
    stop: Stop,
    limits: Limits = Limits(),  # noqa: B008 (frozen)
    patience: float = 60.0,
    no_sandbox: bool = False,
    contexts: int = 2,
    retest: Retest | None = None,
) -> CrawlOutcome:
    """Crawl, or go on with, a round; seals the evidence when the crawl is complete.

    folder: the round's evidence folder. agencies: None for all. browser: None to do without.
    patience: seconds that silent controls are waited for. contexts: pages rendered at once. A round that is complete
    and sealed is left alone, but for time stamps over the seal that are still missing. retest: one claim of it is visited
    again, which the round holds alone; the captures have the numbers of that re-test.
    Raises EvidenceBusy while another process crawls it.
    """
    chosen = tuple(a for a in round.agencies if agencies is None or a.id in agencies)
    number = 0 if retest is None else retest.number
    stamping = _stamping(round, now)
    try:
        if _sealed(folder, chosen, number):
            return CrawlOutcome("complete", coverage(folder), stamps=_stamp_seal(folder, stamping))
    except (EvidenceUnreachable, OSError) as error:
        return _failed(error)
    renderer = None
    if browser is not None and round.settings.crawl.render != "never":
        renderer = Renderer(
            executable=browser,
            policy_settings=round.settings.network,
            user_agent=user_agent(round.settings.crawl.contact),
            no_sandbox=no_sandbox,
            contexts=contexts,
        )
    try:
        writer = EvidenceWriter.open(
            folder,
            vantage=round.settings.vantage,
            now=now,
            new_id=new_id,
            plan=_plan(round) if retest is None else {**_plan(round), "retest": retest.to_json()},
            signer=signer,
            attempts=STRIDE * number,
        )
    except WriteFailed as error:
        return _failed(error)
    stamps: tuple[Asked, ...] = ()
    try:
        with _archive(folder, writer, number) as archive, _signals() as signalled:
            stopping = partial(_any_set, stop, signalled)
            stamps = _stamp(folder, layout.OPENING, stamping, stopping)  # before the first request
            session = Session(
                round,
                agencies=chosen,
                writer=writer,
                archive=archive,
                policy=AddressPolicy(round.settings.network),
                now=now,
                user_agent=user_agent(round.settings.crawl.contact),
                limits=limits,
                patience=patience,
                progress=progress,
                stopping=stopping,
                renderer=renderer,
                retest=retest,
            )
            asyncio.run(session.run())
        detail = "; ".join(session.tally.trouble[:5])
        writer.close()
    except (
        EvidenceError,
        OSError,
        MemoryError,
        RuntimeError,
    ) as error:  # RuntimeError: no thread can be started
        return _failed(error, stamps)
    try:
        counts = coverage(folder)
        if session.state == "complete":
            _seal(round, folder, signer, now, counts)
            stamps += _stamp_seal(folder, stamping)
    except (EvidenceError, OSError) as error:
        return _failed(error, stamps)
    return CrawlOutcome(session.state, counts, detail, stamps)


def _failed(error: Exception, stamps: tuple[Asked, ...] = ()) -> CrawlOutcome:
    return CrawlOutcome("failed", {}, f"{type(error).__name__}: {error}", stamps)


def _any_set(*events: Stop) -> bool:
    return any(event.is_set() for event in events)


def _stamping(round: Round, now: Callable[[], dt.datetime]) -> Stamping | None:
    """None without authorities: a start then does without what reads their tokens."""
    if not round.settings.seal.authorities:
        return None
    from crawler.authority import stamping_of

    return stamping_of(round, now, user_agent(round.settings.crawl.contact))


def _stamp_seal(folder: Path, stamping: Stamping | None) -> tuple[Asked, ...]:
    with _signals() as signalled:
        return _stamp(folder, layout.SEALED, stamping, signalled.is_set)


def _stamp(
    folder: Path, over: str, stamping: Stamping | None, stopping: Callable[[], bool]
) -> tuple[Asked, ...]:
    if stamping is None:
        return ()
    from evidence.timestamps import stamp

    return tuple(stamp(folder, over, stamping, stopping))


def _seal(
    round: Round, folder: Path, signer: Signer, now: Callable[[], dt.datetime], counts: dict[str, int]
) -> None:
    software = {"govah": version("govah"), "python": platform.python_version()}
    seal(folder, signer=signer, now=now, round_id=round.settings.id, software=software, coverage=counts)


def coverage(folder: Path) -> dict[str, int]:
    """What was planned, visited and failed, over all runs: counted in the evidence itself."""
    accounts: dict[str, CrawlFacts] = {}
    exchanges = failed = 0
    rendered: set[tuple[str, str]] = set()
    with EvidenceStore.open(folder) as store:
        for capture in store.captures():
            if isinstance(capture.facts, CrawlFacts):
                if number_of(capture):
                    continue  # of one claim, and no account of the portal
                accounts[capture.agency] = capture.facts
            elif isinstance(capture.facts, PageFacts):
                rendered.add((capture.agency, capture.url))
            elif isinstance(capture.facts, HttpFacts):
                exchanges += 1
                failed += capture.facts.failure is not None
    return {
        "agencies": len(accounts),
        "planned": sum(facts.eligible for facts in accounts.values()),
        "visited": sum(facts.fetched for facts in accounts.values()),
        "exchanges": exchanges,
        "failed": failed,
        "rendered": len(rendered),
    }


def _sealed(folder: Path, agencies: tuple[Agency, ...], retest: int) -> bool:
    """All of it was crawled and sealed before."""
    try:
        with EvidenceStore.open(folder) as store:
            return store.manifest_sha256 is not None and all(
                Archive(store, retest).is_over(a.id) for a in agencies
            )
    except EvidenceMissing:
        return False


@contextmanager
def _archive(folder: Path, writer: EvidenceWriter, retest: int) -> Iterator[Archive]:
    """What earlier runs have seen; none of it when this is the first."""
    if next(writer.done(), None) is None:
        yield Archive(None)
        return
    with EvidenceStore.open(folder) as store:
        yield Archive(store, retest)


@contextmanager
def _signals() -> Iterator[threading.Event]:
    """SIGINT and SIGTERM set the event; a second one is the system's to handle."""
    caught = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield caught
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def note(number: int, _: Any) -> None:
        caught.set()
        signal.signal(number, before[signal.Signals(number)])

    for number in before:
        signal.signal(number, note)
    try:
        yield caught
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _plan(round: Round) -> dict[str, Any]:
    """What was set out to be done, for the opening checkpoint."""
    settings = round.settings
    network = settings.network
    authorities = list(settings.seal.authorities)
    return {
        **({"authorities": authorities} if authorities else {}),
        "round": settings.id,
        "vantage": settings.vantage,
        "crawl": asdict(settings.crawl),
        "network": {
            "allow_private": network.allow_private,
            "hosts": dict(sorted(network.hosts.items())),
            "controls": list(network.controls),
            "resolvers": [str(server) for server in resolvers_of(network).servers],
        },
        "agencies": {
            agency.id: {
                "portal": agency.portal,
                "hosts": list(agency.hosts),
                "catalogue": agency.catalogue,
                "services": [[s.id, s.url] for s in round.services_of(agency.id)],
                "datasets": [[d.id, d.url] for d in round.datasets_of(agency.id)],
                **_deep_links(round, agency.id),
            }
            for agency in round.agencies
        },
    }


def _deep_links(round: Round, agency: str) -> dict[str, Any]:
    """Deep links of the national window; nothing for a round that lists none."""
    links = [[service.id, *service.window] for service in round.services_of(agency) if service.window]
    return {"window": links} if links else {}
