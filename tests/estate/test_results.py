"""What comes out of the estate's audit: complete, sealed, deterministic, and told in both languages."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.checks.selection import allowed
from tests.depth import tries
from tests.estate.conftest import outcomes
from tests.rounds import govah
from tests.valid import faults


def test_results_hold_every_agency(audit: Any) -> None:
    assert audit.results["schema"] == "govah-results/1"
    national = audit.results["national"]
    assert national["agencies"] == len(audit.results["agencies"]) >= 12
    assert national["not_cooperated"] == 2
    assert sum(national["bands"].values()) <= national["cooperated"]
    assert audit.results["round"]["evidence"]["manifest_sha256"]
    assert sum(len(a["services"]) for a in audit.results["agencies"]) >= 90
    assert sum(len(a["datasets"]) for a in audit.results["agencies"]) >= 20


def test_agencies_that_did_not_cooperate_stand_apart(audit: Any) -> None:
    apart = [a for a in audit.results["agencies"] if not a["cooperated"]]
    assert [a["not_ranked_reason"] for a in apart] == ["did_not_cooperate"] * 2
    assert all(a["rank"] is None for a in apart)


def test_verified_never_exceeds_possible(audit: Any) -> None:
    for agency in audit.results["agencies"]:
        for node in [agency["score"], agency["electronic_ratio"], *agency["axes"], *agency["indicators"]]:
            if node["verified"] is not None:
                assert node["verified"] <= node["possible"] + 1e-9


def test_every_finding_cites_captures_that_exist(audit: Any) -> None:
    done = govah("verify", audit.round, key=audit.key)
    assert "unchanged" in done.stdout
    told = json.loads(govah("verify", audit.round, "--json", key=audit.key).stdout)
    assert told["intact"] and len(told["fingerprint"]) == 64 and not told["compared"]
    govah("verify", audit.round, "--fingerprint", told["fingerprint"], key=audit.key)
    govah("verify", audit.round, "--fingerprint", "0" * 64, key=audit.key, status=4)


@pytest.mark.thorough
def test_checking_again_elsewhere_gives_the_same_bytes(
    audit: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "another-place"
    shutil.copytree(audit.round, copy, ignore=shutil.ignore_patterns("results"))
    monkeypatch.setenv("TZ", "Asia/Tehran")
    monkeypatch.setenv("PYTHONHASHSEED", "4321")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    govah("check", copy, "--jobs", 1, key=audit.key, started=True)
    govah("score", copy, key=audit.key, started=True)
    for name in ("findings.jsonl", "results.json"):
        assert (copy / "results" / name).read_bytes() == (audit.round / "results" / name).read_bytes()


@pytest.mark.parametrize("place", ["warc", "findings", "manifest"])
def test_tampering_is_named(audit: Any, tmp_path: Path, place: str) -> None:
    copy = tmp_path / "round"
    shutil.copytree(audit.round, copy)
    if place == "warc":
        path = next(copy.glob("evidence/shard-*/*.warc.gz"))
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
    elif place == "findings":
        path = copy / "results" / "findings.jsonl"
        path.write_text(
            path.read_text(encoding="utf-8").replace('"contradicted"', '"verified"', 1), encoding="utf-8"
        )
    else:
        path = copy / "evidence" / "manifest.json"
        path.write_bytes(path.read_bytes().replace(b'"records"', b'"recordz"', 1))
    done = govah("verify", copy, "--json", key=audit.key, status=4)
    faults = json.loads(done.stdout)["faults"]
    assert any(path.name in fault["file"] for fault in faults)


def test_damaged_evidence_is_not_judged(audit: Any, tmp_path: Path) -> None:
    copy = tmp_path / "round"
    shutil.copytree(audit.round, copy)
    path = next(copy.glob("evidence/shard-*/*.warc.gz"))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    done = govah("check", copy, key=audit.key, status=4)
    assert "govah verify" in done.stderr
    assert (copy / "results" / "findings.jsonl").read_bytes() == (
        audit.round / "results" / "findings.jsonl"
    ).read_bytes()


def test_judging_one_agency_keeps_the_findings_of_the_others(audit: Any, tmp_path: Path) -> None:
    copy = tmp_path / "round"
    shutil.copytree(audit.round, copy)
    before = (copy / "results" / "findings.jsonl").read_bytes()
    agency = audit.results["agencies"][0]["id"]
    govah("check", copy, "--agency", agency, key=audit.key)
    assert (copy / "results" / "findings.jsonl").read_bytes() == before


@pytest.mark.parametrize(("level", "status"), [("contradicted", 1), ("never", 0)])
def test_fail_on(audit: Any, tmp_path: Path, level: str, status: int) -> None:
    copy = tmp_path / "round"
    shutil.copytree(audit.round, copy)
    agency = next(f["agency"] for f in audit.findings if f["verdict"] == "contradicted")
    govah("check", copy, "--agency", agency, "--fail-on", level, key=audit.key, status=status)


def test_every_page_of_the_report_is_html_as_the_standard_has_it(audit: Any) -> None:
    pages = sorted((audit.round / "results" / "report").rglob("*.html"))
    assert len(pages) > 2 * len(audit.results["agencies"])
    assert faults(pages[:: tries(7, 1)]) == []


def test_the_report_is_offline_and_holds_every_finding_of_a_service(audit: Any) -> None:
    report = audit.round / "results" / "report"
    for language in ("", "en"):
        for agency in audit.results["agencies"]:
            page = (report / language / f"{agency['id']}.html").read_text(encoding="utf-8")
            assert 'dir="rtl"' in page if language == "" else 'dir="ltr"' in page
            assert "<script" not in page
            assert not re.search(r"""(?:src|href)=["']?(?:https?:)?//""", page)
            for service in agency["services"]:
                assert all(f'id="{finding}"' in page for finding in service["findings"])
        assert (report / language / "index.html").is_file()
        assert (report / language / "method.html").is_file()


