"""What is known of one agency when it is scored: its claims, its declared answers, the findings about it."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from checks.finding import Finding
from claims.model import Agency, Dataset, Declaration, Round, Service


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

    def of(self, check: str) -> tuple[Finding, ...]:
        return self.findings.get(check, ())

    def by_subject(self, check: str) -> dict[str, Finding]:
        """One finding a subject; where a check made several, the first by id."""
        found: dict[str, Finding] = {}
        for finding in self.of(check):
            found.setdefault(finding.subject.id, finding)
        return found


def facts_of(
    round: Round, findings: Iterable[Finding], as_of: dt.datetime | None = None
) -> Iterator[AgencyFacts]:
    """The facts of every agency, in order of agency id. as_of: default `as_of` of the round."""
    clock = as_of or round.settings.as_of
    services: dict[str, list[Service]] = defaultdict(list)
    datasets: dict[str, list[Dataset]] = defaultdict(list)
    declarations: dict[str, dict[str, Declaration]] = defaultdict(dict)
    found: dict[str, dict[str, list[Finding]]] = defaultdict(lambda: defaultdict(list))
    for service in round.services:
        services[service.agency].append(service)
    for dataset in round.datasets:
        datasets[dataset.agency].append(dataset)
    for declaration in round.declarations:
        declarations[declaration.agency][declaration.indicator] = declaration
    for finding in findings:
        found[finding.agency][finding.check].append(finding)
    for agency in sorted(round.agencies, key=lambda agency: agency.id):
        yield AgencyFacts(
            agency=agency,
            services=tuple(sorted(services[agency.id], key=lambda service: service.id)),
            datasets=tuple(sorted(datasets[agency.id], key=lambda dataset: dataset.id)),
            declarations=declarations[agency.id],
            findings={
                check: tuple(sorted(group, key=lambda finding: finding.id))
                for check, group in found[agency.id].items()
            },
            as_of=clock.date() if clock else None,
        )
