"""A page of which the browser measured only a part is visited once more, on a busy machine three times, and no oftener."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from scrapy.exceptions import IgnoreRequest

from crawler.browser.choice import RenderJob
from crawler.browser.renderer import RenderedPage
from crawler.jobs import Job
from crawler.transport.browser_pages import BrowserPages
from evidence.kinds.page import PageFacts

WHOLE: dict[str, Any] = {"wide": {}, "tab": {}, "narrow": {}}
PARTS: dict[str, tuple[dict[str, Any], str, str | None]] = {
    "the narrow part is missing": ({**WHOLE, "narrow": None}, "done", None),
    "the way of the focus is missing": ({**WHOLE, "tab": None}, "done", None),
    "nothing was measured": ({}, "not_run", None),
    "axe-core took too long": (WHOLE, "timeout", None),
    "the page failed": (WHOLE, "done", "timeout"),
}


class Browser:
    """Gives the answers one after the other."""

    available, contexts, description = True, 1, "browser"

    def __init__(self, answers: list[RenderedPage]) -> None:
        self.answers = answers
        self.asked = 0

    async def render(self, url: str, **_: Any) -> RenderedPage:
        self.asked += 1
        return self.answers[min(self.asked, len(self.answers)) - 1]


def rendered(parts: dict[str, Any], axe: str, failure: str | None) -> RenderedPage:
    facts = PageFacts(200, "http://a.test/", "", True, failure)
    return RenderedPage(b"<p>", None, (0, 0), facts, json.dumps(parts).encode(), {"axe": axe})


@contextlib.asynccontextmanager
async def turn(host: str) -> AsyncIterator[None]:
    yield


def visits(answers: list[RenderedPage], *, busy: bool = False) -> tuple[int, Any]:
    """How often the page was rendered, and what was kept of it."""

    async def work() -> tuple[int, Any]:
        over = asyncio.get_running_loop().create_future()
        asked = set[asyncio.Task[None]]()

        async def ask(job: RenderJob) -> None:
            with contextlib.suppress(IgnoreRequest):
                over.set_result((await pages.render(job)).result)

        def go(job: RenderJob) -> bool:
            asked.add(asyncio.ensure_future(ask(job)))
            return True

        pages = BrowserPages(go, lambda: dt.datetime.now(dt.UTC), turn, lambda: busy)
        browser: Any = Browser(answers)
        pages.open(browser)
        pages.add(RenderJob(Job("a", "http://a.test/", "home"), "http://a.test/", "x", False, measure=True))
        return await over, browser.asked

    kept, times = asyncio.run(work())
    return times, kept


@pytest.mark.sockets  # of the event loop
@pytest.mark.parametrize("name", PARTS)
def test_a_part_that_is_missing_is_measured_the_second_time(name: str) -> None:
    part, whole = rendered(*PARTS[name]), rendered(WHOLE, "done", None)
    assert visits([part, whole]) == (2, whole)
    assert visits([part, part]) == (2, part)
    assert visits([whole]) == (1, whole)
    assert visits([part, part, part, whole], busy=True) == (4, whole)
    assert visits([part], busy=True) == (4, part)


@pytest.mark.sockets  # of the event loop
def test_a_page_past_a_limit_is_visited_once() -> None:
    """Six hundred requests made the page beside it late, at each of their tries."""
    assert visits([rendered({}, "not_run", "limit")], busy=True)[0] == 1
