"""results.json has exactly the shape of the contract, says nothing of its own, and never differs by a byte."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from checks.finding import Finding, Subject
from claims.model import Agency, AuditorVerdict, Dataset, Period, Round, Service, Settings
from scoring.load import load_model
from scoring.model import Model
from scoring.score import score
from tests.records import build, to_bytes

AS_OF = dt.datetime(2025, 12, 1, tzinfo=dt.UTC)
THREE = {"declared", "verified", "possible"}
Build = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model("ir-portals", Path())


def find(
    check: str, kind: Any, subject: str, verdict: Any, reason: str | None = None, **observed: Any
) -> Finding:
    return Finding("ag", Subject(kind, subject), check, 1, verdict, reason, observed)


@pytest.fixture(scope="module")
def round() -> Round:
    return Round(
        Path("round"),
        Settings("1404-1", title="دور نخست", vantage="tehran-1", as_of=AS_OF),
        (
            Agency("zz", "خاموش", "main", "https://zz.test/", cooperated=False),
            Agency("ag", "سازمان", "main", "https://ag.test/", name_en="Agency"),
        ),
        (
            Service("ag", "s2", "پیگیری", True, "https://ag.test/2", "transaction", "12345678901"),
            Service("ag", "s1", "مجوز", True, "https://ag.test/1"),
            Service("ag", "s3", "آگهی", False),
        ),
        (
            Dataset("ag", "d1", "آمار", "https://ag.test/d.csv", period=Period("P1M", 31)),
            Dataset("ag", "d2", "فهرست", "https://ag.test/e.csv"),
        ),
        verdicts=(AuditorVerdict("s2", "verified", "auditor", dt.date(2025, 12, 2), "random", 0.1),),
    )


@pytest.fixture(scope="module")
def findings() -> list[Finding]:
    return [
        find("reach.portal", "agency", "ag", "verified", None, status=200),
        find("services.entry", "service", "s2", "partial", "login_wall", level="interaction"),
        find("services.entry", "service", "s3", "not_applicable"),
        find("services.card", "service", "s2", "verified"),
        find("datasets.freshness", "dataset", "d1", "partial", "due", age_days=40, period_days=31, newest="2025-10-22",
             dates={"data": "2025-10-22", "declared": "2025-10-30", "http": None}),
        find("datasets.usability", "dataset", "d1", "verified", "usable", stars=3, format="csv"),
        find("links.summary", "agency", "ag", "partial", None, pages=12, checked=300, broken=1, inconclusive=1),
        find("links.target", "link", "https://ag.test/gone", "contradicted", "gone", status=410,
             found_on=["https://ag.test/"], found_on_count=1, element="a", text="گزارش", reference="/gone"),
        find("links.target", "link", "https://ag.test/wall", "inconclusive", "blocked", status=403),
        find("hosts.security", "host", "ag.test:443", "contradicted", "expired", problems=["expired", "hsts_missing"],
             facts={"versions": ["TLSv1.2"], "share": 1 / 3, "odd": float("inf")}),
        find("elements.sla", "element", "sla", "verified", None, url="https://ag.test/sla", words=300),
        find("elements.faq", "element", "faq", "inconclusive", "no_match", complete_look=True),
    ]  # fmt: skip


@pytest.fixture(scope="module")
def made(model: Model) -> Build:
    def made(round: Round, findings: list[Finding], **more: Any) -> dict[str, Any]:
        scores = score(round, findings, model)
        return build(round, findings, scores, manifest_sha256="ab" * 32, as_of=AS_OF, version="0.1.0", **more)

    return made


@pytest.fixture(scope="module")
def results(made: Build, round: Round, findings: list[Finding]) -> dict[str, Any]:
    return made(round, findings)


def test_the_head(results: dict[str, Any], model: Model) -> None:
    assert set(results) == {"schema", "tool", "round", "national", "agencies"}
    assert results["schema"] == "govah-results/1"
    assert results["tool"] == {"name": "govah", "version": "0.1.0"}
    assert results["round"] == {
        "id": "1404-1",
        "title": "دور نخست",
        "vantage": "tehran-1",
        "as_of": "2025-12-01T00:00:00Z",
        "model": {"id": "ir-portals", "version": model.version, "sha256": model.sha256},
        "evidence": {"manifest_sha256": "ab" * 32},
        "controlled": False,
        "judged": None,
        "findings": {"seal": "sealed"},
    }


def test_the_nation(results: dict[str, Any]) -> None:
    national = results["national"]
    assert set(national) == {
        "agencies", "cooperated", "not_cooperated", "electronic_ratio", "bands", "bands_verified", "score",
        "hosts", "open_data", "error_rates",
    }  # fmt: skip
    assert (national["agencies"], national["cooperated"], national["not_cooperated"]) == (2, 1, 1)
    assert set(national["electronic_ratio"]) == THREE | {"estimate"}
    assert set(national["electronic_ratio"]["estimate"]) == {"value", "low", "high", "audits"}
    assert national["electronic_ratio"]["declared"] == 0.6667
    assert national["electronic_ratio"]["verified"] == 0.1667
    assert national["electronic_ratio"]["possible"] == 0.5
    assert national["bands"] == {"100": 0, "80-100": 0, "50-80": 1, "0-50": 0}
    assert national["bands_verified"] == {"100": 0, "80-100": 0, "50-80": 0, "0-50": 1}
    assert set(national["score"]) == THREE
    assert national["hosts"]["all"] == national["hosts"]["expired"] == national["hosts"]["hsts_absent"] == 1
    assert national["hosts"]["untold"] == national["hosts"]["opens"] == 0


def test_what_is_said_of_all_datasets(results: dict[str, Any]) -> None:
    stale = {"question": "stale", "state": "few", "bad": 0, "decided": 1, "undecided": 1, "left_out": 0}
    usable = {**stale, "question": "unusable"}
    nothing = {"share": None, "low": None, "high": None}
    ag, zz = results["agencies"]
    assert ag["open_data"] == {"stale": stale | nothing, "unusable": usable | nothing}
    assert zz["open_data"] is None
    assert results["national"]["open_data"]["stale"] == stale | nothing | {"agencies": {"few": 1}}


def test_no_random_verdicts_no_estimate(made: Build, round: Round, findings: list[Finding]) -> None:
    results = made(dataclasses.replace(round, verdicts=()), findings)
    assert results["national"]["electronic_ratio"]["estimate"] is None


def test_an_agency(results: dict[str, Any], model: Model) -> None:
    assert [agency["id"] for agency in results["agencies"]] == ["ag", "zz"]
    agency = results["agencies"][0]
    assert set(agency) == {
        "id", "name", "kind", "cooperated", "ranked", "not_ranked_reason", "reach", "coverage",
        "electronic_ratio", "score", "rank", "axes", "indicators", "services", "datasets", "open_data", "listed_data", "links", "hosts",
        "elements",
    }  # fmt: skip
    assert agency["reach"] == {"verdict": "verified", "reason": None}
    assert (agency["ranked"], agency["not_ranked_reason"], agency["rank"]) == (False, "low_coverage", None)
    assert set(agency["score"]) == set(agency["electronic_ratio"]) == THREE
    assert 0 <= agency["score"]["verified"] <= agency["score"]["possible"] <= 100
    assert [axis["id"] for axis in agency["axes"]] == ["user", "transparent", "smart", "participatory"]
    assert all(set(axis) == {"id", "weight", "coverage"} | THREE for axis in agency["axes"])
    assert [indicator["id"] for indicator in agency["indicators"]] == [i.id for i in model.contents.indicator]
    for indicator in agency["indicators"]:
        assert set(indicator) == {"id", "axis", "weight", "coverage", "findings"} | THREE
    sla = next(indicator for indicator in agency["indicators"] if indicator["id"] == "T02")
    assert (sla["axis"], sla["weight"], sla["verified"], len(sla["findings"])) == ("transparent", 3.0, 0.5, 1)


def test_services(results: dict[str, Any], findings: list[Finding]) -> None:
    first, second, third = results["agencies"][0]["services"]
    assert first == {
        "id": "s1",
        "code": None,
        "title": "مجوز",
        "url": "https://ag.test/1",
        "claimed": {"electronic": True, "level": None},
        "verdict": "inconclusive",
        "reason": "not_attempted",
        "level": None,
        "how": None,
        "findings": [],
    }
    assert (second["verdict"], second["reason"], second["level"]) == ("partial", "login_wall", "interaction")
    assert second["code"] == "12345678901"
    assert second["findings"] == sorted(f.id for f in findings if f.subject.id == "s2")
    assert (third["verdict"], third["reason"]) == ("not_applicable", None)


def test_datasets(results: dict[str, Any]) -> None:
    first, second = results["agencies"][0]["datasets"]
    assert set(first) == {
        "id",
        "title",
        "url",
        "claimed",
        "freshness",
        "usability",
        "same_content",
        "findings",
    }
    assert first["freshness"] == {
        "verdict": "partial",
        "reason": "due",
        "age_days": 40,
        "period_days": 31,
        "newest": "2025-10-22",
        "dates": {"proven": "2025-10-22", "declared": "2025-10-30", "http": None},
    }
    assert first["usability"] == {
        "verdict": "verified",
        "reason": "usable",
        "stars": 3,
        "format": "csv",
        "licence": None,
        "fix": [],
    }
    assert first["same_content"] == []
    assert second["freshness"]["verdict"] == second["usability"]["verdict"] == "inconclusive"
    assert second["usability"]["reason"] == "not_attempted"


def test_links_hosts_elements(results: dict[str, Any]) -> None:
    agency, silent = results["agencies"]
    assert agency["links"] == {
        "pages": 12,
        "checked": 300,
        "broken": [
            {
                "url": "https://ag.test/gone",
                "reason": "gone",
                "status": 410,
                "found_on": ["https://ag.test/"],
                "found_on_count": 1,
                "element": "a",
                "text": "گزارش",
                "reference": "/gone",
            }
        ],
        "inconclusive": [{"url": "https://ag.test/wall", "reason": "blocked"}],
        "unlisted": 0,
    }
    assert agency["hosts"] == [
        {
            "host": "ag.test",
            "port": 443,
            "verdict": "contradicted",
            "browser": "warning",
            "problems": ["expired", "hsts_missing"],
            "facts": {"versions": ["TLSv1.2"], "share": 0.3333, "odd": None},
        }
    ]
    assert agency["elements"] == [
        {"id": "faq", "verdict": "inconclusive", "reason": "no_match", "url": None},
        {"id": "sla", "verdict": "verified", "reason": None, "url": "https://ag.test/sla"},
    ]
    assert silent["links"] == {"pages": 0, "checked": 0, "broken": [], "inconclusive": [], "unlisted": 0}
    assert silent["reach"] == {"verdict": "inconclusive", "reason": "not_attempted"}
    assert silent["electronic_ratio"] == {"declared": None, "verified": None, "possible": None}
    assert silent["not_ranked_reason"] == "did_not_cooperate"


def test_a_failure_of_a_whole_check_is_no_host(made: Build, round: Round) -> None:
    broken = [
        find(check, "agency", "ag", "inconclusive", "own_error")
        for check in ("hosts.security", "links.target", "links.summary", "elements.sla", "services.entry")
    ]
    agency = made(round, broken)["agencies"][0]
    assert agency["hosts"] == agency["links"]["inconclusive"] == []
    assert agency["links"]["pages"] == 0
    assert {service["reason"] for service in agency["services"]} == {"not_attempted"}


def test_the_crawl_account_stands_beside_when_there_is_one(
    made: Build, round: Round, findings: list[Finding]
) -> None:
    account = {"state": "complete", "eligible": 12, "fetched": 11, "unfetched": {"robots": 1}}
    results = made(round, findings, accounts={"ag": account})
    assert results["agencies"][0]["crawl"] == account
    assert "crawl" not in results["agencies"][1]


def test_the_same_bytes_whatever_the_order(made: Build, round: Round, findings: list[Finding]) -> None:
    mixed = dataclasses.replace(
        round,
        agencies=round.agencies[::-1],
        services=round.services[::-1],
        datasets=round.datasets[::-1],
    )
    first = to_bytes(made(round, findings))
    assert first == to_bytes(made(mixed, findings[::-1])) == to_bytes(made(round, findings))
    assert json.loads(first) == made(round, findings)


def test_hostile_text_is_kept_from_breaking_the_file(made: Build, round: Round) -> None:
    link = find(
        "links.target", "link", "https://ag.test/\ud800<script>", "contradicted", "not_found", status=404
    )
    raw = to_bytes(made(round, [link]))
    assert json.loads(raw)["agencies"][0]["links"]["broken"][0]["url"].startswith("https://ag.test/")


def test_listed_datasets_stand_beside_claimed_ones_and_are_told_apart(
    made: Build, round: Round, findings: list[Finding]
) -> None:
    listed = [
        find("datasets.freshness", "dataset", f"listed-{n}", verdict, reason, claimed=False, title=f"t{n}")
        for n, (verdict, reason) in enumerate(
            [("contradicted", "stale_admitted")] * 9 + [("verified", "fresh")]
        )
    ]
    drawn = {"listed": 300, "judged": 10, "strata": []}
    catalogue = find("catalogue.datasets", "agency", "ag", "verified", None, drawn=drawn)
    before = made(round, findings)["agencies"][0]
    agency = made(round, [*findings, *listed, catalogue])["agencies"][0]
    assert [(d["id"], d["claimed"]) for d in agency["datasets"]] == [
        ("d1", True), ("d2", True), *((f"listed-{n}", False) for n in range(10)),
    ]  # fmt: skip
    assert agency["datasets"][2]["title"] == "t0"
    assert (before["listed_data"], agency["open_data"]) == (None, before["open_data"])
    said = agency["listed_data"]
    assert (said["listed"], said["judged"], said["unusable"]["undecided"]) == (300, 10, 10)
    assert (said["stale"]["share"], said["stale"]["state"]) == (0.9, "proven")
    assert said["stale"]["low"] < 0.9 < said["stale"]["high"]


def test_quoted_texts_have_no_personal_data(round: Round, model: Model) -> None:
    link = find("links.target", "link", "https://ag.test/sara.karimi@gmail.com", "contradicted", "gone", status=410,
                found_on=["https://ag.test/"], found_on_count=1, element="a", text="همراه 0912 345 6789", reference="/x")  # fmt: skip
    results = build(
        round,
        [link],
        score(round, [link], model, as_of=AS_OF),
        as_of=AS_OF,
        manifest_sha256=None,
        version="0",
    )
    (broken,) = next(one for one in results["agencies"] if one["id"] == "ag")["links"]["broken"]
    assert broken["text"] == "همراه [redacted:mobile:0]"
    assert broken["url"] == "https://ag.test/sara.karimi@gmail.com"
