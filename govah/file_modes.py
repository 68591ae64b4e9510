"""What of a round is its owner's alone, and what of it others may read all the same: made by earlier versions, or by an editor.

It is told and never narrowed: whoever shares a folder with a colleague chose to.
"""

from __future__ import annotations

import shlex
import stat
from pathlib import Path

from evidence import reply_ledger
from govah.terminal.console import Speaker

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_ENTER = stat.S_IXGRP | stat.S_IXOTH
_PRIVATE = ("evidence", "replies.csv", "verdicts.csv", "batches.csv", reply_ledger.FILE, "results/packs")


def exposed(folder: Path) -> list[Path]:
    """What holds personal data and others may read. Behind a folder that nobody else may enter there is nothing."""
    if not _mode(folder) & _ENTER:
        return []
    return [folder / name for name in _PRIVATE if _mode(folder / name) & _OTHERS]


def narrowing(paths: list[Path]) -> str:
    """The command that takes these rights away."""
    return "chmod -R go-rwx " + " ".join(shlex.quote(str(path)) for path in paths)


def tell_exposed(speaker: Speaker, folder: Path) -> None:
    if paths := exposed(folder):
        speaker.note("cli.exposed", command=narrowing(paths))


def _mode(path: Path) -> int:
    """0 of what is not there."""
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return 0
