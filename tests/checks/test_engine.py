"""The engine: determinism, isolation of failures, and texts for every code that a check of ours can give."""

import os
import random
import re
import resource
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from checks.case import Case, RegisteredCheck
from checks.engine import CHECKS, run_checks
from checks.finding import Finding, Subject, SubjectKind
from checks.hosts.problems import MINOR, SERIOUS
from checks.links.outcome import BROKEN, INCONCLUSIVE
from checks.registry import all_checks
from claims.model import Agency, Dataset, Round, Service
from evidence.canonical import canonical
from evidence.store import EvidenceStore
from reports.catalogue import LANGUAGES, Language, TextCatalogue

PORTAL = "http://portal.test/"


class Fragile:
    """A check that fails on what is named in its URL."""

    version = 7

    def __init__(self, kind: SubjectKind) -> None:
        self.id = f"{kind}s.fragile"
        self.kind: SubjectKind = kind

    def judge(self, case: Case) -> Iterator[Finding]:
        claims: Any = case.services if self.kind == "service" else case.datasets
        for claim in claims:
            if "bad" in claim.url:
                raise ZeroDivisionError("broken")
            yield Finding(
                case.agency.id, Subject(self.kind, claim.id, claim.url), self.id, 7, "verified", None
            )


class Hopeless:
    id = "elements.hopeless"
    version = 1

    def judge(self, case: Case) -> Iterator[Finding]:
        yield from self._failing(case.agency.id)

    def _failing(self, agency: str) -> Iterator[Finding]:
        raise KeyError(agency)


def fill(seen: Any) -> None:
    seen.http(PORTAL, '<html><a href="/a">x</a><a href="/b#c">y</a><img src="/d.png">', purpose="home")
    for name in ("a", "b", "d.png"):
        seen.twice(PORTAL + name, "x", status=404, purpose="link")
    seen.tls("portal.test", [{"tag": "default", "result": "connect_refused"}], failure="refused", at=3)
    seen.tls("portal.test", [{"tag": "default", "result": "connect_refused"}], failure="refused", at=93)


def lines(findings: list[Finding]) -> list[str]:
    return [canonical(finding.to_json()) for finding in findings]


@pytest.mark.parametrize("kind", ["service", "dataset"])
def test_a_failure_costs_its_subject_alone_and_blames_nobody(seen: Any, kind: SubjectKind) -> None:
    urls = [PORTAL + name for name in ("one", "bad", "three")]
    seen.services = tuple(Service("portal", f"s{n}", "x", True, url) for n, url in enumerate(urls))
    seen.datasets = tuple(Dataset("portal", f"d{n}", "x", url) for n, url in enumerate(urls))
    found = seen.of(f"{kind}s.fragile", checks=(Fragile(kind),))
    assert [(f.verdict, f.reason) for _, f in sorted(found.items())] == [
        ("verified", None),
        ("inconclusive", "own_error"),
        ("verified", None),
    ]
    failed = found[f"{kind[0]}1"]
    assert failed.observed == {"exception": "ZeroDivisionError"}
    assert (failed.check_version, failed.subject.url) == (7, PORTAL + "bad")


def test_a_check_that_always_fails_leaves_the_others_alone(seen: Any) -> None:
    fill(seen)
    findings = seen.judge(checks=(Hopeless(), *CHECKS))
    (failed,) = (f for f in findings if f.check == "elements.hopeless")
    assert (failed.verdict, failed.reason, failed.observed) == (
        "inconclusive",
        "own_error",
        {"exception": "KeyError"},
    )
    assert lines([f for f in findings if f is not failed]) == lines(seen_again(seen))


def seen_again(
    seen: Any, agencies: frozenset[str] | None = None, round: Round | None = None
) -> list[Finding]:
    store = EvidenceStore.open(seen.folder / "evidence")
    return run_checks(round or seen.round(), store, as_of=seen.as_of, agencies=agencies)


def test_findings_are_sorted_and_told_apart(seen: Any) -> None:
    fill(seen)
    ids = [finding.id for finding in seen.judge()]
    assert ids == sorted(ids)
    assert len(ids) == len(set(ids))


