"""What came over the wire as numbered lines of text, a stretch at a time, with the words that a finding rests on marked.

Without the secrets that it holds (`evidence.redaction.secrets`): what a screen shows is copied, and seen by others.

Bounded: of a body that goes on for long, the first part; of a line that does, pieces. It is text, and nothing else.
"""

from __future__ import annotations

import html
import json
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from checks.finding import Finding
from evidence.errors import EvidenceError
from evidence.kinds.http import HttpFacts
from evidence.kinds.page import PageFacts
from evidence.records import Capture
from evidence.redaction import secrets
from evidence.store import EvidenceStore
from web.charset import decode
from web.entity import split_head

MOST_BYTES = 2 << 20  # of a body
PIECE = 400  # characters of a line in one row
_HEAD = 64 << 10
_MOST_WORDS = 600  # characters of an excerpt that are looked for
_LEAST_WORDS = 12
_BEFORE = 6  # rows that are shown before the marked words
_LOOKED_AT = 6  # captures of a finding that are searched for its words
_TOKEN = re.compile(r"<[^<>]{0,4000}>|&[#0-9A-Za-z]{1,32};|\s+|[^<&\s]+|.", re.DOTALL)

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A line or a piece of one. line: counted from 1; first: whether the line begins here. parts: (text, whether marked)."""

    line: int
    first: bool
    parts: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class SourceExcerpt:
    """Rows of a source from one on. start, before, after: rows counted from 0; None where there are no more. rows_of: all there are.

    marked: the first row that has words of the finding, None when they were not found here.
    """

    rows: tuple[SourceRow, ...]
    start: int
    rows_of: int
    before: int | None
    after: int | None
    marked: int | None


class CaptureSource:
    """One capture as text. encoding: how its body was read, None for what is no text of the portal's own.

    cut: whether more came than is shown.
    """

    def __init__(self, capture: Capture, text: str, encoding: str | None, cut: bool) -> None:
        self.capture = capture
        self.encoding = encoding
        self.cut = cut
        self._text = text
        self._starts = list(_row_starts(text))

    @classmethod
    def of(cls, store: EvidenceStore, capture: Capture) -> CaptureSource:
        """Raises EvidenceError, KeyError."""
        facts = capture.facts
        body = store.body(capture.id)
        cut = len(body) > MOST_BYTES
        if isinstance(facts, HttpFacts):
            head = split_head(store.wire(capture.id))[0]
            text, encoding = decode(body[:MOST_BYTES], facts.header("content-type"))
            shown, said = secrets.answer(head[:_HEAD], text)
            return cls(
                capture, _lines(f"{shown}\n\n{said}" if head else said), encoding, cut or len(head) > _HEAD
            )
        page = isinstance(facts, PageFacts)
        text = body[:MOST_BYTES].decode("utf-8", "replace") if page else _indented(body[:MOST_BYTES])
        return cls(capture, _lines(secrets.text(text)), "utf-8" if page else None, cut)

    def find(self, words: Sequence[str]) -> Span | None:
        return words_in(self._text, words)

    def stretch(self, start: int | None, size: int, span: Span | None) -> SourceExcerpt:
        """start: a row; None begins a little before the marked words."""
        marked = None if span is None else bisect_right(self._starts, span[0]) - 1
        count = len(self._starts)
        if start is None:
            start = 0 if marked is None or marked < _BEFORE * 2 else marked - _BEFORE
        start = min(max(0, start), max(0, count - 1))
        end = min(count, start + size)
        return SourceExcerpt(
            tuple(self._rows(start, end, span)),
            start,
            count,
            max(0, start - size) if start else None,
            end if end < count else None,
            marked,
        )

    def _rows(self, start: int, end: int, span: Span | None) -> Iterator[SourceRow]:
        line = 1 + self._text.count("\n", 0, self._starts[start]) if self._starts else 1
        for number in range(start, end):
            begin = self._starts[number]
            stop = self._starts[number + 1] if number + 1 < len(self._starts) else len(self._text)
            first = begin == 0 or self._text[begin - 1] == "\n"
            if first and number > start:
                line += 1
            yield SourceRow(line, first, _parts(self._text[begin:stop].rstrip("\n"), begin, span))


def words_in(text: str, words: Sequence[str], tags: bool = True) -> Span | None:
    """Where the first of these stands in a page: as written, else as it reads once tags are gone.

    tags: whether it may stand within one.
    """
    for wanted in words if tags else ():
        if len(wanted) >= 3 and (at := text.find(wanted)) >= 0:
            return at, at + len(wanted)
    plain = _PlainText(text)
    for wanted in words:
        squeezed = "".join(wanted.split())[:_MOST_WORDS]
        while len(squeezed) >= 3:
            if (span := plain.find(squeezed)) is not None:
                return span
            if len(squeezed) <= _LEAST_WORDS:
                break
            squeezed = squeezed[: max(_LEAST_WORDS, len(squeezed) // 2)]
    return None


def source_of(
    store: EvidenceStore, finding: Finding, wanted: str = ""
) -> tuple[CaptureSource | None, Span | None]:
    """The capture to show of a finding: the one asked for, else the one that has its words, else the last answer."""
    candidates = captures_of(store, finding)
    words = words_of(finding)
    if wanted:
        candidates = [capture for capture in candidates if capture.id == wanted]
    first: CaptureSource | None = None
    for capture in candidates[:_LOOKED_AT]:
        try:
            source = CaptureSource.of(store, capture)
        except (EvidenceError, KeyError):  # verification names it
            continue
        if words and (span := source.find(words)) is not None:
            return source, span
        first = first or source
    return first, None


def captures_of(store: EvidenceStore, finding: Finding) -> list[Capture]:
    """Captures of a finding that have a text: the last answers first, then pages as the browser had them, then the rest."""
    found: list[Capture] = []
    for id in reversed(finding.captures):
        try:
            capture = store.get(id)
        except KeyError:
            continue
        if capture.kind != "screenshot":
            found.append(capture)
    return sorted(
        found,
        key=lambda c: (
            not (isinstance(c.facts, HttpFacts) and c.facts.status is not None),
            not isinstance(c.facts, PageFacts),
        ),
    )


def words_of(finding: Finding) -> list[str]:
    """What of a finding may be found in the source."""
    values = (finding.observed.get(name) for name in ("excerpt", "reference", "text"))
    return [value.strip() for value in values if isinstance(value, str) and value.strip()]


class _PlainText:
    """A page's text without tags and white space, and where each part of it stood."""

    def __init__(self, text: str) -> None:
        parts: list[str] = []
        self._at: list[int] = []
        self._from: list[tuple[int, int]] = []
        length = 0
        for match in _TOKEN.finditer(text):
            token = match.group()
            if (token[0] == "<" and len(token) > 1) or token.isspace():
                continue
            said = html.unescape(token) if token[0] == "&" else token
            said = "".join(said.split())
            if said:
                self._at.append(length)
                self._from.append(match.span())
                parts.append(said)
                length += len(said)
        self._text = "".join(parts)

    def find(self, squeezed: str) -> Span | None:
        at = self._text.find(squeezed)
        if at < 0:
            return None
        return self._place(at)[0], self._place(at + len(squeezed) - 1)[1]

    def _place(self, at: int) -> Span:
        """Where one character stood: within its token, where that is as long as what it says."""
        number = bisect_right(self._at, at) - 1
        start, end = self._from[number]
        offset = at - self._at[number]
        length = (self._at[number + 1] if number + 1 < len(self._at) else len(self._text)) - self._at[number]
        return (start + offset, start + offset + 1) if end - start == length else (start, end)


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n")


def _indented(body: bytes) -> str:
    try:
        return json.dumps(json.loads(body), ensure_ascii=False, indent=1, sort_keys=True)
    except (ValueError, RecursionError):
        return body.decode("utf-8", "replace")


def _row_starts(text: str) -> Iterator[int]:
    begin = 0
    while begin < len(text):
        newline = text.find("\n", begin)
        end = len(text) if newline < 0 else newline
        yield begin
        yield from range(begin + PIECE, end, PIECE)
        begin = end + 1


def _parts(text: str, begin: int, span: Span | None) -> tuple[tuple[str, bool], ...]:
    if span is None or span[1] <= begin or span[0] >= begin + len(text):
        return ((text, False),)
    start, end = max(0, span[0] - begin), min(len(text), span[1] - begin)
    pieces = ((text[:start], False), (text[start:end], True), (text[end:], False))
    return tuple(piece for piece in pieces if piece[0])
