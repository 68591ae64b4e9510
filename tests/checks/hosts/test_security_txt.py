"""`security.txt` by RFC 9116, from recorded answers."""

from __future__ import annotations

import datetime as dt
import time
from typing import Any

import pytest

from checks.hosts.security_txt import security_txt
from evidence.kinds.http import HttpFacts

AS_OF = dt.datetime(2025, 12, 1, tzinfo=dt.UTC)
URL = "https://portal.test/.well-known/security.txt"
GOOD = "Contact: mailto:security@portal.test\nExpires: 2026-06-01T00:00:00Z\n"
PLAIN = "text/plain; charset=utf-8"

# what it is: (text, state, faults)
CASES: dict[str, tuple[str, str, list[str]]] = {
    "the least": (GOOD, "valid", []),
    "all fields": (
        "# for finders\r\n" + GOOD.replace("\n", "\r\n") + "Encryption: dns:5d2d._openpgpkey.portal.test?type=OPENPGPKEY\r\n"
        f"Preferred-Languages: fa, en\r\nCanonical: {URL}\r\nPolicy: https://portal.test/policy\r\n\r\n",
        "valid", []),
    "names in any case": (GOOD.upper().replace("MAILTO:SECURITY@PORTAL.TEST", "tel:+98-21-0000"), "valid", []),
    "two contacts": ("Contact: https://portal.test/report\n" + GOOD, "valid", []),
    "an unknown field": (GOOD + "Bug-Bounty: False\n", "valid", []),
    "byte order mark": ("\ufeff" + GOOD, "valid", []),
    "a zone": (GOOD.replace("00:00:00Z", "00:00:00+03:30"), "valid", []),
    "signed": (
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n" + GOOD
        + "- -- note: x\n".replace("- -- note: x", "Hiring: https://portal.test/jobs")
        + "-----BEGIN PGP SIGNATURE-----\n\niQ=\n-----END PGP SIGNATURE-----\n", "valid", []),
    "over": (GOOD.replace("2026", "2025"), "expired", []),
    "over to the second": ("Contact: tel:+98\nExpires: 2025-12-01T00:00:00Z\n", "expired", []),
    "no contact": ("Expires: 2026-06-01T00:00:00Z\n", "invalid", ["no_contact"]),
    "no end": ("Contact: tel:+98\n", "invalid", ["no_expires"]),
    "an end in words": ("Contact: tel:+98\nExpires: next year\n", "invalid", ["bad_expires"]),
    "an end that no calendar has": ("Contact: tel:+98\nExpires: 2026-02-30T00:00:00Z\n", "invalid", ["bad_expires"]),
    "an end without zone": ("Contact: tel:+98\nExpires: 2026-02-20T00:00:00\n", "invalid", ["bad_expires"]),
    "two ends": (GOOD + "Expires: 2027-01-01T00:00:00Z\n", "invalid", ["expires_twice"]),
    "a bare address": (GOOD + "Contact: security@portal.test\n", "invalid", ["bad_contact"]),
    "over http": (GOOD + "Policy: http://portal.test/policy\n", "invalid", ["bad_policy"]),
    "another's": (GOOD + "Canonical: https://other.test/.well-known/security.txt\n", "invalid", ["not_canonical"]),
    "a line that is no field": (GOOD + "please be kind\n", "invalid", ["no_field"]),
    "a text of its own": ("User-agent: *\nDisallow: /\n", "absent", []),
    "nothing": ("", "absent", []),
}  # fmt: skip


def read(
    text: str | bytes, status: int | None = 200, kind: str = PLAIN, url: str = URL, **rest: Any
) -> dict[str, Any]:
    body = text if isinstance(text, bytes) else text.encode()
    return security_txt(
        HttpFacts("GET", status, "", (("Content-Type", kind),), **{"failure": None, **rest}),
        body,
        URL,
        url,
        AS_OF,
    )


@pytest.mark.parametrize(("text", "state", "faults"), CASES.values(), ids=CASES.keys())
def test_a_file(text: str, state: str, faults: list[str]) -> None:
    found = read(text)
    assert (found["state"], found.get("faults", [])) == (state, faults)


def test_answers_that_are_no_file() -> None:
    assert read(GOOD, 404)["state"] == "absent"
    assert read("<html><p>Contact: me", kind="text/html")["state"] == "absent"
    assert read(GOOD, 403) == {"state": "unknown", "status": 403}
    assert read(GOOD, None, failure="timeout")["state"] == "unknown"
    assert read(GOOD, truncated="disconnect")["state"] == "unknown"
    assert read(GOOD, kind="application/octet-stream")["faults"] == ["content_type"]
    assert read(GOOD, url=URL.replace("https", "http"))["faults"] == ["not_https"]


def test_a_hostile_file_is_bounded() -> None:
    found = read(b"Contact: mailto:" + b"a" * 1_000_000 + b"\n" + b"\xff\x00:\n" * 100_000)
    assert found["state"] == "invalid"
    assert len(str(found)) < 1_000


def test_it_is_a_fact_of_the_host(site: Any, pki: Any) -> None:
    site.probed(pki.good)
    site.web(("Strict-Transport-Security", "max-age=31536000"))
    site.http(URL, GOOD, headers=(("Content-Type", PLAIN),), purpose="notice", at=20)
    finding = site.host()
    assert finding.observed["facts"]["http"]["security_txt"]["contact"] == ["mailto:security@portal.test"]
    assert finding.verdict == "verified"


def test_a_file_of_another_host_says_so() -> None:
    elsewhere = "https://cert.test/security.txt"
    assert read(GOOD)["from"] is None
    assert read(GOOD, url=elsewhere)["from"] == "cert.test"
    assert read(GOOD + f"Canonical: {URL}\n", url=elsewhere)["state"] == "valid"
    assert read(GOOD + f"Canonical: {elsewhere}\n", url=elsewhere)["state"] == "valid"


def test_a_line_of_spaces_keeps_nobody_busy() -> None:
    began = time.process_time()
    told = read(GOOD + "Policy: https://portal.test/" + " " * 60_000 + "x\n")
    assert (told["state"], told["faults"]) == ("invalid", ["bad_policy"])
    assert read(GOOD.replace("\n", " \t \n"))["state"] == "valid"
    assert time.process_time() - began < 2


def test_an_address_of_its_own_may_be_written_in_any_way() -> None:
    canonical = f"Canonical: {URL.replace('https://portal.test/', 'HTTPS://Portal.test:443/')}\n"
    assert read(GOOD + canonical)["state"] == "valid"
