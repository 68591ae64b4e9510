"""index.html of a pack: what a reader sees first is inert, redacted, and in both languages."""

from __future__ import annotations

import base64
import html
import json
import re
from typing import Any

import pytest

from evidence.pack.format import FINDING_FILES, PackContents, PackedFinding, PackedRecord
from evidence.pack.maker import PackedText, PackMaterial
from reports.catalogue import TextCatalogue
from reports.pack import pages

HOSTILE = "</td><script>alert(1)</script><img src=http://evil.test/x>\u202egnp{{7*7}}"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


def _page(packed: Any, name: str, **options: Any) -> str:
    return str(packed.members(getattr(packed, name), **options)["index.html"].decode())


def _material(line: dict[str, Any], head: bytes = b"", picture: bytes = b"") -> PackMaterial:
    record = PackedRecord(1, "c1", "resource", "whole", "0" * 64, 9, "unread", "", {})
    finding = PackedFinding("f1", "whole", "0" * 64, {})
    contents = PackContents("r", finding, (record,), "0" * 64, "0" * 64, "0" * 64, "0" * 64)
    content = json.dumps(line, ensure_ascii=False).encode()
    return PackMaterial(
        contents, content, (PackedText(record, head, picture),), "2026-01-01T00:00:00Z", False
    )


@pytest.mark.parametrize("name", ["TEXT", "PERSONAL", "SEEN", "MANY", "NOTHING", "FAILED", "TOKEN"])
def test_it_says_what_was_claimed_and_seen_when_and_from_where(packed: Any, name: str) -> None:
    page = _page(packed, name)
    members = packed.members(getattr(packed, name))
    line = json.loads(next(members[file] for file in FINDING_FILES if file in members))
    assert page.count('<article lang="fa" dir="rtl">') == page.count('<article lang="en" dir="ltr">') == 1
    for language in ("fa", "en"):
        texts = TextCatalogue(language)
        assert texts.text("check.services.entry") in page and texts.text("verdict.verified") in page
        assert texts.text("first_page.claimed") in page and texts.text("pack.not_1") in page
    assert page.count(getattr(packed, name)) == 2 and packed.signer.fingerprint in page
    excerpts = re.findall(r"<blockquote[^>]*><bdi[^>]*>(.*?)</bdi>", page)
    assert [html.unescape(text) for text in excerpts] == [line["observed"]["excerpt"]] * 2
    if name == "NOTHING":
        assert TextCatalogue("en").text("pack.no_records") in page
    else:
        assert page.count("tehran-1") >= 2 and "2025-12-01" in page and "records/1." in page
        assert "<td>–</td>" not in page  # of what was sent too


def test_nothing_returns_that_was_redacted(packed: Any) -> None:
    everything = _page(packed, "PERSONAL") + _page(packed, "TOKEN")
    assert not re.search(f"09123456789|۰۹۱۲۳۴۵۶۷۸۹|geheim|{packed.KEY}", everything)
    assert "[redacted:mobile:1]" in everything and "[redacted:token:1]" in everything


def test_it_is_inert_whatever_it_shows() -> None:
    line = {
        "agency": HOSTILE,
        "check": HOSTILE,
        "verdict": HOSTILE,
        "reason": HOSTILE,
        "subject": {"id": HOSTILE, "kind": HOSTILE, "url": "javascript:alert(1)"},
        "observed": {"excerpt": HOSTILE, HOSTILE: [HOSTILE, {"a": HOSTILE}], "url": "http://evil.test/"},
    }
    head = f"WARC/1.1\r\nWARC-Target-URI: {HOSTILE}\r\nWARC-Date: {HOSTILE}\r\nGovah-Capture: {json.dumps({'vantage': HOSTILE})}"
    page = pages(_material(line, head.encode("utf-8"), HOSTILE.encode()))["index.html"].decode()
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert (
        policy.startswith("default-src 'none'; img-src data:; style-src 'sha256-") and "script" not in policy
    )
    assert not re.search(r"<script|<img|<a |href=|\son\w+=|\u202e|style=", page.replace("&lt;", "‹"))
    assert "⟦U+202E⟧" in page and "{{7*7}}" in page


@pytest.mark.parametrize("line", [{}, {"subject": 7, "observed": [], "agency": None, "check": {"a": 1}}])
def test_a_finding_of_another_shape_has_a_page(line: dict[str, Any]) -> None:
    page = pages(_material(line, b"Govah-Capture: 7"))["index.html"].decode()
    assert TextCatalogue("fa").text("first_page.seen") in page


@pytest.mark.parametrize(
    ("picture", "kind"),
    [
        (PNG, "png"),
        (b"\xff\xd8\xff" + bytes(40), "jpeg"),
        (b"RIFF\x00\x00\x00\x00WEBP" + bytes(40), "webp"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", None),
        (b"\x01" * 900, None),
        (b"", None),
    ],
)
def test_a_picture_is_shown_when_its_bytes_prove_one(picture: bytes, kind: str | None) -> None:
    page = pages(_material({}, picture=picture))["index.html"].decode()
    found = re.findall(r'<img src="data:image/(\w+);base64,([^"]*)"', page)
    assert found == ([(kind, base64.b64encode(picture).decode())] if kind else [])


def test_a_picture_is_in_it_when_the_pack_has_it(packed: Any) -> None:
    """Those of this round are no pictures, so that none is shown."""
    assert "<img" not in _page(packed, "SEEN", largest=None)
