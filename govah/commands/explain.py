"""`govah explain`: finds out what is asked about: a claim, a host, another subject, an indicator, an agency."""

from __future__ import annotations

import re

from checks.finding import Finding
from claims.model import Round
from govah import stages
from govah.exits import Exit
from govah.round_loading import counting, evidence, judged_file, report_broken
from govah.round_paths import RoundPaths
from govah.terminal.console import Speaker
from govah.terminal.suggestions import hint

_FINDING = re.compile(r"f[0-9a-f]{3,20}")
_NAMED = ("service", "dataset", "host")


def explain_named(speaker: Speaker, round: Round, subject: str, unsealed: bool = False) -> None:
    with report_broken(speaker):
        _explain(speaker, round, subject, unsealed)


def _explain(speaker: Speaker, round: Round, subject: str, unsealed: bool) -> None:
    from govah.commands.explanations import explain_claim, explain_indicator, explain_subject
    from govah.terminal.host_lines import explain_hosts, names_of
    from govah.terminal.reply_lines import tell_replies
    from reports.agency_record import open_data
    from scoring.facts import RoundFacts

    agency, _, part = subject.partition("/")
    store = evidence(speaker, round)
    judged, _ = judged_file(speaker, round, unsealed)
    findings = counting(speaker, round, judged)
    about: list[Finding] = []
    if _FINDING.fullmatch(subject):
        named_so = judged.with_id(subject)
        only = len(named_so) == 1 and agency not in {a.id for a in round.agencies}
        about = [one for one in named_so if one.id == subject or only]
    if not about:
        if agency not in {a.id for a in round.agencies}:
            if _FINDING.fullmatch(subject):
                path = RoundPaths(round.folder).findings
                speaker.fail(Exit.USAGE, "cli.unknown_finding", finding=subject, path=path)
            known = {a.id for a in round.agencies}
            speaker.fail(Exit.USAGE, "cli.unknown_agency", agency=agency, hint=hint(agency, known))
        about = [f for f in judged.get(agency, ()) if part and part in names_of(f)]
    claimed = {service.id: service for f in about for service in round.services_of(f.agency)}
    named = next(
        (f.subject.id for f in about if f.subject.kind == "service" and f.subject.id in claimed), None
    )
    if named is not None:
        explain_claim(speaker, round, store, claimed[named], about)
    elif any(f.check == "hosts.security" for f in about):
        own = findings[about[0].agency]
        explain_hosts(speaker, own, about, stages.as_of(round, store))
    elif about:
        explain_subject(speaker, store, about)
    else:
        own = findings.get(agency, [])
        try:
            scores = stages.scored(round, store, findings)
            facts = RoundFacts(round, own, stages.as_of(round, store)).of(agency)
            data = None if part else open_data(round, agency, own)
            explain_indicator(speaker, scores, facts, part or None, own, data)
        except KeyError:
            known = {f.subject.id for f in own if f.subject.kind in _NAMED}
            known |= stages.model_of(round.settings, round.folder).indicator_ids
            speaker.fail(Exit.USAGE, "cli.unknown_subject", subject=part, hint=hint(part, known))
    if about or not part:
        tell_replies(speaker, round, agency, {finding.id for finding in about})
