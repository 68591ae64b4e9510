"""The HTML report: hostile text stays text, both languages, nothing is loaded from anywhere."""

from __future__ import annotations

import datetime as dt
import json
import pickle
import re
import shutil
import subprocess
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import quote, unquote, urljoin
from urllib.request import urlopen

import pytest
from selectolax.lexbor import LexborHTMLParser

from checks.finding import Finding, Subject
from claims.model import Agency, NetworkSettings, Round, Service, Settings
from evidence.kinds.http import HttpFacts
from evidence.kinds.page import PageFacts
from evidence.kinds.screenshot import ScreenshotFacts
from evidence.pack.format import VERIFIER
from evidence.signing.keys import Signer
from evidence.store import EvidenceStore, EvidenceWriter
from reports.html.write import _PageWriter, write_report
from scoring.load import load_model
from scoring.score import score
from tests.evidence.test_vantages import crawled
from tests.records import build

NOW = dt.datetime(2025, 12, 1, 8, 30, tzinfo=dt.UTC)
PRIVATE = ("0912 345 6789", "0084575948", "sara.karimi@gmail.com")
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    "خدمت \u202egnp.exe",
    "nul\x00 esc\x1b[31m",
    "</style><svg onload=alert(1)>",
    "]]>&amp;&lt;",
    "https://evil.example/?a=\"onmouseover='x'",
    "تماس: {} کد ملی {} {}".format(*PRIVATE),
]
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c63606060f80f00010401005fe5c34b0000000049454e44ae426082"
)


@pytest.fixture
def report(tmp_path: Path) -> Path:
    return written(tmp_path, "ir-portals")


def written(tmp_path: Path, model: str) -> Path:
    """A report whose every text from outside is hostile."""
    ids = iter(f"00000000-0000-4000-8000-{n:012d}" for n in range(1000))
    folder = tmp_path / "round"
    services = tuple(
        Service("a", f"s{n}", text, True, url="https://a.test/" + str(n)) for n, text in enumerate(HOSTILE)
    )
    round_ = Round(
        folder,
        Settings(id="r", title=HOSTILE[0], title_en="Sample & round", network=NetworkSettings(controls=())),
        (Agency("a", HOSTILE[1], "main", "https://a.test/", name_en=HOSTILE[6]),),
        services,
    )
    findings = []
    with EvidenceWriter.open(
        folder / "evidence",
        vantage="<b>here</b>",
        now=lambda: NOW,
        new_id=lambda: next(ids),
        plan={},
        signer=Signer.generate(),
    ) as writer:
        for service in services:
            answer = writer.add(
                kind="http", agency="a", url=f"https://a.test/{service.id}", purpose="claim", attempt=1, time=NOW,
                facts=HttpFacts("GET", 404, "Not Found", (("X", HOSTILE[0]), ("Content-Type", "text/html; charset=utf-8")), None, size=40),
                request=b"GET / HTTP/1.1\r\n\r\n",
                response=b"HTTP/1.1 404 Not Found\r\nX: <script>alert(1)</script>\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + service.title.encode(),
            )  # fmt: skip
            page = writer.add(
                kind="page", agency="a", url=f"https://a.test/{service.id}", purpose="claim", attempt=1, time=NOW,
                facts=PageFacts(404, "https://a.test/", service.title, True, None), body=b"<html></html>",
            )  # fmt: skip
            writer.add(
                kind="screenshot", agency="a", url=page.url, purpose="claim", attempt=1, time=NOW,
                facts=ScreenshotFacts(page.id, "image/png", 1, 1, True), body=PNG,
            )  # fmt: skip
            findings.append(
                Finding("a", Subject("service", service.id, service.url), "services.entry", 1, "contradicted", "dead_link",
                        {"excerpt": service.title, "level": "none", "page_kind": HOSTILE[2]}, (answer.id, page.id), 2)
            )  # fmt: skip
            findings.append(
                Finding("a", Subject("service", service.id, service.url), "services.support", 1, "partial", None,
                        {"excerpt": service.title, "url": service.title, "lacking": [HOSTILE[0]], HOSTILE[0]: HOSTILE[1]}, (answer.id,), 1)
            )  # fmt: skip
        findings.append(
            Finding(
                "a",
                Subject("element", "tenders", HOSTILE[0]),
                "sections.newest",
                1,
                "verified",
                None,
                {"age_days": 3},
            )
        )
        writer.commit()
    (tmp_path / "results.json").write_text("{}")
    store = EvidenceStore.open(folder / "evidence")
    scores = score(round_, findings, load_model(model, folder), as_of=NOW)
    results = build(round_, findings, scores, manifest_sha256=None, as_of=NOW, version="0")
    index = write_report(round_, results, findings, scores, store, tmp_path / "report")
    return index.parent


