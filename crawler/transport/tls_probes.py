"""TLS probes in threads, a few at a time, each when its host may be visited (`crawler.politeness.permits`)."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from crawler.politeness.permits import AtHost
from crawler.politeness.policy import AddressPolicy
from crawler.probes.certificate_documents import CertificateDocuments, FetchedDocument, Kind, fetch, wanted
from crawler.probes.handshake_witness import HelloBinding
from crawler.probes.tls import probe
from crawler.probes.tls_capture import TlsProbe
from crawler.transport.host_probe import HostProbe, Keep
from evidence.store import EvidenceWriter
from evidence.store.recording import time_text
from web.urls import host

_THREADS = 16  # they wait; 167 hosts behind 100 ms take half a minute with these
_PROBES_OF_AN_AGENCY = 3  # at once, so that one with a hundred dead hosts leaves a thread for others


class TlsProbes:
    """permit: waits until the host may be visited; what certificates name is fetched with permits of its hosts too.

    round_id, opening: what hellos are bound to (`crawler.probes.handshake_witness`).
    """

    def __init__(
        self,
        policy: AddressPolicy,
        now: Callable[[], dt.datetime],
        permit: AtHost,
        user_agent: str,
        *,
        round_id: str = "",
        opening: tuple[str, ...] = (),
    ) -> None:
        self._policy = policy
        self._user_agent = user_agent
        self._documents = CertificateDocuments(self._document)
        self._now = now
        self._bound_to = round_id, opening
        self._permit = permit
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="tls")
        self._of_agency: defaultdict[str, asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(_PROBES_OF_AN_AGENCY)
        )
        # When each probe began, on the loop's clock.
        self._began: dict[tuple[str, str, int | None, int], asyncio.Future[float]] = {}

    async def probe(self, target: HostProbe) -> Keep | None:
        """What writes the probe down; None when it failed by our own fault. A second probe is asked for after its first."""
        loop = asyncio.get_running_loop()
        name = target.agency, target.host, target.port
        began = self._began[*name, target.attempt] = loop.create_future()
        earlier = self._began.pop((*name, target.attempt - 1), None)
        try:
            # The first probe may itself have waited for its permit.
            since = loop.time() if earlier is None else await asyncio.shield(earlier)
            await asyncio.sleep(since + target.wait - loop.time())
            async with self._of_agency[target.agency], self._permit(target.host):
                time = self._now()
                began.set_result(loop.time())
                result = await loop.run_in_executor(self._pool, self._probe, target, time)
            if target.full:
                result = await self._with_documents(result)
        except Exception:  # a probe must not end the work on all others; it has no capture then
            return None
        finally:
            if not began.done():
                began.set_result(loop.time())
        return partial(_keep, target, result, time)

    def _probe(self, target: HostProbe, time: dt.datetime) -> TlsProbe:
        assert target.port is not None
        binding = HelloBinding(*self._bound_to, target.host, target.port, time_text(time))
        return probe(target.host, target.port, self._policy, now=self._now, full=target.full, binding=binding)

    async def _with_documents(self, result: TlsProbe) -> TlsProbe:
        while (document := wanted(result.chain, result.fetched)) is not None:
            try:
                result = result.having(await self._documents.get(*document))
            except Exception:  # ours, since a fetch tells its failures: the probe is kept without
                break
        return result

    async def _document(self, kind: Kind, url: str) -> FetchedDocument:
        async with self._permit(host(url)):
            return await asyncio.get_running_loop().run_in_executor(
                self._pool,
                lambda: fetch(kind, url, self._policy, user_agent=self._user_agent, now=self._now),
            )

    def close(self) -> None:
        self._documents.close()
        self._pool.shutdown(wait=False, cancel_futures=True)


def _keep(target: HostProbe, result: TlsProbe, time: dt.datetime, writer: EvidenceWriter) -> None:
    facts = result.facts
    writer.add(
        kind="tls",
        agency=target.agency,
        url=f"{facts.host}:{facts.port}",
        purpose="host" if target.full else "link",
        attempt=target.attempt,
        time=time,
        facts=facts,
        body=result.body,
    )
