"""`crawl`: visit the agencies of a round and keep everything. Runs the reactor, so once per process."""

from __future__ import annotations

import datetime as dt
import logging
import platform
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

from scrapy.crawler import AsyncCrawlerProcess

from claims.model import Agency, Round
from crawler.archive import Archive
from crawler.jobs import Limits
from crawler.policy import AddressPolicy
from crawler.progress import CrawlOutcome, Progress
from crawler.session import Session
from crawler.spider import AuditSpider, scrapy_settings
from evidence.errors import EvidenceError
from evidence.keys import Signer
from evidence.seal import seal
from evidence.store import EvidenceStore, EvidenceWriter

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
) -> CrawlOutcome:
    """Crawl, or go on with, a round.

    folder: the round's evidence folder. agencies: None for all. browser: None to do without.
    patience: seconds that silent controls are waited for. Seals the evidence when the crawl is complete.
    """
    chosen = tuple(a for a in round.agencies if agencies is None or a.id in agencies)
    writer = EvidenceWriter.open(
        folder, vantage=round.settings.vantage, now=now, new_id=new_id, plan=_plan(round), signer=signer
    )
    try:
        outcome = _run(
            round, folder, chosen, writer, progress, now, browser, stop, limits, patience, no_sandbox
        )
    finally:
        try:
            writer.close()
        except (EvidenceError, OSError):
            outcome = CrawlOutcome("failed", {}, "the evidence store could not be closed")
    if outcome.state == "complete":
        seal(
            folder,
            signer=signer,
            now=now,
            round_id=round.settings.id,
            software={
                "govah": version("govah"),
                "scrapy": version("scrapy"),
                "python": platform.python_version(),
            },
            coverage=outcome.coverage,
        )
    return outcome


def _run(
    round: Round,
    folder: Path,
    agencies: tuple[Agency, ...],
    writer: EvidenceWriter,
    progress: Callable[[Progress], None],
    now: Callable[[], dt.datetime],
    browser: Path | None,
    stop: Stop,
    limits: Limits,
    patience: float,
    no_sandbox: bool,
) -> CrawlOutcome:
    settings = round.settings
    agent = user_agent(settings.crawl.contact)

    def renderer() -> Renderer | None:
        if browser is None or settings.crawl.render == "never":
            return None
        from crawler.renderer import Renderer

        return Renderer(
            executable=browser, policy_settings=settings.network, user_agent=agent, no_sandbox=no_sandbox
        )

    resumed = next(writer.done(), None) is not None
    store = EvidenceStore.open(folder) if resumed else None
    try:
        with _signals() as signalled:
            session = Session(
                round,
                agencies=agencies,
                writer=writer,
                archive=Archive(store),
                policy=AddressPolicy(settings.network),
                now=now,
                user_agent=agent,
                limits=limits,
                patience=patience,
                progress=progress,
                stopping=lambda: stop.is_set() or signalled.is_set(),
                renderer=renderer,
            )
            _quiet()
            process = AsyncCrawlerProcess(scrapy_settings(settings.crawl.per_host))
            process.crawl(AuditSpider, session=session)
            process.start(install_signal_handlers=False)
    finally:
        if store is not None:
            store.close()
    return session.outcome


def _quiet() -> None:
    """Engine and reactor log nothing: what matters of an exchange is in the store."""
    for name in ("scrapy", "twisted", "asyncio"):
        logger = logging.getLogger(name)
        logger.addHandler(logging.NullHandler())
        logger.propagate = False


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
    return {
        "round": settings.id,
        "vantage": settings.vantage,
        "crawl": asdict(settings.crawl),
        "network": {
            "allow_private": network.allow_private,
            "hosts": dict(sorted(network.hosts.items())),
            "controls": list(network.controls),
        },
        "agencies": {
            agency.id: {
                "portal": agency.portal,
                "hosts": list(agency.hosts),
                "catalogue": agency.catalogue,
                "services": [[s.id, s.url] for s in round.services_of(agency.id)],
                "datasets": [[d.id, d.url] for d in round.datasets_of(agency.id)],
            }
            for agency in round.agencies
        },
    }
