"""First rows of datasets on the agency's page, in both languages: bounded, harmless, running the way their text does."""

from __future__ import annotations

import datetime as dt
import html
from dataclasses import replace
from pathlib import Path
from typing import Any

from checks.finding import Finding, Subject
from claims.model import Agency, Dataset, NetworkSettings, Round, Settings
from evidence.signing.keys import Signer
from evidence.store import EvidenceStore, EvidenceWriter
from reports.catalogue import LANGUAGES, TextCatalogue
from reports.datasets import same_content
from reports.html.write import write_report
from scoring.load import load_model
from scoring.score import score
from tests.records import build

NOW = dt.datetime(2025, 12, 1, 8, 30, tzinfo=dt.UTC)
EMPTY: dict[str, Any] = {
    "lists": [], "listed": 700, "claimed": 0, "claimed_listed": 0, "claimed_elsewhere": 0, "reconciled": False, "absent": [],
    "absent_count": 0, "unclaimed": [], "unclaimed_count": 700, "elsewhere": [], "elsewhere_count": 0, "refused_addresses": 0,
}  # fmt: skip


def usable(agency: str, dataset: str, **observed: Any) -> Finding:
    told = {
        "rows": 7,
        "columns": 2,
        "stars": 3,
        "format": "csv",
        "licence": "missing",
        "fix": ["declare_licence"],
        **observed,
    }
    subject = Subject("dataset", dataset, "http://a.test/x.csv")
    return Finding(
        agency, subject, "datasets.usability", 2, "verified", "usable", told, (), 0, "dataset_usable", ""
    )


def fresh(agency: str, dataset: str, fingerprint: str | None) -> Finding:
    subject = Subject("dataset", dataset, "http://a.test/x.csv")
    return Finding(
        agency, subject, "datasets.freshness", 2, "partial", "undeclared", {"fingerprint": fingerprint}, (), 0, "dataset_fresh", "",
    )  # fmt: skip


def pages(tmp_path: Path, findings: list[Finding]) -> tuple[dict[str, Any], dict[str, str]]:
    agencies = tuple(Agency(id, f"سازمان {id}", "main", f"http://{id}.test/") for id in ("a", "b"))
    datasets = tuple(
        Dataset(f.agency, f.subject.id, title="داده", url="http://a.test/x.csv")
        for f in findings
        if f.check.endswith("usability")
    )
    round_ = Round(
        tmp_path, Settings(id="r", title="r", network=NetworkSettings()), agencies, datasets=datasets
    )
    with EvidenceWriter.open(
        tmp_path / "evidence", vantage="v", now=lambda: NOW, new_id=iter(()).__next__, plan={}, signer=Signer.generate()
    ) as writer:  # fmt: skip
        writer.commit()
    scores = score(round_, findings, load_model("ir-portals", tmp_path), as_of=NOW)
    results = build(round_, findings, scores, manifest_sha256=None, as_of=NOW, version="0")
    with EvidenceStore.open(tmp_path / "evidence") as store:
        report = write_report(round_, results, findings, scores, store, tmp_path / "report").parent
    return results, {
        language: (report / ("a.html" if language == "fa" else "en/a.html")).read_text(encoding="utf-8")
        for language in LANGUAGES
    }


def test_first_rows_and_what_to_fix(tmp_path: Path) -> None:
    findings = [
        usable("a", "d1", heading=["شهر", "تعداد"], sample=[["تهران", "12"], ["=HYPERLINK(\"http://x.test\")", "<script>alert(1)</script>"], ["\u202egnp", "-5"]]),
        fresh("a", "d1", "2:00"),
        usable("a", "d2", heading=["", ""], sample=[["Tehran", "12"]], fix=[]),
        usable("b", "e1", licence="open", fix=[]),
        fresh("b", "e1", "2:00"),
    ]  # fmt: skip
    results, found = pages(tmp_path, findings)
    first = results["agencies"][0]["datasets"][0]
    assert first["usability"]["licence"] == "missing" and first["usability"]["fix"] == ["declare_licence"]
    assert first["same_content"] == [{"agency": "b", "dataset": "e1"}]
    for language, page in found.items():
        texts = TextCatalogue(language)  # type: ignore[arg-type]
        assert "<script>alert" not in page
        assert '<table class="sample" dir="rtl">' in page and '<table class="sample" dir="ltr">' in page
        assert "<bdi>&#39;=HYPERLINK" in page  # with the mark that makes it text
        assert "<bdi>-5</bdi>" in page
        assert "\u202e" not in page and "⟦U+202E⟧gnp" in page
        assert page.count('<th scope="col"><bdi>شهر</bdi>') == 1
        seen = html.unescape(page)
        assert texts.text("fix.declare_licence") in seen
        assert texts.text("licence.missing") in seen
        assert '<a href="b.html">' in page


def test_the_same_content_is_told_of_tables_with_rows() -> None:
    findings = [
        fresh("a", "1", "2:x"), fresh("b", "1", "2:x"), fresh("b", "2", "2:x"), fresh("a", "2", "2:y"), fresh("a", "3", None),
        fresh("a", "4", "2:z"), fresh("b", "4", "2:z"), usable("a", "4", rows=0), usable("b", "4", rows=0),
    ]  # fmt: skip
    assert same_content(findings) == {
        ("a", "1"): [("b", "1"), ("b", "2")],
        ("b", "1"): [("a", "1"), ("b", "2")],
        ("b", "2"): [("a", "1"), ("b", "1")],
    }


def test_listed_datasets_stand_apart_from_claimed_ones(tmp_path: Path) -> None:
    marks = {"claimed": False, "title": "<b>فهرست‌شده</b>", "listed_in": ["ckan"]}
    drawn = {"listed": 700, "judged": 1, "strata": []}
    one = usable("a", "listed-1", **marks)
    findings = [
        replace(
            one, check="datasets.freshness", verdict="contradicted", reason="stale_admitted", observed=marks
        ),
        Finding(
            "a", Subject("agency", "a"), "catalogue.datasets", 3, "verified", None, EMPTY | {"drawn": drawn}
        ),
    ]
    results, found = pages(tmp_path, findings)
    assert [d["claimed"] for d in results["agencies"][0]["datasets"]] == [False]
    for language, page in found.items():
        texts = TextCatalogue(language)  # type: ignore[arg-type]
        assert 'id="listed-data"' in page and 'id="data"' not in page
        words = texts.text("catalogue.judged_sample", judged=1, listed=700).rpartition("1 ")[
            2
        ]  # digits differ
        assert words in html.unescape(page)
        assert '<details id="data-listed-1">' in page and "<b>فهرست" not in page
    (audit,) = tmp_path.glob("**/en/audit.html")
    told = audit.read_text(encoding="utf-8")
    assert findings[0].id not in told and TextCatalogue("en").text("recheck.held_none") in html.unescape(told)
