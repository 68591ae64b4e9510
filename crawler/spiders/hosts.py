"""Hosts: TLS and the DNS of those that an agency declares, and what their roots and security.txt answer."""

from __future__ import annotations

from claims.hosts import declared_hosts, tls_services
from crawler.discovery.scope import host_probes, notices
from crawler.jobs import RANK_ENTRY, Job
from crawler.spiders.agency import AgencySpider
from crawler.spiders.state import AgencyState

_TWICE = (1, 2)


class HostRequests:
    """Per agency."""

    def __init__(self, state: AgencyState) -> None:
        self._state = state

    def start(self) -> None:
        state = self._state
        for name, port in tls_services(state.agency):
            self._probe(name, port, full=True)
        for name in declared_hosts(state.agency):
            for attempt in _TWICE:
                state.out.lookup(state.agency.id, name, attempt=attempt, wait=self._wait(attempt))

    def begin(self) -> None:
        """The home page was tried."""
        state = self._state
        for url in host_probes(state.agency):
            state.ask(state.jobs.make(url, "host", RANK_ENTRY, 1))
        for url in notices(state.agency):
            state.ask(state.jobs.make(url, "notice", RANK_ENTRY, 1))

    def foreign(self, name: str, port: int) -> None:
        """A page leads to another's host, by https."""
        if self._state.alone is None:
            self._probe(name, port, full=False)

    def _probe(self, name: str, port: int, *, full: bool) -> None:
        state = self._state
        for attempt in _TWICE:
            state.out.probe(state.agency.id, name, port, full=full, attempt=attempt, wait=self._wait(attempt))

    def _wait(self, attempt: int) -> float:
        return self._state.interval if attempt > 1 else 0.0


class HostsSpider(AgencySpider):
    """TLS, the DNS, redirects and headers of the hosts that an agency declares."""

    name = "hosts"

    @staticmethod
    def follows(job: Job) -> bool:
        return job.purpose in ("home", "host", "notice")
