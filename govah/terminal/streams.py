"""Standard streams that take every letter in every locale, and outlive whoever reads them.

A terminal gets its own encoding, with a likeness for each letter that this lacks; everything else gets UTF-8. Who stops
reading (`| head`) misses the rest, and the command does its work and ends with its own status all the same.
"""

from __future__ import annotations

import codecs
import io
import os
import sys
import unicodedata
from functools import partial
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_OUT, _ERR = 1, 2
# One for one, so that columns stay straight.
_ALIKE = {"ی": "ي", "ک": "ك", "«": '"', "»": '"', "…": ".", "·": "-", "×": "x", "←": "<", "→": ">", "٪": "%"}
_ALIKE |= dict.fromkeys("–—−", "-") | dict.fromkeys("\u0654\u200c\u200d\u2066\u2067\u2068\u2069", "")
_ALIKE |= {"█": "#", "░": ":", "│": "|", "─": "-"}
_ALIKE |= {"،": ",", "؛": ";", "؟": "?", "٫": ".", "٬": ","}

_lacking: list[str] = []  # encodings in which letters were lost


def prepare() -> None:
    """At the start of a command, before anything is opened or printed. May start the program anew in UTF-8 mode."""
    _open_all()
    _read_names_as_utf_8()
    os.environ.pop(
        "PYTHONIOENCODING", None
    )  # meant for the streams here, not for those of processes started later
    sys.stdout = _stream(_OUT, sys.stdout)
    sys.stderr = _stream(_ERR, sys.stderr)


def tell_of_lost_letters() -> None:
    """At the end of a command: how to get the letters that the terminal was not shown."""
    if not _lacking:
        return
    from govah.terminal.console import catalogue, language

    encoding = _lacking[0]
    told = (catalogue(name).text("cli.letters", encoding=encoding) for name in (language(), "en"))
    sys.stderr.write(next((line for line in told if _readable(line, encoding)), "LC_ALL=C.UTF-8") + "\n")


def _open_all() -> None:
    """A stream that is closed would be the number of the next file, and what is printed would go there."""
    for number in (0, _OUT, _ERR):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free


def _read_names_as_utf_8() -> None:
    """In a locale without UTF-8 Python reads names of files and arguments in its encoding; nobody's files are named so."""
    if sys.getfilesystemencoding() == "utf-8" or os.environ.get("PYTHONUTF8") == "1":
        return
    terminal = sys.stdout if os.isatty(_OUT) else sys.stderr
    os.environ["PYTHONIOENCODING"] = terminal.encoding if terminal is not None else "utf-8"
    os.environ["PYTHONUTF8"] = "1"
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 (this very command)


class _Outliving(io.FileIO):
    """A pipe or file that swallows what nobody reads any more."""

    def write(self, data: ReadableBuffer, /) -> int:
        try:
            return super().write(data)
        except BrokenPipeError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)
            return memoryview(data).nbytes


def _stream(number: int, usual: TextIO | None) -> io.TextIOWrapper:
    terminal = os.isatty(number)
    encoding, errors = "utf-8", "backslashreplace"  # of what is no letter: half a surrogate pair
    if terminal and usual is not None and codecs.lookup(usual.encoding or encoding).name != encoding:
        encoding, errors = usual.encoding, f"govah-likeness-{number}"
        codecs.register_error(errors, partial(_likeness, encoding))
    raw = _Outliving(number, "w", closefd=False)
    return io.TextIOWrapper(
        io.BufferedWriter(raw), encoding=encoding, errors=errors, line_buffering=terminal or number == _ERR
    )


def _likeness(encoding: str, error: UnicodeError) -> tuple[str, int]:
    """A handler of `codecs`. The error names encodings of eight bits "charmap", all of them alike."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    if encoding not in _lacking:
        _lacking.append(encoding)
    lost = error.object[error.start : error.end]
    return "".join(_like(letter, encoding) for letter in lost), error.end


def _like(letter: str, encoding: str) -> str:
    like = _ALIKE.get(letter)
    if like is None:
        digit = unicodedata.digit(letter, None)
        like = "?" if digit is None else str(digit)
    return like if _can(like, encoding) else "?"


def _readable(line: str, encoding: str) -> bool:
    return all(_can(letter, encoding) or _like(letter, encoding) != "?" for letter in line)


def _can(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
