"""What was visited of an agency and its broken links, as the report shows them in both languages."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from checks.finding import Finding, Subject
from claims.model import Agency, Round, Settings
from evidence.signing.keys import Signer
from evidence.store import EvidenceStore, EvidenceWriter
from reports.catalogue import LANGUAGES, Language, TextCatalogue
from reports.html.write import write_report
from scoring.load import load_model
from scoring.score import score
from tests.records import build

NOW = dt.datetime(2025, 12, 1, 8, 30, tzinfo=dt.UTC)
ACCOUNT = {
    "state": "time_budget",
    "eligible": 40,
    "fetched": 31,
    "rendered": 4,
    "unfetched": {"trap": 7, "time_budget": 9, "duplicate": 3},
}


def broken(url: str, **told: Any) -> Finding:
    observed = {"status": 404, "found_on": ["https://a.test/"], "found_on_count": 1, "element": "a", **told}
    return Finding(
        "a", Subject("link", url, url), "links.target", 1, "contradicted", "not_found", observed, (), 2
    )


LINKS = [
    broken("https://a.test/menu", reference="/menu", text="منو", found_on_count=31,
           found_on=[f"https://a.test/{n}" for n in range(20)]),
    *(broken(f"https://a.test/{n}/contact", reference="contact", text="تماس <b>با</b> ما") for n in range(5)),
    broken("https://a.test/x", reference="/x", text="یکی"),
    broken("https://a.test/y", reference="/x", text="دیگری", element="img"),
]  # fmt: skip
SUMMARY = Finding(
    "a", Subject("agency", "a", "https://a.test/"), "links.summary", 1, "partial", None,
    {"pages": 31, "checked": 90, "broken": len(LINKS), "inconclusive": 0}, (), 1,
)  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return written(tmp_path, [SUMMARY, *LINKS])


def written(tmp_path: Path, findings: list[Finding]) -> Path:
    round_ = Round(tmp_path, Settings(id="r", title="r"), (Agency("a", "سازمان", "main", "https://a.test/"),))
    EvidenceWriter.open(
        tmp_path / "evidence", vantage="v", now=lambda: NOW, new_id=lambda: "x", plan={}, signer=Signer.generate()
    ).close()  # fmt: skip
    store = EvidenceStore.open(tmp_path / "evidence")
    scores = score(round_, findings, load_model("ir-portals", tmp_path), as_of=NOW)
    results = build(
        round_, findings, scores, manifest_sha256=None, as_of=NOW, version="0", accounts={"a": ACCOUNT}
    )
    return write_report(round_, results, findings, scores, store, tmp_path / "report").parent


def page(folder: Path, language: Language) -> str:
    return (folder / ("a.html" if language == "fa" else "en/a.html")).read_text(encoding="utf-8")


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_visited_and_why_the_rest_was_not(folder: Path, language: Language) -> None:
    texts, shown = TextCatalogue(language), page(folder, language)
    assert texts.text("agency_state.time_budget") in shown
    numbers = ("31", "40") if language == "en" else ("۳۱", "۴۰")
    assert texts.text("report.crawl_text", fetched=numbers[0], eligible=numbers[1]) in shown
    for reason in ("trap", "time_budget", "duplicate"):
        assert texts.text(f"unfetched.{reason}") in shown


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_link_of_a_template_is_one_row(folder: Path, language: Language) -> None:
    texts, shown = TextCatalogue(language), page(folder, language)
    table = next(part for part in shown.split("<table") if texts.text("report.broken_link") in part)
    table = table.partition("</table>")[0]
    rows = table.count("<tr>") - 1
    assert rows == 4  # the menu's, five addresses of one reference, a link and a picture
    of = "31" if language == "en" else "۳۱"
    assert texts.text("report.on_pages", n=of, of=of) in table
    assert texts.text("report.same_reference", n="4" if language == "en" else "۴") in table
    assert all(f"https://a.test/{n}/contact" in table for n in range(5))
    assert "<b>با" not in table
    assert "<code>img</code> <bdi>دیگری" in table


def test_a_page_has_a_bound_however_many_links_there_are(tmp_path: Path) -> None:
    """Two hundred thousand would be a page of 80 MB."""
    dead = [broken(f"https://a.test/dead{n}") for n in range(1_200)]
    unasked = [
        replace(
            one,
            subject=Subject("link", f"{one.subject.id}x", one.subject.url),
            verdict="inconclusive",
            reason="limit",
        )
        for one in dead[:1_000]
    ]
    summary = replace(
        SUMMARY, observed={**SUMMARY.observed, "broken": 1_200, "inconclusive": 9_000, "unlisted": 8_000}
    )
    folder = written(tmp_path, [summary, *dead, *unasked])
    text = page(folder, "en")
    assert "1,200 broken, 9,000 not settled" in text
    assert text.count("dead") <= 2_100  # each in a cell and its link
    assert "700 more" in text and "8,500 more" in text
    assert "۷۰۰ مورد دیگر" in page(folder, "fa")


def test_an_agency_that_makes_us_fail_is_told_in_the_first_lines(tmp_path: Path) -> None:
    ours = [
        replace(LINKS[0], subject=Subject("host", f"h{n}:443", "x"), check="hosts.tls", verdict="inconclusive", reason="own_error", observed={"exception": "ValueError"})
        for n in range(9)
    ]  # fmt: skip
    folder = written(tmp_path, [SUMMARY, *LINKS, *ours])
    first = page(folder, "en").partition("<h2")[0]
    assert f"failed on this agency&#39;s responses in 9 of {10 + len(LINKS)} findings" in first
    assert "۹" in page(folder, "fa").partition("<h2")[0]
    for name, words in (
        ("index.html", "گواه بارها"),
        ("en/index.html", "A person has to look at them first"),
    ):
        assert words in (folder / name).read_text(encoding="utf-8").partition("<h2")[0]
    assert "a person has to look" not in page(written(tmp_path / "x", [SUMMARY, *LINKS]), "en")
