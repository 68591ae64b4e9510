"""What hosts agree to in a handshake, and hosts that speak no TLS at all."""

from __future__ import annotations

from typing import Any

import pytest

from fixtures.hosts.probes import handshakes

NAME = "portal.test"
SITE = f"https://{NAME}/"
HSTS = ("Strict-Transport-Security", "max-age=31536000")


def changed(**results: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Other answers than those of a good host, by tag (dots as underscores)."""
    return {tag.replace("_", "."): answer for tag, answer in results.items()}


REFUSED = {"result": "refused", "version": None, "cipher": None}


def accepted(cipher: str, **rest: Any) -> dict[str, Any]:
    return {"result": "accepted", "cipher": cipher, "version": "TLSv1.2", **rest}


OLD = {"default": accepted("AES256-SHA", version="TLSv1"), "tls1_3": REFUSED, "tls1_2": REFUSED,
       "tls1_0": accepted("TLS_RSA_WITH_AES_256_CBC_SHA", version="TLSv1")}  # fmt: skip
STATIC = {"default": accepted("AES256-GCM-SHA384"), "tls1_3": REFUSED,
          "tls1_2": accepted("TLS_RSA_WITH_AES_256_GCM_SHA384")}  # fmt: skip
PROTOCOLS: dict[str, tuple[dict[str, dict[str, Any]], list[str]]] = {
    "good": ({}, []),
    "tls 1.3 only": (changed(tls1_2=REFUSED), []),
    "tls 1.2 only": (changed(tls1_3=REFUSED, default=accepted("ECDHE-RSA-AES256-GCM-SHA384")), []),
    "tls 1.0 too": (
        changed(tls1_0=accepted("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", version="TLSv1")), ["obsolete_protocol"]),
    "sslv3 too": (
        changed(ssl3=accepted("TLS_RSA_WITH_AES_128_CBC_SHA", version="SSLv3")), ["obsolete_protocol"]),
    "tls 1.0 only": (changed(**OLD), ["no_forward_secrecy", "no_modern_protocol", "obsolete_protocol"]),
    "tls 1.0, newer ones unanswered": (
        changed(**{**OLD, "tls1_2": {**REFUSED, "result": "timeout"}}), ["no_forward_secrecy", "obsolete_protocol"]),
    "rc4": (changed(rc4=accepted("TLS_RSA_WITH_RC4_128_SHA")), ["weak_cipher"]),
    "3des": (changed(**{"3des": accepted("TLS_RSA_WITH_3DES_EDE_CBC_SHA")}), ["weak_cipher"]),
    "null": (changed(null=accepted("TLS_RSA_WITH_NULL_SHA256")), ["weak_cipher"]),
    "export": (changed(export=accepted("TLS_RSA_EXPORT_WITH_RC4_40_MD5")), ["weak_cipher"]),
    "anonymous": (changed(anon=accepted("TLS_DH_anon_WITH_AES_128_CBC_SHA")), ["anonymous_cipher"]),
    "small group": (changed(dhe=accepted("TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", group_bits=1024)), ["weak_dh"]),
    "fair group": (changed(dhe=accepted("TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", group_bits=2048)), []),
    "static keys": (changed(**STATIC), ["no_forward_secrecy"]),
    "odd hellos reset, and the host there afterwards": (
        changed(rc4={"result": "reset"}, null={"result": "not_tls"}, dhe=accepted("TLS_DHE_RSA_WITH_AES_128_GCM_SHA256")),
        []),
    "unanswered, with something weak": (
        changed(null={"result": "timeout"}, rc4=accepted("TLS_RSA_WITH_RC4_128_SHA")), ["weak_cipher"]),
    "cbc beside": (changed(tls1_2=accepted("TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384")), []),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "expected"), PROTOCOLS.values(), ids=PROTOCOLS.keys())
def test_protocols(site: Any, pki: Any, changes: dict[str, dict[str, Any]], expected: list[str]) -> None:
    site.probed(pki.good, handshakes(changes))
    site.web(HSTS)
    assert site.codes() == expected


UNSETTLED: dict[str, tuple[dict[str, dict[str, Any]], list[str]]] = {
    "odd hellos dropped": (changed(rc4={"result": "timeout"}, null={"result": "timeout"}), ["null", "rc4"]),
    "reset to the end": (changed(export={"result": "reset"}, dhe={"result": "reset"}), ["dhe", "export"]),
    "static keys, DHE unanswered": (changed(**STATIC, dhe={"result": "timeout"}), ["dhe"]),
    "half an answer": (changed(ssl3={"result": "error"}), ["ssl3"]),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "still_open"), UNSETTLED.values(), ids=UNSETTLED.keys())
def test_a_hello_without_an_answer_is_no_clean_record(
    site: Any, pki: Any, changes: dict[str, dict[str, Any]], still_open: list[str]
) -> None:
    site.probed(pki.good, handshakes(changes))
    site.web(HSTS)
    finding = site.host()
    assert (finding.verdict, finding.reason, finding.observed["problems"]) == ("inconclusive", "blocked", [])
    assert finding.observed["facts"]["open"] == still_open
    assert finding.effect == "host_unanswered"


def test_what_one_look_settles_is_settled(site: Any, pki: Any) -> None:
    for at, tag in ((5, "rc4"), (95, "null")):
        site.tls(NAME, handshakes({tag: {"result": "timeout"}}), pki.good, at=at, attempt=1 + at // 90)
    site.web(HSTS)
    assert site.codes() == []


@pytest.mark.parametrize(("answer", "verdict"), [("accepted", "verified"), ("reset", "inconclusive")])
def test_resets_count_when_the_host_still_speaks_at_the_end(
    site: Any, pki: Any, answer: str, verdict: str
) -> None:
    changes = {tag: {"result": "reset"} for tag in ("ssl3", "rc4", "3des", "null", "anon", "export", "dhe")}
    control = {"tag": "control", "result": answer, "version": "TLSv1.3", "cipher": "TLS_AES_256_GCM_SHA384"}
    site.probed(pki.good, [*handshakes(changes), control])
    site.web(HSTS)
    assert site.host().verdict == verdict


def test_a_handshake_alone_says_nothing_of_weaknesses(site: Any, pki: Any) -> None:
    site.probed(pki.good, handshakes()[:1])
    site.web(HSTS)
    finding = site.host()
    assert (finding.verdict, finding.reason) == ("inconclusive", "not_attempted")


SILENT: dict[str, tuple[list[dict[str, Any]], str, str]] = {
    "refused": ([{"tag": "default", "result": "connect_refused"}], "refused", "unreachable"),
    "reset": ([{"tag": "default", "result": "reset"}], "reset", "unreachable"),
    "silent": ([{"tag": "default", "result": "timeout"}], "timeout", "unreachable"),
    "http on 443": ([{"tag": "default", "result": "not_tls"}], "protocol", "unreachable"),
    "alert": ([{"tag": "default", "result": "refused", "alert": 40}], "tls", "unreachable"),
    "no such name": ([], "dns", "unreachable"),
    "private": ([], "private_address", "own_error"),
}


@pytest.mark.parametrize(("connections", "failure", "reason"), SILENT.values(), ids=SILENT.keys())
def test_what_cannot_be_told(site: Any, connections: list[dict[str, Any]], failure: str, reason: str) -> None:
    site.probed(connections=connections, failure=failure)
    site.twice(SITE, status=None, failure="timeout", purpose="home")
    finding = site.host()
    assert (finding.verdict, finding.reason, finding.observed["problems"]) == ("inconclusive", reason, [])


NO_HTTPS: dict[str, tuple[str, dict[str, Any], list[str]]] = {
    "answers on 80": ("refused", {"body": "<html>سازمان"}, ["no_https"]),
    "silent on 443": ("timeout", {"body": "<html>سازمان"}, []),
    "silent on 80": ("refused", {"status": None, "failure": "timeout"}, []),
    "firewall on 80": ("refused", {"status": 403}, []),
}


@pytest.mark.parametrize(("failure", "answer", "expected"), NO_HTTPS.values(), ids=NO_HTTPS.keys())
def test_no_https(site: Any, failure: str, answer: dict[str, Any], expected: list[str]) -> None:
    site.move(f"http://{NAME}/")
    site.probed(connections=[{"tag": "default", "result": "connect_refused"}], failure=failure)
    site.twice(f"http://{NAME}/", answer.pop("body", ""), purpose="home", **answer)
    finding = site.host()
    assert finding.observed["problems"] == expected
    assert finding.verdict == ("contradicted" if expected else "inconclusive")


def test_one_refusal_is_not_enough(site: Any) -> None:
    site.move(f"http://{NAME}/")
    site.tls(NAME, [{"tag": "default", "result": "connect_refused"}], failure="refused")
    site.twice(f"http://{NAME}/", "<html>x", purpose="home")
    finding = site.host()
    assert (finding.verdict, finding.observed["problems"]) == ("inconclusive", [])
    assert finding.observed["unproven"] == ["no_https"]


def test_a_host_that_was_not_probed(site: Any) -> None:
    finding = site.host()
    assert (finding.verdict, finding.reason) == ("inconclusive", "not_attempted")


def test_every_declared_host_once(site: Any, pki: Any) -> None:
    site.move("http://portal.test:8080/start", "one.test", "portal.test", "https://two.test:8443/")
    assert set(site.of("hosts.security")) == {
        "portal.test:443",
        "one.test:443",
        "two.test:443",
        "two.test:8443",
    }
