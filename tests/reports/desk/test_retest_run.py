"""A re-test that the desk begins: a process of its own over real sockets, one at a time, and never beside a crawl."""

from __future__ import annotations

import html
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from reports.catalogue import TextCatalogue
from tests.govah.replying import Audit
from tests.reports.desk.rounds import Client, served

pytestmark = [pytest.mark.sockets, pytest.mark.processes]

EN = TextCatalogue("en")


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Audit:
    return Audit(tmp_path_factory.mktemp("audit")).audited()


@pytest.fixture
def audit(audited: Audit, tmp_path: Path) -> Audit:
    copy = Audit.__new__(Audit)
    copy.folder, copy.key, copy.site = tmp_path / "round", audited.key, audited.site
    shutil.copytree(audited.folder, copy.folder)
    return copy


@pytest.fixture
def desk(audit: Audit) -> Iterator[Client]:
    with served(audit.folder, "--key", str(audit.key), "--auditor", "زهرا") as client:
        yield client


def entry_of(audit: Audit) -> str:
    return next(
        str(f["id"])
        for (check, subject), f in audit.findings().items()
        if (check, subject) == ("services.entry", "s1")
    )


def ended(desk: Client) -> str:
    """The page once the process has ended; every look is a line of its log."""
    until = time.monotonic() + 240
    while "data-running" in (page := desk.get("/retest").text):
        assert time.monotonic() < until, page
        time.sleep(0.1)  # for the other process, whose cores these are
    return html.unescape(page)


def test_a_claim_is_tested_again_and_the_desk_shows_what_came_of_it(audit: Audit, desk: Client) -> None:
    finding = entry_of(audit)
    assert EN.text("desk.no_retest") in html.unescape(desk.get("/retest").text)
    assert EN.text("reason.dead_link") in html.unescape(desk.get(f"/finding/{finding}").text)
    audit.mend()
    mark = desk.mark(f"/finding/{finding}")
    assert desk.post(f"/finding/{finding}/retest", {"mark": mark, "by": " "}).status == 422
    done = desk.post(f"/finding/{finding}/retest", {"mark": mark, "by": "زهرا <b>"})
    assert done.status == 303 and done.headers["location"].startswith("/retest")
    twice = desk.post(f"/finding/{finding}/retest", {"mark": mark, "by": "x"})
    assert twice.status == 422 and EN.text("desk.retest_busy") in html.unescape(twice.text)
    page = ended(desk)
    assert EN.text("desk.retest_done") in page, page
    assert "<b>" not in desk.get("/retest").text
    shown = html.unescape(desk.get(f"/finding/{finding}").text)
    found = shown.partition('<p class="found">')[2].partition("</p>")[0]
    assert EN.text("verdict.verified") in found and EN.text("reason.dead_link") not in found
    (told,) = [
        line
        for line in (audit.folder / "replies.jsonl").read_text(encoding="utf-8").splitlines()
        if "retested" in line
    ]
    assert "زهرا <b>" in told
    new = audit.findings()["services.entry", "s1"]["captures"]
    assert all(desk.get(f"/capture/{capture}/source").status in (200, 404) for capture in new)
    assert any(desk.get(f"/capture/{capture}/source").status == 200 for capture in new), (
        "the new evidence is read"
    )
    desk.draw()
    assert EN.text("desk.no_retest") in html.unescape(desk.get("/retest").text), (
        "s1 is drawn: it tells what was found"
    )


def test_none_is_begun_while_a_crawl_holds_the_round(audit: Audit, desk: Client) -> None:
    from evidence import layout
    from evidence.store.lease import Lease

    finding = entry_of(audit)
    mark = desk.mark(f"/finding/{finding}")
    lease = Lease.take(layout.shards(audit.folder / "evidence")[0])
    try:
        refused = desk.post(f"/finding/{finding}/retest", {"mark": mark, "by": "x"})
        assert refused.status == 422 and EN.text("desk.retest_busy") in html.unescape(refused.text)
    finally:
        lease.close(keep=False)


def test_forms_of_elsewhere_and_findings_without_a_claim_begin_none(audit: Audit, desk: Client) -> None:
    finding = entry_of(audit)
    other = next(
        str(f["id"])
        for (check, _), f in audit.findings().items()
        if check.startswith(("links.", "elements."))
    )
    assert desk.post(f"/finding/{finding}/retest", {"mark": "0" * 64, "by": "x"}).status == 403
    assert (
        desk.post(f"/finding/{other}/retest", {"mark": desk.mark(f"/finding/{finding}"), "by": "x"}).status
        == 404
    )
    assert Client(desk.port).post(f"/finding/{finding}/retest", {"by": "x"}).status == 401
    assert desk.get("/retest").text.count("<pre") == 0
