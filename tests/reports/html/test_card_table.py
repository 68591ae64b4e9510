"""The agency's page shows claim and service card side by side, and crawled words stay words."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from checks.finding import Finding, Subject
from claims.model import Agency, NetworkSettings, Round, Service, Settings
from evidence.store import EvidenceStore, EvidenceWriter
from reports.html.write import write_report
from scoring.load import load_model
from scoring.score import score
from tests.records import build

NOW = dt.datetime(2025, 12, 1, 8, 30, tzinfo=dt.UTC)
COMPARED = {
    "title": {"claim": "صدور پروانه", "card": "<b>صدور پروانه</b>", "agrees": True, "selector": "td"},
    "kind": {"claim": True, "card": "غیرالکترونیکی", "agrees": False, "selector": "td"},
    "level": {"claim": "transaction", "card": "تعاملی", "agrees": False, "selector": "td"},
    "delivery": {"claim": False, "card": "✗", "agrees": True, "selector": "td"},
}
DIFFERS = {
    "compared": COMPARED, "card_disagrees": ["kind", "level"], "card": {"kind": "غیرالکترونیکی"}, "card_by": "code",
    "url": "https://a.test/s1",
}  # fmt: skip


def report(folder: Path, observed: dict[str, Any]) -> dict[str, str]:
    """The agency's page in both languages."""
    round_ = Round(
        folder / "round",
        Settings(id="r", network=NetworkSettings(controls=())),
        (Agency("a", "سازمان", "main", "https://a.test/"),),
        (Service("a", "s1", "صدور پروانه", True, url="https://a.test/s1"),),
    )
    finding = Finding(
        "a", Subject("service", "s1", "https://a.test/s1"), "services.card", 1, "partial", None, observed,
        criterion="service_card", effect="card_differs",
    )  # fmt: skip
    with EvidenceWriter.open(folder / "evidence", vantage="x", now=lambda: NOW, new_id=lambda: "c", plan={}):
        pass
    store = EvidenceStore.open(folder / "evidence")
    scores = score(round_, [finding], load_model("ir-portals", folder), as_of=NOW)
    results = build(round_, [finding], scores, manifest_sha256=None, as_of=NOW, version="0")
    write_report(round_, results, [finding], scores, store, folder / "report")
    return {
        "fa": (folder / "report" / "a.html").read_text(encoding="utf-8"),
        "en": (folder / "report" / "en" / "a.html").read_text(encoding="utf-8"),
    }


def test_claim_and_card_side_by_side(tmp_path: Path) -> None:
    pages = report(tmp_path, DIFFERS)
    for page in pages.values():
        assert page.count('<tr><th scope="row">') == len(COMPARED)
        assert "&lt;b&gt;صدور پروانه&lt;/b&gt;" in page and "<b>صدور پروانه</b>" not in page
        assert page.index("claim-card") < page.index("services.card/1")
    assert "differs from the claim in 2" in pages["en"]
    assert "در ۲ مورد با اعلام فرق دارد" in pages["fa"]


def test_where_nothing_differs(tmp_path: Path) -> None:
    pages = report(tmp_path, DIFFERS | {"card_disagrees": [], "compared": {"title": COMPARED["title"]}})
    assert "says the same as the claim" in pages["en"]
    assert 'class="scroll settled"' in pages["en"]  # and is no part of what is printed


def test_a_title_in_other_words(tmp_path: Path) -> None:
    row = COMPARED["title"] | {"agrees": None}
    pages = report(tmp_path, DIFFERS | {"card_disagrees": [], "compared": {"title": row}})
    assert "scroll settled" not in pages["en"]
    assert "in other words" in pages["en"] and "با واژه‌های دیگر" in pages["fa"]


@pytest.mark.parametrize("language", ["fa", "en"])
def test_a_file_that_nobody_read(tmp_path: Path, language: str) -> None:
    page = report(tmp_path, {"card_document": "https://a.test/card.pdf"})[language]
    assert "claim-card" not in page
    assert '<bdi class="url" dir="ltr">https://a.test/card.pdf</bdi>' in page
