"""What is told of a host on a terminal: the same lines as on the agency's page, in short.

Words from outside pass `visible` and are cut; nothing here judges (see `reports.hosts`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

from checks.finding import Finding
from govah.terminal.console import Speaker, catalogue, language, text, visible
from govah.terminal.trace_lines import Row, figure, outcome
from govah.terminal.trace_view import lay_out
from reports.hosts.chain import ChainLink
from reports.hosts.facts import RedirectStep
from reports.hosts.host_report import CHECK, HostReport, host_report
from reports.hosts.report_lines import (
    CodeText,
    ReportLine,
    TimeValue,
    UntrustedAddress,
    UntrustedText,
    Value,
    Values,
)


def names_of(finding: Finding) -> tuple[str, ...]:
    """What the subject of a finding is called by; a host also without its port."""
    own = (finding.subject.id, finding.id)
    return (*own, finding.subject.id.rpartition(":")[0]) if finding.check == CHECK else own


def explain_hosts(
    speaker: Speaker, findings: Sequence[Finding], about: Sequence[Finding], as_of: dt.datetime
) -> None:
    """findings: of the agency. about: those that were asked for, with hosts among them."""
    shown: dict[str, Finding] = {}
    hosts: list[HostReport] = []
    for host in (finding for finding in about if finding.check == CHECK):
        name = host.subject.id.rpartition(":")[0]
        dns = [f for f in findings if f.agency == host.agency and f.subject.id == name]
        shown |= {finding.id: finding for finding in (host, *dns)}
        hosts.append(host_report(host, dns, as_of))
    speaker.json(
        {"findings": [f.to_json() for f in shown.values()], "hosts": [host_data(told) for told in hosts]}
    )
    for told in hosts if not (speaker.quiet or speaker.as_json) else ():
        _tell(speaker, told)


def _tell(speaker: Speaker, told: HostReport) -> None:
    """What a browser shows, problems, what to do, the chain, the ways, the facts, and what it rests on."""
    speaker.line(f"[bold]{visible(told.finding.agency)}/{visible(told.finding.subject.id)}[/]")
    speaker.line(outcome(told.finding.verdict, told.finding.reason))
    for title, rows in (
        ("host_title.browser", _sight(told)),
        ("host_title.do", _advice(told)),
        ("host_title.chain", _chain(told)),
        ("host_title.facts", _facts(told)),
        ("report.captures", (("", visible(capture)) for capture in told.finding.captures)),
    ):
        if lines := list(rows):
            speaker.heading(text(title))
            lay_out(speaker, lines)


def host_data(told: HostReport) -> dict[str, Any]:
    """The same as JSON values; what was measured stands in the finding."""
    return {
        "host": told.shown,
        "browser": told.sight.kind,
        "because": list(told.sight.because),
        "page": told.sight.page or None,
        "problems": list(told.problems),
        "unproven": list(told.unproven),
        "to_do": list(told.do),
        "better": list(told.better),
    }


def sentence(line: ReportLine) -> str:
    """A line with its values, as one text for a terminal."""
    return (
        catalogue(language())
        .template(line.key)
        .format_map({name: _value(value) for name, value in line.values.items()})
    )


def _value(value: Value | Values) -> str:
    match value:
        case tuple():
            return text("host_words.comma").join(_value(one) for one in value)
        case UntrustedText(words, _) | UntrustedAddress(words):
            return visible(words)
        case TimeValue(iso):
            return visible(iso[:10])
        case CodeText(key, otherwise):
            return text(key) if catalogue(language()).has(key) else visible(otherwise)
        case str():
            return visible(value)
        case _:
            return figure(value)


def _sight(told: HostReport) -> Iterator[Row]:
    yield "▸", f"[bold]{text(f'host_glance.{told.sight.kind}')}[/]"
    yield "", sentence(told.sight.sentence)
    for code in told.sight.beside:
        yield "", text(f"host_beside.{code}")
    for code in told.problems:
        yield f"[dim]{code}[/]", text(f"reason.{code}")
    for code in told.unproven:
        yield f"[dim]{code}[/]", f"{text('host_title.unproven')} {text(f'reason.{code}')}"


def _advice(told: HostReport) -> Iterator[Row]:
    for place, code in enumerate(told.do, 1):
        yield figure(place), text(f"host_do.{code}")


def _chain(told: HostReport) -> Iterator[Row]:
    for link in told.chain.links if told.chain else ():
        yield text(f"host_chain.part_{link.part}"), _value(link.name)
        for fault in link.faults:
            yield "", f"[red]✗[/] {text(f'host_chain.fault_{fault}', place=figure(link.place))}"
        if link.begins is not None and link.ends is not None:
            valid = text("host_chain.valid", begins=_value(link.begins), ends=_value(link.ends))
            yield "", f"{valid} · {_days(link)}"


def _days(link: ChainLink) -> str:
    days = link.days or 0
    key = "days_over" if days < 0 else "days_left"
    return text(f"host_chain.{key}", days=figure(abs(days)))


def _facts(told: HostReport) -> Iterator[Row]:
    for label, steps in (("way_http", told.plain), ("way_https", told.secure)):
        for place, step in enumerate(steps):
            yield ("" if place else text(f"host_title.{label}")), _step(step)
    for topic in told.topics:
        for place, line in enumerate(topic.lines):
            yield ("" if place else text(f"host_topic.{topic.id}")), sentence(line)
    if told.unseen:
        yield (
            text("host_title.nothing"),
            text("host_words.comma").join(text(f"host_topic.{name}") for name in told.unseen),
        )


def _step(step: RedirectStep) -> str:
    return f"{_value(step.url)} [dim]{step.status if step.status is not None else text('host_step.none')}[/]"
