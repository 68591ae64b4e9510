"""Writes a page that was measured for accessibility into the evidence: the measures, and a telephone's picture."""

from __future__ import annotations

import datetime as dt
from typing import Any

from crawler.browser.choice import RenderJob
from crawler.browser.renderer import RenderedPage
from evidence.kinds.accessibility import AccessibilityFacts
from evidence.kinds.http import HttpFacts
from evidence.kinds.screenshot import ScreenshotFacts
from evidence.store import EvidenceWriter
from web.challenge import challenge_marker
from web.document import Document

_UTF8 = "text/html; charset=utf-8"


def keep_measurement(
    writer: EvidenceWriter, render: RenderJob, result: RenderedPage, began: dt.datetime
) -> None:
    """One accessibility capture, and the picture where there is one. The page's tree is looked at and not kept."""
    page = result.facts
    common: dict[str, Any] = {
        "agency": render.job.agency,
        "url": render.url,
        "purpose": render.job.purpose,
        "attempt": render.job.attempt,
        "time": began,
    }
    facts = AccessibilityFacts(
        status=page.status,
        final_url=page.final_url,
        finished=page.finished,
        failure=page.failure,
        challenge=_challenge(page.status, page.final_url or render.url, result.dom),
        axe=result.axe.get("axe", "not_run"),
        axe_version=result.axe.get("axe_version", ""),
        source=render.source,
        browser=page.browser,
    )
    capture = writer.add(kind="accessibility", facts=facts, body=result.measures, **common)
    if result.screenshot:
        width, height = result.screenshot_size
        picture = ScreenshotFacts(capture.id, "image/jpeg", width, height, False)
        writer.add(kind="screenshot", facts=picture, body=result.screenshot, **common)


def _challenge(status: int | None, url: str, dom: bytes) -> str | None:
    """A firewall's page in place of the portal's says nothing of the portal."""
    if not dom:
        return None
    return challenge_marker(HttpFacts("GET", status, None, (), None), Document(dom, url, _UTF8))
