"""A claim is judged from wherever it was seen, and is contradicted by all vantage points that were let in or by none."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from checks.case import Case, Shared
from checks.finding import Finding
from checks.reach.portal.check import CHECK as PORTAL_ANSWERS
from checks.registry import check_of
from checks.services.matching.titles import titles_of
from claims.model import Service
from evidence.store import EvidenceStore
from fixtures.single_agency import PORTAL, Seen
from tests.checks.test_retested import again

CLAIM = f"{PORTAL}s"
CLAIMS = (Service("portal", "s1", "صدور پروانه کسب", True, CLAIM, "transaction"),)
HOME = f"<title>سازمان</title><h1>سازمان</h1><p>به درگاه خوش آمدید.</p><a href={CLAIM}>پروانه</a>"
FORM = (
    "<title>صدور پروانه کسب</title><h1>صدور پروانه کسب</h1><p>درخواست خود را در فرم زیر ثبت کنید.</p>"
    "<form method=post action=/send><label>کد ملی <input name=nid></label><label>نام <input name=name></label>"
    "<button>ثبت درخواست</button></form>"
)
OPEN: Mapping[str, Any] = {"body": FORM}
GONE: Mapping[str, Any] = {"body": "no such page", "status": 404}
OTHER: Mapping[str, Any] = {"body": "<title>اخبار</title><h1>اخبار سازمان</h1><p>خبر روز</p>"}
CHALLENGED: Mapping[str, Any] = {
    "body": "<title>Just a moment...</title><form id=challenge-form></form>",
    "status": 503,
}
SLOW: Mapping[str, Any] = {"status": None, "failure": "timeout"}
EMPTY: Mapping[str, Any] = {"body": "<title>خدمت</title><div id=root></div><script src=/app.js></script>"}
CUT: Mapping[str, Any] = {"status": None, "failure": "reset"}
ENTRY, AT_HOME = check_of("services.entry"), PORTAL_ANSWERS


def seen_from(folder: Path, vantage: str, home: Mapping[str, Any], claim: Mapping[str, Any]) -> Seen:
    seen = Seen(folder / vantage, vantage=vantage)
    seen.services = CLAIMS
    seen.twice(PORTAL, **home, purpose="home")
    seen.twice(CLAIM, **claim, purpose="claim")
    seen.account()
    return seen


def judged(folder: Path, here: Mapping[str, Any], *there: Mapping[str, Any]) -> dict[str, Finding]:
    """Findings about the claim and the home page, by check. A home page is closed where the claim is."""

    def home(claim: Mapping[str, Any]) -> Mapping[str, Any]:
        return claim if claim in (CHALLENGED, SLOW, CUT) else {"body": HOME}

    seen = seen_from(folder, "test", home(here), here)
    seen.also = tuple(
        seen_from(folder, f"place{number}", home(claim), claim) for number, claim in enumerate(there, 1)
    )
    found = {finding.check: finding for finding in seen.judge(checks=(ENTRY, AT_HOME))}
    also = [EvidenceStore.open(one.folder / "evidence") for one in seen.also]
    with EvidenceStore.open(seen.folder / "evidence", also=also) as store:
        for finding in found.values():  # each capture says from where it was seen
            assert {store.get(id).vantage for id in finding.captures} <= {"test", "place1", "place2"}
    return found


VERIFIED, GONE_EVERYWHERE = ("verified", "transaction_entry"), ("contradicted", "dead_link")
BLOCKED, UNREACHED = ("inconclusive", "blocked"), ("inconclusive", "unreachable")
DIFFER = ("inconclusive", "vantages_differ")
TRUTH = [
    # what each vantage point is answered, the round's own first; the finding about the claim, and whence it is
    ("open everywhere", (OPEN, OPEN), VERIFIED, None),
    ("filtered here, open there", (CHALLENGED, OPEN), VERIFIED, "place1"),
    ("slow here, open there", (SLOW, OPEN), VERIFIED, "place1"),
    ("cut off here, open there", (CUT, OPEN), VERIFIED, "place1"),
    ("open here, filtered there", (OPEN, CHALLENGED), VERIFIED, None),
    ("filtered everywhere", (CHALLENGED, CHALLENGED), BLOCKED, None),
    ("slow everywhere", (SLOW, SLOW), UNREACHED, None),
    ("gone everywhere", (GONE, GONE), GONE_EVERYWHERE, None),
    ("gone here, open there", (GONE, OPEN), DIFFER, None),
    ("gone here, something else there", (GONE, OTHER), DIFFER, None),
    ("gone here, filtered there: who was let in agrees", (GONE, CHALLENGED), GONE_EVERYWHERE, None),
    ("gone here, slow there: a time-out is ours", (GONE, SLOW), GONE_EVERYWHERE, None),
    ("gone here, only scripts there: no browser read them", (GONE, EMPTY), GONE_EVERYWHERE, None),
    ("only scripts here, open there", (EMPTY, OPEN), VERIFIED, "place1"),
    ("filtered here, gone there", (CHALLENGED, GONE), GONE_EVERYWHERE, "place1"),
    ("filtered here, gone there, open at the third", (CHALLENGED, GONE, OPEN), DIFFER, "place1"),
    ("filtered at two, open at the third", (CHALLENGED, SLOW, OPEN), VERIFIED, "place2"),
]


@pytest.mark.parametrize(
    ("answers", "outcome", "whence"), [row[1:] for row in TRUTH], ids=[row[0] for row in TRUTH]
)
def test_a_claim_by_what_every_vantage_point_is_answered(
    tmp_path: Path, answers: tuple[Mapping[str, Any], ...], outcome: tuple[str, str], whence: str | None
) -> None:
    found = judged(tmp_path, *answers)["services.entry"]
    assert (found.verdict, found.reason) == outcome
    assert found.observed.get("vantage") == whence
    if whence is not None and outcome != DIFFER:
        assert all(id.startswith(whence) for id in found.captures)


def test_a_finding_that_places_disagree_about_cites_both(tmp_path: Path) -> None:
    found = judged(tmp_path, GONE, OPEN)["services.entry"]
    assert {id.startswith("place1") for id in found.captures} == {True, False}
    assert found.effect == "vantages_differ"


def test_a_portal_that_is_closed_here_answers_from_elsewhere(tmp_path: Path) -> None:
    found = judged(tmp_path, CHALLENGED, OPEN)["reach.portal"]
    assert (found.verdict, found.observed["vantage"], found.observed["status"]) == ("verified", "place1", 200)


def test_with_one_vantage_point_no_byte_is_another(tmp_path: Path) -> None:
    alone = seen_from(tmp_path / "alone", "test", {"body": HOME}, GONE).judge()
    beside = seen_from(tmp_path / "beside", "test", {"body": HOME}, GONE)
    beside.also = (seen_from(tmp_path, "place1", SLOW, SLOW),)
    assert [one for one in beside.judge() if one.check != "reach.vantage"] == alone


@pytest.mark.parametrize(
    ("menu", "outcome"),
    [("<a href=/x>تماس</a>", ("contradicted", "not_found")), ("", DIFFER)],
    ids=["linked there too", "not linked there"],
)
def test_what_is_found_here_alone_where_others_are_let_in_is_no_contradiction(
    tmp_path: Path, menu: str, outcome: tuple[str, str]
) -> None:
    def seen(vantage: str, links: str) -> Seen:
        made = Seen(tmp_path / vantage, vantage=vantage)
        made.twice(PORTAL, f"{HOME}{links}", purpose="home")
        made.twice(f"{PORTAL}x", "no such page", status=404, purpose="link")
        made.account()
        return made

    here = seen("test", "<a href=/x>تماس</a>")
    here.also = (seen("place1", menu),)
    found = here.of("links.target")[f"{PORTAL}x"]
    assert (found.verdict, found.reason) == outcome
    # the page that the other place was let in to is cited, where it speaks against
    assert any(id.startswith("place1") for id in found.captures) == (outcome == DIFFER)


@pytest.mark.parametrize(
    ("there", "retested", "outcome"),
    [(OPEN, GONE, DIFFER), (GONE, GONE, GONE_EVERYWHERE), (OPEN, OPEN, VERIFIED)],
    ids=["gone here alone, again", "gone everywhere, again", "mended"],
)
def test_a_retest_from_here_contradicts_nothing_that_another_place_was_served(
    tmp_path: Path, there: Mapping[str, Any], retested: Mapping[str, Any], outcome: tuple[str, str]
) -> None:
    seen = seen_from(tmp_path, "test", {"body": HOME}, GONE)
    seen.also = (seen_from(tmp_path, "place1", {"body": HOME}, there),)
    again(seen, 1, dict(retested), dict(retested))
    found = next(finding for finding in seen.judge(checks=(ENTRY,)))
    assert (found.verdict, found.reason) == outcome
    assert found.observed.get("retest") == (None if outcome == DIFFER else 1)


def test_retests_of_another_place_are_not_its_crawl(tmp_path: Path) -> None:
    """Whoever holds the other key may visit a claim again, a month later, in a copy of the round."""
    seen = seen_from(tmp_path, "test", {"body": HOME}, GONE)
    there = seen_from(tmp_path, "place1", {"body": HOME}, GONE)
    again(there, 1, dict(OPEN), dict(OPEN))
    seen.also = (there,)
    found = next(finding for finding in seen.judge(checks=(ENTRY,)))
    assert (found.verdict, found.reason) == GONE_EVERYWHERE


def test_what_is_derived_from_the_round_is_held_once_for_all_places(tmp_path: Path) -> None:
    seen = [seen_from(tmp_path, vantage, {"body": HOME}, OPEN) for vantage in ("test", "place1")]
    for one in seen:
        one.writer.close()
    also = [EvidenceStore.open(seen[1].folder / "evidence")]
    with EvidenceStore.open(seen[0].folder / "evidence", also=also) as store:
        round = seen[0].round()
        case = Case(round, seen[0].agency, store, seen[0].as_of, Shared(round, store))
        other = case.vantages["place1"]
        assert titles_of(other) is titles_of(case)
        assert other.shared.host_owners is case.shared.host_owners
        assert other.shared.evidence is also[0]
