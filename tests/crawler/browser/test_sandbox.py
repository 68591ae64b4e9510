"""A browser whose sandbox fails later on: pages are then opened with it or not at all. What a launcher's error says."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from claims.model import NetworkSettings
from crawler.browser.launch import binary_of
from crawler.browser.renderer import Renderer, find_browser
from crawler.browser.sandbox import start_error
from evidence.kinds.page import PageFacts


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where the browser's own user may read and write."""
    folder = Path(tempfile.mkdtemp(prefix="govah-test-"))
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.thorough
@pytest.mark.processes
@pytest.mark.sockets
def test_a_browser_that_had_its_sandbox_is_not_started_again_without(folder: Path) -> None:
    """As where a page kills it, and the machine is then too busy to start it in time: the wrapper's second start has none."""
    found = find_browser()
    assert found is not None
    wrapper, mark = folder / "once", folder / "started"
    wrapper.write_text(
        f'#!/bin/sh\n[ -e "{mark}" ] && exec "{binary_of(found)}" --no-sandbox "$@"\n'
        f': > "{mark}"\nexec "{binary_of(found)}" "$@"\n'
    )
    wrapper.chmod(0o755)

    async def scene() -> tuple[bool, PageFacts, bool]:
        network = NetworkSettings(allow_private=True)
        renderer = Renderer(executable=wrapper, policy_settings=network, user_agent="x", renew_after=0)
        async with renderer:
            held = renderer.sandboxed
            page = await renderer.render("http://127.0.0.1:9/", full_page_screenshot=False)
            return held, page.facts, renderer.available

    held, facts, available = asyncio.run(scene())
    if not held:
        pytest.skip("the sandbox does not hold on this machine")
    assert (facts.failure, available) == ("own_error", False)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        ("BrowserType.launch: closed\nBrowser logs:\nChromium sandboxing failed!\n====\n", "Chromium sandboxing failed"),
        ("launch:\n- [pid=7][err] error while loading: libnss3.so\n- [pid=7] <x>", "error while loading: libnss3.so"),
        ("launch:\n- [pid=7] <process did exit: exitCode=1, signal=null>\n", "process did exit: exitCode=1, signal=null"),
        ("there is no user nobody to run the browser as", "there is no user nobody to run the browser as"),
        ("[err] " + "x" * 5000, "x" * 300),
    ],
)  # fmt: skip
def test_the_reason_is_one_line_of_what_the_launcher_says(error: str, told: str) -> None:
    assert start_error(error) == told
