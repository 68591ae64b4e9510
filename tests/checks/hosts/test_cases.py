"""The table of host cases, walked: probed on loopback, kept by the real writer, judged, and held against the table."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from checks.finding import Finding
from checks.hosts.certificates.chain_path import Trust
from checks.hosts.certificates.trust import Bundle, ChainVerifier, Pool
from checks.hosts.evidence import judge_probe
from checks.hosts.security.check import HostsSecurity
from claims.model import NetworkSettings
from crawler.politeness.policy import AddressPolicy
from crawler.probes.certificate_documents import fetch, wanted
from crawler.probes.tls import probe
from crawler.probes.tls_capture import TlsProbe
from fixtures.hosts.lab import Lab
from fixtures.hosts.pki import AS_OF
from fixtures.hosts.table import HostCase, cases
from tests.pythons import ROOT, VERSIONS, python

pytestmark = pytest.mark.sockets

CASES = {case.id: case for case in cases()}
YEAR = dt.timedelta(days=365)
CHILD = Path(__file__).with_name("judge_child.py")


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def whole_probe(host: str, policy: AddressPolicy) -> TlsProbe:
    """With what its certificates name, as the crawl does it."""
    result = probe(host, 443, policy, now=now, full=True)
    while (document := wanted(result.chain, result.fetched)) is not None:
        result = result.having(fetch(*document, policy, user_agent="test", now=now))
    return result


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab() as running:
        yield running


@pytest.fixture(scope="module")
def probed(lab: Lab) -> dict[str, TlsProbe]:
    policy = AddressPolicy(NetworkSettings(allow_private=True, hosts=lab.hosts))
    with ThreadPoolExecutor(16) as pool:
        found = pool.map(lambda case: whole_probe(lab.host_of(case.id), policy), lab.cases)
        return dict(zip(CASES, found, strict=True))


@pytest.fixture(scope="module")
def round_(hosts_site: Any, lab: Lab, probed: dict[str, TlsProbe]) -> Any:
    """Every case as a host of one agency, probed once and written as two looks."""
    names = [lab.host_of(case_id) for case_id in CASES]
    hosts_site.move(f"https://{names[0]}/", *names[1:])
    (hosts_site.folder / "public.pem").write_bytes(lab.public_roots)
    (hosts_site.folder / "national.pem").write_bytes(lab.national_roots)
    for attempt, at in ((1, 5), (2, 95)):
        for case_id, result in probed.items():
            hosts_site.probe_body(lab.host_of(case_id), result.body, at=at, attempt=attempt)
    return hosts_site


def judged(round_: Any, lab: Lab, as_of: dt.datetime) -> dict[str, Finding]:
    round_.as_of = as_of
    found = round_.of("hosts.security", checks=(HostsSecurity(),))
    return {case_id: found[f"{lab.host_of(case_id)}:443"] for case_id in CASES}


@pytest.fixture(scope="module")
def today(round_: Any, lab: Lab) -> dict[str, Finding]:
    return judged(round_, lab, AS_OF)


@pytest.fixture(scope="module")
def in_a_year(round_: Any, lab: Lab) -> dict[str, Finding]:
    return judged(round_, lab, AS_OF + YEAR)


def told(finding: Finding) -> tuple[str, ...]:
    return tuple(sorted(finding.observed["problems"]))


def fact(finding: Finding, path: str) -> Any:
    value: Any = finding.observed["facts"]
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return "" if value is None else value


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_case_is_judged_as_the_table_says(today: dict[str, Finding], case: HostCase) -> None:
    finding = today[case.id]
    assert told(finding) == case.problems
    assert finding.observed["unproven"] == []
    assert finding.verdict == case.verdict
    assert finding.reason == (case.reason or (finding.observed["problems"] or [None])[0])
    assert {path: fact(finding, path) for path in case.facts} == dict(case.facts)


def test_a_year_later_exactly_the_certificates_flip_that_should(in_a_year: dict[str, Finding]) -> None:
    assert {case_id: told(finding) for case_id, finding in in_a_year.items()} == {
        case_id: case.in_a_year for case_id, case in CASES.items()
    }
    assert sum(case.in_a_year != case.problems for case in CASES.values()) >= 5


def test_no_host_gets_more_than_fifteen_connections(lab: Lab, probed: dict[str, TlsProbe]) -> None:
    made = {case_id: len(result.connections) for case_id, result in probed.items()}
    assert max(made.values()) <= 15
    ours = {
        case_id: sum(timed.connection.connected for timed in result.connections)
        for case_id, result in probed.items()
    }
    theirs = {case_id: lab.connections(case_id) for case_id in CASES}
    # a reset may be there before the connection is said to stand
    at_once = "reset_at_once"
    assert ours.pop(at_once) <= theirs.pop(at_once) <= made[at_once]
    del ours["closed"], theirs["closed"]
    assert theirs == ours


def test_every_flight_is_kept(probed: dict[str, TlsProbe]) -> None:
    for case_id, result in probed.items():
        body = json.loads(result.body)
        for one in body["connections"]:
            # a server that resets at once may do so before a byte of ours could leave
            reset_first = case_id == "reset_at_once" and one["result"] == "reset"
            assert one["sent"] or reset_first or not one["connected"]
        assert all(one["received"] for one in body["connections"] if one["result"] == "accepted")


def test_every_code_of_certificates_and_protocols_has_a_case() -> None:
    codes = {code for case in CASES.values() for code in case.problems}
    assert codes >= {
        "expired", "not_yet_valid", "expires_soon", "name_mismatch", "cn_only", "self_signed", "untrusted",
        "national_only", "incomplete_chain", "misordered_chain", "intermediate_expired", "revoked", "weak_key",
        "weak_signature", "wrong_usage", "obsolete_protocol", "no_modern_protocol", "weak_cipher",
        "anonymous_cipher", "no_forward_secrecy", "weak_dh",
    }  # fmt: skip
    assert len(CASES) >= 75


@pytest.mark.thorough
def test_the_same_bytes_under_other_seeds_and_time_zones(
    round_: Any, lab: Lab, today: dict[str, Finding]
) -> None:
    hosts = " ".join(lab.host_of(case_id) for case_id in CASES)
    children = [
        subprocess.Popen(
            [sys.executable, str(CHILD), str(round_.folder), hosts, AS_OF.isoformat()],
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone},
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed, zone in (("1", "UTC"), ("2", "Asia/Tehran"), ("77", "America/St_Johns"))
    ]
    said = {child.communicate()[0] for child in children}
    assert len(said) == 1
    assert said.pop().startswith(f"{len(CASES)} ")


@pytest.mark.thorough
@pytest.mark.parametrize("version", VERSIONS)
def test_the_same_findings_under_every_python(
    version: str, round_: Any, lab: Lab, today: dict[str, Finding]
) -> None:
    program = python(version)
    if program is None:
        pytest.skip(f"no Python {version} with govah's libraries: python -m tests.pythons")
    hosts = " ".join(lab.host_of(case_id) for case_id in CASES)
    for as_of in (AS_OF, AS_OF + YEAR):
        line = [str(CHILD), str(round_.folder), hosts, as_of.isoformat()]
        own, other = (
            subprocess.run(
                [str(one), *line],
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                capture_output=True,
                text=True,
                check=True,
            ).stdout
            for one in (sys.executable, program)
        )
        assert other == own
        assert own.startswith(f"{len(CASES)} ")


def rests_on_newer_questions(case: HostCase) -> set[str]:
    """Codes that an older prober, which asked for no lists, answers and SSL 2.0, cannot have seen."""
    codes = {"obsolete_protocol", "weak_cipher"} if case.server.get("also") == "ssl2" else set()
    asked = {"crl", "ocsp"} & case.leaf.keys() or str(case.leaf.get("issuer")).startswith("withdrawn")
    return codes | ({"revoked"} if asked else set())


# Without it nobody can tell a host that hangs up on odd hellos from one that shuts us out.
TOLD_BY_THE_CONTROL = ("odd_hellos_reset", "odd_hellos_closed", "shut_out_by_alerts")


def test_captures_of_an_older_prober_are_judged_by_the_same_rules(
    lab: Lab, probed: dict[str, TlsProbe], today: dict[str, Finding]
) -> None:
    trust = Trust(
        ChainVerifier(Bundle.read([lab.public_roots]), AS_OF),
        ChainVerifier(Bundle.read([lab.national_roots]), AS_OF),
        Pool.of(der for result in probed.values() for der in result.chain[1:]),
    )
    for case_id, result in probed.items():
        old = judge_probe(of_format_one(json.loads(result.body)), lab.host_of(case_id), trust, AS_OF, AS_OF)
        assert old.problems == set(CASES[case_id].problems) - rests_on_newer_questions(CASES[case_id]), (
            case_id
        )
        if old.spoken and case_id not in TOLD_BY_THE_CONTROL:
            assert bool(old.open) == bool(today[case_id].observed["facts"].get("open")), case_id


def of_format_one(body: dict[str, Any]) -> dict[str, Any]:
    """As the prober wrote it before it asked for SSL 2.0 and fetched anything."""
    for name in ("format", "certificates", "fetched"):
        del body[name]
    body["connections"] = [
        {name: value for name, value in one.items() if name not in ("chain", "group", "connected")}
        for one in body["connections"]
        if one["tag"] not in ("ssl2", "no_sni", "control")
    ]
    return body


def test_nothing_is_fetched_twice_for_one_chain(probed: dict[str, TlsProbe]) -> None:
    for result in probed.values():
        urls = [document.url for document in result.fetched]
        assert len(urls) == len(set(urls)) <= 9
