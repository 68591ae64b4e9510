"""verify.html by itself: one small inert file that shows what strangers wrote and runs none of it."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import random
import re
import shutil
import struct
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser
from pypdf import PdfReader

from evidence.signing.keys import Signer
from evidence.store import warc
from evidence.verify.folder import verify
from reports.catalogue import LANGUAGES, TextCatalogue
from reports.verifier.page import SCRIPTS, verify_page
from tests.depth import some, tries
from tests.evidence.pack.browser.conftest import Verifier
from tests.evidence.pack.canonical import zipped
from tests.evidence.pack.forging import signed_again

pytestmark = pytest.mark.processes

MOST_BYTES = 60_000
SECONDS = 10  # for whatever a hostile pack holds; the machine that tests may be busy with other tests
ROUND = ("findings.jsonl", "findings.manifest.json", "findings.manifest.sig")
EVIDENCE = ("manifest.json", "manifest.sig", "signer.pem", "SHA256SUMS", "records.txt")


def _png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    rows = zlib.compress((b"\x00" + bytes(3 * width)) * min(height, 30))  # of a huge one the first rows
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def _record(block: bytes, media: str, kind: str = "resource") -> bytes:
    headers = [("WARC-Type", kind), ("WARC-Target-URI", "http://a.test/"), ("Content-Type", media)]
    return warc.serialise(headers, block)


def _answer(body: bytes, *headers: str) -> bytes:
    head = "\r\n".join(["HTTP/1.1 200 OK", *headers, "", ""]).encode()
    return _record(head + body, "application/http; msgtype=response", "response")


def _opened(verifier: Verifier, number: int) -> str:
    """What the page shows of a record."""
    details = verifier.page.locator("details.record").nth(number - 1)
    details.locator("summary").first.click()
    details.locator("dl").first.wait_for(timeout=SECONDS * 1000)
    return details.inner_text()


@pytest.fixture
def shown(packed: Any, signer: Signer, verifier: Verifier, tmp_path: Path) -> Callable[[bytes], str]:
    """The page opens this record, in a pack that does not verify because of it."""

    def show(record: bytes) -> str:
        members = signed_again({**packed.members(packed.TEXT), "records/2.warc": record}, signer)
        path = tmp_path / "pack.zip"
        path.write_bytes(zipped(members.items()))
        verdict, faults = verifier.verify([path])
        assert verdict == "fails" and ("records/2.warc", "changed_record") in faults
        return _opened(verifier, 2)

    return show


def test_it_is_one_small_file_that_can_reach_nobody() -> None:
    page = verify_page().decode()
    assert len(page.encode()) < MOST_BYTES
    assert verify_page.__wrapped__() == verify_page()
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    hashes = [base64.b64encode(hashlib.sha256(part.encode()).digest()).decode() for part in (script, style)]
    assert policy == (
        f"default-src 'none'; script-src 'sha256-{hashes[0]}'; style-src 'sha256-{hashes[1]}'; img-src blob:; "
        "base-uri 'none'; form-action 'none'"
    )
    assert "://" not in script and "innerHTML" not in script and "eval(" not in script


def test_every_text_of_the_page_is_used() -> None:
    folder = Path(__file__).parents[4] / "reports/verifier/source"
    scripts = "".join((folder / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS)
    shared = (folder.parent.parent / "html/templates/pack_part.html").read_text(encoding="utf-8")
    computed = {
        f"{word}_{kind}" for word in ("verifies", "fails", "unknown") for kind in ("pack", "round", "text")
    }
    for language in LANGUAGES:
        for key in TextCatalogue(language).table("verifier").keys() - computed - {"no_script"}:
            assert f'"{key}"' in scripts or f"verifier.{key}'" in shared, key


@pytest.mark.parametrize("name", ["TEXT", "PERSONAL", "SEEN", "MANY", "NOTHING", "FAILED", "TOKEN"])
def test_a_pack_verifies_and_shows_what_it_holds(
    packed: Any, signer: Signer, verifier: Verifier, tmp_path: Path, name: str
) -> None:
    path = tmp_path / "pack.zip"
    path.write_bytes(packed.bytes(getattr(packed, name)))
    assert verifier.verify([path], signer.fingerprint) == ("verifies", set())
    said = verifier.page.inner_text("main")
    texts = TextCatalogue("fa")
    assert getattr(packed, name) in said and signer.fingerprint in said
    assert texts.text("verifier.key_same") in said and texts.text("pack.not") in said
    if name == "TEXT":
        response = _opened(verifier, 2)
        assert "خدمت" in response and "کد پستی 1939512344" in response and "tehran-1" in response
        assert "<h1>" not in response
    if name == "PERSONAL":
        assert "تلفن همراه (2)" in said and "[redacted:mobile:1]" in _opened(verifier, 2)
    verifier.page.click("#language")
    assert "The pack verifies" in verifier.page.inner_text("#verdict")
    assert verifier.page.eval_on_selector("html", "html => html.dir") == "ltr"
    assert (verifier.requests, verifier.said) == ([], [])


def test_without_ed25519_nothing_is_called_good(
    browser: Browser, verify_html: Path, packed: Any, tmp_path: Path
) -> None:
    verifier = Verifier(browser.new_page())
    verifier.page.add_init_script("crypto.subtle.importKey = () => Promise.reject(new Error('unknown'));")
    verifier.open(verify_html.as_uri())
    path = tmp_path / "pack.zip"
    path.write_bytes(packed.bytes(packed.TEXT))
    assert verifier.verify([path]) == ("unknown", set())
    assert "openssl pkeyutl -verify -pubin -inkey signer.pem" in verifier.page.inner_text("#verdict")
    path.write_bytes(packed.bytes(packed.TEXT).replace(b"tehran-1", b"tehran-2"))
    assert verifier.verify([path])[0] == "fails"
    verifier.page.close()


HOSTILE = (
    "<script>document.title = 'run'</script><img src=x onerror=\"document.title = 'run'\"><svg onload=\"document.title='run'\">"
    "<p>سلام &amp; &zwnj;درود&#x202e;evil\u202e\u2066</p><a href='javascript:run'>link</a><style>*{display:none}</style><!-- note"
)


def test_a_page_is_text_and_its_controls_are_seen(shown: Callable[[bytes], str], verifier: Verifier) -> None:
    said = shown(_answer(HOSTILE.encode(), "Content-Type: text/html; charset=utf-8", "X-Note: \u202e"))
    assert "سلام &" in said and "⟦U+202E⟧evil⟦U+202E⟧⟦U+2066⟧" in said
    assert "display:none" not in said and "document.title" not in said
    assert verifier.page.title() == TextCatalogue("fa").text("verifier.title")
    assert verifier.page.locator("main img, main a, main svg, main iframe, main script").count() == 0
    assert (verifier.requests, verifier.said) == ([], [])


@pytest.mark.parametrize(
    ("media", "block", "pictures"),
    [
        ("image/png", _png(40, 30), 1),
        ("image/webp", _png(40, 30), 1),
        ("image/png", b"\x01" * 900, 0),
        ("image/png", _png(30_000, 30_000), 0),
        ("image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'>" * 20, 0),
        ("image/png", HOSTILE.encode(), 0),
        ("text/html", _png(40, 30), 0),
        ("image/jpeg", b"\xff\xd8\xff\xe0\x00\x10JFIF" + b"\xff" * 90, 0),
    ],
    ids=range(8),
)
def test_a_picture_is_shown_when_its_bytes_prove_one(
    shown: Callable[[bytes], str], verifier: Verifier, media: str, block: bytes, pictures: int
) -> None:
    said = shown(_record(block, media))
    assert verifier.page.locator("main img").count() == pictures
    if pictures:
        assert (
            verifier.page.eval_on_selector(
                "main img", "image => image.decode().then(() => image.naturalWidth)"
            )
            == 40
        )
    elif media.startswith("image/"):
        assert TextCatalogue("fa").text("verifier.not_shown") in said


def _bomb() -> bytes:
    return gzip.compress(bytes(300 << 20), 9)


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (_bomb, ["Content-Type: text/html", "Content-Encoding: gzip"]),  # made by the one test that needs it
        (b"<" * (3 << 20), ["Content-Type: text/html"]),
        (b"<b a=" * (1 << 19), ["Content-Type: text/html"]),
        (b"<script>" * (1 << 18), ["Content-Type: text/html"]),
        ("ی".encode() * (1 << 20), ["Content-Type: text/plain; charset=utf-8"]),
        (b"&lt;" * (1 << 19), ["Content-Type: text/html"]),
        (b"1\r\nx\r\n" * (1 << 18), ["Content-Type: text/plain", "Transfer-Encoding: chunked"]),
        (b"\xff" * (1 << 20), ["Content-Type: text/html; charset=x-user-defined"]),
        ("ي\u0301\u0302".encode() * (1 << 18), ["Content-Type: text/plain"]),
        (b"[" * (1 << 20), ["Content-Type: application/json"]),
    ],
    ids=["bomb", "opens", "tags", "scripts", "line", "entities", "chunks", "charset", "marks", "nested"],
)
def test_no_record_freezes_the_page(
    shown: Callable[[bytes], str], verifier: Verifier, body: bytes | Callable[[], bytes], headers: list[str]
) -> None:
    body = body() if callable(body) else body
    began = time.monotonic()
    shown(_answer(body, *headers))
    verifier.page.evaluate("() => new Promise(requestAnimationFrame)")
    assert time.monotonic() - began < SECONDS
    assert verifier.said == []


@pytest.fixture
def round_files(sealed_origin: Path, tmp_path: Path) -> dict[str, Path]:
    folder = shutil.copytree(sealed_origin, tmp_path / "a round")
    found = {name: folder / "results" / name for name in ROUND}
    found |= {name: folder / "evidence" / name for name in EVIDENCE}
    segment = min((folder / "evidence").glob("shard-0001/*.warc.gz"))
    return {**found, segment.name: segment}


def test_files_of_a_round_verify_and_show_records(
    round_files: dict[str, Path], verifier: Verifier, signer: Signer
) -> None:
    assert verifier.verify([*round_files.values()], signer.fingerprint) == ("verifies", set())
    assert verifier.page.locator("details.record").count() > 2
    said = _opened(verifier, 2)
    assert "WARC" not in said or "http" in said
    few = [round_files[name] for name in (*ROUND, "signer.pem")]
    assert verifier.verify(few) == ("verifies", set())
    assert verifier.verify(few[:-1]) == ("fails", {("signer.pem", "missing_file")})
    assert verifier.verify(few[:1] + few[3:])[0] == "fails"


def test_of_two_files_with_one_name_each_is_looked_at(
    packed: Any, verifier: Verifier, tmp_path: Path
) -> None:
    """Shards have segments of one name; of other files, the second is none of the round's."""
    files = [packed.folder / "results" / name for name in ROUND]
    files += [packed.evidence / name for name in EVIDENCE]
    one, other = sorted(packed.evidence.glob("shard-*/seg-1-00001.warc.gz"))
    assert verifier.verify([*files, one, other]) == ("verifies", set())
    (edited := tmp_path / one.name).write_bytes(one.read_bytes()[:-1] + b"x")
    for pair in ([edited, other], [other, edited]):
        assert verifier.verify([*files, *pair]) == ("fails", {(one.name, "changed_file")})
    (edited := tmp_path / "findings.jsonl").write_bytes(b"{}\n")
    assert verifier.verify([edited, *files]) == ("fails", {("findings.jsonl", "extra_file")})


