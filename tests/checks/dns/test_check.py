"""Every host of the signed tree on loopback, asked by the real prober, written, read back and judged."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import itertools
import json
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dns.message
import dns.rcode
import dns.rdatatype
import pytest

from checks.engine import run_checks
from checks.finding import Finding
from claims.model import Agency, NetworkSettings, Round, Settings
from crawler.probes.dns_client import DnsClient
from crawler.probes.dns_prober import DnsCapture, probe_host
from crawler.probes.resolvers import resolvers_of
from evidence.kinds.http import HttpFacts
from evidence.signing.keys import Signer
from evidence.store import EvidenceStore, EvidenceWriter
from fixtures.dns.server import DnsServer
from fixtures.dns.zones import AS_OF
from tests.checks.selection import allowed, checks_called

pytestmark = pytest.mark.sockets

_CASES: dict[str, dict[str, Any]] = tomllib.loads(
    (Path(__file__).parents[3] / "fixtures" / "dns" / "cases.toml").read_text(encoding="utf-8")
)
_COLUMNS = ("dnssec", "addresses", "servers", "caa", "mail")
_YEAR, _MINUTE = dt.timedelta(days=365), dt.timedelta(minutes=1)


@dataclass
class Asked:
    """The tree's hosts as they were recorded, twice each."""

    round: Round
    evidence: Path

    def judged(self, as_of: dt.datetime = AS_OF) -> dict[str, dict[str, Finding]]:
        """Findings by host and by the last word of the check."""
        found: dict[str, dict[str, Finding]] = {}
        with EvidenceStore.open(self.evidence) as store:
            for finding in run_checks(self.round, store, as_of=as_of, checks=checks_called("dns.")):
                found.setdefault(finding.subject.id, {})[finding.check.partition(".")[2]] = finding
        return found


async def _look_at_all(network: NetworkSettings) -> list[tuple[int, DnsCapture]]:
    """Those that are never answered are asked last, when nobody else keeps the server busy, and waited for briefly."""
    ids = itertools.count(1)
    found = []
    for seconds, groups in ((20.0, 10), (3.0, 1)):
        client = DnsClient(
            resolvers_of(network), now=lambda: AS_OF, message_id=lambda: next(ids) % 65536, seconds=seconds
        )
        hosts = [host for host, case in _CASES.items() if ("all" in case) == (seconds < 20)]
        for attempt, some in itertools.product((1, 2), (hosts[n::groups] for n in range(groups))):
            looks = await asyncio.gather(*(probe_host(host, client, attempt, AS_OF) for host in some))
            found += [(attempt, done) for done in looks]
    return found


def recorded(
    folder: Path,
    network: NetworkSettings,
    looks: list[tuple[int, DnsCapture]],
    apart: dt.timedelta = _MINUTE,
    dates: tuple[str, ...] = (),
) -> Asked:
    """An agency that has all hosts, with these looks in its evidence, by attempt. dates: of controls near them."""
    first, *others = _CASES
    agency = Agency("a", "سازمان", "main", f"http://{first}/", hosts=tuple(others))
    ids = (f"c{number}" for number in itertools.count())
    writer = EvidenceWriter.open(
        folder / "evidence", vantage="here", now=lambda: AS_OF, new_id=lambda: next(ids), plan={}, signer=Signer.generate()
    )  # fmt: skip
    for date in dates:
        answer = HttpFacts("GET", 200, "OK", (("Date", date),), None)
        writer.add(kind="http", agency="", url="http://control.test/", purpose="control", attempt=1,
                   time=AS_OF, facts=answer)  # fmt: skip
    for attempt, done in looks:
        writer.add(kind="dns", agency="a", url=done.facts.name, purpose="host", attempt=attempt,
                   time=AS_OF + attempt * apart, facts=done.facts, body=done.body)  # fmt: skip
    writer.close()
    return Asked(Round(folder, Settings("r", network=network), (agency,)), folder / "evidence")


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    folder = tmp_path_factory.mktemp("dns")
    with DnsServer() as server:
        anchor = server.write_anchor(folder / "root.anchor")
        network = NetworkSettings(resolvers=(server.target,), dnssec_anchor=anchor)
        looks = asyncio.run(_look_at_all(network))
    yield recorded(folder, network, looks)


@pytest.fixture(scope="module")
def findings(asked: Asked) -> dict[str, dict[str, Finding]]:
    return asked.judged()


def expected(case: dict[str, Any], column: str) -> str:
    usual = "verified secure" if column == "dnssec" else "verified"
    return str(case.get(column, case.get("all", usual)))


