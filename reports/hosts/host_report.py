"""All that is told of one host: what a citizen meets, the chain, the ways, facts by topic, and what to do."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from checks.finding import Finding
from reports.hosts import facts as of
from reports.hosts import web
from reports.hosts.addresses import addresses
from reports.hosts.advice import better, to_do
from reports.hosts.browser_view import BrowserView, browser_view
from reports.hosts.chain import CertificateChain, chain
from reports.hosts.facts import HostTopic, RedirectStep, steps
from reports.hosts.names import faults, names

TOPICS = (
    "certificate", "revocation", "connection", "hsts", "policies", "banners", "security_txt", "cookies",
    "open_uses", "names",
)  # fmt: skip
CHECK = "hosts.security"


@dataclass(frozen=True, slots=True)
class HostReport:
    """topics: of which something was seen; unseen: the others. plain, secure: ways from http and from https. do: codes of `host_do`; better: of `host_better`.

    anchor: names the host's place on the agency's page.
    """

    finding: Finding
    host: str
    port: int
    sight: BrowserView
    problems: tuple[str, ...]
    unproven: tuple[str, ...]
    chain: CertificateChain | None
    plain: tuple[RedirectStep, ...]
    secure: tuple[RedirectStep, ...]
    topics: tuple[HostTopic, ...]
    unseen: tuple[str, ...]
    do: tuple[str, ...]
    better: tuple[str, ...]

    @property
    def shown(self) -> str:
        """The name, with its port where that is its own."""
        return self.host if self.port == 443 else f"{self.host}:{self.port}"

    @property
    def anchor(self) -> str:
        return f"host-{self.finding.id}"


def host_reports(findings: Iterable[Finding], as_of: dt.datetime) -> tuple[HostReport, ...]:
    """Of an agency's findings: its hosts by name and port."""
    hosts: list[Finding] = []
    by_name: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.check == CHECK and finding.subject.kind == "host":
            hosts.append(finding)
        elif finding.check.startswith("dns.") and finding.subject.kind == "host":
            by_name[finding.subject.id].append(finding)
    return tuple(
        host_report(finding, by_name.get(finding.subject.id.rpartition(":")[0], ()), as_of)
        for finding in sorted(hosts, key=lambda finding: finding.subject.id)
    )


def host_report(finding: Finding, dns: Iterable[Finding], as_of: dt.datetime) -> HostReport:
    """finding: of `hosts.security`. dns: findings of `checks.dns` about the same name."""
    observed = finding.observed
    facts = observed.get("facts") or {}
    http = facts.get("http") or {}
    problems = tuple(str(code) for code in observed.get("problems", ()))
    unproven = tuple(str(code) for code in observed.get("unproven", ()))
    host, _, port = finding.subject.id.rpartition(":")
    dns = tuple(dns)
    lines = {
        "certificate": of.certificate(facts),
        "revocation": of.revocation(facts),
        "connection": (*of.connection(facts), *addresses(facts)),
        "hsts": web.hsts(http),
        "policies": web.policies(http),
        "banners": web.banners(http),
        "security_txt": web.security_txt(http),
        "cookies": web.cookies(http),
        "open_uses": web.open_uses(http),
        "names": names(dns),
    }
    topics = tuple(HostTopic(name, tuple(lines[name])) for name in TOPICS)
    return HostReport(
        finding=finding,
        host=host,
        port=int(port),
        sight=browser_view(finding),
        problems=problems,
        unproven=unproven,
        chain=chain(facts, (*problems, *unproven), as_of),
        plain=steps(http.get("http")),
        secure=steps(http.get("https")),
        topics=tuple(topic for topic in topics if topic.lines),
        unseen=tuple(topic.id for topic in topics if not topic.lines),
        do=to_do(problems, unproven),
        better=better(facts, faults(dns)),
    )
