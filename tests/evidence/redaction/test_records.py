"""Whole records and findings without personal data: heads, cookies, coded bodies, what is left out."""

from __future__ import annotations

import base64
import datetime as dt
import gzip
import hashlib
import json
import time
from typing import Any

import pytest

from evidence.kinds.accessibility import AccessibilityFacts
from evidence.kinds.dns import DnsFacts
from evidence.kinds.http import HttpFacts
from evidence.kinds.page import PageFacts
from evidence.kinds.screenshot import ScreenshotFacts
from evidence.kinds.tls import TlsFacts
from evidence.records import Capture
from evidence.redaction.bodies import Body
from evidence.redaction.records import RedactedRecord, redact_finding, redact_record
from evidence.redaction.text import load_rules
from evidence.store import recording
from tests.depth import tries

LARGEST = 50_000
HOSTILE = tries(1_000_000, 5_000_000)
MOBILE = "09123456789"


def _capture(facts: Any, kind: Any = "http", url: str = "http://a.test/x") -> Capture:
    time = dt.datetime(2025, 12, 1, tzinfo=dt.UTC)
    return Capture("c1", 1, kind, "a", url, time, "tehran-1", "page", 1, "0" * 64, facts)


def _exchange(response: bytes, request: bytes = b"", url: str = "http://a.test/x") -> list[bytes]:
    lines = response.partition(b"\r\n\r\n")[0].replace(b"\r\n ", b" ").split(b"\r\n")[1:]
    headers = tuple(tuple(line.decode("latin-1").split(": ", 1)) for line in lines)
    facts = HttpFacts("GET", 200, "OK", headers, None)  # type: ignore[arg-type]
    return [made.record for made in recording.exchange(_capture(facts, url=url), request, response)]


def _redact(record: bytes, largest: int | None = LARGEST) -> RedactedRecord:
    return redact_record(record, load_rules(), largest)


def _text(redacted: RedactedRecord) -> str:
    assert redacted.text is not None
    return redacted.text.decode()


