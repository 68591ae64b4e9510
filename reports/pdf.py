"""The report as PDF: every page of both languages printed to A4 by one headless browser, from the local files, offline.

Page numbers and running titles are margin boxes of the pages themselves (`reports.html.page_margins`). Links to other pages are
taken off before printing: the browser would write the path of this machine into them.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from playwright.async_api import BrowserContext, async_playwright
from playwright.async_api import Error as BrowserError

from evidence.pack.format import VERIFIER

_MILLISECONDS = 120_000
_AT_ONCE = 4
# Links within the page become destinations of the PDF and stay.
_UNLINK = """for (const link of document.querySelectorAll('a[href]:not([href^="#"])')) link.removeAttribute('href')"""
_SWITCHES = (
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class PrintError(Exception):
    """The browser did not print a page."""


def print_report(folder: Path, browser: Path, left_out: frozenset[str] = frozenset()) -> list[Path]:
    """Prints every page of the report's folder, in both languages, to a PDF beside it. Raises PrintError.

    left_out: names of pages that are not to be printed.
    """
    found = [*folder.glob("*.html"), *folder.glob("*/*.html")]
    pages = sorted(page for page in found if page.name not in {VERIFIER, *left_out})
    try:
        asyncio.run(_print_all(pages, browser))
    except (BrowserError, OSError) as error:
        raise PrintError(str(error)) from None
    except ExceptionGroup as failed:  # of those that print side by side
        raise PrintError(str(failed.exceptions[0])) from None
    return [page.with_suffix(".pdf") for page in pages]


async def _print_all(pages: Sequence[Path], browser: Path) -> None:
    # Our own files, which hold no script and may not load anything: as root the sandbox would have nothing to hold.
    switches = [*_SWITCHES, "--no-sandbox"] if os.geteuid() == 0 else list(_SWITCHES)
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=browser, args=switches)
        waiting = iter(pages)
        async with asyncio.TaskGroup() as group:
            for _ in range(min(_AT_ONCE, os.cpu_count() or 1)):
                context = await started.new_context(offline=True)  # two contexts never share a process
                group.create_task(_print_from(waiting, context))
        await started.close()


async def _print_from(waiting: Iterator[Path], context: BrowserContext) -> None:
    for page in waiting:
        try:
            await _print(page, context)
        except BrowserError as error:
            raise PrintError(f"{page.name}: {error.message.splitlines()[0]}") from None


async def _print(page: Path, context: BrowserContext) -> None:
    tab = await context.new_page()
    await tab.goto(page.resolve().as_uri(), timeout=_MILLISECONDS)
    await tab.evaluate(_UNLINK)
    printed = await tab.pdf(prefer_css_page_size=True, print_background=True, tagged=True, outline=True)
    page.with_suffix(".pdf").write_bytes(printed)
    await tab.close()
