"""Files of a round that are edited after the crawl or after the judgement: told by whatever shows scores, refused by nothing."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evidence.pack.format import VERIFIER
from tests.govah.replying import Audit

pytestmark = pytest.mark.sockets

DECLARED = "agency,indicator,value\na1,S09,0.5\na2,S09,0.5\n"


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Audit:
    audit = Audit(tmp_path_factory.mktemp("edited"))
    audit.write("declarations.csv", DECLARED)
    return audit.audited()


@pytest.fixture
def audit(audited: Audit, tmp_path: Path) -> Audit:
    copy = Audit.__new__(Audit)
    copy.folder, copy.key, copy.site = tmp_path / "round", audited.key, audited.site
    shutil.copytree(audited.folder, copy.folder)
    return copy


def edit(audit: Audit, name: str, old: str, new: str) -> Audit:
    text = (audit.folder / name).read_text(encoding="utf-8")
    assert old in text
    audit.write(name, text.replace(old, new))
    return audit


def add(audit: Audit) -> None:
    edit(audit, "services.csv", "a2,t1,", "a1,s9,افزوده,yes,http://a1.test/s9,transaction\na2,t1,")


def list_a_deep_link(audit: Audit) -> None:
    audit.write("window.csv", "service,url\ns2,http://window.test/s2\n")


def results(audit: Audit) -> Any:
    return json.loads((audit.results / "results.json").read_bytes())


def edits(audit: Audit) -> dict[str, Any]:
    """Of the round, by kind: how many, and which by id and fields."""
    told = audit.good("score", "--json").json["round"].get("edits", {})
    told.pop("judged_as_of", None)
    return {
        kind: (some["count"], [(row["file"], row.get("id"), row.get("fields")) for row in some["first"]])
        for kind, some in told.items()
    }


def test_a_round_as_it_was_crawled_and_judged_has_nothing_to_tell(audit: Audit) -> None:
    told = audit.good("score")
    assert edits(audit) == {}
    assert "since" not in told.err and "never visited" not in told.err
    assert not any("edits" in agency for agency in results(audit)["agencies"])


EDITS: dict[str, tuple[Callable[[Audit], object], dict[str, Any]]] = {
    "added": (
        add,
        {
            "judged_added": (1, [("services.csv", "s9", None)]),
            "unvisited": (1, [("services.csv", "s9", None)]),
        },
    ),
    "address": (
        lambda audit: edit(audit, "services.csv", "http://a1.test/s1", "http://a1.test/elsewhere"),
        {
            "judged_changed": (1, [("services.csv", "s1", ["url"])]),
            "unvisited": (1, [("services.csv", "s1", None)]),
        },
    ),
    "address that was visited": (
        lambda audit: edit(audit, "services.csv", "http://a1.test/s1", "http://a1.test/s2"),
        {"judged_changed": (1, [("services.csv", "s1", ["url"])])},
    ),
    "level": (
        lambda audit: edit(audit, "services.csv", "/s2,transaction", "/s2,information"),
        {"judged_changed": (1, [("services.csv", "s2", ["level"])])},
    ),
    "removed": (
        lambda audit: edit(
            audit, "services.csv", "a1,s1,صدور پروانه کسب,yes,http://a1.test/s1,transaction\n", ""
        ),
        {"judged_removed": (1, [("services.csv", "s1", None)])},
    ),
    "moved to another agency": (
        lambda audit: edit(audit, "services.csv", "a1,s2", "a2,s2"),
        {
            "judged_added": (1, [("services.csv", "s2", None)]),
            "judged_removed": (1, [("services.csv", "s2", None)]),
            "unvisited": (1, [("services.csv", "s2", None)]),
        },
    ),
    "agency": (
        lambda audit: edit(audit, "agencies.csv", "اداره,main", "اداره,executive"),
        {"judged_changed": (1, [("agencies.csv", "a2", ["kind"])])},
    ),
    "agency added": (
        lambda audit: edit(audit, "agencies.csv", "a2,", "a3,تازه,main,http://a3.test/\na2,"),
        {
            "judged_added": (1, [("agencies.csv", "a3", None)]),
            "unvisited": (1, [("agencies.csv", "a3", None)]),
        },
    ),
    "agency removed": (
        lambda audit: (
            edit(audit, "agencies.csv", "a2,اداره,main,http://a2.test/\n", ""),
            edit(audit, "services.csv", "a2,t1,گواهی اشتغال,yes,http://a2.test/t1,transaction\n", ""),
            edit(audit, "declarations.csv", "a2,S09,0.5\n", ""),
        ),
        {
            "judged_removed": (
                3,
                [
                    ("agencies.csv", "a2", None),
                    ("declarations.csv", "a2/S09", None),
                    ("services.csv", "t1", None),
                ],
            )
        },
    ),
    "answer": (
        lambda audit: edit(audit, "declarations.csv", "a2,S09,0.5", "a2,S09,1.0\na2,S08,1.0"),
        {
            "judged_added": (1, [("declarations.csv", "a2/S08", None)]),
            "judged_changed": (1, [("declarations.csv", "a2/S09", ["value"])]),
        },
    ),
    "setting of the judgement": (
        lambda audit: edit(audit, "round.toml", 'vantage = "v"', 'vantage = "v"\nas_of = 2026-01-01'),
        {"judged_settings": (1, [("round.toml", None, ["round.as_of"])])},
    ),
    "settings of the crawl": (
        lambda audit: (
            edit(audit, "round.toml", 'vantage = "v"', 'vantage = "tehran"'),
            edit(
                audit, "round.toml", "per_host = 4", 'per_host = 4\nmax_pages = 9\ndelays = { "a1.test" = 2 }'
            ),
        ),
        {
            "crawled_settings": (
                3,
                [
                    ("round.toml", None, ["crawl.delays"]),
                    ("round.toml", None, ["crawl.max_pages"]),
                    ("round.toml", None, ["round.vantage"]),
                ],
            )
        },
    ),
    "another name": (
        lambda audit: edit(audit, "round.toml", 'id = "r"', 'id = "round-13"'),
        {"relabelled": (1, [("round.toml", "r", ["round.id"])])},
    ),
    "deep links of the national window": (
        list_a_deep_link,
        {
            "judged_changed": (1, [("services.csv", "s2", ["window"])]),
            "judged_settings": (1, [("window.csv", None, None)]),
        },
    ),
    "controls": (
        lambda audit: edit(audit, "round.toml", '["http://control.test/"]', '["http://other.test/"]'),
        {
            "judged_settings": (1, [("round.toml", None, ["network.controls"])]),
            "crawled_settings": (1, [("round.toml", None, ["network.controls"])]),
        },
    ),
}


@pytest.mark.parametrize("name", EDITS)
def test_what_differs_from_what_was_judged_is_told(audit: Audit, name: str) -> None:
    change, expected = EDITS[name]
    change(audit)
    assert edits(audit) == expected


def test_what_was_judged_as_it_is_and_crawled_otherwise_is_told(audit: Audit) -> None:
    add(audit)
    edit(audit, "services.csv", "a2,t1,گواهی اشتغال,yes,http://a2.test/t1,transaction\n", "")
    edit(audit, "services.csv", "http://a1.test/s1", "http://a1.test/s2")
    audit.good("check", "--jobs", "1")
    assert edits(audit) == {
        "crawled_added": (1, [("services.csv", "s9", None)]),
        "crawled_changed": (1, [("services.csv", "s1", ["url"])]),
        "crawled_removed": (1, [("services.csv", "t1", None)]),
        "unvisited": (1, [("services.csv", "s9", None)]),
    }
    # a crawl that is complete visits nothing of its agencies again
    assert set(audit.good("run", "--jobs", "1", "--json").json["edits"]) >= {"crawled_added", "unvisited"}


def test_an_agency_that_was_added_is_visited_and_told_no_more(audit: Audit) -> None:
    edit(audit, "agencies.csv", "a2,", "a3,تازه,main,http://a3.test/\na2,")
    edit(audit, "round.toml", "hosts = {", f'hosts = {{ "a3.test:80" = "{audit.site.target}",')
    assert set(edits(audit)) == {"judged_added", "unvisited", "crawled_settings"}
    assert audit.good("run", "--jobs", "1", "--json").json["edits"] is None


def test_agencies_that_no_crawl_came_to_are_told(tmp_path: Path) -> None:
    """A part of the round is crawled, and then all of it is weighed."""
    audit = Audit(tmp_path)
    told = audit.good("run", "--jobs", "1", "--agency", "a1", "--json").json["edits"]
    assert [row["id"] for row in told["unvisited"]["first"]] == ["a2", "t1"]


def test_verdicts_may_come_later_but_not_of_other_claims(audit: Audit) -> None:
    audit.write(
        "verdicts.csv",
        "subject,verdict,auditor,date\ns1,contradicted,x,2026-01-02\ns2,verified,x,2026-01-02\na1/S09,verified,x,2026-01-02\n",
    )
    assert edits(audit) == {}
    edit(audit, "services.csv", "/s2,transaction", "/s2,interaction")
    edit(audit, "declarations.csv", "a1,S09,0.5", "a1,S09,0.7")
    assert edits(audit)["verdicts"] == (2, [("verdicts.csv", "s2", None), ("verdicts.csv", "a1/S09", None)])


def test_the_terminal_and_the_first_lines_of_the_pages_say_it_in_both_languages(audit: Audit) -> None:
    add(audit)
    told = audit.good("report", "--json")
    assert told.json["edits"]["unvisited"] == {"count": 1, "first": [{"file": "services.csv", "id": "s9"}]}
    assert (
        "never visited: 1 (services.csv s9)" in told.err and "added after the judgement (as of 20" in told.err
    )
    assert "هرگز بازدید نشده است" in audit.good("score", language="fa").err
    assert "never visited" in audit.good("export", "sarif").err
    for page, english in (
        ("index.html", True),
        ("a1.html", True),
        ("fa/index.html", False),
        ("fa/a1.html", False),
    ):
        html = (audit.results / "report" / page).read_text(encoding="utf-8")
        head = html.partition('<div class="cards">')[0]
        assert ("never visited" if english else "هرگز بازدید نشده است") in head, page
        assert "services.csv s9" in head, page
    assert "never visited" not in (audit.results / "report" / "a2.html").read_text(encoding="utf-8")


def test_a_round_under_another_name_is_told_by_every_command_and_on_every_page(audit: Audit) -> None:
    """No seal is over `round.toml`: last year's round, passed on as this year's."""
    assert audit.good("verify", "--json").json["relabelled"] is None
    assert "According to the seal, this is the round r." in audit.good("verify").out
    edit(audit, "round.toml", 'id = "r"', 'id = "round-13"\ntitle = "Thirteenth"')
    verified = audit.good("verify", "--json").json
    assert (verified["intact"], verified["round"], verified["relabelled"]) == (True, "r", "round-13")
    said = audit.good("verify")
    assert "round-13, but the seal calls it r." in said.err and "According to the seal" not in said.out
    sealed = "the round sealed as r,"
    for command in (["score"], ["report"], ["export", "sarif"], ["run", "--jobs", "1"]):
        assert sealed in audit.good(*command).err, command
    pages = set((audit.results / "report").rglob("*.html")) - {audit.results / "report" / VERIFIER}
    assert len(pages) > 10
    for page in pages:
        html = page.read_text(encoding="utf-8")
        mark = "مهر شده است، ولی round.toml" if "fa" in page.parts else "another name (round.id)"
        assert html.count(mark) == 1 and 'role="alert"' in html, page
    finding = json.loads((audit.results / "findings.jsonl").read_text(encoding="utf-8").partition("\n")[0])
    packed = audit.good("pack", finding["id"], "--json")
    assert "the seal calls it r." in packed.err and packed.json["round"] == "r"


def test_many_are_counted_and_the_first_named(audit: Audit) -> None:
    rows = "".join(f"a1,n{i},افزوده,yes,http://a1.test/n{i},transaction\n" for i in range(40))
    edit(audit, "services.csv", "a2,t1,", rows + "a2,t1,")
    told = audit.good("score", "--json")
    some = told.json["round"]["edits"]["unvisited"]
    assert (some["count"], len(some["first"])) == (40, 10)
    (line,) = [line for line in told.err.splitlines() if "never visited" in line]
    assert "40 (" in line and len(line) < 250


def test_who_judged_without_writing_down_the_claims_is_not_told_of_edits(audit: Audit) -> None:
    """Findings of an older version have no claims beside them; what a part of the round is judged by stays as it was."""
    add(audit)
    (audit.results / "findings.claims.jsonl").unlink()
    assert set(audit.good("score", "--unsealed", "--json").json["round"]["edits"]) == {
        "crawled_added",
        "unvisited",
    }


@pytest.mark.parametrize(
    "agencies", [[], ["a1"], {"a1": 5}, {"a1": {"services": [[1]], "datasets": []}}, {"a1": {"services": 7}}]
)
def test_a_plan_that_says_anything_stops_nothing(audit: Audit, agencies: object) -> None:
    add(audit)
    path = audit.evidence / "plan.json"
    plan = json.loads(path.read_bytes())
    path.write_text(json.dumps(plan | {"plan": plan["plan"] | {"agencies": agencies}}))
    assert set(edits(audit)) == {"judged_added"}


def test_a_part_that_is_judged_anew_leaves_the_others_edits_told(audit: Audit) -> None:
    edit(audit, "services.csv", "/s2,transaction", "/s2,interaction")
    edit(audit, "services.csv", "/t1,transaction", "/t1,interaction")
    audit.good("check", "--agency", "a1", "--jobs", "1")
    assert edits(audit) == {"judged_changed": (1, [("services.csv", "t1", ["level"])])}


def test_an_address_that_holds_a_secret_is_not_taken_for_another(audit: Audit) -> None:
    """Claims are kept without secrets."""
    secret = "http://a1.test/s2?access_token=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTYifQ.c2lnbmF0dXJl"
    edit(audit, "services.csv", "http://a1.test/s2", secret)
    audit.good("check", "--jobs", "1")
    assert b"eyJzdWIi" not in (audit.results / "findings.claims.jsonl").read_bytes()
    assert set(edits(audit)) == {"crawled_changed", "unvisited"}
    edit(audit, "services.csv", ",transaction\na2", ",interaction\na2")
    assert edits(audit)["judged_changed"] == (1, [("services.csv", "s2", ["level"])])
    assert b"eyJzdWIi" not in (audit.results / "results.json").read_bytes()
