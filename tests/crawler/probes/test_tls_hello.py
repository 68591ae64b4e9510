"""Hellos as bytes: what is built is what servers read, and hostile flights never raise."""

from __future__ import annotations

import random
import struct

import pytest

from crawler.probes.cipher_suites import FAMILIES, LEGACY_SUITES, SSL2_SUITES, TLS12_SUITES, TLS13_SUITES
from crawler.probes.client_hello import alpn_offered, build
from web.cipher_suites import name_of
from web.tls_flight import (
    SSL2,
    SSL3,
    TLS10,
    TLS12,
    TLS13,
    ClientOffer,
    outcome,
    read_flight,
    read_offer,
    read_ssl2_flight,
)


def record(kind: int, data: bytes) -> bytes:
    return struct.pack(">BHH", kind, 0x0303, len(data)) + data


def message(kind: int, body: bytes) -> bytes:
    return bytes([kind]) + len(body).to_bytes(3, "big") + body


def server_hello(version: int, suite: int, extensions: bytes = b"") -> bytes:
    body = struct.pack(">H", version) + bytes(32) + b"\x00" + struct.pack(">HB", suite, 0)
    return message(2, body + (struct.pack(">H", len(extensions)) + extensions if extensions else b""))


def test_an_ssl3_hello_has_no_extensions() -> None:
    hello = build(SSL3, LEGACY_SUITES, "portal.test", bytes(64))
    assert hello[1:3] == b"\x03\x00"
    assert hello[9:11] == b"\x03\x00"
    assert b"portal.test" not in hello
    assert len(hello) == 5 + int.from_bytes(hello[3:5], "big")


def test_names_and_versions_are_in_the_hello() -> None:
    assert b"portal.test" in build(TLS12, TLS12_SUITES, "portal.test", bytes(64))
    assert struct.pack(">HHBH", 43, 3, 2, TLS13) in build(TLS13, TLS13_SUITES, None, bytes(64))
    assert alpn_offered(build(TLS12, TLS12_SUITES, "portal.test", bytes(64))) == ()


def test_a_small_diffie_hellman_group_is_measured() -> None:
    prime = (1 << 479).to_bytes(60, "big")
    key_exchange = struct.pack(">H", len(prime)) + prime + b"\x00\x01\x02" + b"\x00\x00"
    certificate = message(11, (3 + 4).to_bytes(3, "big") + (4).to_bytes(3, "big") + b"cert")
    flight = server_hello(TLS12, 0x0033) + certificate + message(12, key_exchange) + message(14, b"")
    # In pieces that do not respect the borders of messages, as servers send them.
    data = b"".join(record(22, flight[at : at + 7]) for at in range(0, len(flight), 7))
    read = read_flight(data)
    assert (read.kind, read.group_bits, read.chain, read.complete) == ("hello", 480, (b"cert",), True)
    assert read.cipher_name == "TLS_DHE_RSA_WITH_AES_128_CBC_SHA"
    assert not read_flight(data[:-1]).complete


def test_tls13_is_told_by_its_extension() -> None:
    extension = struct.pack(">HHH", 43, 2, TLS13)
    assert read_flight(record(22, server_hello(TLS12, 0x1301, extension))).version_name == "TLSv1.3"


@pytest.mark.parametrize("data", [b"HTTP/1.1 200 OK", b"SSH-2.0-x", b"\x16\x05aaaa", b"<html>"])
def test_what_is_no_tls_is_other(data: bytes) -> None:
    assert read_flight(data).kind == "other"


def test_hostile_flights_never_raise() -> None:
    source = random.Random(1404)
    for _ in range(3000):
        body = source.randbytes(source.randrange(80))
        handshake = bytes([source.choice((2, 11, 12, 14))]) + len(body).to_bytes(3, "big") + body
        data = record(source.choice((21, 22)), server_hello(TLS12, 0x0033) + handshake)
        read_flight(data[: source.randrange(len(data) + 1)])
        read_flight(record(22, handshake))
        read_ssl2_flight(ssl2_hello(body)[: source.randrange(len(body) + 20)])
        read_ssl2_flight(body)
        read_offer(data)
        alpn_offered(data)