def said(finding: Finding) -> str:
    """A finding in the words of the cases."""
    observed = finding.observed
    if finding.check == "dns.dnssec" and "dnssec" in observed:
        verdict = f"{finding.verdict}/{finding.reason}" if finding.reason else finding.verdict
        return " ".join(filter(None, (verdict, observed["dnssec"], observed.get("dnssec_fault"))))
    return " ".join(filter(None, (finding.verdict, finding.reason, *observed.get("dns_fault", ()))))


def test_there_are_enough_cases() -> None:
    assert len(_CASES) >= 70


@pytest.mark.parametrize("host", _CASES)
def test_each_host_is_told_as_it_is(host: str, findings: dict[str, dict[str, Finding]]) -> None:
    case, found = _CASES[host], findings[host]
    told = {column: said(found[column]) for column in _COLUMNS}
    if "all" in case:  # nobody answered: no status to compare
        told["dnssec"] = " ".join((found["dnssec"].verdict, found["dnssec"].reason or ""))
    assert told == {column: expected(case, column) for column in _COLUMNS}
    observed = {name: value for finding in found.values() for name, value in finding.observed.items()}
    for name, value in case.get("seen", {}).items():
        assert observed.get(name) == value, name


def test_nothing_is_said_that_the_lists_do_not_hold(findings: dict[str, dict[str, Finding]]) -> None:
    for found in findings.values():
        for finding in found.values():
            assert allowed(finding.check, finding.verdict, finding.reason)
            assert finding.verdict != "contradicted"
            assert len(finding.captures) == 2


def _statuses(found: dict[str, dict[str, Finding]]) -> dict[str, tuple[str, str]]:
    return {
        host: (observed["dnssec"], observed.get("dnssec_fault", ""))
        for host, findings in found.items()
        if "dnssec" in (observed := findings["dnssec"].observed)
    }


@pytest.mark.parametrize(
    ("moved", "fault", "healed"),
    [(_YEAR, "signature_expired", "www.early.test"), (-_YEAR, "signature_early", "www.expired.test")],
)
def test_another_year_turns_the_signatures_that_it_should(
    moved: dt.timedelta, fault: str, healed: str, asked: Asked, findings: dict[str, dict[str, Finding]]
) -> None:
    before, judged = _statuses(findings), asked.judged(AS_OF + moved)
    after = _statuses(judged)
    turned = {host for host in before if before[host][0] != after[host][0]}
    secure = {host for host, (status, _) in before.items() if status == "secure"}
    # signed for years; its alias is signed for weeks though what that leads to is not signed at all
    assert turned == (secure - {"www.long.test"}) | {"www.aliasopen.test", healed}
    assert {after[host] for host in turned - {healed}} == {("bogus", fault)}
    assert after[healed] == ("secure", "")
    # and none of that is held for or against anybody: at that time nobody looked
    for host, found in judged.items():
        said_now = (found["dnssec"].verdict, found["dnssec"].reason)
        said_then = (findings[host]["dnssec"].verdict, findings[host]["dnssec"].reason)
        assert said_now == (("inconclusive", "not_attempted") if host in turned else said_then)


def test_the_same_bytes_give_the_same_findings(asked: Asked, findings: dict[str, dict[str, Finding]]) -> None:
    again = asked.judged()
    assert {host: {c: f.to_json() for c, f in found.items()} for host, found in again.items()} == {
        host: {c: f.to_json() for c, f in found.items()} for host, found in findings.items()
    }


def test_with_the_keys_of_the_real_root_nothing_here_can_be_told(asked: Asked) -> None:
    """The tree's root is not the world's: a resolver that speaks for another root is believed in nothing."""
    network = NetworkSettings(resolvers=asked.round.settings.network.resolvers)
    world = Asked(
        Round(asked.round.folder, Settings("r", network=network), asked.round.agencies), asked.evidence
    )
    for found in world.judged().values():
        told = found["dnssec"]
        assert told.verdict == "inconclusive"
        assert told.observed.get("dnssec_fault", "root_key_mismatch") == "root_key_mismatch"
        assert {finding.verdict for finding in found.values()} == {"inconclusive"}


def _looks(asked: Asked, host: str) -> list[DnsCapture]:
    """As they were recorded."""
    with EvidenceStore.open(asked.evidence) as store:
        return [
            DnsCapture(capture.facts, store.body(capture.id), capture.time)  # type: ignore[arg-type]
            for capture in store.captures(None, "dns")
            if capture.url == host
        ]