def test_explain_tells_what_a_browser_shows_of_a_host(audit: Any) -> None:
    for host, shown in (
        ("www.rangin.test", "national"),
        ("www.rangin.test:443", "national"),
        ("www.rangin.tes", None),
    ):
        done = govah(
            "explain", audit.round, f"rangin/{host}", "--json", key=audit.key, status=0 if shown else 2
        )
        if shown:
            assert [one["browser"] for one in json.loads(done.stdout)["hosts"]] == [shown]


def test_explain_and_worklist_answer(audit: Any) -> None:
    agency = next(a for a in audit.results["agencies"] if a["services"])
    told = json.loads(govah("explain", audit.round, agency["id"], "--json", key=audit.key).stdout)
    tree = told["node"]
    total = sum(child["contribution"] for child in tree["children"])
    assert total == pytest.approx(tree["verified"], abs=1e-9)
    service = agency["services"][0]["id"]
    story = json.loads(
        govah("explain", audit.round, f"{agency['id']}/{service}", "--json", key=audit.key).stdout
    )
    assert story["findings"][0]["subject"]["id"] == service
    listed = json.loads(govah("worklist", audit.round, "--size", 20, "--json", key=audit.key).stdout)
    assert len({case["service"] for case in listed["audit"]}) == 20
    assert not {"outcome", "design", "probability"} & set(listed["audit"][0]), "whoever judges is not told"
    changed = json.loads(govah("diff", audit.round, audit.round, "--json", key=audit.key).stdout)
    assert changed["changed"] == []


def test_every_reason_is_of_the_closed_lists(audit: Any) -> None:
    strange = [
        (f["check"], f["verdict"], f["reason"])
        for f in audit.findings
        if not allowed(f["check"], f["verdict"], f["reason"])
    ]
    assert strange == []


def test_outcomes_are_a_function_of_the_findings(audit: Any) -> None:
    assert len(outcomes(audit.findings)) == len(audit.findings), "two findings share an id"
