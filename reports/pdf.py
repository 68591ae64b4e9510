"""The report as PDF: each page printed to A4 by the headless browser, from the local files, offline."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

_SECONDS = 120


class PrintError(Exception):
    """The browser did not print a page."""


def print_report(folder: Path, browser: Path) -> list[Path]:
    """Prints every page of the report's folder to a PDF beside it. Raises PrintError."""
    return [_print(page, browser) for page in sorted(folder.glob("*.html"))]


def _print(page: Path, browser: Path) -> Path:
    target = page.with_suffix(".pdf")
    with tempfile.TemporaryDirectory(prefix="govah-print-") as profile:
        command = [
            str(browser),
            "--headless",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-pdf-header-footer",
            f"--user-data-dir={profile}",
            f"--print-to-pdf={target}",
            page.resolve().as_uri(),
        ]
        if os.geteuid() == 0:
            # Our own file, which holds no script and may not load anything: the sandbox has nothing to hold.
            command.insert(1, "--no-sandbox")
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=_SECONDS)  # noqa: S603
        except (OSError, subprocess.SubprocessError) as error:
            raise PrintError(f"{page.name}: {error}") from None
        finally:
            shutil.rmtree(profile, ignore_errors=True)
    if not target.is_file():
        raise PrintError(page.name)
    return target