def _changed(seen: DnsCapture, change: Callable[[dns.message.Message], None], *kinds: str) -> DnsCapture:
    """The same look with other answers of some types, or of all."""
    content = json.loads(seen.body)
    for item in content["answers"]:
        if item["type"] in kinds or not kinds:
            message = dns.message.from_wire(base64.b64decode(item["received"]))
            change(message)
            item["received"] = base64.b64encode(message.to_wire()).decode()
    return DnsCapture(seen.facts, json.dumps(content).encode(), seen.time)


def _unsigned(message: dns.message.Message) -> None:
    message.answer = [rrset for rrset in message.answer if rrset.rdtype != dns.rdatatype.RRSIG]


def _no_such_name(message: dns.message.Message) -> None:
    message.answer, message.authority = [], []
    message.set_rcode(dns.rcode.NXDOMAIN)


def test_broken_in_one_look_of_two_is_not_held_against_anybody(asked: Asked, tmp_path: Path) -> None:
    """A resolver that takes a signature away."""
    network = asked.round.settings.network
    good, broken = _looks(asked, "www.secure.test")
    broken = _changed(broken, _unsigned, "A")
    for name, looks, verdict in (
        ("changed", [(1, good), (2, broken)], ("inconclusive", "ambiguous")),
        ("healed", [(1, broken), (2, good)], ("verified", None)),
        ("once", [(1, broken)], ("inconclusive", "not_attempted")),
        ("always", [(1, broken), (2, broken)], ("partial", None)),
    ):
        found = recorded(tmp_path / name, network, looks).judged()["www.secure.test"]["dnssec"]
        assert (found.verdict, found.reason) == verdict, name


def test_what_one_look_lacks_is_not_held_against_anybody(asked: Asked, tmp_path: Path) -> None:
    """A resolver that says once that there is no such name."""
    network = asked.round.settings.network
    good, gone = _looks(asked, "www.unsigned.test")
    gone = _changed(gone, _no_such_name, "A", "AAAA")
    for name, looks, verdict in (
        ("changed", [(1, good), (2, gone)], ("inconclusive", "ambiguous")),
        ("healed", [(1, gone), (2, good)], ("verified", None)),
        ("once", [(1, gone)], ("inconclusive", "not_attempted")),
        ("always", [(1, gone), (2, gone)], ("partial", None)),
    ):
        found = recorded(tmp_path / name, network, looks).judged()["www.unsigned.test"]["addresses"]
        assert (found.verdict, found.reason) == verdict, name


def test_signatures_under_a_wrong_clock_say_nothing(asked: Asked, tmp_path: Path) -> None:
    """They last for days: to a clock that is a month ahead each has ended, to one that is behind what has ended holds."""
    network = asked.round.settings.network
    here, later = (f"{at:%a, %d %b %Y %H:%M:%S} GMT" for at in (AS_OF, AS_OF + dt.timedelta(days=30)))
    for host, verdict in (("www.secure.test", "verified"), ("www.expired.test", "partial")):
        looks = list(enumerate(_looks(asked, host), 1))
        for name, dates, expected in (
            ("right", (here,), (verdict, None)),
            ("wrong", (later,), ("inconclusive", "own_error")),
            ("one of two", (later, here), (verdict, None)),
        ):
            folder = tmp_path / f"{host} {name}"
            found = recorded(folder, network, looks, dates=dates).judged()[host]["dnssec"]
            assert (found.verdict, found.reason) == expected, (host, name)


def test_two_looks_at_once_are_one(asked: Asked, tmp_path: Path) -> None:
    looks = list(enumerate(_looks(asked, "www.wrong.test"), 1))
    at_once = recorded(tmp_path, asked.round.settings.network, looks, dt.timedelta())
    found = at_once.judged()["www.wrong.test"]["dnssec"]
    assert (found.verdict, found.reason) == ("inconclusive", "own_error")
    assert found.observed["dnssec"] == "bogus"


@pytest.mark.parametrize("lie", [_no_such_name, _unsigned], ids=["a captive network", "no signatures at all"])
def test_a_resolver_without_the_roots_keys_is_believed_in_nothing(
    lie: Callable[[dns.message.Message], None], asked: Asked, tmp_path: Path
) -> None:
    looks = [(n, _changed(seen, lie)) for n, seen in enumerate(_looks(asked, "www.secure.test"), 1)]
    for found in recorded(tmp_path, asked.round.settings.network, looks).judged()["www.secure.test"].values():
        assert (found.verdict, found.reason) == ("inconclusive", "own_error")
