"""What a portal lists as data where nothing is claimed (T04): rows of what comes of the files, in four kinds of lists."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from checks.finding import Finding
from claims.model import Agency, Dataset
from fixtures.catalogues import truth, written
from tests.checks.selection import allowed

PORTAL = "http://portal.test/"
SITE = "http://data.gandom.test"
API = f"{SITE}/api/3/action/"
JSON = (("Content-Type", "application/json"),)
TURTLE = (("Content-Type", "text/turtle"),)
CSV = (("Content-Type", "text/csv"),)
ROWS = [row for row in truth.datasets() if row.files]
Look = Callable[[Any, Sequence[truth.Dataset]], None]


def ckan(seen: Any, rows: Sequence[truth.Dataset]) -> None:
    seen.http(f"{API}status_show", '{"success": true, "result": {}}', headers=JSON, purpose="listing", at=2)
    search = f"{API}package_search?rows=100&start=0&sort=name+asc"
    seen.http(search, written.ckan_search(rows, len(rows)), headers=JSON, purpose="listing", at=3)


def data_json(seen: Any, rows: Sequence[truth.Dataset]) -> None:
    seen.http(f"{SITE}/data.json", written.data_json(rows), headers=JSON, purpose="listing", at=2)


def turtle(seen: Any, rows: Sequence[truth.Dataset]) -> None:
    seen.http(f"{SITE}/catalog.ttl", written.turtle(rows), headers=TURTLE, purpose="listing", at=2)


def page(seen: Any, rows: Sequence[truth.Dataset]) -> None:
    links = "".join(
        f"<li>{row.title}: " + " ".join(f'<a href="{file.url}">دانلود</a>' for file in row.files) + "</li>"
        for row in rows
    )
    body = f"<html><head><title>داده‌های باز</title></head><body><h1>داده‌های باز</h1><ul>{links}</ul></body></html>"
    seen.http(f"{PORTAL}data", body, at=2)


LOOKS: dict[str, Look] = {"ckan": ckan, "data.json": data_json, "turtle": turtle}


def answer(seen: Any, row: truth.Dataset, what: str) -> None:
    for file in row.files if what != "none" else ():
        for attempt in (1,) if what == "dead once" else (1, 2):
            facts: dict[str, Any] = {"attempt": attempt, "at": 100.0 + 60 * attempt}
            if what == "ok":
                seen.http(file.url, b"a,b\n1,2\n", headers=CSV, **facts)
            elif what == "login":
                body = "<html><body><h1>ورود</h1><form><input type=password name=p><button>ورود</button></form></body></html>"
                seen.http(file.url, body, **facts)
            else:
                seen.http(file.url, "", status=404 if what.startswith("dead") else 403, **facts)


def judge(seen: Any, write: Look | None, states: Sequence[str], *, account: bool = True) -> Finding | None:
    seen.agency = Agency("portal", "سازمان", "main", PORTAL, hosts=("data.gandom.test",))
    seen.http(PORTAL, "<html><body><h1>سازمان</h1></body></html>", purpose="home")
    rows = ROWS[: len(states)]
    if write is not None:
        write(seen, rows)
    for row, state in zip(rows, states, strict=True):
        answer(seen, row, state)
    if account:
        seen.account()
    found = seen.of("catalogue.downloads")
    finding: Finding | None = found.get("portal")
    assert finding is None or allowed(finding.check, finding.verdict, finding.reason)
    return finding


# name: (what comes of each dataset, verdict, downloadable, dead, open)
STATES: dict[str, tuple[list[str], str, int, int, int]] = {
    "all open": (["ok", "ok", "ok"], "verified", 3, 0, 0),
    "nine": (["ok"] * 9, "verified", 9, 0, 0),
    "one is dead": (["ok", "dead", "ok"], "partial", 2, 1, 0),
    "all are dead": (["dead"] * 3, "partial", 0, 3, 0),
    "dead, seen once": (["dead once"] * 3, "partial", 0, 0, 3),
    "behind a login": (["login", "login"], "partial", 0, 0, 2),
    "forbidden": (["403", "ok"], "partial", 1, 0, 1),
    "not fetched": (["none"] * 4, "partial", 0, 0, 4),
    "half fetched": (["ok", "none", "ok", "none"], "partial", 2, 0, 2),
}  # fmt: skip


@pytest.mark.in_turn("look")
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", STATES)
def test_what_is_listed(seen: Any, look: str, name: str) -> None:
    states, verdict, downloadable, dead, unsettled = STATES[name]
    found = judge(seen, LOOKS[look], states)
    assert found is not None
    told = [found.observed[key] for key in ("listed", "downloadable", "dead", "open")]
    assert told == [len(states), downloadable, dead, unsettled]
    assert found.verdict == verdict and found.captures


def test_files_on_a_page(seen: Any) -> None:
    found = judge(seen, page, ["ok", "ok", "dead"])
    assert found is not None
    assert found.observed["downloadable"] >= 2 and found.verdict == "partial"


def test_a_list_that_is_longer_than_what_was_read(seen: Any) -> None:
    def shortened(seen: Any, rows: Sequence[truth.Dataset]) -> None:
        seen.http(
            f"{API}status_show", '{"success": true, "result": {}}', headers=JSON, purpose="listing", at=2
        )
        search = f"{API}package_search?rows=100&start=0&sort=name+asc"
        seen.http(search, written.ckan_search(rows, 40), headers=JSON, purpose="listing", at=3)

    found = judge(seen, shortened, ["ok", "ok"])
    assert found is not None
    assert (found.observed["listed"], found.observed["downloadable"], found.observed["open"]) == (40, 2, 38)


def test_an_agency_that_claims_data_is_measured_by_its_claims(seen: Any) -> None:
    seen.datasets = (Dataset("portal", "d1", "داده", f"{PORTAL}d.csv"),)
    assert judge(seen, data_json, ["ok"]) is None


@pytest.mark.parametrize("account", [True, False])
def test_no_list(seen: Any, account: bool) -> None:
    found = judge(seen, None, [], account=account)
    assert found is not None
    assert (found.verdict, found.reason) == ("inconclusive", "not_found_anywhere" if account else "no_match")
    assert found.observed["complete_look"] is account


@pytest.mark.parametrize(("status", "reason"), [(403, "blocked"), (500, "server_error")])
def test_a_list_that_was_not_to_be_had(seen: Any, status: int, reason: str) -> None:
    def refused(seen: Any, rows: Sequence[truth.Dataset]) -> None:
        seen.http(f"{SITE}/data.json", "", status=status, purpose="listing", at=2)

    found = judge(seen, refused, [])
    assert found is not None
    assert (found.verdict, found.reason) == ("inconclusive", reason)


def test_a_list_of_somebody_else(seen: Any) -> None:
    def elsewhere(seen: Any, rows: Sequence[truth.Dataset]) -> None:
        seen.http(
            "http://national.test/data.json", written.data_json(rows), headers=JSON, purpose="listing", at=2
        )

    found = judge(seen, elsewhere, ["ok", "ok"])
    assert found is not None
    assert (found.verdict, found.reason) == ("inconclusive", "not_found_anywhere")


MUTATIONS = {
    "targets dead": "dead",
    "targets behind a login": "login",
    "targets gone unseen": "none",
    "targets forbidden": "403",
}


@pytest.mark.in_turn("look")
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("mutation", MUTATIONS)
@pytest.mark.parametrize("which", range(3))
def test_a_mutation_is_detected(seen: Any, look: str, mutation: str, which: int) -> None:
    states = ["ok"] * 3
    states[which] = MUTATIONS[mutation]
    found = judge(seen, LOOKS[look], states)
    assert found is not None
    assert (found.verdict, found.observed["downloadable"]) == ("partial", 2)
