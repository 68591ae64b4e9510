"""How the commands speak: in the user's language, in colour on a terminal, in plain words or in JSON when asked.

Everything that comes from files or from the network passes `visible` before it reaches a terminal.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

from rich.console import Console, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from claims.problems import Problem
from evidence.redaction import secrets
from govah.exits import Exit
from govah.terminal.layout import NOTHING, broken, fitted, in_words, plain_lines
from reports.catalogue import Language, TextCatalogue
from reports.visible import visible as made_visible

PLAIN = "GOVAH_PLAIN"
PROGRESS = "GOVAH_PROGRESS"
_UNQUOTED = re.compile(r"[\w@%+=:,./~-]+")
_SIGNS = {
    NOTHING: "nothing",
    "✓": "met",
    "✗": "unmet",
    "→": "to",
    "←": "to",
    "≠": "not_comparable",
    "▸": "decides",
}


def language() -> Language:
    """GOVAH_LANG, else the locale's: Persian for fa*, English for all others."""
    names = ("GOVAH_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
    chosen = next((value for name in names if (value := os.environ.get(name))), "")
    return "fa" if chosen.startswith("fa") else "en"


@lru_cache(maxsize=2)
def catalogue(lang: Language) -> TextCatalogue:
    return TextCatalogue(lang)


def text(key: str, **params: object) -> str:
    """A text of the catalogue in the user's language."""
    return catalogue(language()).text(key, **params)


def visible(value: object) -> str:
    """Safe for a terminal: what nobody would see is shown by its number, markup escaped, no secrets."""
    return escape(made_visible(value, keeps=""))


def isolated(words: str) -> str:
    """Words of others, made safe already, so that their direction does not reach the words and numbers around them."""
    foreign = any(unicodedata.bidirectional(char) in ("R", "AL") for char in words)
    return f"\u2068{words}\u2069" if foreign else words


def named(value: object) -> str:
    """Names of agencies: made safe, and kept from turning the line around."""
    return isolated(visible(value))


def plain_wanted() -> bool:
    """Whether GOVAH_PLAIN asks for plain mode; `--plain` sets it."""
    return os.environ.get(PLAIN, "") not in ("", "0")


def events_wanted() -> bool:
    """Whether GOVAH_PROGRESS asks for events in JSON; `--progress json` sets it."""
    return os.environ.get(PROGRESS, "") == "json"


@lru_cache(maxsize=2)
def signs(lang: Language) -> dict[str, str]:
    """Signs that stand alone, and the words for them where nobody sees signs."""
    return {sign: catalogue(lang).text(f"plain.{key}") for sign, key in _SIGNS.items()}


# What JSON may hold as it is and a terminal obeys, or turns around: said as escapes, the values are the same.
_UNSEEN = re.compile(
    "[\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff\U000e0000-\U000e007f]"
)


class Speaker:
    """Where a command prints: results on stdout, everything else on stderr.

    plain: for screen readers, one fact a line, nothing drawn; None asks the environment. events: everything on stderr is
    one JSON object a line (docs/commands.md).
    """

    def __init__(self, quiet: bool = False, as_json: bool = False, plain: bool | None = None) -> None:
        self.quiet = quiet
        self.as_json = as_json
        self.plain = plain_wanted() if plain is None else plain
        self.events = events_wanted()
        self.out = self._console(stderr=False)
        self.err = self._console(stderr=True)

    def _console(self, *, stderr: bool) -> Console:
        bare = self.plain or bool(os.environ.get("NO_COLOR"))  # no bold letters and no dim ones either
        return Console(stderr=stderr, highlight=False, color_system=None if bare else "auto")

    def say(self, key: str, **params: object) -> None:
        """A line for people; not under --quiet or --json."""
        if not (self.quiet or self.as_json):
            self._print(self.out, text(key, **_shown(params)))

    def line(self, said: str) -> None:
        """A line for people whose text is made already; not under --quiet or --json."""
        if not (self.quiet or self.as_json):
            self._print(self.out, said)

    def note(self, key: str, **params: object) -> None:
        """A line on stderr, also under --json; not under --quiet."""
        self.aside(text(key, **_shown(params)), key)

    def aside(self, said: str, code: str | None = None) -> None:
        """A line on stderr whose text is made already; not under --quiet. code: of the text."""
        if self.quiet:
            return
        if self.events:
            self.event("note", code=code, text=Text.from_markup(said).plain)
        else:
            self._print(self.err, said)

    def event(self, event: str, **fields: object) -> None:
        """One line of JSON on stderr, where those are asked for."""
        if self.events:
            sys.stderr.write(_as_json({"event": event, **fields}) + "\n")
            sys.stderr.flush()

    def show(self, what: RenderableType) -> None:
        """A table, a tree or a text, as the width of the terminal and the reader can take it."""
        if not (self.quiet or self.as_json):
            self._draw(self.out, what)

    def complain(self, table: Table) -> None:
        """What is wrong, on stderr; not under --json, and not among events."""
        if not (self.as_json or self.events):
            self._draw(self.err, table)

    def heading(self, said: str) -> None:
        """What the lines below are about."""
        self.line("")
        self.line(said if self.plain else f"[bold cyan]{said}[/]")

    def _draw(self, console: Console, what: RenderableType) -> None:
        if isinstance(what, Table) and what.title:
            console.print()
        if not self.plain:
            console.print(fitted(what, console.width))
            return
        for line in plain_lines(what, signs(language())):
            console.print(line, markup=False, soft_wrap=True)

    def _print(self, console: Console, said: str) -> None:
        """On a terminal lines break between words; a path longer than a line stays whole, to be copied."""
        if self.plain:
            for line in Text.from_markup(said).plain.split("\n"):
                console.print(in_words(line, signs(language())), markup=False, soft_wrap=True)
        elif console.is_terminal:
            for piece in broken(Text.from_markup(said), console.width):
                console.print(piece, soft_wrap=True)
        else:
            console.print(said, soft_wrap=True)

    def json(self, value: Any, own: Mapping[str, object] | None = None) -> None:
        """The machine's answer, only under --json. own: fields beside it with secrets of ours, which they are there to tell."""
        if self.as_json:
            told = secrets.values(value)
            if own is not None:
                told = {**told, **own}
            sys.stdout.write(_as_json(told, indent=2) + "\n")
            sys.stdout.flush()

    def json_list(self, value: Mapping[str, Any], name: str, rows: Iterable[Any]) -> None:
        """The same with one list more, whose rows are asked for one after the other: they may be a country's."""
        if self.as_json:
            empty = f'\n  "{name}": []'  # nothing but the outermost object has such a line
            before, _, after = _as_json(secrets.values({**value, name: []}), indent=2).partition(empty)
            sys.stdout.write(before + empty[:-1])
            end = "]"
            for number, row in enumerate(rows):
                told = _as_json(secrets.values(row), indent=2).replace("\n", "\n    ")
                sys.stdout.write(("," if number else "") + "\n    " + told)
                end = "\n  ]"
            sys.stdout.write(end + after + "\n")
            sys.stdout.flush()

    def json_file(self, path: Path) -> None:
        """The same for an answer that lies in a file with one space a level: line by line, for it may be a country's."""
        if self.as_json:
            with path.open(encoding="utf-8", newline="\n") as lines:
                for line in lines:
                    said = line.lstrip(" ")
                    indented = "  " * (len(line) - len(said)) + said
                    sys.stdout.write(_UNSEEN.sub(lambda found: json.dumps(found.group())[1:-1], indented))
            sys.stdout.flush()

    def fail(self, status: Exit, key: str, **params: object) -> NoReturn:
        """An error that says what to do, and the exit status."""
        if self.as_json:
            plain = {name: str(value) for name, value in params.items()}
            self.json({"error": {"code": key, "params": plain, "text": text(key, **plain)}})
        said = text(key, **_shown(params))
        if self.events:
            self.event("error", code=key, text=Text.from_markup(said).plain, status=int(status))
        else:
            self._print(self.err, f"[bold red]{text('cli.error')}[/] {said}")
        raise SystemExit(int(status))

    def problems(self, problems: Iterable[Problem]) -> None:
        """Every problem of a round's files, as a table on stderr or as JSON on stdout."""
        problems = list(problems)
        if self.as_json:
            self.json({"problems": [problem_json(problem) for problem in problems]})
        for problem in problems:
            self.event("problem", **secrets.values(problem_json(problem)))
        table = Table(title=text("cli.problems"), title_justify="left", header_style="bold")
        for name in ("severity", "file", "row", "column", "value", "expected"):
            table.add_column(text(f"cli.column_{name}"), overflow="fold")
        for problem in problems:
            style = "yellow" if problem.severity == "warning" else "red"
            table.add_row(
                text(f"cli.severity_{problem.severity}"),
                visible(problem.file),
                str(problem.row or ""),
                visible(problem.column or ""),
                visible(problem.value if problem.value is not None else ""),
                visible(expectation(problem)),
                style=style,
            )
        self.complain(table)


def _as_json(value: object, indent: int | None = None) -> str:
    said = json.dumps(value, ensure_ascii=False, indent=indent, sort_keys=True)
    return _UNSEEN.sub(lambda found: json.dumps(found.group())[1:-1], said)


def _shown(params: dict[str, object]) -> dict[str, str]:
    return {
        name: copied(value) if isinstance(value, Path) else visible(value) for name, value in params.items()
    }


def copied(path: Path) -> str:
    """A path as a shell takes it from a line of ours."""
    name = str(path)
    return visible(name if _UNQUOTED.fullmatch(name) else shlex.quote(name))


def expectation(problem: Problem) -> str:
    return text(f"problem.{problem.code}", **problem.params)


def problem_json(problem: Problem) -> dict[str, Any]:
    """One problem for machines: file, row, column, value, code, severity, expected (text)."""
    return {
        "file": problem.file,
        "row": problem.row,
        "column": problem.column,
        "value": problem.value,
        "code": problem.code,
        "severity": problem.severity,
        "expected": expectation(problem),
    }
