"""The table of measured pages: rules by pages, figures and pictures, in both languages, hostile text harmless."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from checks.finding import Finding, Subject
from checks.registry import of_family
from claims.model import Agency, NetworkSettings, Round, Settings
from evidence.kinds.accessibility import AccessibilityFacts
from evidence.kinds.screenshot import ScreenshotFacts
from evidence.signing.keys import Signer
from evidence.store import EvidenceStore, EvidenceWriter
from reports.catalogue import LANGUAGES, TextCatalogue
from reports.html.measured_pages import page_table
from reports.html.write import write_report
from scoring.load import load_model
from scoring.score import score
from tests.records import build

NOW = dt.datetime(2025, 12, 1, 8, 30, tzinfo=dt.UTC)
HOME, OTHER = "https://a.test/", "https://a.test/<b>x"
IDS = [rule.id for rule in of_family("accessibility")]


def finding(check: str, url: str, capture: str | None, verdict: str = "verified", **told: object) -> Finding:
    reason = "needs_browser" if verdict == "inconclusive" else None
    captures = (capture,) if capture else ()
    return Finding("a", Subject("page", url, url), check, 1, verdict, reason, told, captures, len(captures))  # type: ignore[arg-type]


@pytest.fixture
def write(tmp_path: Path) -> Callable[[Callable[[str, str], list[Finding]]], Path]:
    """Writes the report of findings made from the ids of two accessibility captures."""

    def make(findings_of: Callable[[str, str], list[Finding]]) -> Path:
        ids = iter(f"00000000-0000-4000-8000-{n:012d}" for n in range(100))
        round_ = Round(
            tmp_path,
            Settings(id="r", title="r", network=NetworkSettings(controls=())),
            (Agency("a", "سازمان", "main", HOME),),
        )
        captures = []
        with EvidenceWriter.open(
            tmp_path / "evidence",
            vantage="v",
            now=lambda: NOW,
            new_id=lambda: next(ids),
            plan={},
            signer=Signer.generate(),
        ) as writer:
            for url in (HOME, OTHER):
                capture = writer.add(
                    kind="accessibility", agency="a", url=url, purpose="page", attempt=1, time=NOW,
                    facts=AccessibilityFacts(200, url, True, None), body=b"{}",
                )  # fmt: skip
                writer.add(
                    kind="screenshot", agency="a", url=url, purpose="page", attempt=1, time=NOW,
                    facts=ScreenshotFacts(capture.id, "image/jpeg", 360, 640, False), body=b"\xff\xd8\xff" + url.encode(),
                )  # fmt: skip
                captures.append(capture.id)
            writer.commit()
        findings = findings_of(*captures)
        scores = score(round_, findings, load_model("ir-portals", tmp_path), as_of=NOW)
        results = build(round_, findings, scores, manifest_sha256=None, as_of=NOW, version="0")
        store = EvidenceStore.open(tmp_path / "evidence")
        return write_report(round_, results, findings, scores, store, tmp_path / "report").parent

    return make


def two_pages(home: str, other: str) -> list[Finding]:
    found = [finding(check, HOME, home, found=0, looked_at=1234) for check in IDS]
    faults = {"page_fault": ["overflow"], "places": ["<script>alert(1)</script>"], "wider_cause": ["table"]}
    found += [finding(check, OTHER, other, "partial", found=7, looked_at=56, **faults) for check in IDS]
    return found


def test_rules_by_pages_with_figures_in_both_languages(write: Callable[..., Path]) -> None:
    report = write(two_pages)
    persian, english = (report / "a.html").read_text(), (report / "en" / "a.html").read_text()
    assert persian.count("۷ از ۵۶") == english.count("7 of 56") == len(IDS)
    assert english.count("0 of 1,234") == len(IDS)
    for language, page in zip(LANGUAGES, (persian, english), strict=True):
        texts = TextCatalogue(language)
        assert all(texts.text(f"check.{check}") in page for check in IDS)
        assert texts.text("page_fault.overflow") in page and texts.text("wider_cause.table") in page
        assert texts.text("report.accessibility_none") not in page
        assert "<script>alert" not in page and "<b>x" not in page


def test_each_page_has_its_telephone_picture(write: Callable[..., Path]) -> None:
    report = write(two_pages)
    page = (report / "en" / "a.html").read_text()
    pictures = [path.read_bytes() for path in (report / "shots").iterdir()]
    assert sorted(pictures) == sorted(b"\xff\xd8\xff" + url.encode() for url in (HOME, OTHER))
    assert page.count('<img src="../shots/') == 2
    # a telephone's first screen does not stand for the home page
    assert TextCatalogue("en").text("report.home_picture") not in page


def test_an_agency_of_which_nothing_was_measured_says_so_once(write: Callable[..., Path]) -> None:
    report = write(lambda *_: [finding(check, HOME, None, "inconclusive") for check in IDS])
    page = (report / "en" / "a.html").read_text()
    assert page.count(TextCatalogue("en").text("report.accessibility_none")) == 1
    assert 'class="pages"' not in page.replace("table.pages", "")


def test_findings_of_an_older_version_have_no_table(write: Callable[..., Path]) -> None:
    assert page_table([], HOME, lambda _: None) is None
    page = (write(lambda *_: []) / "en" / "a.html").read_text()
    assert TextCatalogue("en").text("report.accessibility") not in page


def test_the_home_page_comes_first_and_no_cell_is_made_up() -> None:
    found = [
        finding(IDS[0], OTHER, "2", found=1, looked_at=2),
        finding(IDS[1], HOME, "1", "not_applicable", found=0),
    ]
    table = page_table(found, HOME, lambda capture: f"shots/{capture}.jpg")
    assert table is not None
    assert table.urls == (HOME, OTHER)
    assert table.pictures == ("shots/1.jpg", "shots/2.jpg")
    rows = dict(table.rows)
    assert [cell and (cell.found, cell.of) for cell in rows[IDS[0]]] == [None, (1, 2)]
    assert [cell and (cell.found, cell.of) for cell in rows[IDS[1]]] == [(None, None), None]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_rule_is_explained(language: str) -> None:
    texts = TextCatalogue("fa" if language == "fa" else "en")
    for check in IDS:
        name = check.replace(".", "_")
        keys = (f"check.{check}", f"page_unit.{check}", f"criterion.{name}", f"effect.{name}")
        assert [key for key in keys if not texts.has(key)] == []
