"""`govah doctor`: what is there, and what to do about what is not."""

from __future__ import annotations

import os
import shutil
import sqlite3
import ssl
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table

from claims.model import NetworkSettings
from crawler.browser.renderer import describe, find_browser, try_browser
from crawler.probes.resolvers import SYSTEM, resolvers_of
from evidence.signing.keys import KeyUnusable, default_path, load
from govah.exits import Exit
from govah.file_modes import exposed, narrowing
from govah.terminal.console import Speaker, text, visible


@dataclass(frozen=True, slots=True)
class DoctorItem:
    """One thing looked at. state: ok, missing (the audit runs with less), wrong (it cannot run)."""

    name: str
    state: str
    found: str
    advice: str = ""


def examine(speaker: Speaker, browser: str | None, key: Path | None, round_folder: Path | None) -> Exit:
    """Prints the state of the machine; status 2 when something is wrong that stops an audit. round_folder: None for no round."""
    items = [
        _python(),
        _openssl(),
        _sqlite(),
        *browser_items(browser),
        _openssl_tool(),
        _resolver(),
        key_item(key),
        _disk(),
        *([] if round_folder is None else [_rights(round_folder)]),
    ]
    speaker.json({"items": items_json(items)})
    show(speaker, items)
    return Exit.USAGE if any(item.state == "wrong" for item in items) else Exit.DONE


def items_json(items: Sequence[DoctorItem]) -> list[dict[str, str]]:
    return [{"name": i.name, "state": i.state, "found": i.found, "advice": i.advice} for i in items]


def show(speaker: Speaker, items: Sequence[DoctorItem]) -> None:
    style = {"ok": "green", "missing": "yellow", "wrong": "red"}
    table = Table(header_style="bold")
    for name in ("item", "state", "found", "advice"):
        table.add_column(text(f"cli.column_{name}"), overflow="fold")
    for item in items:
        table.add_row(
            text(f"doctor.{item.name}"),
            f"[{style[item.state]}]{text('doctor.' + item.state)}[/]",
            visible(item.found),
            visible(item.advice),
        )
    speaker.show(table)


def _python() -> DoctorItem:
    version = ".".join(str(part) for part in sys.version_info[:3])
    good = (3, 11) <= sys.version_info[:2] <= (3, 13)
    return DoctorItem(
        "python", "ok" if good else "wrong", version, "" if good else text("doctor.python_advice")
    )


def _openssl() -> DoctorItem:
    good = ssl.OPENSSL_VERSION_INFO[0] >= 3
    return DoctorItem(
        "openssl",
        "ok" if good else "missing",
        ssl.OPENSSL_VERSION,
        "" if good else text("doctor.openssl_advice"),
    )


def _sqlite() -> DoctorItem:
    return DoctorItem("sqlite", "ok", sqlite3.sqlite_version)


def browser_items(explicit: str | None) -> list[DoctorItem]:
    """Whether there is one and it starts, and whether its sandbox holds pages."""
    found = find_browser(explicit)
    if found is None:
        return [DoctorItem("browser", "missing", explicit or "–", text("doctor.browser_advice"))]
    trial = try_browser(found)
    name = f"{describe(found)} ({found})"
    if not trial.started:
        return [
            DoctorItem("browser", "missing", f"{name}: {trial.reason}", text("doctor.browser_start_advice"))
        ]
    held = DoctorItem("sandbox", "ok", text("doctor.sandbox_holds"))
    open_ = DoctorItem("sandbox", "missing", trial.reason, text("doctor.sandbox_advice"))
    return [DoctorItem("browser", "ok", name), held if trial.sandboxed else open_]


def _openssl_tool() -> DoctorItem:
    found = shutil.which("openssl")
    return DoctorItem(
        "openssl_tool",
        "ok" if found else "missing",
        found or "–",
        "" if found else text("doctor.openssl_tool_advice"),
    )


def _resolver() -> DoctorItem:
    """Of this machine; a round may name its own."""
    servers = resolvers_of(NetworkSettings()).servers
    if not servers:
        return DoctorItem("resolver", "missing", str(SYSTEM), text("doctor.resolver_advice"))
    return DoctorItem("resolver", "ok", f"{' '.join(map(str, servers))} ({SYSTEM})")


def key_item(path: Path | None) -> DoctorItem:
    path = path or default_path(os.environ)
    if not path.exists():
        return DoctorItem("key", "missing", str(path), text("doctor.key_advice"))
    try:
        return DoctorItem("key", "ok", f"{path}: {load(path).fingerprint}")
    except KeyUnusable as error:
        return DoctorItem("key", "wrong", str(path), str(error))


def _rights(folder: Path) -> DoctorItem:
    paths = exposed(folder)
    if not paths:
        return DoctorItem("rights", "ok", text("doctor.rights_found"))
    return DoctorItem("rights", "missing", text("doctor.rights_open"), narrowing(paths))


def _disk() -> DoctorItem:
    free = shutil.disk_usage(Path.cwd()).free / 1e9
    good = free > 5
    return DoctorItem(
        "disk", "ok" if good else "missing", f"{free:.0f} GB", "" if good else text("doctor.disk_advice")
    )
