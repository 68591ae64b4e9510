"""A dataset that a catalogue lists and nobody claims: shown and found by its title, and never judged as a claim."""

from __future__ import annotations

import html
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from checks.finding import Finding, Subject
from reports.catalogue import TextCatalogue
from tests.hostile import HOSTILE
from tests.reports.desk.rounds import findings, made, served

pytestmark = pytest.mark.sockets

TITLE = "آمار بارش " + HOSTILE["script"]
ID = "listed-0123456789abcdef"


def about(check: str, verdict: str, reason: str, agency: str = "a1", **observed: object) -> Finding:
    subject = Subject("dataset", ID if agency == "a1" else f"{ID}-", "http://a1.test/rain.csv")
    return Finding(
        agency, subject, check, 1, verdict, reason,  # type: ignore[arg-type]
        {"claimed": False, "title": TITLE, **observed}, (), 2, "dataset_fresh",
    )  # fmt: skip


def test_it_is_shown_by_its_title_and_takes_no_verdict(tmp_path: Path) -> None:
    fresh = about(
        "datasets.freshness", "contradicted", "stale_proven",
        newest="2020-01-01", age_days=2161, period_days=31, listed_date="2025-11-01",
    )  # fmt: skip
    usable = about(
        "datasets.usability", "verified", "usable", stars=3, format="csv", declared_licence="cc-by"
    )
    failed = about("datasets.usability", "inconclusive", "own_error", "a2", exception="E")
    gone = about("datasets.usability", "verified", "usable", "a3")  # of an agency that left the round
    round = made(tmp_path, found=[*findings(), fresh, usable, failed, gone])
    with served(round, "--auditor", "زهرا") as desk:
        for one in (fresh, usable):
            page = desk.get(f"/finding/{one.id}").text
            assert "آمار بارش" in page and HOSTILE["script"] not in page
            assert html.escape(TextCatalogue("fa").text("desk.only_claims")) in page
            for form in ("verdict", "retest"):
                assert f"/finding/{one.id}/{form}" not in page
                assert (
                    desk.send(f"/finding/{one.id}/{form}", verdict="verified", auditor="a", by="a").status
                    == 404
                )
        assert not (round / "verdicts.csv").exists()
        assert fresh.id in desk.get("/findings?q=%D8%A8%D8%A7%D8%B1%D8%B4").text  # "بارش"
        assert "آمار بارش" in desk.get("/findings.csv?check=datasets.freshness").body.decode("utf-8-sig")
        agency = desk.get("/agency/a1").text
        assert TextCatalogue("fa").text("catalogue.judged") in agency and usable.id in agency
    with closing(sqlite3.connect(round / "results/results.db")) as database:
        rows = database.execute("SELECT id, agency, claimed, url, period_days, modified, licence, freshness_verdict, newest, usability_reason, format_seen, stars FROM datasets ORDER BY agency").fetchall()  # fmt: skip
        assert rows == [
            (ID, "a1", 0, "http://a1.test/rain.csv", 31, "2025-11-01", "cc-by", "contradicted", "2020-01-01", "usable", "csv", 3),
            (f"{ID}-", "a2", 0, "http://a1.test/rain.csv", None, None, None, None, None, "own_error", None, None),
        ]  # fmt: skip
        assert database.execute("SELECT dataset, claimed FROM stale_datasets").fetchall() == [(ID, 0)]
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
