"""What is known of one agency when it is scored: its claims, its declared answers, the findings about it."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from operator import attrgetter
from typing import Protocol, TypeVar

from checks.finding import Finding, is_listed
from claims.model import Agency, AuditedBefore, Dataset, Declaration, Round, Service


@dataclass(frozen=True, slots=True)
class AgencyFacts:
    """Claims and findings of one agency. as_of: the date of all judgements.

    declarations: by indicator id. findings: by check id, each in order of finding id, so that the order of
    the input decides nothing.
    """

    agency: Agency
    services: tuple[Service, ...]
    datasets: tuple[Dataset, ...]
    declarations: Mapping[str, Declaration]
    findings: Mapping[str, tuple[Finding, ...]]
    as_of: dt.date | None
    audited_before: Mapping[str, AuditedBefore] = field(default_factory=dict)

    def of(self, check: str) -> tuple[Finding, ...]:
        return self.findings.get(check, ())

    def listed(self, check: str) -> tuple[str, ...]:
        """Ids of datasets that the check judged though nobody claims them, in order."""
        return tuple(sorted({f.subject.id for f in self.of(check) if is_listed(f)}))

    def by_subject(self, check: str) -> dict[str, Finding]:
        """One finding a subject; where a check made several, the first by id."""
        found: dict[str, Finding] = {}
        for finding in self.of(check):
            found.setdefault(finding.subject.id, finding)
        return found


class RoundFacts:
    """The facts of every agency of a round, each put together when it is asked for.

    findings: of the round, or by agency, as a file of a whole country gives them. as_of: default `as_of` of the round.
    """

    def __init__(
        self,
        round: Round,
        findings: Iterable[Finding] | Mapping[str, Sequence[Finding]],
        as_of: dt.datetime | None = None,
    ) -> None:
        clock = as_of or round.settings.as_of
        self._as_of = clock.date() if clock else None
        self._agencies = {agency.id: agency for agency in sorted(round.agencies, key=lambda a: a.id)}
        self._round = round
        self._findings = findings if isinstance(findings, Mapping) else by_agency(findings)

        # an agency's tree and its ratio are made of the same facts, one after the other
        self.of = lru_cache(1)(self._of)

    def _of(self, agency: str) -> AgencyFacts:
        """Raises KeyError."""
        found: dict[str, list[Finding]] = defaultdict(list)
        for finding in sorted(self._findings.get(agency, ()), key=attrgetter("id")):
            found[finding.check].append(finding)
        return AgencyFacts(
            agency=self._agencies[agency],
            services=tuple(sorted(self._round.services_of(agency), key=attrgetter("id"))),
            datasets=tuple(sorted(self._round.datasets_of(agency), key=attrgetter("id"))),
            declarations={one.indicator: one for one in self._round.declarations_of(agency)},
            findings={check: tuple(group) for check, group in found.items()},
            as_of=self._as_of,
            audited_before=self._round.audited_before,
        )

    def __iter__(self) -> Iterator[AgencyFacts]:
        """In order of agency id."""
        return map(self.of, self._agencies)


class _AgencyClaims(Protocol):
    @property
    def agency(self) -> str: ...


T = TypeVar("T", bound=_AgencyClaims)


def by_agency(rows: Iterable[T]) -> dict[str, list[T]]:
    """Claims or findings, each in the order it comes in."""
    groups: dict[str, list[T]] = defaultdict(list)
    for row in rows:
        groups[row.agency].append(row)
    return dict(groups)
