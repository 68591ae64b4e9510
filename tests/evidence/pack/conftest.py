"""A sealed round of two shards with findings of every kind, and packs made from it."""

from __future__ import annotations

import gzip
import io
import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evidence.kinds.page import PageFacts
from evidence.kinds.screenshot import ScreenshotFacts
from evidence.kinds.tls import TlsFacts
from evidence.pack.maker import find_finding, write_pack
from evidence.pack.verifier import PackVerification, verify_pack
from evidence.redaction.text import load_rules
from evidence.signing.findings_seal import seal_findings
from evidence.signing.keys import Signer
from reports.pack import pages
from tests.evidence.pack.canonical import zipped

HTML = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"
PERSON = "<p>مسئول: ۰۹۱۲۳۴۵۶۷۸۹، کد ملی ۰۰۸۴۵۷۵۹۴۸، 09123456789</p>"
TEXT = "f1000000000000000000a"
PERSONAL = "f2000000000000000000a"
COOKIE = "f2000000000000000000b"
SEEN = "f3000000000000000000a"
FAILED = "f4000000000000000000a"
NOTHING = "f5000000000000000000a"
MANY = "f6000000000000000000a"
TOKEN = "f7000000000000000000a"
PROBE = "f8000000000000000000a"
KEY = "8d1f0c5e9a7b4c3d2e1f0a9b8c7d6e5f"


Members = dict[str, bytes]
"""What a pack holds, by name."""


class Packed:
    """The round, and its packs. kept: nobody changes the round, so that each pack is made once."""

    TEXT, PERSONAL, COOKIE, SEEN, FAILED, NOTHING, MANY, TOKEN, PROBE, KEY = (
        TEXT,
        PERSONAL,
        COOKIE,
        SEEN,
        FAILED,
        NOTHING,
        MANY,
        TOKEN,
        PROBE,
        KEY,
    )

    def __init__(self, folder: Path, signer: Signer, *, kept: bool = False) -> None:
        self._kept: dict[tuple[str, Any], bytes] | None = {} if kept else None
        self.folder, self.signer = folder, signer
        self.evidence, self.findings = folder / "evidence", folder / "results" / "findings.jsonl"

    def anew(self, finding: str, **options: Any) -> bytes:
        file = io.BytesIO()
        write_pack(
            file,
            self.evidence,
            self.findings,
            find_finding(self.findings, finding),
            **{
                "signer": self.signer,
                "pages": pages,
                "rules": load_rules(),
                **options,
            },
        )
        return file.getvalue()

    def bytes(self, finding: str, **options: Any) -> bytes:
        if self._kept is None or not options.keys() <= {"largest"}:
            return self.anew(finding, **options)
        key = finding, options.get("largest", "usual")
        if key not in self._kept:
            self._kept[key] = self.anew(finding, **options)
        return self._kept[key]

    def members(self, finding: str, **options: Any) -> Members:
        with zipfile.ZipFile(io.BytesIO(self.bytes(finding, **options))) as pack:
            return {name: pack.read(name) for name in pack.namelist()}


