"""Checks that say one thing of each claimed service: what their findings have alike."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any

from checks.case import Case
from checks.finding import Finding, Subject, Verdict
from checks.services.own import EntrySummary
from claims.model import Service


class OfEachService(ABC):
    """A check with one finding for each claimed service. criterion, effect: codes of the catalogues."""

    id: str
    version: int
    criterion: str
    effect: str

    def judge(self, case: Case) -> Iterator[Finding]:
        for service in case.services:
            yield self._finding(case, service)

    @abstractmethod
    def _finding(self, case: Case, service: Service) -> Finding: ...

    def _without_page(self, service: Service, own: EntrySummary) -> Finding:
        """Where nobody read a page of the service. Of one that is dead, nothing stands there either."""
        verdict: Verdict = "contradicted" if own.verdict == "contradicted" else "inconclusive"
        reason = own.reason if own.verdict in ("contradicted", "inconclusive") else "not_attempted"
        return self._about(service, verdict, reason, {"url": own.url}, own.captures, own.attempts)

    def _about(
        self,
        service: Service,
        verdict: Verdict,
        reason: str | None,
        observed: dict[str, Any],
        captures: tuple[str, ...],
        attempts: int = 0,
    ) -> Finding:
        agency, about = service.agency, Subject("service", service.id, service.url)
        rests, codes = tuple(dict.fromkeys(captures)), (self.criterion, self.effect)
        return Finding(
            agency, about, self.id, self.version, verdict, reason, observed, rests, attempts, *codes
        )
