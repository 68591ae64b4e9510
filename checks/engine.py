"""Runs every check over every agency of a round. Pure: the same evidence and rules give the same bytes.

A check that fails on one subject costs that subject alone, and is told as our error, never as the agency's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from checks.allowance import bounded_memory
from checks.case import Case, Check, Shared
from checks.datasets.subjects import listed_subjects
from checks.finding import Finding, Subject, marks_of
from checks.outcome import own_error
from checks.registry import all_checks
from checks.retested import RetestView, retested
from checks.vantages import judged_everywhere
from claims.model import Round
from evidence.canonical import canonical
from evidence.records import Evidence
from evidence.redaction import secrets
from evidence.signing.findings_seal import LONGEST_LINE

CHECKS: tuple[Check, ...] = all_checks()

# What has an address for an id.
_NAMED_BY_PORTALS = frozenset({"link", "page"})


def run_checks(
    round: Round,
    evidence: Evidence,
    *,
    as_of: dt.datetime,
    agencies: frozenset[str] | None = None,
    checks: tuple[Check, ...] = CHECKS,
) -> list[Finding]:
    """Findings about the agencies of a round (all when None), sorted by id.

    as_of: the clock of all judgements (aware). checks: those to run, all by default.
    """
    by_agency = judge_agencies(round, evidence, as_of=as_of, agencies=agencies, checks=checks)
    return _sorted(finding for found in by_agency for finding in found)


def judge_agencies(
    round: Round,
    evidence: Evidence,
    *,
    as_of: dt.datetime,
    agencies: frozenset[str] | None = None,
    checks: tuple[Check, ...] = CHECKS,
) -> Iterator[list[Finding]]:
    """The same, one agency after the other in the order of the round: no more than one is held."""
    crawled = RetestView(evidence)
    shared = Shared(round, crawled)
    for agency in round.agencies:
        if agencies is None or agency.id in agencies:
            case = Case(round, agency, crawled, as_of, shared)
            with bounded_memory():
                found = [one for check in checks for one in judged_everywhere(check, case, judged)]
                said = retested(round, agency, evidence, as_of, checks, found, judged)
            yield _sorted(map(_without_secrets, said))


def _sorted(findings: Iterable[Finding]) -> list[Finding]:
    return [finding for _, _, finding in sorted(map(_row, findings), key=lambda row: row[:2])]


def _row(finding: Finding) -> tuple[str, str, Finding]:
    """(id, line, finding). One whose line nobody would read to its end says that alone."""
    line = canonical(finding.to_json())
    if (
        len(line) >= LONGEST_LINE // 4 and len(line.encode()) >= LONGEST_LINE
    ):  # four bytes a character at most
        finding = replace(
            finding,
            verdict="inconclusive",
            reason="own_error",
            observed={"exception": "TooLong", **marks_of(finding)},
            criterion="own_error",
        )
        line = canonical(finding.to_json())
    return finding.id, line, finding


def _without_secrets(finding: Finding) -> Finding:
    """What a page or an address gave away of somebody's session is no part of what is concluded, nor of what is published."""
    subject, observed = finding.subject, dict(finding.observed)
    named = secrets.text(subject.id) if subject.kind in _NAMED_BY_PORTALS else subject.id
    url = None if subject.url is None else secrets.text(subject.url)
    shown = secrets.values(observed)
    if (named, url) != (subject.id, subject.url):
        finding = replace(finding, subject=Subject(subject.kind, named, url))
    return finding if shown == observed else replace(finding, observed=shown)


def judged(check: Check, case: Case) -> list[Finding]:
    """A check's findings about one agency, with its failures as `own_error` on the subject that caused them."""
    try:
        return _found(check, case)
    except Exception as error:
        subjects = [*_claims(check, case), *_listed(check, case)]
        if not subjects:
            return [own_error(check, case, case.subject, error)]
    return [finding for one in subjects for finding in _alone(check, *one)]


def _alone(check: Check, case: Case, subject: Subject, marks: Mapping[str, Any]) -> list[Finding]:
    """marks: what a finding about the subject observes whatever it finds."""
    try:
        return _found(check, case)
    except Exception as error:
        failed = own_error(check, case, subject, error)
        return [replace(failed, observed={**failed.observed, **marks})]


def _found(check: Check, case: Case) -> list[Finding]:
    with case.allowance.turn():
        return [_searched(finding) for finding in check.judge(case)]


def _searched(finding: Finding) -> Finding:
    """A search to the end that found nothing has a reason of its own: nothing stays open, and the agency can mend it."""
    if finding.reason != "no_match" or finding.verdict != "inconclusive":
        return finding
    whole = any(finding.observed.get(name) is True for name in ("complete_look", "read_whole"))
    return replace(finding, reason="not_found_anywhere") if whole else finding


def _claims(check: Check, case: Case) -> Iterator[tuple[Case, Subject, Mapping[str, Any]]]:
    """What a check can be run on alone: each claim of its kind, with the case narrowed to it."""
    if check.id.startswith("services."):
        for service in case.services:
            yield case.narrowed(services=(service,)), Subject("service", service.id, service.url), {}
    elif check.id.startswith("datasets."):
        for dataset in case.datasets:
            yield case.narrowed(datasets=(dataset,)), Subject("dataset", dataset.id, dataset.url), {}


def _listed(check: Check, case: Case) -> Iterator[tuple[Case, Subject, Mapping[str, Any]]]:
    """The same of each dataset that catalogues list and nobody claims; of all at once where they cannot be told apart."""
    if not check.id.startswith("datasets."):
        return
    try:
        found = list(listed_subjects(case))
    except Exception:
        yield case.narrowed(listed=None, datasets=()), case.subject, {}
        return
    for dataset, marks in found:
        narrowed = case.narrowed(listed=frozenset({dataset.id}), datasets=())
        yield narrowed, Subject("dataset", dataset.id, dataset.url), marks