def test_families_do_not_mix() -> None:
    assert all("RC4" in name_of(suite) and "anon" not in name_of(suite) for suite in FAMILIES["rc4"])
    assert all("anon" in name_of(suite) for suite in FAMILIES["anon"])
    assert not set(FAMILIES["export"]) & set(FAMILIES["rc4"])
    assert name_of(0xFEFE) == "0xFEFE"


@pytest.mark.parametrize(
    ("version", "suites"),
    [(SSL2, SSL2_SUITES), (SSL3, LEGACY_SUITES), (TLS12, TLS12_SUITES), (TLS13, TLS13_SUITES)],
)
def test_an_offer_is_read_back_from_its_bytes(version: int, suites: tuple[int, ...]) -> None:
    hello = build(version, suites, "portal.test", bytes(range(64)))
    read = read_offer(hello)
    assert read is not None
    assert (read.version, read.suites) == (version, frozenset(suites))
    assert read.secure_renegotiation == read.extended_master_secret == (version == TLS12)
    assert read.compression == (version in (SSL3, TLS12))
    assert read_offer(hello[:20]) is None
    assert read_offer(b"") is None


def ssl2_hello(suites: bytes, version: int = SSL2, certificate: bytes = b"cert") -> bytes:
    body = b"\x04\x00\x01" + struct.pack(">HHHH", version, len(certificate), len(suites), 16)
    body += certificate + suites + bytes(16)
    return struct.pack(">H", 0x8000 | len(body)) + body


def test_ssl2_speaks_a_language_of_its_own() -> None:
    read = read_ssl2_flight(ssl2_hello(b"\x01\x00\x80"))
    assert (read.kind, read.version_name, read.cipher_name) == ("hello", "SSLv2", "SSL_CK_RC4_128_WITH_MD5")
    assert read.chain == (b"cert",)
    assert read_ssl2_flight(ssl2_hello(b"")).kind == "alert"  # nothing in common
    assert read_ssl2_flight(b"\x80\x03\x00\x00\x01").kind == "alert"
    assert read_ssl2_flight(b"\x15\x03\x01\x00\x02\x02\x46").alert == 70
    assert read_ssl2_flight(b"HTTP/1.1 400").kind == "other"
    assert read_ssl2_flight(ssl2_hello(b"\x01\x00\x80")[:-3]).kind == "partial"


RENEGOTIATION = struct.pack(">HHB", 0xFF01, 1, 0)
MASTER_SECRET = struct.pack(">HH", 23, 0)


def test_facts_of_the_session_stand_in_the_hello() -> None:
    plain = read_flight(record(22, server_hello(TLS12, 0xC02F)))
    assert not plain.secure_renegotiation
    assert not plain.extended_master_secret
    assert plain.compression == 0
    both = read_flight(record(22, server_hello(TLS12, 0xC02F, RENEGOTIATION + MASTER_SECRET)))
    assert both.secure_renegotiation
    assert both.extended_master_secret
    curve = message(12, b"\x03\x00\x17" + bytes(70))
    assert read_flight(record(22, server_hello(TLS12, 0xC02F) + curve)).group_name == "secp256r1"
    share = struct.pack(">HHH", 43, 2, TLS13) + struct.pack(">HHHH", 51, 4, 29, 0)
    assert read_flight(record(22, server_hello(TLS12, 0x1301, share))).group_name == "x25519"


def test_an_answer_is_held_against_the_offer() -> None:
    offer = ClientOffer(TLS12, frozenset({0xC02F, 0x0005}))
    answers = {
        (TLS12, 0xC02F): "accepted",
        (TLS10, 0x0005): "refused",  # a lower version than the one asked for
        (TLS12, 0x0035): "error",  # never offered
        (TLS13, 0xC02F): "error",  # above the offer
        (0x0309, 0xC02F): "error",
    }
    for (version, suite), said in answers.items():
        assert outcome(offer, read_flight(record(22, server_hello(version, suite))), exactly=True) == said
    older = read_flight(record(22, server_hello(TLS10, 0x0005)))
    assert outcome(offer, older, exactly=False) == "accepted"
    broken_off = record(22, server_hello(TLS12, 0xC02F)) + record(21, b"\x02\x28")
    assert outcome(offer, read_flight(broken_off), exactly=True) == "refused"
