"""Asking a resolver: what comes back is kept as it came, what does not fit is no answer, and nobody else is asked."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import datetime as dt
import itertools
import json
import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dns.flags
import dns.message
import dns.name
import dns.rrset
import pytest

from claims.model import NetworkSettings
from crawler.probes import dns_prober
from crawler.probes.dns_client import DnsClient
from crawler.probes.dns_prober import probe_host
from crawler.probes.dns_query import MOST_BYTES, DnsReply, ask
from crawler.probes.resolvers import ResolverAddress, ResolverList, resolvers_of
from evidence.kinds.dns import DnsFacts
from fixtures.dns.server import DnsServer

pytestmark = pytest.mark.sockets

_NAME = dns.name.from_text("www.a.test")
_NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
Answers = Callable[[bytes], list[bytes]]


class Liar:
    """A resolver that answers as a test says: datagrams, and what comes over TCP, as they are."""

    def __init__(self, udp: Answers, tcp: bytes | None = None) -> None:
        self.asked: list[bytes] = []
        self._answers, self._tcp_answer = udp, tcp
        self.udp, self._tcp = self._sockets()
        self.server = ResolverAddress(*self.udp.getsockname())
        if tcp is not None:
            self._tcp.listen()
            threading.Thread(target=self._serve_tcp, daemon=True).start()
        threading.Thread(target=self._serve, daemon=True).start()

    @staticmethod
    def _sockets() -> tuple[socket.socket, socket.socket]:
        """On one port, which has to be free for both."""
        while True:
            udp, tcp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), socket.socket()
            udp.bind(("127.0.0.1", 0))
            try:
                tcp.bind(udp.getsockname())
                return udp, tcp
            except OSError:
                udp.close()
                tcp.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):  # closed
            while True:
                wire, peer = self.udp.recvfrom(4096)
                if not wire:
                    return
                self.asked.append(wire)
                for answer in self._answers(wire):
                    self.udp.sendto(answer, peer)

    def _serve_tcp(self) -> None:
        assert self._tcp_answer is not None
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._tcp.accept()
                with connection:
                    connection.recv(4096)
                    connection.sendall(self._tcp_answer)

    def close(self) -> None:
        for sock in (self.udp, self._tcp):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()


@pytest.fixture
def liar() -> Iterator[Callable[..., Liar]]:
    made: list[Liar] = []

    def make(udp: Answers, tcp: bytes | None = None) -> Liar:
        made.append(Liar(udp, tcp))
        return made[-1]

    yield make
    for one in made:
        one.close()


def good(wire: bytes, address: str = "192.0.2.1") -> bytes:
    response = dns.message.make_response(dns.message.from_wire(wire), recursion_available=True)
    response.answer.append(dns.rrset.from_text(response.question[0].name, 60, "IN", "A", address))
    return response.to_wire()


def cut(wire: bytes) -> bytes:
    response = dns.message.make_response(dns.message.from_wire(wire), recursion_available=True)
    response.flags |= dns.flags.TC
    return response.to_wire()


def asking(server: ResolverAddress, seconds: float = 0.4) -> DnsReply:
    return asyncio.run(ask(server, _NAME, "A", message_id=0x1234, seconds=seconds))


# one question


def test_an_answer_is_kept_as_it_came(liar: Any) -> None:
    resolver = liar(lambda wire: [good(wire)])
    reply = asking(resolver.server, 20.0)
    assert (reply.via, reply.failure) == ("udp", None)
    assert reply.sent == resolver.asked[0]
    assert reply.received == good(reply.sent)
    sent = dns.message.from_wire(reply.sent)
    assert sent.id == 0x1234
    assert sent.flags == dns.flags.RD | dns.flags.CD
    assert (sent.edns, sent.ednsflags, sent.payload) == (0, dns.flags.DO, 1232)


WRONG: dict[str, Answers] = {
    "wrong id": lambda wire: [bytes([wire[0] ^ 1]) + good(wire)[1:]],
    "another question": lambda wire: [good(wire).replace(b"\x03www", b"\x03wwx")],
    "no response": lambda wire: [wire],
    "too short": lambda wire: [wire[:11]],
    "no question": lambda wire: [wire[:2] + b"\x81\x80" + b"\0" * 8],
    "a flood": lambda wire: [b"x" * 40] * 100,
}


@pytest.fixture(scope="module")
def wrong_answers() -> Iterator[dict[str, DnsReply]]:
    """What came of each. All are waited for at once, for each is waited for to the end."""
    liars = {name: Liar(udp) for name, udp in WRONG.items()}

    async def work() -> list[DnsReply]:
        asked = (ask(one.server, _NAME, "A", message_id=0x1234, seconds=2.0) for one in liars.values())
        return await asyncio.gather(*asked)

    yield dict(zip(liars, asyncio.run(work()), strict=True))
    for one in liars.values():
        one.close()


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_answer_to_the_question_is_none(wrong_answers: dict[str, DnsReply], name: str) -> None:
    reply = wrong_answers[name]
    assert reply.failure == "protocol"
    assert reply.received  # kept all the same


def test_the_right_answer_counts_after_wrong_ones(liar: Any) -> None:
    resolver = liar(lambda wire: [WRONG["wrong id"](wire)[0], b"", b"noise", good(wire)])
    reply = asking(resolver.server, 20.0)
    assert (reply.failure, reply.received) == (None, good(reply.sent))


def test_an_answer_from_another_address_is_not_taken() -> None:
    stranger = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    stranger.bind(("127.0.0.1", 0))
    listening = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listening.bind(("127.0.0.1", 0))

    def answer_from_elsewhere() -> None:
        wire, peer = listening.recvfrom(4096)
        stranger.sendto(good(wire), peer)

    threading.Thread(target=answer_from_elsewhere, daemon=True).start()
    reply = asking(ResolverAddress(*listening.getsockname()))
    assert (reply.failure, reply.received) == ("timeout", b"")
    for sock in (stranger, listening):
        sock.close()


def test_silence_is_asked_twice_and_ends(liar: Any, kit: Any) -> None:
    resolver = liar(lambda wire: [])
    reply = asking(resolver.server, 0.2)
    kit.wait_for(lambda: len(resolver.asked) >= 2)
    assert reply == DnsReply("udp", resolver.asked[0], b"", "timeout")
    assert resolver.asked == [resolver.asked[0]] * 2


def test_nobody_there_is_told() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        server = ResolverAddress(*free.getsockname())
    assert asking(server, 20.0).failure == "refused"


def refused(wire: bytes, code: int = 5) -> bytes:
    answer = bytearray(good(wire))
    answer[3] = answer[3] & 0xF0 | code
    return bytes(answer)


@pytest.mark.parametrize("code", [1, 2, 4, 5, 9])
def test_a_refusal_is_the_resolvers(liar: Any, code: int) -> None:
    reply = asking(liar(lambda wire: [refused(wire, code)]).server, 20.0)
    assert reply.failure == "resolver"
    assert reply.received


def test_what_was_cut_comes_over_tcp(liar: Any) -> None:
    whole = good(dns.message.make_query(_NAME, "A", use_edns=0, want_dnssec=True, payload=1232).to_wire())
    whole = b"\x12\x34" + whole[2:]
    resolver = liar(lambda wire: [cut(wire)], struct.pack("!H", len(whole)) + whole)
    reply = asking(resolver.server, 20.0)
    assert (reply.via, reply.failure, reply.received) == ("tcp", None, whole)


TCP = {
    "nothing": (b"", "reset"),
    "half": (b"\x00\x50" + b"x" * 20, "reset"),
    "no answer": (b"\x00\x20" + b"x" * 32, "protocol"),
    "without end": (struct.pack("!H", MOST_BYTES + 1) + b"x" * 100, "too_large"),
}


@pytest.mark.parametrize(("bytes_", "failure"), TCP.values(), ids=TCP)
def test_tcp_is_held_to_the_same(liar: Any, bytes_: bytes, failure: str) -> None:
    reply = asking(liar(lambda wire: [cut(wire)], bytes_).server, 20.0)
    assert (reply.via, reply.failure) == ("tcp", failure)


def test_without_tcp_a_cut_answer_is_none(liar: Any) -> None:
    assert asking(liar(lambda wire: [cut(wire)]).server, 20.0).failure == "refused"


# whom to ask


def test_the_systems_resolvers_are_read_from_its_file(tmp_path: Path) -> None:
    file = tmp_path / "resolv.conf"
    file.write_text(
        "# comment\nnameserver 192.0.2.1\nsearch a.test\nnameserver nonsense\nnameserver 2001:db8::1\n"
        "nameserver\nnameserver 192.0.2.3\nnameserver 192.0.2.4\n",
        encoding="utf-8",
    )
    found = resolvers_of(NetworkSettings(), file)
    assert found == ResolverList(
        "system", (ResolverAddress("192.0.2.1", 53), ResolverAddress("2001:db8::1", 53))
    )
    assert [str(server) for server in found.servers] == ["192.0.2.1:53", "[2001:db8::1]:53"]
    assert resolvers_of(NetworkSettings(), tmp_path / "none").servers == ()
    assert resolvers_of(NetworkSettings(resolvers=()), file).servers == ()
    own = NetworkSettings(resolvers=("127.0.0.1:5353", "192.0.2.9", "[2001:db8::2]:54", "2001:db8::3"))
    assert resolvers_of(own, file).servers == (
        ResolverAddress("127.0.0.1", 5353), ResolverAddress("192.0.2.9", 53), ResolverAddress("2001:db8::2", 54), ResolverAddress("2001:db8::3", 53)
    )  # fmt: skip


def test_the_system_is_not_asked_about_names_of_the_round_or_of_nobody() -> None:
    network = NetworkSettings(hosts={"portal.gov.ir": "192.0.2.1", "Data.Gov.IR:443": "192.0.2.2"})
    system = ResolverList("system", (ResolverAddress("192.0.2.53", 53),))
    asked = [
        host
        for host in ("other.gov.ir", "portal.gov.ir", "data.gov.ir", "a.test", "localhost", "192.0.2.1", "[::1]",
                     "a.local", "x y", "")
        if system.may_ask(host, network)
    ]  # fmt: skip
    assert asked == ["other.gov.ir"]
    named = ResolverList("round", system.servers)
    assert all(named.may_ask(host, network) for host in ("other.gov.ir", "portal.gov.ir", "a.test"))
    assert not named.may_ask("192.0.2.1", network)
    assert not ResolverList("round", ()).may_ask("other.gov.ir", network)


def client_of(*servers: ResolverAddress, seconds: float = 0.4) -> DnsClient:
    ids = itertools.count(1)
    return DnsClient(
        ResolverList("round", servers),
        now=lambda: _NOW,
        message_id=lambda: next(ids) % 65536,
        seconds=seconds,
    )


def test_the_next_resolver_is_asked_when_one_fails(liar: Any) -> None:
    dead, fine = liar(lambda wire: [refused(wire)]), liar(lambda wire: [good(wire)])

    async def work() -> list[Any]:
        client = client_of(dead.server, fine.server, seconds=20.0)
        return [
            await client.ask(_NAME, "A", 1),
            await client.ask(_NAME, "A", 1),
            await client.ask(_NAME, "A", 2),
        ]

    first, again, second_look = asyncio.run(work())
    assert (first.server, first.failure) == (fine.server, None)
    assert again is first
    assert second_look is not first
    assert len(fine.asked) == 2


# one look


def _look(host: str, *servers: ResolverAddress, seconds: float = 2.0) -> dns_prober.DnsCapture:
    async def work() -> dns_prober.DnsCapture:
        return await probe_host(host, client_of(*servers, seconds=seconds), 1, _NOW)

    return asyncio.run(work())


def test_a_dead_resolver_costs_one_question(liar: Any, kit: Any) -> None:
    resolver = liar(lambda wire: [])
    found = _look("www.a.test", resolver.server, seconds=0.2)
    kit.wait_for(lambda: bool(resolver.asked))
    assert found.facts == DnsFacts("www.a.test", "timeout")
    assert len(set(resolver.asked)) == 1
    assert len(json.loads(found.body)["answers"]) == 1


def test_a_hostile_tree_is_left_after_a_bounded_number_of_questions(liar: Any) -> None:
    """Every name has an alias, six servers, mail and a zone of its own."""

    def endless(wire: bytes) -> list[bytes]:
        response = dns.message.make_response(dns.message.from_wire(wire), recursion_available=True)
        question = response.question[0]
        name, kind = question.name, dns.rdatatype.to_text(question.rdtype)
        texts = {
            "A": ("CNAME", [f"x{number}.a.b.c.d.e.f.g.h.{number}.test." for number in range(8)]),
            "DS": ("DS", ["1 8 2 " + "00" * 32]),
            "NS": ("NS", [f"ns{number}.{number}.test." for number in range(200)]),
            "SOA": ("SOA", ["a. b. 1 1 1 1 1"]),
        }
        if kind in texts:
            kind, values = texts[kind]
            response.answer += [dns.rrset.from_text(name, 1, "IN", kind, value) for value in values]
        return [response.to_wire(max_size=65535)]

    resolver = liar(endless)
    found = _look(".".join("abcdefghijklmnopqrstuvw") + ".test", resolver.server, seconds=20.0)
    body = json.loads(found.body)
    assert body["limited"]
    assert len(body["answers"]) <= dns_prober.MOST_QUESTIONS
    assert len(set(resolver.asked)) <= dns_prober.MOST_QUESTIONS
    assert len(found.body) < 2 * dns_prober.MOST_BYTES


def test_a_look_keeps_every_answer_as_its_bytes() -> None:
    with DnsServer() as server:
        found = _look("www.big.test", ResolverAddress(server.address, server.port), seconds=20.0)
        body = json.loads(found.body)
        assert (body["source"], body["resolvers"]) == ("round", [server.target])
        assert {item["resolver"] for item in body["answers"]} == {server.target}
        for item in body["answers"]:
            assert base64.b64decode(item["received"]) in server.said
        assert {item["via"] for item in body["answers"]} == {"udp", "tcp"}
    assert found.body == json.dumps(body, sort_keys=True, separators=(",", ":")).encode()


# in a crawl


def _crawl(kit: Any, site: Any, hosts: list[str], **options: Any) -> Any:
    portal, *others = hosts
    return kit.crawl(
        site,
        agencies=[{"id": "a", "portal": f"http://{portal}/", "hosts": others}],
        hosts={"a.test:80": site.target, **{f"{host}:80": site.target for host in hosts}},
        **options,
    )


def test_a_crawl_looks_twice_at_every_host(kit: Any) -> None:
    hosts = ["www.secure.test", "www.unsigned.test", "www.servfail.test"]
    site = kit.site({"/": kit.answer("<p>portal")})
    with DnsServer() as server:
        crawl = _crawl(kit, site, hosts, resolvers=[server.target], crawl={"retry_after": 0.3})
        assert crawl.run()["state"] == "complete"
        asked = Counter(server.asked)
    captures = crawl.captures("a", "dns")
    assert sorted((c.url, c.attempt, c.facts.failure) for c in captures) == [
        ("www.secure.test", 1, None), ("www.secure.test", 2, None),
        ("www.servfail.test", 1, "resolver"), ("www.servfail.test", 2, "resolver"),
        ("www.unsigned.test", 1, None), ("www.unsigned.test", 2, None),
    ]  # fmt: skip
    apart = {c.url: c.time for c in captures if c.attempt == 2}
    assert all((apart[c.url] - c.time).total_seconds() >= 0.3 for c in captures if c.attempt == 1)
    # what all names share is asked once for each look
    assert asked[("udp", ".", "DNSKEY")] == 2
    assert asked[("udp", "test.", "DS")] == 2
    assert asked[("udp", "www.secure.test.", "A")] == 2


def test_what_was_recorded_is_not_asked_again(kit: Any) -> None:
    site = kit.site({"/": kit.answer("<a href='/p'>x</a>"), "/p": kit.answer("<p>page")}, wait=0.3)
    with DnsServer() as server:
        crawl = _crawl(kit, site, ["www.secure.test"], resolvers=[server.target], crawl={"retry_after": 2.0})
        process = crawl.start()
        kit.wait_for(lambda: len(server.asked) > 15 and len(site.asked) >= 2)
        kit.wait_for(lambda: (crawl.folder / "evidence").exists() and bool(crawl.captures("a", "dns")))
        kit.kill(process)
        asked = len(server.asked)
        assert [c.attempt for c in crawl.captures("a", "dns")] == [1]
        assert crawl.run()["state"] == "complete"
        later = Counter(server.asked[asked:])
    assert [c.attempt for c in crawl.captures("a", "dns")] == [1, 2]
    assert later[("udp", "www.secure.test.", "A")] == 1


def test_nothing_is_asked_about_mapped_names_unless_a_resolver_is_named(kit: Any) -> None:
    site = kit.site({"/": kit.answer("<p>portal")})
    crawl = _crawl(kit, site, ["www.secure.test"])
    assert crawl.run()["state"] == "complete"
    assert crawl.captures("a", "dns") == []


def test_a_silent_resolver_leaves_the_crawl_complete(kit: Any, liar: Any) -> None:
    site = kit.site({"/": kit.answer("<p>portal")})
    resolver = liar(lambda wire: [])
    crawl = _crawl(
        kit, site, ["www.secure.test", "www.unsigned.test"], resolvers=[f"127.0.0.1:{resolver.server.port}"]
    )
    assert crawl.run()["state"] == "complete"
    assert [c.facts.failure for c in crawl.captures("a", "dns")] == ["timeout"] * 4
    assert len(resolver.asked) <= 2 * 2 * 2  # one question for each look, sent twice


def test_outside_of_its_hours_a_crawl_asks_nothing(kit: Any) -> None:
    site = kit.site({"/": kit.answer("<p>portal")})
    clock = {"begin": "2026-05-01T12:00:00+00:00", "rate": 1}
    with DnsServer() as server:
        crawl = _crawl(
            kit, site, ["www.secure.test"], resolvers=[server.target],
            crawl={"hours": "20:00-06:00", "timezone": "UTC"}, clock=clock,
        )  # fmt: skip
        assert crawl.run(stop_after=1.0)["state"] == "interrupted"
        assert server.asked == []
        assert crawl.run(clock={**clock, "begin": "2026-05-01T23:00:00+00:00"})["state"] == "complete"
    assert [c.attempt for c in crawl.captures("a", "dns")] == [1, 2]
