"""What certificates name is fetched: which addresses, how far, how much, and once in a crawl."""

from __future__ import annotations

import asyncio
import datetime as dt
import gzip
import itertools
import json
import socket
import ssl
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from claims.model import NetworkSettings
from crawler.politeness.policy import AddressPolicy
from crawler.probes.certificate_documents import (
    MOST_BYTES,
    MOST_ISSUERS,
    CertificateDocuments,
    FetchedDocument,
    Kind,
    fetch,
    wanted,
)
from crawler.transport.host_probe import HostProbe, Keep
from crawler.transport.tls_probes import TlsProbes
from evidence.fault import Faults
from evidence.store import EvidenceStore, EvidenceWriter
from evidence.verify.witnesses import witnesses_of
from fixtures.hosts.lab import Lab
from fixtures.hosts.pki import AS_OF, Authorities
from fixtures.hosts.table import cases, issuers
from web.certificate_files import certificates_in
from web.ocsp_requests import asked_serial, request_address

pytestmark = pytest.mark.sockets

ADDRESS = "127.62.0.1"
URL = "http://ca.agency.test/list.crl"


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@contextmanager
def answering(*answers: bytes) -> Iterator[tuple[int, list[bytes]]]:
    """A server with an answer for each connection, the last one for all that follow; and what it was asked."""
    listener = socket.create_server((ADDRESS, 0))
    asked: list[bytes] = []

    def serve() -> None:
        for answer in itertools.chain(answers, itertools.repeat(answers[-1])):
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                asked.append(connection.recv(65_536))
                try:
                    connection.sendall(answer)
                except OSError:
                    continue

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield int(listener.getsockname()[1]), asked
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def reply(body: bytes, status: int = 200, *headers: str) -> bytes:
    lines = (f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", *headers)
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode() + body


def get(port: int, url: str = URL, clock: Callable[[], dt.datetime] = now) -> FetchedDocument:
    network = NetworkSettings(allow_private=True, hosts={"ca.agency.test:80": f"{ADDRESS}:{port}"})
    return fetch("crl", url, AddressPolicy(network), user_agent="govah-test", now=clock)


def write_down(kept: list[Callable[[EvidenceWriter], None]], evidence: Path) -> None:
    """What probes hand over, through the real writer."""
    ids = itertools.count(1)
    with EvidenceWriter.open(
        evidence, vantage="test", now=now, new_id=lambda: f"c{next(ids)}", plan={}
    ) as writer:
        for keep in kept:
            keep(writer)


def test_a_document_is_kept_with_the_bytes_of_both_sides() -> None:
    with answering(reply(b"the list", 200, "Server: ca")) as (port, asked):
        found = get(port)
    assert (found.failure, found.status, found.body) == (None, 200, b"the list")
    (hop,) = found.hops
    assert hop.sent == asked[0]
    assert hop.received == reply(b"the list", 200, "Server: ca")
    assert b"GET /list.crl HTTP/1.1\r\nHost: ca.agency.test\r\nUser-Agent: govah-test\r\n" in hop.sent


REDIRECTS: dict[str, tuple[str, str | None]] = {
    "the same host": ("/other.crl", None),
    "https": ("https://ca.agency.test/list.crl", "protocol"),
    "a name that the policy gives no address for": ("http://elsewhere.test/list.crl", "dns"),
    "with a password, which is left out": ("http://user:word@ca.agency.test/", None),
    "no web address": ("ldap://ca.agency.test/cn=list", "protocol"),
}


@pytest.mark.parametrize(("target", "failure"), REDIRECTS.values(), ids=REDIRECTS.keys())
def test_a_redirect_asks_the_policy_again(target: str, failure: str | None) -> None:
    moved = reply(b"", 302, f"Location: {target}")
    with answering(moved, reply(b"the list")) as (port, asked):
        found = get(port)
    assert found.failure == failure
    assert found.body == (b"" if failure else b"the list")
    assert len(asked) == (1 if failure else 2)


def test_redirects_end() -> None:
    with answering(reply(b"", 302, "Location: /again.crl")) as (port, asked):
        assert get(port).failure == "protocol"
    assert len(asked) == 3


BAD: dict[str, tuple[bytes, str | None, int | None]] = {
    "not there": (reply(b"gone", 404), None, 404),
    "no HTTP": (b"\x30\x82\x01\x00 no status line", "protocol", None),
    "cut short": (reply(b"the list")[:-3], "reset", None),
    "nothing": (b"", "reset", None),
    "too large": (reply(bytes(MOST_BYTES + 1)), "too_large", None),
    "unfolds to too much": (
        reply(gzip.compress(bytes(8 * MOST_BYTES)), 200, "Content-Encoding: gzip"), None, 200),
}  # fmt: skip


@pytest.mark.parametrize(("answer", "failure", "status"), BAD.values(), ids=BAD.keys())
def test_bad_answers_are_recorded_and_bounded(answer: bytes, failure: str | None, status: int | None) -> None:
    with answering(answer) as (port, _):
        found = get(port)
    assert (found.failure, found.status) == (failure, status)
    assert len(found.body) <= MOST_BYTES
    assert sum(len(hop.received) for hop in found.hops) <= MOST_BYTES
    assert json.dumps(found.as_json())


def test_time_is_bounded_too() -> None:
    times = (AS_OF + dt.timedelta(seconds=5 * count) for count in itertools.count())
    with answering(reply(b"the list")[:-1]) as (port, _):
        assert get(port, clock=lambda: next(times)).failure == "timeout"


def test_nobody_listens() -> None:
    with socket.create_server((ADDRESS, 0)) as taken:
        port = int(taken.getsockname()[1])
    assert get(port).failure == "refused"


def test_private_addresses_are_refused() -> None:
    for url in ("http://127.0.0.1/a.crl", "http://169.254.169.254/a.crl", "http://[::1]/a.crl"):
        found = fetch("crl", url, AddressPolicy(NetworkSettings()), user_agent="x", now=now)
        assert (found.failure, found.body) == ("private_address", b"")
    mapped = AddressPolicy(NetworkSettings(hosts={"ca.agency.test": ADDRESS}))
    assert fetch("crl", URL, mapped, user_agent="x", now=now).failure == "private_address"


@pytest.fixture(scope="module")
def authorities() -> Authorities:
    return Authorities(issuers())


def chain(authorities: Authorities, **row: Any) -> list[bytes]:
    return [authorities.leaf("x", "x.hosts.test", row).der, *authorities.sent(row)]


def named(kind: Kind, url: str, body: bytes = b"") -> FetchedDocument:
    return FetchedDocument(kind, url, AS_OF, None, 200, body)


def test_what_is_wanted(authorities: Authorities) -> None:
    assert wanted([], ()) is None
    assert wanted([b"no certificate"], ()) is None
    assert wanted(chain(authorities), ()) is None
    listed = chain(authorities, crl="/public.crl")
    address = "http://pki.hosts.test/public.crl"
    assert wanted(listed, ()) == ("crl", address)
    assert wanted(listed, (named("crl", address),)) is None  # asked for, whatever came
    lone = chain(authorities, issuer="unsent_lower", send=[], aia="/unsent_lower.cer")
    first = "http://pki.hosts.test/unsent_lower.cer"
    assert wanted(lone, ()) == ("issuer", first)
    came = named("issuer", first, authorities.authority("unsent_lower").der)
    assert wanted(lone, (came,)) == ("issuer", "http://pki.hosts.test/unsent_upper.cer")
    assert wanted(lone, (named("issuer", first, b"junk"),)) is None
    others = tuple(named("issuer", f"http://pki.hosts.test/{one}") for one in range(MOST_ISSUERS))
    assert wanted(lone, others) is None


def test_what_is_asked_of_a_responder(authorities: Authorities) -> None:
    asked = wanted(chain(authorities, ocsp="/ocsp"), ())
    assert asked is not None
    kind, url = asked
    leaf, issuer = (authorities.leaves["x"].certificate, authorities.authority("public").certificate)
    assert (kind, url) == ("ocsp", request_address("http://pki.hosts.test/ocsp", leaf, issuer))
    assert len(url) <= 255
    assert asked_serial(url) == leaf.serial_number
    assert wanted(chain(authorities, ocsp="/ocsp", crl="/public.crl"), (named("ocsp", url),)) is not None
    # A responder's address with a slash at its end, one that is too long for GET, one with a query, one over https.
    assert (wanted(chain(authorities, ocsp="/ocsp/"), ()) or ("", ""))[1].count("/") == 4
    for address in ("/" + "long" * 40, "/ocsp?for=x", "https://pki.hosts.test/ocsp"):
        assert wanted(chain(authorities, ocsp=address), ()) is None
    # Of a root that nobody sent the key is known by what its child says of it.
    upper = chain(authorities, issuer="withdrawn_by_answer")
    asked = wanted(upper, ())
    assert asked is not None
    assert asked[0] == "ocsp"
    root = authorities.authority("public_root").certificate
    child = authorities.authority("withdrawn_by_answer").certificate
    assert asked[1] == request_address("http://pki.hosts.test/ocsp-roots", child, root)
    for junk in ("", "http://x/", "http://x/%%%", "http://x/AAAA", "http://x/\u06f1"):
        assert asked_serial(junk) is None


def test_a_document_of_beginnings_keeps_nobody_busy(authorities: Authorities) -> None:
    """A megabyte of them took minutes, on the loop that all of the crawl runs on."""
    began = time.process_time()
    assert certificates_in(b"-----BEGIN CERTIFICATE-----" * (MOST_BYTES // 27)) == ()
    assert time.process_time() - began < 2
    der = authorities.authority("public_root").der
    armoured = ssl.DER_cert_to_PEM_cert(der).encode()
    assert certificates_in(
        b"stray -----END CERTIFICATE-----\n" + armoured + b"-----BEGIN CERTIFICATE-----"
    ) == (der,)
    assert certificates_in(armoured * 30) == (der,) * 10


def test_one_question_for_all_that_ask() -> None:
    asked: list[str] = []

    async def ask(kind: Kind, url: str) -> FetchedDocument:
        asked.append(url)
        await asyncio.sleep(0)
        if "broken" in url and len(asked) < 3:
            raise RuntimeError
        return named(kind, url, b"x")

    async def scenario() -> None:
        documents = CertificateDocuments(ask)
        found = await asyncio.gather(*(documents.get("crl", URL) for _ in range(5)))
        assert len({id(one) for one in found}) == 1
        with pytest.raises(RuntimeError):
            await documents.get("crl", "http://broken.test/")
        await documents.get("crl", "http://broken.test/")  # a failure of ours is not remembered
        documents.close()

    asyncio.run(scenario())
    assert asked == [URL, "http://broken.test/", "http://broken.test/"]


async def every(probes: TlsProbes, targets: list[HostProbe]) -> list[Keep]:
    kept = await asyncio.gather(*map(probes.probe, targets))
    probes.close()
    assert None not in kept
    return [keep for keep in kept if keep is not None]


def test_a_second_look_keeps_its_distance_from_a_first_that_had_to_wait(tmp_path: Path) -> None:
    rows = tuple(case for case in cases() if case.id == "alert_only")
    waits = iter((0.4, 0.0))

    @asynccontextmanager
    async def turn(host: str) -> AsyncIterator[None]:
        await asyncio.sleep(next(waits))
        yield

    async def scenario(lab: Lab) -> None:
        policy = AddressPolicy(NetworkSettings(allow_private=True, hosts=lab.hosts))
        probes, host = TlsProbes(policy, now, turn, "govah-test"), lab.host_of("alert_only")
        targets = [
            HostProbe("ag", host, 443, attempt, wait, full=False) for attempt, wait in ((1, 0.0), (2, 0.3))
        ]
        write_down(await every(probes, targets), tmp_path / "evidence")

    with Lab(rows) as lab:
        asyncio.run(scenario(lab))
    first, second = EvidenceStore.open(tmp_path / "evidence").captures("ag", "tls")
    assert (first.attempt, second.attempt) == (1, 2)
    assert (second.time - first.time).total_seconds() >= 0.29


def test_a_crawl_fetches_in_turns_of_the_hosts_and_keeps_what_came(tmp_path: Path) -> None:
    rows = tuple(case for case in cases() if case.id in ("crl_good", "crl_revoked", "incomplete_named"))
    turns: list[str] = []

    @asynccontextmanager
    async def turn(host: str) -> AsyncIterator[None]:
        turns.append(host)
        yield

    async def scenario(lab: Lab) -> None:
        policy = AddressPolicy(NetworkSettings(allow_private=True, hosts=lab.hosts))
        probes = TlsProbes(policy, now, turn, "govah-test", round_id="r", opening=("0" * 64,))
        targets = [HostProbe("ag", lab.host_of(row.id), 443, attempt=1, wait=0) for row in rows]
        write_down(await every(probes, targets), tmp_path / "evidence")

    with Lab(rows) as lab:
        asyncio.run(scenario(lab))
        assert sorted(lab.asked) == ["/public.crl", "/unsent.cer"]
        assert sorted(turns) == sorted([*(lab.host_of(row.id) for row in rows), *["pki.hosts.test"] * 2])
    store = EvidenceStore.open(tmp_path / "evidence")
    bodies = {capture.url: json.loads(store.body(capture.id)) for capture in store.captures("ag", "tls")}
    assert {name: [one["kind"] for one in body["fetched"]] for name, body in bodies.items()} == {
        "crl-good.hosts.test:443": ["crl"],
        "crl-revoked.hosts.test:443": ["crl"],
        "incomplete-named.hosts.test:443": ["issuer"],
    }
    of_captures = ((one.id, one, store.body(one.id)) for one in store.captures("ag", "tls"))
    found = witnesses_of(of_captures, ("r",), faults := Faults())
    assert len(found.proofs) == 3  # each bound to the host and the time of its capture
    assert (found.without, faults.found()) == ((), [])
    assert {proof.opening for proof in found.proofs.values()} == {("0" * 64,)}
