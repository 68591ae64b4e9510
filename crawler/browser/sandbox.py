"""Whether Chromium's sandbox holds a page, as the kernel says, and not as the browser's command line does.

A renderer in the sandbox lives in a PID namespace below the browser's and has seccomp filters that the browser has not
(Linux; chromium's docs/linux/sandboxing.md). A wrapper that adds `--no-sandbox` shows here, and a container's own
filter does not pass for Chromium's.
"""

from __future__ import annotations

import re
from pathlib import Path

from playwright.async_api import Browser

_ERRORS = (
    re.compile(r"Chromium sandboxing failed"),
    re.compile(r"\[err\]\s*(\S.*)"),
    re.compile(r"<(process did exit[^<>]*)>"),
)
_LONGEST = 300


async def is_sandboxed(browser: Browser) -> bool:
    """Of a browser with a page open: whether each of its renderers is in both layers of the sandbox."""
    session = await browser.new_browser_cdp_session()
    try:
        told = await session.send("SystemInfo.getProcessInfo")
    finally:
        await session.detach()
    ids: dict[str, list[int]] = {}
    for process in told["processInfo"]:
        ids.setdefault(process["type"], []).append(process["id"])
    try:
        outside = _depths(ids["browser"][0])
        renderers = [_depths(pid) for pid in ids["renderer"]]
    except (KeyError, IndexError, OSError, ValueError):
        return False  # what cannot be seen is not vouched for
    return all(
        inner > outer for renderer in renderers for inner, outer in zip(renderer, outside, strict=True)
    )


def _depths(pid: int) -> tuple[int, int]:
    """(PID namespaces, seccomp filters) that a process is in. Raises OSError, KeyError, ValueError."""
    text = Path(f"/proc/{pid}/status").read_text(encoding="utf-8", errors="replace")
    fields = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
    # Linux before 5.9 says only whether there is a filter.
    return len(fields["NSpid"].split()), int(fields.get("Seccomp_filters", fields["Seccomp"]))


def start_error(error: str) -> str:
    """The line of a launcher's many that says why a browser did not start."""
    for pattern in _ERRORS:
        if match := pattern.search(error):
            return (match.group(1) if pattern.groups else match.group())[:_LONGEST]
    return error.partition("\n")[0][:_LONGEST]
