"""What can go wrong with a crawl before its first page: names that do not resolve, silent controls, a silent resolver.

Asks the resolvers and each control once, keeps nothing, visits no portal. Uses what the crawl uses: the same policy of
addresses, the same requests.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import queue
import secrets
import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import dns.name

from claims.model import NetworkSettings
from crawler.jobs import ExchangeLimits, Job
from crawler.politeness.policy import AddressPolicy, AddressRefused
from crawler.probes.dns_client import DnsClient
from crawler.probes.resolvers import resolvers_of
from crawler.wire.exchange import Exchange
from crawler.wire.fetcher import Fetcher, FetcherContext

SECONDS = 10.0
"""For all names together, and for all controls: a resolver that is lost answers nothing for half a minute each."""
_AT_ONCE = 32  # names asked for: a round has hundreds, and a lost one takes seconds
_BODY = 65_536  # bytes of a control's answer: whether it is alive stands in its head
_ALIVE = 500  # from this status on the server is in trouble of its own, as during a crawl


@dataclass(frozen=True, slots=True)
class ControlAnswer:
    """failure: None when it answered. detail: the status, or what went wrong."""

    url: str
    failure: str | None
    detail: str


def unresolved(
    network: NetworkSettings, places: Collection[tuple[str, int]], seconds: float = SECONDS
) -> Mapping[tuple[str, int], str]:
    """Why a (host, port) cannot be visited, by place; nothing of those that can.

    The reason is a failure of `AddressRefused`, or "timeout" of a name that nobody answered for in time.
    """
    policy = AddressPolicy(network)
    waiting: queue.SimpleQueue[tuple[str, int]] = queue.SimpleQueue()
    answers: queue.SimpleQueue[tuple[tuple[str, int], str | None]] = queue.SimpleQueue()
    for place in places:
        waiting.put(place)

    def ask() -> None:
        while True:
            try:
                place = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                policy.resolve(*place)
            except AddressRefused as refused:
                answers.put((place, refused.failure))
            else:
                answers.put((place, None))

    # not waited for at the end: the C library's resolver cannot be stopped
    for _ in range(min(_AT_ONCE, len(places))):
        threading.Thread(target=ask, daemon=True).start()
    left, until = dict.fromkeys(places, "timeout"), time.monotonic() + seconds
    for _ in places:
        try:
            place, failure = answers.get(timeout=max(0.0, until - time.monotonic()))
        except queue.Empty:
            break
        if failure is None:
            del left[place]
        else:
            left[place] = failure
    return left


async def ask_controls(network: NetworkSettings, agent: str, seconds: float = SECONDS) -> list[ControlAnswer]:
    """Each control once, all at the same time."""
    fetcher = Fetcher(
        FetcherContext(
            limits=ExchangeLimits(connect=seconds, idle=seconds, total=seconds),
            policy=AddressPolicy(network),
            per_host=len(network.controls) or 1,
            user_agent=agent.encode(),
            written=lambda job: None,
            lag=lambda since: 0.0,
        )
    )
    try:
        return list(await asyncio.gather(*(_ask_control(fetcher, url, seconds) for url in network.controls)))
    finally:
        fetcher.close()


async def _ask_control(fetcher: Fetcher, url: str, seconds: float) -> ControlAnswer:
    done: asyncio.Future[Exchange] = asyncio.get_running_loop().create_future()
    job = Job("", url, "control", time_limit=seconds, body_limit=_BODY, other_limit=_BODY)
    fetcher.start(job, lambda job, exchange: done.set_result(exchange))
    facts = (await done).facts(None)
    if facts.failure is not None:
        return ControlAnswer(url, facts.failure, facts.detail)
    alive = facts.status is not None and facts.status < _ALIVE
    return ControlAnswer(url, None if alive else "server_error", str(facts.status))


async def resolver_answers(network: NetworkSettings, now: Callable[[], dt.datetime]) -> bool:
    """Whether one of the resolvers that are asked about DNS answers at all, with whatever it says of the root."""
    resolvers = resolvers_of(network)
    if not resolvers.servers:
        return False
    client = DnsClient(resolvers, now=now, message_id=lambda: secrets.randbelow(65_536))
    try:
        return (await client.ask(dns.name.root, "SOA", 1)).message is not None
    finally:
        client.close()
