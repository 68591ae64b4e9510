"""What is kept from auditors until their batch is judged whole, so that no verdict of the program leads theirs.

Whole, so that a verdict that is taken back is followed by one that is as blind. What is withheld follows from the claims alone, never from what was found: else its absence would tell it. Not here: the
draw (`scoring.worklist`), pages (`reports.desk`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from checks.finding import Finding
from claims.model import Round, Service
from reports.replies import RepliesReport, ReplyRecord
from scoring.worklist import AuditBatch, cases_of, for_rebuttal, open_cases
from web.urls import identity

# Checks whose findings are about a whole agency, and name its services or their addresses.
_OF_SERVICES = frozenset({"desk.entries", "pages.language_services", "search.titles"})


@dataclass(frozen=True, slots=True)
class Withheld:
    """subjects: services of agencies with a case of a batch in work, and others that are claimed at the same address.

    drawn: the cases, and those others. whole: agencies with a case, of which nothing is shown: links, hosts and data sets tell
    how its pages answered. agencies: of all that is withheld. addresses: where services are claimed, but for home pages of these
    agencies, and what was met for those drawn.
    """

    subjects: frozenset[str] = frozenset()
    drawn: frozenset[str] = frozenset()
    whole: frozenset[str] = frozenset()
    agencies: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()

    def having(self, met: set[str], round: Round) -> Withheld:
        """With addresses that were met, but for those of which everybody knows: that they are left out would tell who led there."""
        met = met - {identity(agency.portal) for agency in round.agencies}
        for service in round.services if met else ():
            if service.agency not in self.agencies:
                met.difference_update(_claimed_at(service))
        return replace(self, addresses=self.addresses | met)

    def hides(self, finding: Finding) -> bool:
        """Whether a finding is about such a service, or about its address."""
        subject = finding.subject
        if finding.agency in self.whole or (subject.kind == "service" and subject.id in self.subjects):
            return True
        if finding.agency in self.agencies and tells_of_services(finding.check):
            return True
        return not self.addresses.isdisjoint(addresses_of(finding))

    def hides_capture(self, agency: str, url: str) -> bool:
        """Whether a capture is of such an agency, or shows such an address."""
        return agency in self.whole or identity(url) in self.addresses

    def hides_reply(self, answer: ReplyRecord) -> bool:
        """Whether a reply is about what was found of such a service, or comes from its agency."""
        return answer.reply["subject"] in self.subjects or answer.reply["agency"] in self.agencies


def tells_of_services(check: str) -> bool:
    """Whether findings of a check list what was found of several services."""
    return check.startswith("services.") or check in _OF_SERVICES


def addresses_of(finding: Finding) -> set[str]:
    """Pages that a finding speaks of."""
    given = (finding.subject.url, finding.observed.get("url"))
    return {identity(url) for url in given if isinstance(url, str) and url}


def drawn_in_work(round: Round) -> frozenset[str]:
    """Services of batches that are in work; what is withheld changes with them alone."""
    in_work = {case.batch for case in open_cases(round)}
    return frozenset(case.subject for case in round.drawn if case.batch in in_work)


def withheld_of(round: Round) -> Withheld:
    drawn = drawn_in_work(round)
    if not drawn:
        return Withheld()
    claimed = [service for service in round.services if service.id in drawn]
    everywhere = {address for service in claimed for address in _claimed_at(service)}
    whole = frozenset(service.agency for service in claimed)
    same: list[Service] = []
    alike = set(drawn)
    for service in round.services:
        shares = not everywhere.isdisjoint(_claimed_at(service))
        if shares:
            alike.add(service.id)
        if shares or service.agency in whole:
            same.append(service)
    agencies = frozenset(service.agency for service in same)
    homes = frozenset(identity(agency.portal) for agency in round.agencies if agency.id in agencies)
    return Withheld(
        frozenset(service.id for service in same),
        frozenset(alike),
        whole,
        agencies,
        frozenset(address for service in same for address in _claimed_at(service)) - homes,
    )


def _claimed_at(service: Service) -> set[str]:
    return {identity(url) for url in (service.url, *service.window) if url}


def told_of(told: RepliesReport, withheld: Withheld) -> RepliesReport:
    """Without replies that tell of what is withheld."""
    answers = tuple(one for one in told.answers if not withheld.hides_reply(one))
    unasked = tuple(one for one in told.unasked if one.agency not in withheld.agencies)
    return replace(told, answers=answers, unasked=unasked)


def handed_out(round: Round, findings: Iterable[Finding], batch: str, seed: int) -> AuditBatch:
    """A batch of the round as auditors get it."""
    subjects = [case.subject for case in cases_of(round, batch)]
    withheld = withheld_of(round)
    shown = (finding for finding in findings if not withheld.hides(finding))
    return AuditBatch(batch, seed, services_of(round, subjects), for_rebuttal(shown))


def services_of(round: Round, subjects: Sequence[str]) -> list[Service]:
    """By agency and id."""
    wanted = frozenset(subjects)
    found = (service for service in round.services if service.id in wanted)
    return sorted(found, key=lambda service: (service.agency, service.id))
