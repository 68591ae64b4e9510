"""What a portal lists, on the agency's page and on a terminal: in both languages, hostile values harmless."""

from __future__ import annotations

import datetime as dt
import html
import re
from pathlib import Path
from typing import Any

import pytest

from checks.finding import Finding, Subject
from claims.model import Agency, Dataset, Round, Settings
from evidence.kinds.http import HttpFacts
from evidence.signing.keys import Signer
from evidence.store import EvidenceStore, EvidenceWriter
from govah.terminal.catalogue_lines import listed_line
from reports.catalogue import LANGUAGES, TextCatalogue
from reports.html.catalogue_table import catalogue_table
from reports.html.write import write_report
from scoring.load import load_model
from scoring.score import score
from tests.records import build

NOW = dt.datetime(2025, 12, 1, 8, 30, tzinfo=dt.UTC)
HOSTILE = "<script>alert(1)</script>\u202egnp.exe{{7*7}}"


def row(title: str, url: str = "http://a.test/dataset/x") -> dict[str, Any]:
    return {
        "title": title, "url": url, "formats": ["CSV", HOSTILE], "newest": "2025-11-20", "period": "ماهانه",
        "licence": HOSTILE, "listed_in": ["ckan"],
    }  # fmt: skip


def finding(capture: str, **changed: Any) -> Finding:
    observed = {
        "lists": [
            {"kind": "ckan", "url": "http://a.test/", "own": True, "datasets": 9, "listed": 12, "whole": False, "lacks": ["fewer", "limit"]},
            {"kind": "dcat", "url": "http://a.test/catalog.ttl", "own": True, "datasets": 9, "listed": None, "whole": True, "lacks": []},
            {"kind": "page", "url": "http://a.test/", "own": True, "datasets": 2, "listed": None, "whole": False, "lacks": []},
            {"kind": "ckan", "url": "http://national.test/", "own": False, "datasets": 5, "listed": 5, "whole": True, "lacks": []},
        ],
        "listed": 11, "claimed": 4, "claimed_listed": 2, "reconciled": True, "absent": ["d3", "d4"], "absent_count": 2,
        "unclaimed": [row(HOSTILE), row("بارش")], "unclaimed_count": 30, "elsewhere": [row("دیگر")], "elsewhere_count": 1,
        "refused_addresses": 3,
    } | changed  # fmt: skip
    return Finding(
        "a", Subject("agency", "a", "http://a.test/"), "catalogue.datasets", 1, "verified", None, observed, (capture,), 1,
        "catalogue_datasets",
    )  # fmt: skip


def pages(folder: Path, **changed: Any) -> dict[str, str]:
    """The agency's page in each language."""
    round_ = Round(
        folder, Settings(id="r", title="r"), (Agency("a", "سازمان", "main", "http://a.test/"),), (),
        (Dataset("a", "d3", "نبوده", "http://a.test/d3.csv"),),
    )  # fmt: skip
    with EvidenceWriter.open(
        folder / "evidence", vantage="v", now=lambda: NOW, new_id=iter(("c1",)).__next__, plan={}, signer=Signer.generate()
    ) as writer:  # fmt: skip
        facts = HttpFacts("GET", 200, "OK", (("Content-Type", "application/json"),), None)
        capture = writer.add(
            kind="http", agency="a", url="http://a.test/api/3/action/status_show", purpose="listing", attempt=1,
            time=NOW, facts=facts, body=b"{}",
        ).id  # fmt: skip
        writer.commit()
    findings = [finding(capture, **changed)]
    scores = score(round_, findings, load_model("ir-portals", folder), as_of=NOW)
    results = build(round_, findings, scores, manifest_sha256=None, as_of=NOW, version="0")
    with EvidenceStore.open(folder / "evidence") as store:
        report = write_report(round_, results, findings, scores, store, folder / "report").parent
    return {
        "fa": (report / "a.html").read_text(encoding="utf-8"),
        "en": (report / "en" / "a.html").read_text(encoding="utf-8"),
    }


def test_the_section_in_both_languages(tmp_path: Path) -> None:
    for language, page in pages(tmp_path).items():
        texts = TextCatalogue(language)  # type: ignore[arg-type]
        shown = html.unescape(re.sub(r"<[^>]+>", "", page))
        for key in ("title", "text", "whole_yes", "whole_none", "others"):
            assert texts.text(f"catalogue.{key}") in shown, key
        for lack in ("fewer", "limit"):
            assert texts.text("catalogue.whole_no", why=texts.text(f"catalogue_lack.{lack}")) in shown
        assert "نبوده d3" in shown and "d4" in shown and "بارش" in shown and "c1" in shown
        assert "<script>alert" not in page and "\u202e" not in page and "⟦U+202E⟧" in page
        assert "{{7*7}}" in shown and "49" not in shown.partition("{{7*7}}")[0][-5:]
        assert page.count('id="catalogue"') == 1
        assert "&#34;lacks&#34;" not in page  # told as a table, not once more as data


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_cannot_be_said_is_said(tmp_path: Path, language: str) -> None:
    page = pages(tmp_path, reconciled=False, absent=[], absent_count=0)[language]
    assert TextCatalogue(language).text("catalogue.absent_untold") in html.unescape(page)  # type: ignore[arg-type]


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_missing(tmp_path: Path, language: str) -> None:
    page = pages(tmp_path, absent=[], absent_count=0)[language]
    assert TextCatalogue(language).text("catalogue.absent_none") in html.unescape(page)  # type: ignore[arg-type]


def test_findings_of_an_older_version_have_no_section() -> None:
    assert catalogue_table([]) is None
    assert listed_line([]) is None


def test_the_line_of_a_terminal() -> None:
    line = listed_line([finding("c1")])
    assert line is not None and "11" in line and "30" in line
    untold = listed_line([finding("c1", reconciled=False)])
    assert untold is not None and untold != line