def test_order_of_files_and_of_checks_changes_nothing(seen: Any) -> None:
    fill(seen)
    first = lines(seen.judge())
    others = tuple(Agency(f"a{n}", "x", "main", f"http://a{n}.test/") for n in range(5))
    round = replace(seen.round(), agencies=(*others, *seen.round().agencies))
    mixed = list(round.agencies)
    random.Random(3).shuffle(mixed)
    assert lines(seen_again(seen, round=replace(round, agencies=tuple(mixed)))) == lines(
        seen_again(seen, round=round)
    )
    assert lines(seen_again(seen, frozenset({"portal"}), round)) == first
    store = EvidenceStore.open(seen.folder / "evidence")
    assert lines(run_checks(seen.round(), store, as_of=seen.as_of, checks=CHECKS[::-1])) == first


class Endless:
    """A check that reads the named services for hours."""

    id = "services.endless"
    version = 1

    def judge(self, case: Case) -> Iterator[Finding]:
        for service in case.services:
            if "endless" in (service.url or ""):
                re.match("(a+)+b", "a" * 60)
            subject = Subject("service", service.id, service.url)
            yield Finding(case.agency.id, subject, self.id, 1, "verified", None)


def test_what_takes_too_long_costs_its_subject_and_leaves_time_for_the_others(
    seen: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("checks.case._SECONDS", 3.0)
    monkeypatch.setattr("checks.case._SECONDS_OF_CAPTURE", 0.0)
    urls = [PORTAL + name for name in ("one", "endless", "three")]
    seen.services = tuple(Service("portal", f"s{n}", "x", True, url) for n, url in enumerate(urls))
    seen.datasets = (Dataset("portal", "d0", "x", PORTAL),)
    findings = seen.judge(checks=(Endless(), Fragile("dataset")))
    assert sorted((f.subject.id, f.reason) for f in findings) == [
        ("d0", None),
        ("s0", None),
        ("s1", "own_error"),
        ("s2", None),
    ]
    assert [f.observed for f in findings if f.reason] == [{"exception": "TookTooLong"}]


def test_whose_time_is_over_costs_the_rest_of_its_checks_and_no_other_agency(
    seen: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("checks.case._SECONDS", 0.3)
    monkeypatch.setattr("checks.case._SECONDS_OF_CAPTURE", 0.0)
    seen.services = tuple(Service("portal", f"s{n}", "x", True, f"{PORTAL}endless{n}") for n in range(6))
    seen.datasets = (Dataset("portal", "d0", "x", PORTAL), Dataset("other", "d0", "x", PORTAL))
    round = replace(
        seen.round(), agencies=(*seen.round().agencies, Agency("other", "x", "main", "http://b.test/"))
    )
    seen.writer.close()
    store = EvidenceStore.open(seen.folder / "evidence")
    findings = run_checks(round, store, as_of=seen.as_of, checks=(Endless(), Fragile("dataset")))
    told = {(f.agency, f.subject.id): f.reason for f in findings}
    assert told == {
        **{("portal", f"s{n}"): "own_error" for n in range(6)},
        ("portal", "d0"): "own_error",
        ("other", "d0"): None,
    }


class Hoarder:
    """A check that keeps a hundred megabytes for each of an agency's services."""

    id = "services.hoarder"
    version = 1

    def judge(self, case: Case) -> Iterator[Finding]:
        for service in case.services:
            case.derived(("hoard", service.id), lambda: bytes(100 << 20))
            yield Finding(case.agency.id, Subject("service", service.id), self.id, 1, "verified", None)


def test_whose_memory_is_over_costs_its_own_subjects_and_no_other_agency(
    seen: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("checks.allowance._MEMORY", 250 << 20)
    before = resource.getrlimit(resource.RLIMIT_AS)
    seen.services = (
        *(Service("portal", f"s{n}", "x", True, f"{PORTAL}{n}") for n in range(4)),
        Service("other", "o", "x", True, "http://b.test/o"),
    )
    round = replace(
        seen.round(), agencies=(*seen.round().agencies, Agency("other", "x", "main", "http://b.test/"))
    )
    seen.writer.close()
    store = EvidenceStore.open(seen.folder / "evidence")
    findings = run_checks(round, store, as_of=seen.as_of, checks=(Hoarder(),))
    assert {(f.subject.id, f.reason) for f in findings} == {
        ("s0", None), ("s1", None), ("s2", "own_error"), ("s3", "own_error"), ("o", None),
    }  # fmt: skip
    assert {f.observed["exception"] for f in findings if f.reason} == {"MemoryError"}
    assert resource.getrlimit(resource.RLIMIT_AS) == before


PROGRAM = """
import sys, datetime as dt
from pathlib import Path
from checks.engine import run_checks
from evidence.canonical import canonical

from claims.model import Agency, CrawlSettings, NetworkSettings, Round, Settings
from evidence.store import EvidenceStore
folder = Path(sys.argv[1])
settings = Settings("r1", crawl=CrawlSettings(retry_after=30.0), network=NetworkSettings(controls=("http://control.test/",)))
round = Round(folder, settings, (Agency("portal", "سازمان", "main", "http://portal.test/"),))
for finding in run_checks(round, EvidenceStore.open(folder / "evidence"), as_of=dt.datetime(2025, 12, 1, 8, tzinfo=dt.UTC)):
    sys.stdout.buffer.write(canonical(finding.to_json()).encode() + b"\\n")
"""


@pytest.mark.processes
def test_hash_seed_locale_and_time_zone_change_nothing(seen: Any) -> None:
    fill(seen)
    expected = "\n".join(lines(seen.judge())) + "\n"
    for seed, zone, locale in (("1", "Asia/Tehran", "C"), ("2", "America/Adak", "C.UTF-8")):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": locale}
        told = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(seen.folder)],
            env=environment,
            cwd=Path(__file__).parents[2],
            capture_output=True,
            check=True,
        )
        assert told.stdout.decode() == expected


REACH: dict[str, tuple[list[dict[str, Any]], tuple[str, str | None]]] = {
    "answers": ([{"status": 200}], ("verified", None)),
    "answers the second time": ([{"status": 503}, {"status": 200}], ("verified", None)),
    "dead": ([{"status": 404}, {"status": 404}], ("contradicted", "dead_link")),
    "dead once": ([{"status": 404}], ("inconclusive", "not_attempted")),
    "forbidden": ([{"status": 403}, {"status": 403}], ("inconclusive", "blocked")),
    "error": ([{"status": 500}, {"status": 500}], ("inconclusive", "server_error")),
    "silent": ([{"status": None, "failure": "timeout"}] * 2, ("inconclusive", "unreachable")),
    "challenge": (
        [{"status": 200, "body": "<html><title>Just a moment..."}] * 2,
        ("inconclusive", "blocked"),
    ),
    "not tried": ([], ("inconclusive", "not_attempted")),
}


@pytest.mark.parametrize(("answers", "expected"), REACH.values(), ids=REACH.keys())
def test_reach(seen: Any, answers: list[dict[str, Any]], expected: tuple[str, str | None]) -> None:
    for attempt, answer in enumerate(answers, 1):
        facts = {"body": "<html>سازمان", **answer}
        seen.http(PORTAL, facts.pop("body"), purpose="home", attempt=attempt, at=60.0 * attempt, **facts)
    (finding,) = seen.of("reach.portal").values()
    assert (finding.verdict, finding.reason) == expected


# The closed lists that users' scripts rely on.
HOST_CODES = """
no_https expired not_yet_valid expires_soon name_mismatch cn_only self_signed untrusted national_only
incomplete_chain misordered_chain intermediate_expired revoked weak_key weak_signature wrong_usage
obsolete_protocol no_modern_protocol weak_cipher anonymous_cipher no_forward_secrecy weak_dh
http_not_redirected https_downgrade redirect_loop hsts_missing hsts_invalid hsts_short mixed_content
insecure_cookie form_to_http
"""
LINK_CODES = """
not_found gone soft_404 server_error dns redirect_loop missing_fragment tls
blocked timeout refused reset robots limit own_error
"""


def test_the_codes_are_those_of_the_contract() -> None:
    assert sorted((*SERIOUS, *MINOR)) == sorted(HOST_CODES.split())
    assert set(LINK_CODES.split()) == BROKEN | INCONCLUSIVE


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_has_a_text(language: Language) -> None:
    texts = TextCatalogue(language)
    problems = {*SERIOUS, *MINOR}
    assert problems | BROKEN | INCONCLUSIVE <= set(texts.table("reason"))
    assert {f"host_{code}" for code in problems} | {f"link_{code}" for code in BROKEN} <= set(
        texts.table("effect")
    )


@pytest.mark.parametrize("check", all_checks(), ids=lambda check: check.id)
def test_every_check_has_a_name_and_texts_for_its_reasons(check: RegisteredCheck) -> None:
    for language in LANGUAGES:
        texts = TextCatalogue(language)
        assert texts.text(f"check.{check.id}")
        for reason in {reason for reasons in check.reasons.values() for reason in reasons}:
            assert texts.text(f"reason.{reason}")
