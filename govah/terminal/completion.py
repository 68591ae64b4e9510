"""What a shell may complete: rounds, agencies, what can be explained, findings, formats, models, levels.

Quick, for it runs at every press of a key: sheets are read, and no round is validated. Silent: a round that cannot be
read completes nothing. Safe: a word goes into somebody's command line as it is, so that only words are offered of
which no shell makes anything but themselves; what is crawled is not offered at all, nor are names as descriptions.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from typer import Context

from reports.export.format_names import format_names

if TYPE_CHECKING:
    from claims.tables import SheetRow

PROGRESS = ("auto", "json")
LEVELS = ("contradicted", "partial", "inconclusive", "never")
FORMATS = tuple(sorted((*format_names(), "summary", "wacz")))
DECISIONS = ("answered", "upheld", "settled_by_retest", "withdrawn")

_WORD = re.compile(r"(?:~/)?[\w\u200c%+,./][\w\u200c%+,./-]*")
_ROUND = "round.toml"
_LARGEST = 4 << 20  # bytes of a sheet
_LONGEST = 1 << 20  # bytes of a finding's line
_DEPTH = 2
_MOST_ENTRIES = 2_000
_MOST = 200  # words
_FINDING = re.compile(r"f[0-9a-f]{0,20}")
_ID = re.compile(rb'"id":"(f[0-9a-f]{20})","observed"')


def _quietly(found: Callable[[Context, str], Iterable[str]]) -> Callable[[Context, str], list[str]]:
    """Words that begin as what is typed does, and that are safe; none where anything goes wrong."""

    def words(ctx: Context, incomplete: str) -> list[str]:
        try:
            fitting = sorted(
                {w for w in found(ctx, incomplete) if w.startswith(incomplete) and _WORD.fullmatch(w)}
            )
        except Exception:
            return []
        return fitting[:_MOST]

    return words


@_quietly
def rounds(ctx: Context, incomplete: str) -> Iterator[str]:
    """Folders with a round.toml, here and two levels below what is typed. Others are left to the shell."""
    typed, slash, name = incomplete.rpartition("/")
    prefix = typed + slash
    start = Path(prefix or ".").expanduser()
    if not incomplete and (start / _ROUND).is_file():
        yield "."
    left = _MOST_ENTRIES
    level = [(start, prefix)]
    for depth in range(_DEPTH + 1):
        below = []
        for folder, shown in level:
            for entry in _folders(folder):
                left -= 1
                if left < 0:
                    return
                if depth == 0 and not entry.name.startswith(name):
                    continue
                if (entry / _ROUND).is_file():
                    yield f"{shown}{entry.name}"
                else:
                    below.append((entry, f"{shown}{entry.name}/"))
        level = below


@_quietly
def agencies(ctx: Context, incomplete: str) -> Iterator[str]:
    return _column(_round(ctx), "agencies", "agency")


@_quietly
def subjects(ctx: Context, incomplete: str) -> Iterator[str]:
    """Of `explain`: an agency; after the stroke its axes, indicators, services and datasets; or a finding."""
    folder = _round(ctx)
    agency, stroke, _ = incomplete.partition("/")
    if not stroke:
        yield from _column(folder, "agencies", "agency")
        if _FINDING.fullmatch(incomplete) and len(incomplete) > 1:
            yield from _findings(folder, incomplete)
        return
    for sheet, column in (("services", "service"), ("datasets", "dataset")):
        yield from (f"{agency}/{id}" for id in _column(folder, sheet, column, agency))
    yield from (f"{agency}/{id}" for id in _nodes(folder))


@_quietly
def claims(ctx: Context, incomplete: str) -> Iterator[str]:
    """Of `retest`: a service, a dataset or a finding."""
    folder = _round(ctx)
    yield from _column(folder, "services", "service")
    yield from _column(folder, "datasets", "dataset")
    if _FINDING.fullmatch(incomplete) and len(incomplete) > 1:
        yield from _findings(folder, incomplete)


@_quietly
def services(ctx: Context, incomplete: str) -> Iterator[str]:
    return _column(_round(ctx), "services", "service")


@_quietly
def findings(ctx: Context, incomplete: str) -> Iterator[str]:
    return _findings(_round(ctx), incomplete)


@_quietly
def replies(ctx: Context, incomplete: str) -> Iterator[str]:
    return _column(_round(ctx), "replies", "reply")


@_quietly
def models(ctx: Context, incomplete: str) -> Iterator[str]:
    for entry in (files("scoring") / "models").iterdir():
        if entry.name.endswith(".toml"):
            yield entry.name.removesuffix(".toml")


def among(*words: str) -> Callable[[Context, str], list[str]]:
    """One of a closed list."""
    return _quietly(lambda ctx, incomplete: words)


def _round(ctx: Context) -> Path:
    """An option whose value is being typed leaves the arguments before it unread."""
    given = ctx.params.get("round_folder") or ctx.args[0]
    return Path(given).expanduser()


def _folders(folder: Path) -> list[Path]:
    """Without those whose names begin with a dot, and without what a round itself is made of."""
    try:
        return sorted(e for e in folder.iterdir() if not e.name.startswith(".") and e.is_dir())
    except OSError:
        return []


def _column(folder: Path, sheet: str, column: str, agency: str | None = None) -> Iterator[str]:
    """A column of a sheet, as the round has it. agency: only of this one."""
    for row in _rows(folder, sheet):
        if column in row.cells and (agency is None or row.cells.get("agency") == agency):
            yield row.cells[column]


def _rows(folder: Path, sheet: str) -> Iterable[SheetRow]:
    from claims.problems import Problems  # only where they are wanted
    from claims.tables import MOST_ROWS, WORKBOOK, csv_table, read_tables

    path, workbook = folder / f"{sheet}.csv", folder / WORKBOOK
    table = None
    if path.is_file():
        if path.stat().st_size <= _LARGEST:
            table = csv_table(path, Problems(), MOST_ROWS)
    elif workbook.is_file() and workbook.stat().st_size <= _LARGEST:
        table = read_tables(folder, (sheet,), Problems()).get(sheet)
    return table.rows if table is not None else ()


def _nodes(folder: Path) -> Iterator[str]:
    """Axes and indicators of the round's model."""
    with (folder / _ROUND).open("rb") as file:
        name = tomllib.load(file).get("round", {}).get("model", "ir-portals")
    own = folder / str(name)
    if own.is_file():
        contents = tomllib.loads(own.read_text(encoding="utf-8"))
    else:
        shipped = files("scoring") / "models" / f"{name}.toml"
        contents = tomllib.loads(shipped.read_text(encoding="utf-8"))
    for kind in ("axis", "indicator"):
        yield from (str(one["id"]) for one in contents.get(kind, ()))


def _findings(folder: Path, prefix: str) -> Iterator[str]:
    """Ids that begin so. The file is sorted by id, so that a long one is not read through."""
    path = folder / "results" / "findings.jsonl"
    if not path.is_file():
        return
    wanted = prefix.encode()
    with path.open("rb") as file:
        low, high = 0, path.stat().st_size
        while high - low > _LONGEST // 16:
            middle = (low + high) // 2
            file.seek(middle)
            file.readline(_LONGEST)
            found = _ID.search(file.readline(_LONGEST))
            if found is None or found[1] >= wanted:
                high = middle
            else:
                low = middle
        file.seek(low)
        if low:
            file.readline(_LONGEST)
        told = 0
        while told < _MOST and (line := file.readline(_LONGEST)):
            found = _ID.search(line)
            if found is None or found[1] < wanted:
                continue
            if not found[1].startswith(wanted):
                return
            told += 1
            yield found[1].decode()