def _sha256(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def test_a_record_without_personal_data_stays_as_it_is() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n\r\n"
    (record,) = _exchange(head + gzip.compress(b"<p>2188</p>"))
    assert _redact(record) == RedactedRecord(None, "as_it_came", "", {})


def test_cookies_keep_names_and_attributes() -> None:
    (record,) = _exchange(
        b"HTTP/1.1 200 OK\r\nSET-cookie: SID=geheim; Path=/; HttpOnly; SameSite=Lax;"
        b" Expires=Wed, 09 Jun 2027 10:18:14 GMT\r\nSet-Cookie: bare\r\nX: 1\r\n\r\nbody"
    )
    redacted = _redact(record)
    text = _text(redacted)
    assert (
        f"SET-cookie: SID={_sha256('geheim')}; Path=/; HttpOnly; SameSite=Lax;"
        " Expires=Wed, 09 Jun 2027 10:18:14 GMT\r\n" in text
    )
    assert f"Set-Cookie: {_sha256('bare')}\r\n" in text
    assert "geheim" not in text
    assert '"SET-cookie","SID=sha256:' in text  # what is known of the capture holds the headers again
    assert redacted.redactions == {"cookie": 4}
    assert redacted.body == "decoded"
    assert text.endswith("\r\n\r\nbody")


def test_cookies_that_share_a_line_or_are_folded() -> None:
    (record,) = _exchange(
        b"HTTP/1.1 200 OK\r\nSet-Cookie: a=one; Path=/, b=two\r\nSet-Cookie: c=\r\n three\r\n\r\n"
    )
    text = _text(_redact(record))
    assert not any(secret in text for secret in ("one", "two", "three"))
    assert f"a={_sha256('one')}" in text


def test_cookies_and_keys_of_a_request() -> None:
    request = (
        b"GET / HTTP/1.1\r\nHost: a.test\r\nCookie: SID=geheim; lang=fa\r\nAuthorization: Bearer abc.def\r\n"
        b"X-Api-Key: k1\r\nUser-Agent: govah (+mailto:reza@auditor.test)\r\n\r\n"
    )
    first, _ = _exchange(b"HTTP/1.1 200 OK\r\n\r\n", request)
    redacted = _redact(first)
    text = _text(redacted)
    assert f"Cookie: SID={_sha256('geheim')}; lang={_sha256('fa')}\r\n" in text
    assert f"Authorization: Bearer {_sha256('abc.def')}\r\n" in text
    assert f"X-Api-Key: {_sha256('k1')}\r\n" in text
    assert "reza@auditor.test" in text  # that is us
    assert redacted.redactions == {"cookie": 2, "secret": 2}


def test_a_cookie_that_is_a_person_gets_no_hash_that_could_be_guessed() -> None:
    (record,) = _exchange(f"HTTP/1.1 200 OK\r\nSet-Cookie: user={MOBILE}; Path=/\r\n\r\n".encode())
    assert "Set-Cookie: user=[redacted:mobile:1]; Path=/\r\n" in _text(_redact(record))


@pytest.mark.parametrize("coding", ["plain", "gzip", "chunked", "gzip and chunked"])
def test_a_body_is_redacted_under_its_codings(coding: str) -> None:
    page = f"<p>همراه ۰۹۱۲۳۴۵۶۷۸۹، {MOBILE}</p>".encode()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"
    if "gzip" in coding:
        page, head = gzip.compress(page), head + b"Content-Encoding: gzip\r\n"
    if "chunked" in coding:
        page = b"%x\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n" % (9, page[:9], len(page) - 9, page[9:])
        head += b"Transfer-Encoding: chunked\r\n"
    (record,) = _exchange(head + b"\r\n" + page)
    redacted = _redact(record)
    assert redacted.body == "redacted"
    assert redacted.redactions == {"mobile": 2}
    assert _text(redacted).endswith("\r\n\r\n<p>همراه [redacted:mobile:1]، [redacted:mobile:1]</p>")


def test_a_body_in_another_character_set_becomes_utf8() -> None:
    page = f"<p>همراه {MOBILE}</p>".encode("cp1256", "replace")
    (record,) = _exchange(b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=windows-1256\r\n\r\n" + page)
    assert _text(_redact(record)).endswith("<p>همراه [redacted:mobile:1]</p>".replace("ی", "ي"))


def test_a_body_with_nothing_in_it_keeps_its_bytes_when_the_head_is_redacted() -> None:
    page = b"\xff\xfe caf\xe9"
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=latin-1\r\nSet-Cookie: a=b\r\n\r\n"
    (record,) = _exchange(head + page)
    redacted = _redact(record)
    assert redacted.text is not None
    assert redacted.text.endswith(b"\r\n\r\n" + page)
    assert redacted.body == "decoded"


def test_addresses_in_heads() -> None:
    (record,) = _exchange(
        b'HTTP/1.1 302 Found\r\nLocation: /x?m=09123456789\r\nETag: "0084575948"\r\n\r\n',
        url="http://a.test/?mobile=09123456789",
    )
    text = _text(_redact(record))
    assert MOBILE not in text
    assert "Location: /x?m=[redacted:mobile:1]\r\n" in text
    assert "WARC-Target-URI: http://a.test/?mobile=[redacted:mobile:1]\r\n" in text
    assert 'ETag: "0084575948"' in text


@pytest.mark.parametrize(
    ("media", "body", "why"),
    [
        ("text/html", b"x" * (LARGEST + 1), "size"),
        ("image/png", b"\x89PNG", "picture"),
        ("application/pdf", b"%PDF-1.4\n\x00\x01", "binary"),
        ("application/octet-stream", b"\x00\x01", "binary"),
    ],
)
def test_what_cannot_be_read_or_is_too_large_is_left_out(media: str, body: bytes, why: str) -> None:
    (record,) = _exchange(f"HTTP/1.1 200 OK\r\nContent-Type: {media}\r\n\r\n".encode() + body)
    redacted = _redact(record)
    assert (redacted.body, redacted.left_out, redacted.redactions) == ("left_out", why, {"body": 1})
    assert _text(redacted).endswith(f"Content-Type: {media}\r\n\r\n")
    kept: Body = "as_it_came" if why == "size" else "unread"
    assert _redact(record, None) == RedactedRecord(None, kept, "", {})


def test_a_small_body_that_unfolds_to_a_large_one_is_left_out_unless_all_is_wanted() -> None:
    packed = gzip.compress(b"<p>09123456789</p>" + b" " * LARGEST)
    (record,) = _exchange(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + packed)
    assert _redact(record).left_out == "size"
    assert _redact(record, None).redactions == {"mobile": 1}


@pytest.mark.parametrize(
    "wire",
    [
        b"Content-Length: 5\r\n\r\nhello and 09123456789",
        b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nSet-Cookie: a=geheim\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n5;m=09123456789\r\nhello\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\nali@b.test",
        b"Transfer-Encoding: chunked\r\n\r\n5;by=ali@b.test\r\nhello\r\n0\r\n\r\n",
        b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"hello", mtime=0) + b"\x00 09123456789",
    ],
)
def test_what_no_reader_of_the_body_sees_stays_behind(wire: bytes) -> None:
    (record,) = _exchange(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n" + wire)
    redacted = _redact(record)
    assert (redacted.redactions, redacted.body) == ({"rest": 1}, "decoded")
    assert _text(redacted).endswith("\r\n\r\nhello")
    clean = (
        wire.replace(b"09123456789", b"x")
        .replace(b"ali@b.test", b"x")
        .replace(b"Set-Cookie: a=geheim", b"X: y")
    )
    (record,) = _exchange(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n" + clean)
    assert _redact(record).text is None


def test_text_that_is_too_large_to_be_read_never_leaves() -> None:
    packed = gzip.compress(b"x " * (9 << 20))
    (record,) = _exchange(
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Type: text/html\r\n\r\n" + packed
    )
    assert _redact(record, None).left_out == "size"


def test_megabytes_of_hostile_text_are_read_in_time() -> None:
    """Stretches that each make one pattern begin everywhere and end nowhere; what took more than time in proportion
    to the text would take hours.
    """
    parts = [
        "0912345678 ",
        "IR06 2960 ",
        "a.",
        "a@a.",
        "a [at] ",
        "%DB%B0",
        "%25",
        "&#48;",
        "\\",
        "\\u06f0",
        "6037 ",
        "0 ",
        "9 1 2 3 ",
    ]
    parts += [
        "0084575948 09123456789 ",
        "id=",
        "کد ملی 0 ",
        "شناسه",
        "<input ",
        "<input name=token ",
        "<input value='",
        "name=token value=",
    ]
    parts += [
        "?token=",
        "?aaaaaaa",
        'token="',
        "token='a",
        '"token","value":',
        "eyJaaaaaaaaa.",
        "eyJaaaaaaaa",
        "://a:",
        "bearer ",
        "cookie=a=",
    ]
    stretch = HOSTILE // len(parts)
    text = "\n".join((part * (stretch // len(part.encode()) + 1)) for part in parts)
    (record,) = _exchange(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + text.encode())
    begun = time.process_time()
    redacted = _redact(record, None)
    assert (redacted.body, len(record) > HOSTILE) == ("redacted", True)
    assert time.process_time() - begun < HOSTILE / 250_000, "a quarter of it is usual"


def test_a_small_body_with_much_behind_it_is_large() -> None:
    (record,) = _exchange(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello" + b"x" * LARGEST)
    assert _redact(record).left_out == "size"
    assert _redact(record, None).text is None


def test_a_list_sent_as_an_octet_stream_is_read() -> None:
    (record,) = _exchange(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n\r\nname,mobile\r\na,09123456789\r\n"
    )
    assert _redact(record).redactions == {"mobile": 1}


def test_a_picture_of_ours() -> None:
    capture = _capture(ScreenshotFacts("c0", "image/webp", 9, 9, False), "screenshot")
    (made,) = recording.resource(capture, b"RIFF\x00")
    assert _redact(made.record).left_out == "picture"
    assert "Govah-Capture" in _text(_redact(made.record))


def test_a_finding_is_redacted_in_what_it_observed_alone() -> None:
    line = {
        "id": "f0084575948",
        "captures": ["0084575948"],
        "observed": {"excerpt": f"همراه {MOBILE}", "n": [{"u": "a@b.test"}, 9123456789], MOBILE: 1},
        "subject": {"kind": "link", "id": "tel:+989123456789", "url": None},
        "verdict": "partial",
    }
    redacted = redact_finding(json.dumps(line).encode(), load_rules())
    assert redacted.redactions == {"email": 1, "mobile": 3}
    assert json.loads(_text(redacted)) == {
        **line,
        "observed": {
            "excerpt": "همراه [redacted:mobile:1]",
            "n": [{"u": "[redacted:email:1]"}, 9123456789],
            "[redacted:mobile:1]": 1,
        },
        "subject": {"kind": "link", "id": "tel:[redacted:mobile:1]", "url": None},
    }
    assert redact_finding(b'{"observed":{"a":"b"}}', load_rules()).text is None


SESSION = "8d1f0c5e9a7b4c3d2e1f0a9b8c7d6e5f"


def test_keys_of_sessions_in_addresses_heads_and_pages() -> None:
    request = (
        f"GET /home;jsessionid={SESSION}?token={SESSION} HTTP/1.1\r\n"
        f"Referer: http://a.test/?access_token={SESSION}\r\n\r\n"
    )
    page = (
        f'<form><input type="hidden" name="_token" value="{SESSION}"></form><a href="/x?sid={SESSION}">x</a>'
    )
    response = (
        f"HTTP/1.1 302 Found\r\nLocation: /x;jsessionid={SESSION}\r\nX-Page-Token: {SESSION}\r\n"
        f"Set-Cookie: a=b; Path=/x;jsessionid={SESSION}\r\nContent-Type: text/html\r\n\r\n{page}"
    )
    records = _exchange(response.encode(), request.encode(), url=f"http://a.test/?token={SESSION}")
    for record in records:
        text = _text(_redact(record))
        assert SESSION not in text
        assert "WARC-Target-URI: http://a.test/?token=[redacted:token:1]\r\n" in text
    assert "GET /home;jsessionid=[redacted:token:1]?token=[redacted:token:1] HTTP/1.1" in _text(
        _redact(records[0])
    )
    assert f"X-Page-Token: {_sha256(SESSION)}\r\n" in _text(_redact(records[1]))


@pytest.mark.parametrize(
    ("charset", "coded"),
    [
        ("cp037", f"<p>{MOBILE}</p>".encode()),  # says EBCDIC and sends ASCII
        ("utf-16", f"<p>{MOBILE}</p>".encode()),
        ("utf-8", f"<p>{MOBILE}</p>".encode("utf-16-le")),  # NULs between, which browsers leave out
        ("windows-1256", "<p>۰۹۱۲۳۴۵۶۷۸۹</p>".encode()),
    ],
)
def test_a_wrong_character_set_hides_nothing(charset: str, coded: bytes) -> None:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset={charset}\r\n\r\n"
    (record,) = _exchange(head.encode() + coded)
    redacted = _redact(record)
    assert redacted.redactions == {"mobile": 1}
    assert _text(redacted).endswith("<p>[redacted:mobile:1]</p>")


def test_a_rendered_page_and_what_is_known_of_it() -> None:
    facts = PageFacts(
        200,
        f"http://a.test/?access_token={SESSION}",
        "پروندهٔ 0084575948",
        True,
        None,
        console=(f"token: '{SESSION}'", "user ali@a.test"),
        requests=(("GET", f"http://a.test/api/user/0084575948?t={MOBILE}", "fetch", 200),),
        would_send=(("POST", f"http://a.test/otp?mobile={MOBILE[1:]}"),),
        opened=(("tab", "#a", f"همراه {MOBILE}"),),
    )
    dom = f'<div data-opened="1" data-national="0084575948"><input name="csrf_token" value="{SESSION}"></div>'
    capture = _capture(facts, "page", url=f"http://a.test/x?sessionid={SESSION}")
    (made,) = recording.resource(capture, dom.encode())
    redacted = _redact(made.record)
    text = _text(redacted)
    for gone in (SESSION, "0084575948", MOBILE, MOBILE[1:], "ali@a.test"):
        assert gone not in text
    assert redacted.body == "redacted"
    assert "WARC-Target-URI: urn:page:http://a.test/x?sessionid=[redacted:token:1]\r\n" in text


def test_what_was_measured_of_a_page() -> None:
    tree = [{"role": "textbox", "name": "کد ملی", "value": "84575948"}, {"name": "_token", "value": SESSION}]
    tree += [{"html": f'<input name="mobile" value="{MOBILE[1:]}">'}]
    facts = AccessibilityFacts(200, "http://a.test/", True, None)
    (made,) = recording.resource(_capture(facts, "accessibility"), json.dumps(tree).encode())
    redacted = _redact(made.record)
    assert redacted.redactions == {"mobile": 1, "national_id": 1, "token": 1}
    assert SESSION not in _text(redacted)


def _in_base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def test_bytes_of_a_dns_answer_are_read_and_given_as_text() -> None:
    person = b"\x00\x01\x80\x00\xc0\x0c\x00\x10v=DMARC1; p=none; rua=mailto:ali.rezaei@a.test\x00"
    office = b"\xff\x00rua=mailto:dmarc@a.test\x00"
    answers = [
        {"type": "TXT", "received": _in_base64(wire), "sent": _in_base64(b"\x00q")}
        for wire in (person, office)
    ]
    body = json.dumps({"answers": answers}, sort_keys=True, separators=(",", ":")).encode()
    (made,) = recording.resource(_capture(DnsFacts("a.test", None), "dns", url="a.test"), body)
    redacted = _redact(made.record)
    assert redacted.redactions == {"email": 1}
    first, second = json.loads(_text(redacted).rpartition("\r\n\r\n")[2])["answers"]
    assert "rua=mailto:[redacted:email:1]" in first["received"] and first["received"].startswith(
        "\x00\x01\x80"
    )
    assert second == answers[1]
    body = json.dumps({"answers": answers[1:]}).encode()
    (made,) = recording.resource(_capture(DnsFacts("a.test", None), "dns", url="a.test"), body)
    assert _redact(made.record).text is None


def test_bytes_of_a_tls_probe_are_read() -> None:
    """A person in a certificate, and cookies in the answer of the host that its issuer is fetched from."""
    answer = b"HTTP/1.1 200 OK\r\nSet-Cookie: SID=geheim12; Path=/\r\n\r\n0\x82"
    body = {
        "certificates": [_in_base64(b"0\x82\x16\x0aali@a.test0\x1e")],
        "connections": [{"received": _in_base64(b"\x16\x03\x03\x16\x0aali@a.test1.0,"), "detail": "x"}],
        "fetched": [{"hops": [{"received": _in_base64(answer), "url": f"http://a.test/?token={SESSION}"}]}],
        "ocsp": None,
        "witness": {"messages": _in_base64(b"\x0b\x00\x16\x0aali@a.test0"), "salt": "09" * 32},
    }
    (made,) = recording.resource(
        _capture(TlsFacts("a.test", 443, None, 1), "tls", url="a.test:443"), json.dumps(body).encode()
    )
    redacted = _redact(made.record)
    assert redacted.redactions == {"cookie": 1, "email": 3, "token": 1}
    text = _text(redacted)
    for gone in (
        "ali@a.test",
        SESSION,
        "geheim12",
        _in_base64(answer),
        _in_base64(b"0\x82\x16\x0aali@a.test0\x1e"),
    ):
        assert gone not in text


def test_a_finding_s_names_say_what_its_numbers_are() -> None:
    observed = {
        "nationalCode": 84575948,
        "mobile": [9123456789],
        "token": SESSION,
        "count": 9123456789,
        "ok": True,
    }
    redacted = redact_finding(json.dumps({"observed": observed}).encode(), load_rules())
    assert json.loads(_text(redacted))["observed"] == {
        "nationalCode": "[redacted:national_id:1]",
        "mobile": ["[redacted:mobile:1]"],
        "token": "[redacted:token:1]",
        "count": 9123456789,
        "ok": True,
    }


def test_a_key_that_is_known_goes_wherever_it_stands() -> None:
    """A cookie that the page repeats under no name, a token that stands before the field that names it."""
    page = f'<a href="/x/{SESSION}">x</a><p>{SESSION}</p><input name="_token" value="0f1e2d3c4b5a69788796"> 0f1e2d3c4b5a69788796'
    (record,) = _exchange(
        f"HTTP/1.1 200 OK\r\nX-Trace: {SESSION}\r\nSet-Cookie: a={SESSION}; Path=/\r\n"
        f"Content-Type: text/html\r\n\r\n{page}".encode(),
        url=f"http://a.test/{SESSION}",
    )
    redacted = _redact(record)
    text = _text(redacted)
    assert SESSION not in text and "0f1e2d3c4b5a69788796" not in text
    assert text.count(f"Set-Cookie: a={_sha256(SESSION)}; Path=/") == 1
    assert redacted.redactions["cookie"] == 2
    ordinary = (
        'HTTP/1.1 200 OK\r\nSet-Cookie: theme=bootstrap5; lang=fa-IR\r\n\r\n<p class="bootstrap5">fa-IR</p>'
    )
    (record,) = _exchange(ordinary.encode())
    assert _text(_redact(record)).endswith('<p class="bootstrap5">fa-IR</p>')
    observed = {"seen": f"{SESSION} and ?token={SESSION}"}
    assert SESSION not in _text(redact_finding(json.dumps({"observed": observed}).encode(), load_rules()))


def test_many_keys_are_read_in_time() -> None:
    keys = tries(5_000, 20_000)
    page = "".join(f'<input name="_token" value="a{number:019d}">' for number in range(keys))
    (record,) = _exchange(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + page.encode())
    assert _redact(record, None).redactions == {"token": keys}
