"""The program's own error rates as people and machines read them."""

from __future__ import annotations

import dataclasses
import datetime as dt
import html
import io
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment, PackageLoader, StrictUndefined
from rich.console import Console

from checks.finding import Finding, Subject, Verdict
from claims.model import Agency, AuditorVerdict, Round, Service, Settings
from reports.catalogue import LANGUAGES, Language, TextCatalogue
from reports.error_rates import as_json, error_table
from reports.html.formatter import Formatter
from scoring.error_rates import error_rates
from scoring.load import load_model
from scoring.score import score
from tests.records import build

AS_OF = dt.datetime(2025, 12, 1, tzinfo=dt.UTC)


def judged() -> tuple[Round, list[Finding]]:
    """Ten contradictions and ten verifications; of each four drawn, and one of the contradictions chosen."""
    words: list[Verdict] = ["contradicted" if n < 10 else "verified" for n in range(20)]
    services = tuple(Service("a", f"s{n}", "t", True) for n in range(20))
    found = [
        Finding("a", Subject("service", f"s{n}"), "services.entry", 3, w, None) for n, w in enumerate(words)
    ]
    drawn = {
        0: "verified",
        1: "contradicted",
        2: "contradicted",
        3: "contradicted",
        10: "verified",
        11: "verified",
        12: "verified",
        13: "verified",
    }
    verdicts = [AuditorVerdict(f"s{n}", w, "x", AS_OF.date(), "random", 0.4) for n, w in drawn.items()]  # type: ignore[arg-type]
    chosen = AuditorVerdict("s5", "partial", "x", AS_OF.date())
    agency = Agency("a", "a", "main", "https://a.test/")
    return Round(
        Path("r"), Settings("r", as_of=AS_OF), (agency,), services, verdicts=(*verdicts, chosen)
    ), found


def withdrawn(found: list[Finding]) -> list[Finding]:
    was = {"withdrawn": "contradicted"}
    mine = dataclasses.replace(found[7], verdict="inconclusive", reason="own_error", observed=was)
    return [mine if finding is found[7] else finding for finding in found]


def results(round: Round, found: list[Finding]) -> dict[str, Any]:
    scores = score(round, found, load_model("ir-portals", Path()))
    return build(round, found, scores, manifest_sha256=None, as_of=AS_OF, version="1")


def test_results_hold_them_where_something_was_audited() -> None:
    round, found = judged()
    (rate,) = results(round, withdrawn(found))["national"]["error_rates"]
    assert (rate["check"], rate["version"], rate["withdrawn"], rate["known_errors"]) == (
        "services.entry",
        3,
        1,
        3,
    )
    assert rate["random"] == {
        "audited": 8, "contradicted": 4, "verified": 4, "partial": 0, "open": 0, "agreeing": 7,
        "false_contradictions": 1, "false_verifications": 0, "otherwise_than_partial": 0,
        "open_found": {"verified": 0, "partial": 0, "contradicted": 0},
        "agreement": {"value": 0.8, "low": 0.5719, "high": 1.0, "of": 8},
        "wrong_contradictions": {"value": 0.25, "low": 0.0456, "high": 0.6994, "of": 4},
        "wrong_verifications": {"value": 0.0, "low": 0.0, "high": 0.4899, "of": 4},
    }  # fmt: skip
    assert (rate["targeted"]["audited"], rate["targeted"]["false_contradictions"]) == (1, 1)
    assert "agreement" not in rate["targeted"], "chosen cases tell of themselves alone"
    nothing = results(dataclasses.replace(round, verdicts=()), found)
    assert "error_rates" not in nothing["national"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_method_page_says_what_they_mean(language: Language) -> None:
    round, found = judged()
    page = method(language, as_json(error_rates(round, withdrawn(found))))
    told = TextCatalogue(language)
    digits = str.maketrans("۰۱۲۳۴۵۶۷۸۹٪", "0123456789%", "\u2066\u2069")
    plain = html.unescape(page).translate(digits)
    assert told.text("audits.meaning") in html.unescape(page) and "services.entry/3" in page
    expected = told.text(
        "audits.contradictions",
        of=4,
        wrong=1,
        low="4.6%" if language == "en" else "4٫6%",
        high="69.9%" if language == "en" else "69٫9%",
    )
    assert expected.translate(digits) in plain
    assert told.text("audits.withdrawn_told", n=1) in plain
    assert told.text("audits.none") in html.unescape(method(language, []))


def method(language: Language, rates: list[dict[str, Any]]) -> str:
    formatter = Formatter(TextCatalogue(language), language)
    environment = Environment(
        loader=PackageLoader("reports.html"), autoescape=True, undefined=StrictUndefined
    )
    environment.globals.update(t=formatter.text, named=formatter.named)
    environment.filters.update(num=formatter.number, pct=formatter.percent)
    return environment.get_template("_error_rates.html").render(national={"error_rates": rates})


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_terminal_shows_counts_and_intervals(language: Language) -> None:
    told = TextCatalogue(language)
    round, found = judged()
    table = error_table(as_json(error_rates(round, found)), told.text)
    assert table is not None and error_table([], told.text) is None
    console = Console(width=140, record=True, file=io.StringIO())
    console.print(table)
    shown = console.export_text()
    assert "services.entry/3" in shown and "1/4" in shown and "5–70%" in shown
