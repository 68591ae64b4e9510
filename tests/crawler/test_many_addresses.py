"""How many addresses of an agency a crawl remembers, whatever its pages and site maps list."""

from __future__ import annotations

import pytest

from claims.model import Agency, CrawlSettings
from crawler.browser.choice import RenderJob
from crawler.discovery import links as discovery
from crawler.jobs import ExchangeLimits, Job
from crawler.spiders.visit import AgencyVisit
from tests.crawler.million_links import Waiting
from web.document import Document

HOME = "https://portal.agency-a.test/"
PAGES, OF_A_PAGE = 10, 50


def remembered(*, path: str = "") -> int:
    """Of a portal whose pages each link to addresses of their own, on this host and on others."""
    settings = CrawlSettings(max_pages=10_000)
    visit = AgencyVisit(
        Agency("a", "A", "main", HOME), (), (), settings, ExchangeLimits(), Waiting(), renders=False
    )
    visit.start()
    page = Job("a", f"{HOME}x", "page", depth=1)
    for number in range(PAGES):
        links = (
            f'<a href="/{path}{number}/{n}">x</a><a href="ftp://b.test/{path}{number}/{n}">y</a>'
            for n in range(OF_A_PAGE)
        )
        render = RenderJob(page, page.url, "", full_page=False)
        body = f"<title>{'x' * number}</title>{''.join(links)}"
        visit.rendered(render, Document(body.encode(), page.url, "text/html"), lost=False)
    return len(visit.ledger._reasons) + len(visit.met)


def test_addresses_of_pages_have_a_most(monkeypatch: pytest.MonkeyPatch) -> None:
    assert remembered() > 2 * PAGES * OF_A_PAGE
    monkeypatch.setattr(discovery, "_MOST_ADDRESSES", 120)
    assert 120 <= remembered() < 140


def test_their_characters_have_one_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "_MOST_CHARACTERS", 100_000)
    assert remembered() > 2 * PAGES * OF_A_PAGE
    assert 100 <= remembered(path="x" * 900) < 130