def test_findings_that_no_indicator_counts_have_a_place(tmp_path: Path, report: Path) -> None:
    other = written(tmp_path / "other", "tutorial")
    for name, heading in (("a.html", "یافته‌های دیگر"), ("en/a.html", "Other findings")):
        text = (other / name).read_text(encoding="utf-8")
        last = text.partition(f'<h2 id="others">{heading}</h2>')[2]
        assert last.count("<details>") == 2
        assert last.count("<tr id=") == len(HOSTILE) + 1  # services.support of each, sections.newest
        assert 'id="others"' not in (report / name).read_text(encoding="utf-8")


@pytest.mark.slow
def test_nothing_from_outside_becomes_markup(report: Path) -> None:
    for page in {*report.glob("*.html"), *report.glob("en/*.html")} - {report / VERIFIER}:
        text = page.read_text(encoding="utf-8")
        assert "<script" not in text
        assert not re.search(r"<[^>]*\son\w+\s*=", text)
        assert "\u202e" not in text and "\x1b" not in text and "\x00" not in text
        assert not re.search(r"""href=["']?javascript""", text)
        assert "https://evil.example" not in re.findall(r"""(?:href|src)=["']([^"']*)""", text)


def test_each_language_has_its_own_title_of_the_round(report: Path) -> None:
    english = (report / "en" / "index.html").read_text(encoding="utf-8")
    persian = (report / "index.html").read_text(encoding="utf-8")
    assert "Sample &amp; round" in english and "Sample &amp; round" not in persian


def test_invisible_characters_are_shown(report: Path) -> None:
    text = (report / "a.html").read_text(encoding="utf-8")
    assert "⟦U+202E⟧" in text and "⟦U+0000⟧" in text and "⟦U+001B⟧" in text
    assert "49{% raw %}" not in text


def test_personal_data_is_quoted_nowhere(report: Path) -> None:
    """In titles, excerpts and the bytes of answers alike; in its place stands, in the language of the page, what it was."""
    for name, words in (
        ("en/a.html", ("[mobile number removed]", "[national ID removed]", "[e-mail address removed]")),
        ("a.html", ("[شمارهٔ همراه حذف شد]", "[کد ملی حذف شد]", "[نشانی ایمیل حذف شد]")),
    ):
        text = (report / name).read_text(encoding="utf-8")
        assert all(text.count(word) > 4 for word in words)
    for page in report.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert not [private for private in PRIVATE if private in text], page.name


def test_a_finding_shows_what_it_rests_on(report: Path) -> None:
    text = (report / "en" / "a.html").read_text(encoding="utf-8")
    for shown in (
        "dead_link",
        "govah explain ROUND f",
        "govah pack ROUND ",
        "gunzip",
        "SHA-256",
        "HTTP/1.1 404 Not Found",
        "../shots/",
    ):
        assert shown in text
    assert (report / "shots").is_dir()
    assert "has no control" in text


class _QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None: ...


