"""What was probably meant: names like the one that was given, and rounds near a folder that is none."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path

from claims.settings import FILE
from govah.terminal.console import text

_MOST = 12
_MOST_FOLDERS = 1_000


def hint(given: str, known: Iterable[str]) -> str:
    """Which names are like it; else which there are, the first of them. Passes `visible` where it is printed."""
    known = sorted(set(known))
    close = difflib.get_close_matches(given, known, n=3, cutoff=0.6)
    if close:
        return text("cli.did_you_mean", names=_joined(close))
    if not known:
        return text("cli.there_are_none")
    if len(known) > _MOST:
        return text("cli.there_are_more", names=_joined(known[:_MOST]), n=len(known) - _MOST)
    return text("cli.there_are", names=_joined(known))


def not_a_round(folder: Path) -> tuple[str, dict[str, object]] | None:
    """Key and values of what to say of a path that is no round at all; None of a round, with errors or without.

    Raises PermissionError.
    """
    if folder.is_dir():
        if (folder / FILE).is_file() or any(folder.glob("*.csv")) or (folder / "round.xlsx").is_file():
            return None
        near = [str(one) for one in (folder.parent, *_folders(folder)) if (one / FILE).is_file()]
        return "cli.no_round_there", {"folder": folder, "hint": _rounds(near)}
    if folder.exists():
        near = [str(folder.parent)] if (folder.parent / FILE).is_file() else []
        return "cli.file_no_folder", {"path": folder, "hint": _rounds(near)}
    beside = [str(one) for one in _folders(folder.parent) if (one / FILE).is_file()]
    close = difflib.get_close_matches(str(folder), beside, n=3, cutoff=0.6)
    return "cli.no_such_folder", {"folder": folder, "hint": _rounds(close)}


def _rounds(near: list[str]) -> str:
    if near:
        return text("cli.did_you_mean", names=_joined(near[:3]))
    return text("cli.what_a_round_is")


def _folders(folder: Path) -> list[Path]:
    try:
        found = sorted(folder.iterdir())[:_MOST_FOLDERS]
        return [one for one in found if one.is_dir() and not one.name.startswith(".")]
    except OSError:
        return []


def _joined(names: Iterable[str]) -> str:
    return text("host_words.comma").join(names)
