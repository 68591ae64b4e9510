"""Opens what hides a part of the page: tabs, menus, accordions, <details>. Never what sends, leads away or is typed in.

Which controls these are is decided in the page (`page_scripts/witness.js`), in an order that is the same for
the same page. The tree as it was before stays as it is; what came with a control is added to it in a place of
its own, so that nothing is lost when one tab puts another away.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

from playwright.async_api import CDPSession

from crawler.browser.isolated_world import evaluate
from crawler.browser.page_watcher import PageWatcher

_SETTLE_SECONDS = 0.25
_LONGEST_SECONDS = 1.5
_STILL_MS = 100
_POLL = 0.05


@dataclass(slots=True)
class OpenedControls:
    """controls: (what it is, selector, its words) in the order they were opened. dom: the tree with what they
    brought, None when they brought nothing."""

    controls: list[tuple[str, str, str]] = field(default_factory=list)
    dom: str | None = None


async def open_controls(
    cdp: CDPSession, watch: PageWatcher, found: list[list[str]], most: int, result: OpenedControls
) -> None:
    """Fills `result` as it goes, so that whoever runs out of patience keeps what there is."""
    address = await evaluate(cdp, "witness.address()", 1, tries=1)
    navigations = watch.navigations
    gained = False
    for number, (kind, selector, words) in enumerate(found[:most]):
        if watch.limit is not None or watch.crashed:
            break
        clicked = await evaluate(cdp, f"witness.click({number})", 1, tries=1)
        if clicked is None:
            break
        if not clicked:  # another control took it away, or opened it
            continue
        await _settle(cdp, watch)
        result.controls.append((kind, selector, words))
        if (
            watch.navigations != navigations
            or await evaluate(cdp, "witness.address()", 1, tries=1) != address
        ):
            watch.note(f"renderer: opening {selector} led to another address")
            break
        gained |= bool(await evaluate(cdp, f"witness.gain({len(result.controls)})", 2, tries=1))
    if gained:
        dom = await evaluate(cdp, "witness.merged()", 2, tries=1)
        result.dom = dom if isinstance(dom, str) else None


async def _settle(cdp: CDPSession, watch: PageWatcher) -> None:
    """Until what the control set off has come, or for as long as it is worth waiting."""
    until = time.monotonic() + _LONGEST_SECONDS
    await asyncio.sleep(_SETTLE_SECONDS)
    while time.monotonic() < until:
        still = await evaluate(cdp, "witness.still()", 0.5, tries=1)
        if still is None or (
            watch.idle_for(0.1, 1.0) and isinstance(still, int | float) and still > _STILL_MS
        ):
            return
        await asyncio.sleep(_POLL)