@pytest.mark.sockets
def test_published_alone_no_link_is_dead_and_none_leads_out(report: Path, tmp_path: Path) -> None:
    site = tmp_path / "elsewhere" / "site"
    shutil.copytree(report, site)
    pages = {page for page in site.rglob("*.html") if page.name != VERIFIER}
    trees = {page: LexborHTMLParser(page.read_text(encoding="utf-8")) for page in pages}
    ids = {page: {str(node.attributes["id"]) for node in tree.css("[id]")} for page, tree in trees.items()}
    wanted: set[str] = set()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_QuietHandler, directory=str(site))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        root = f"http://127.0.0.1:{server.server_port}/"
        for page, tree in trees.items():
            for node in tree.css("[href], [src]"):
                link = str(node.attributes.get("href") or node.attributes.get("src"))
                target, _, fragment = urljoin(root + quote(str(page.relative_to(site))), link).partition("#")
                depth = len(page.relative_to(site).parts) - 1
                assert target.startswith(root) and link.count("../") <= depth, link
                wanted.add(target)
                there = site / unquote(target.removeprefix(root))
                assert not fragment or fragment in ids[there], link
        for target in wanted:
            with urlopen(target) as answer:  # raises for what is not there
                assert answer.status == 200 and answer.read()
        server.shutdown()
    names = {unquote(target.removeprefix(root)) for target in wanted}
    assert {"data/results.json", "index.html", "en/index.html", "a.html", "en/factsheet a.html"} <= names
    assert any(name.startswith("shots/") for name in names) and len(names) > 20


@pytest.mark.parametrize("language", ["", "en"])
def test_a_factsheet_has_axes_pictures_and_steps_that_lead_to_findings(report: Path, language: str) -> None:
    pages = {
        name: (report / language / name).read_text(encoding="utf-8")
        for name in ("a.html", "factsheet a.html")
    }
    sheet = LexborHTMLParser(pages["factsheet a.html"])
    assert len(sheet.css("table.axes svg.bar")) == len(load_model("ir-portals", report).contents.axis) == 4
    assert len(sheet.css(".shots .shot")) == 3 and len(sheet.css("ol.do > li")) == 1
    wanted = set(re.findall(r'href="a\.html#(f[0-9a-f]{20})"', pages["factsheet a.html"]))
    assert len(wanted) >= 3 and wanted <= set(re.findall(r'id="(f[0-9a-f]{20})"', pages["a.html"]))
    for page in (pages["a.html"], (report / language / "index.html").read_text(encoding="utf-8")):
        assert 'href="factsheet%20a.html"' in page


@pytest.mark.parametrize("language", ["", "en"])
def test_every_number_of_the_score_leads_to_a_finding_on_the_page(report: Path, language: str) -> None:
    text = (report / language / "a.html").read_text(encoding="utf-8")
    wanted = set(re.findall(r'href="#(f[0-9a-f]{20})"', text))
    assert len(wanted) >= 3 and wanted <= set(re.findall(r'id="(f[0-9a-f]{20})"', text))
    rest = text[text.index('id="portal"') :]
    for shown in ("<code>U05</code>", "<code>T10</code>", "govah pack"):
        assert shown in rest
    assert rest.index("<code>U05</code>") < rest.index("<code>T10</code>")
    assert ("tenders" if language else "مناقصه") in rest


@pytest.mark.processes
def test_the_browser_runs_no_script_and_asks_for_nothing(report: Path, tmp_path: Path) -> None:
    browser = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if browser is None:
        pytest.fail("no browser: run scripts/install-browser")
    log = tmp_path / "net.json"
    for page in (report / "index.html", report / "en" / "a.html"):
        done = subprocess.run(
            [browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run",
             f"--user-data-dir={tmp_path / 'profile'}", f"--log-net-log={log}", "--dump-dom", page.as_uri()],
            capture_output=True, timeout=60, check=True,
        )  # fmt: skip
        assert b"<svg onload" not in done.stdout
        events = json.loads(log.read_text(encoding="utf-8"))["events"]
        asked = {
            e["params"]["url"] for e in events if isinstance(e.get("params"), dict) and "url" in e["params"]
        }
        assert not {
            url
            for url in asked
            if url.startswith(("http://", "https://")) and ("evil" in url or ".test" in url)
        }


class _Pages:
    """In the place of a report: gives out the evidence that it is handed."""

    def without_agencies(self) -> _Pages:
        return self

    def agency_pages(self, store: EvidenceStore) -> EvidenceStore:
        return store


def test_pages_of_other_processes_have_the_evidence_of_every_vantage_point(tmp_path: Path) -> None:
    folders = [crawled(tmp_path / name, name) for name in ("tehran", "tabriz")]
    writer = pickle.loads(pickle.dumps(_PageWriter(_Pages(), folders)))  # type: ignore[arg-type]
    assert writer._pages.get("tabriz-1").vantage == "tabriz"
