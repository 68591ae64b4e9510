"""The page of rounds in a row: pictures of what changed since the round before."""

from __future__ import annotations

from pathlib import Path

from selectolax.lexbor import LexborHTMLParser

from checks.finding import Finding, Subject, Verdict
from claims.model import Agency, NetworkSettings, Round, Service, Settings
from evidence.store import EvidenceStore
from reports.changes import FindingChange, Kind
from reports.html.trend import sparkline, write_trend
from reports.replies import RepliesReport
from reports.trend import LastStep, TrendPoint, TrendStep
from scoring.load import load_model
from scoring.score import score
from tests.records import build
from tests.reports.html.test_crop import BOXES, IMAGE, NOW, written

MODEL = {"id": "m", "version": "1", "sha256": "0" * 64}


def found(service: str, verdict: Verdict, capture: str, check: str = "services.entry") -> Finding:
    observed = {"selector": "body > h1", "excerpt": "خدمت"}
    reason = "dead_link" if verdict == "contradicted" else "transaction_entry"
    return Finding("a", Subject("service", service), check, 1, verdict, reason, observed, (capture,), 2)


def changed(before: Finding, after: Finding, kind: Kind = "cleared") -> FindingChange:
    return FindingChange(before, after, kind, ("portal", "rule"))


def test_services_with_another_verdict_are_shown_before_and_after(tmp_path: Path) -> None:
    (old,) = written(tmp_path / "r1", [b"\xff\xd8\xff\xe0 before"], BOXES)
    (new,) = written(tmp_path / "r2", [IMAGE], BOXES)
    shown = changed(found("s0", "contradicted", old), found("s0", "verified", new))
    unseen = changed(found("s1", "contradicted", "no-such"), found("s1", "verified", new))
    other = changed(
        found("s2", "contradicted", old, "services.card"), found("s2", "verified", new, "services.card")
    )
    same = changed(found("s3", "contradicted", old), found("s3", "contradicted", new), "reason")
    services = tuple(Service("a", f"s{n}", f"خدمت {n}", True) for n in range(4))
    agency = Agency("a", "الف", "main", "https://a.test/")
    round_ = Round(tmp_path, Settings(id="r2", network=NetworkSettings(controls=())), (agency,), services)
    scores = score(round_, [shown.finding], load_model("ir-portals", tmp_path), as_of=NOW)
    results = build(round_, [shown.finding], scores, manifest_sha256=None, as_of=NOW, version="0")
    points = [TrendPoint(id, NOW.isoformat(), "", MODEL, {"verified": 10.0}) for id in ("r1", "r2")]
    step = TrendStep("r1", "r2", True, (), {}, {})
    names = {"fa": {"a": "الف"}, "en": {"a": "Alef"}}
    report = tmp_path / "report"
    (report / "en").mkdir(parents=True)
    (report / "a.html").touch()
    with (
        EvidenceStore.open(tmp_path / "r1" / "evidence") as before,
        EvidenceStore.open(tmp_path / "r2" / "evidence") as after,
    ):
        last = LastStep((shown, unseen, other, same), before, after)
        write_trend(round_, results, scores, report, RepliesReport(), points, [step], None, names, last)
    for page, root in (("trend.html", ""), ("en/trend.html", "../")):
        drawn = LexborHTMLParser((report / page).read_text(encoding="utf-8"))
        (sheet,) = drawn.css("div.sheet:has(.pairs)")
        assert "خدمت 0" in sheet.css("h3")[0].text()
        assert [mark.attributes["class"] for mark in sheet.css(".v")] == ["v v-contradicted", "v v-verified"]
        files = [str(image.attributes["href"]) for image in sheet.css("svg.cut image")]
        assert [
            file.startswith(f"{root}{folder}")
            for file, folder in zip(files, ("before/shots/", "shots/"), strict=True)
        ]
        images = [(report / page).parent.joinpath(file).read_bytes() for file in files]
        assert images == [b"\xff\xd8\xff\xe0 before", IMAGE]
    # the English folder has no page of the agency, so that nothing leads there
    link = f'href="a.html#{shown.finding.id}"'
    assert link in (report / "trend.html").read_text("utf-8")
    assert link not in (report / "en" / "trend.html").read_text("utf-8")


def test_a_course_is_drawn_in_the_order_of_reading_and_never_across_models() -> None:
    same, other = (TrendStep("", "", same_model, (), {}, {}) for same_model in (True, False))
    drawn = sparkline([0.0, 100.0, 50.0], [same, other], False)
    assert 'class="pl-line" d="M5.0 19.0L45.0 5.0"' in drawn and 'class="pl-dot" d="M85 12h0"' in drawn
    assert 'd="M85.0 19.0L45.0 5.0"' in sparkline([0.0, 100.0, 50.0], [same, other], True)
    empty = sparkline([None, 5.0, None], [same, same], False)
    assert "pl-line" not in empty and empty.count("h0") == 1