def test_a_changed_byte_of_a_round_is_named(round_files: dict[str, Path], verifier: Verifier) -> None:
    """`govah verify ROUND` names the same file, for each byte."""
    folder = round_files["findings.jsonl"].parents[1]
    draw = random.Random(8)
    for name, path in round_files.items():
        content = path.read_bytes()
        for place in draw.sample(range(len(content)), tries(2, 25)):
            path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
            verdict, found = verifier.verify([*round_files.values()])
            wanted = verify(folder / "evidence", findings=folder / "results" / "findings.jsonl")
            assert wanted and verdict == "fails", (name, place)
            assert name in {file for file, _ in found} or (name.endswith(".sig") and found), (name, place)
        path.write_bytes(content)
    assert verifier.verify([*round_files.values()]) == ("verifies", set())


@pytest.mark.parametrize("name", ["PERSONAL", "MANY"])
def test_the_first_page_is_read_and_printed(browser: Browser, packed: Any, tmp_path: Path, name: str) -> None:
    """No wider than a telephone, and a sheet or two for each language."""
    path = tmp_path / "index.html"
    path.write_bytes(packed.members(getattr(packed, name))["index.html"])
    page = browser.new_page(viewport={"width": 360, "height": 800})
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(path.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    sheets = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True))).pages
    assert 2 <= len(sheets) <= 4
    assert said == []
    page.close()


@pytest.mark.parametrize("width", some([360, 1280], 2))
def test_the_page_fits_and_is_accessible(
    browser: Browser, verify_html: Path, packed: Any, tmp_path: Path, width: int
) -> None:
    verifier = Verifier(browser.new_page(viewport={"width": width, "height": 800}))
    verifier.open(verify_html.as_uri())
    path = tmp_path / "pack.zip"
    for name, change in (("MANY", b""), ("TEXT", b"x" * 400)):
        path.write_bytes(packed.bytes(getattr(packed, name)) + change)
        verifier.verify([path])
        assert verifier.page.evaluate("document.documentElement.scrollWidth") == width
        found = Axe().run(verifier.page)
        assert [one["id"] for one in found.response["violations"]] == []
        verifier.page.click("#language")
    verifier.page.close()