def _exchanges(made: Any, writer: Any, start: int) -> dict[str, list[str]]:
    page = gzip.compress("<h1>خدمت</h1><p>کد پستی 1939512344</p>".encode() * 40, mtime=0)
    person = gzip.compress(PERSON.encode(), mtime=0)
    coded = HTML + b"Content-Encoding: gzip\r\n"
    cookie = b"Set-Cookie: SID=geheim; Path=/; HttpOnly\r\n"
    text = made.exchange(writer, f"http://a.test/{start}", coded + b"\r\n" + page)
    personal = made.exchange(writer, "http://a.test/p", coded + cookie + b"\r\n" + person)
    cookies = made.exchange(
        writer,
        "http://a.test/c",
        HTML + cookie + b"\r\nhello",
        headers=(("Set-Cookie", "SID=geheim; Path=/"),),
    )
    failed = made.exchange(writer, "http://b.test/", b"", agency="b", status=None, failure="timeout")
    location = f"http://a.test/x;jsessionid={KEY}"
    token = made.exchange(
        writer,
        f"http://a.test/?token={KEY}",
        HTML
        + f"Location: {location}\r\nSet-Cookie: JSESSIONID={KEY}\r\n\r\n".encode()
        + f'<input name="_token" type="hidden" value="{KEY}">'.encode(),
        headers=(("Location", location), ("Set-Cookie", f"JSESSIONID={KEY}")),
    )
    rendered = PageFacts(200, "http://a.test/x", "صفحه", True, None)
    again = made.other(writer, "page", rendered, f"<p>{KEY}</p>".encode(), "http://a.test/x")
    facts = PageFacts(200, "http://a.test/", "صفحه", True, None, requests=(("GET", "u", "document", 200),))
    dom = made.other(writer, "page", facts, "<p>سلام</p>".encode(), "http://a.test/")
    shot = made.other(
        writer,
        "screenshot",
        ScreenshotFacts(dom.id, "image/webp", 9, 9, False),
        b"\x01" * 900,
        "http://a.test/",
    )
    probe = made.other(writer, "tls", TlsFacts("a.test", 443, None, 1), b'{"witness":null}', "a.test:443")
    return {
        PROBE: [probe.id],
        TEXT: [text.id],
        PERSONAL: [personal.id],
        COOKIE: [cookies.id],
        SEEN: [dom.id, shot.id],
        FAILED: [failed.id],
        TOKEN: [token.id, again.id],
    }


@pytest.fixture(scope="session")
def packed_origin(
    tmp_path_factory: pytest.TempPathFactory, signer: Signer, new_round: Callable[..., Any]
) -> Path:
    """Not to be written to."""
    first, second = (new_round(tmp_path_factory.mktemp(name)) for name in ("packed", "other"))
    second.skip_ids(500)
    captures: dict[str, list[str]] = {NOTHING: []}
    for made, segment_bytes in ((second, 1 << 26), (first, 3000)):
        with made.open(segment_bytes=segment_bytes) as writer:
            made.fill(writer, 3)
            captures |= (found := _exchanges(made, writer, 1))
            made.fill(writer, 2)
        captures[MANY] = [*captures.get(MANY, []), *found[TEXT], *found[PERSONAL]]
    shutil.copytree(second.evidence / "shard-0001", first.evidence / "shard-0002")
    first.seal()
    first.results.mkdir()
    excerpts = {PERSONAL: "تماس ۰۹۱۲۳۴۵۶۷۸۹", TOKEN: f"{KEY} in csrf_token = '{KEY}'"}
    urls = {TOKEN: f"http://a.test/?token={KEY}"}
    lines = [
        {
            "agency": "a",
            "captures": cited,
            "check": "services.entry",
            "id": id_,
            "observed": {"excerpt": excerpts.get(id_, "خدمت")},
            "subject": {"id": "a-1", "kind": "service", "url": urls.get(id_, "http://a.test/1")},
            "verdict": "verified",
        }
        for id_, cited in sorted(captures.items())
    ]
    text = "".join(
        json.dumps(line, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n" for line in lines
    )
    (first.results / "findings.jsonl").write_text(text, encoding="utf-8")
    assert seal_findings(first.results, first.evidence, signer)
    return Path(first.folder)


@pytest.fixture(scope="session")
def packed(packed_origin: Path, signer: Signer) -> Packed:
    return Packed(packed_origin, signer, kept=True)


@pytest.fixture
def packed_copy(packed_origin: Path, signer: Signer, tmp_path: Path) -> Packed:
    return Packed(shutil.copytree(packed_origin, tmp_path / "a round"), signer)


@pytest.fixture
def check(tmp_path: Path) -> Callable[..., PackVerification]:
    """Verifies members, zipped as packs are, or bytes."""

    def verified(members: dict[str, bytes] | bytes, **options: Any) -> PackVerification:
        path = tmp_path / "pack.zip"
        if isinstance(members, bytes):
            path.write_bytes(members)
        else:
            path.write_bytes(zipped(members.items()))
        return verify_pack(path, **options)

    return verified
