"""What separates the fields of a text, and whether the text is a table at all.

Every candidate is tried over the first lines; the one whose rows are most alike, with cells that look like
cells, is it. Not here: reading the table.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from claims.persian import COMMA, QUESTION_MARK, SEMICOLON

CANDIDATES = (",", ";", "\t", "|", COMMA)
FIELD_LIMIT = 1_000_000  # Characters of one field. More is no table: the end of a quotation is missing.
_LINES = 300  # Lines from which the separator is told. More lines say the same.
_SAMPLE = 65_536  # Characters from which it is told. Lines past them are not looked at.
_SPLIT_NUMBER = re.compile(rf"\d[,;|{COMMA}\t]\d")
_PROSE_WORDS = 9  # Words of the middle cell from which a table of one column may be prose. By hand.
_FEWEST_NAMED = 3  # rows of long cells: two lines may be any text
_SENTENCES, _TIMES = 0.1, 0.5  # shares of lines from which long ones are prose, or a log. By hand
_ALIKE = 0.7  # of the rows: with fewer of one length, nobody meant a table. By hand
_ALIGNED, _NUMBERED = (
    0.8,
    0.4,
)  # the same where only white space parts cells, and the share with digits. By hand
_FEWEST_SPACED = 3  # rows: two lines of as many words are a text
# Behind a word, which initials are not, and few abbreviations.
_SENTENCE = re.compile(rf"[^\W\d_]{{4}}(?:[.!?…{QUESTION_MARK}{SEMICOLON}](?=\s|$)|:$)")
_TIME = re.compile(r"(?<!\d)\d\d:\d\d(?!\d)")
_TOLD = re.compile(rf"""["']?sep=([,;|\t{COMMA}])["']?""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Dialect:
    """delimiter: "" when rows are of one field. share: of rows that have the usual number of fields.

    named: the first line is Excel's "sep=;", which is no row. quote: around fields that hold a separator.
    """

    delimiter: str
    columns: int
    share: float
    rows: int
    score: float = 0.0
    named: bool = False
    quote: str = '"'


def detect(text: str, *, spaces: bool = False) -> Dialect:
    """The dialect that fits the first lines best. spaces: one space may separate, where nothing else does."""
    lines = _lines(text)
    if lines and (told := _TOLD.fullmatch(lines[0].strip("\ufeff\r\n"))) is not None:
        rest = _tried(lines[1:], told.group(1))
        return replace(rest or Dialect(told.group(1), 1, 1.0, len(lines) - 1), named=True)
    found = [dialect for mark in CANDIDATES if (dialect := _tried(lines, mark)) is not None]
    best = max(found, key=lambda dialect: dialect.score, default=None)
    if spaces and (best is None or not is_table(best)) and (spaced := _spaced(lines)) is not None:
        return spaced
    return best if best is not None else Dialect("", 1, 1.0, len([line for line in lines if line.strip()]))


def is_table(dialect: Dialect) -> bool:
    """Whether rows are alike enough that somebody meant a table, without being told."""
    if dialect.delimiter == "" or dialect.rows < 2:
        return False
    return dialect.share >= _ALIKE if dialect.rows > 2 else dialect.share == 1.0


def is_aligned(text: str) -> bool:
    """Columns that are set apart by white space alone: rows alike, with numbers in them."""
    lines = [line.split("#")[0].strip() for line in _lines(text)]
    for gap in (r"\s+", r"\s{2,}"):
        rows = [re.split(gap, line) for line in lines if line]
        width, alike = max(Counter(map(len, rows)).items(), key=lambda pair: pair[1], default=(0, 0))
        if width > 1 and len(rows) > 3 and alike >= _ALIGNED * len(rows):
            cells = [cell for row in rows if len(row) == width for cell in row]
            if sum(any(char.isdigit() for char in cell) for cell in cells) >= _NUMBERED * len(cells):
                return True
    return False


def is_prose(text: str) -> bool:
    """Sentences, not fields: long lines of many words, and no column of long names."""
    lines = [line for line in _lines(text) if line.strip()]
    words = sorted(len(line.split()) for line in lines)
    return bool(words) and words[len(words) // 2] >= _PROSE_WORDS and not _is_column(lines)


def _is_column(lines: list[str]) -> bool:
    """Cells under a heading: each a field as CSV has it, and few that are sentences or tell a time, as a log does."""
    rows = list(_rows(lines, ",", '"'))
    if len(rows) < _FEWEST_NAMED or any(len(row) > 1 for row in rows):
        return False
    heading, *cells = (cell.strip() for (cell,) in rows)
    if len(heading.split()) >= _PROSE_WORDS or heading in cells:
        return False
    sentences = sum(_SENTENCE.search(cell) is not None for cell in cells)
    times = sum(_TIME.search(cell) is not None for cell in cells)
    return sentences <= _SENTENCES * len(cells) and times < _TIMES * len(cells)


def _lines(text: str) -> list[str]:
    lines = text[:_SAMPLE].splitlines()
    if len(text) > _SAMPLE and len(lines) > 1:
        lines.pop()  # cut in the middle
    return lines[:_LINES]


def _spaced(lines: list[str]) -> Dialect | None:
    """Rows of fields with one space between them: all alike, with numbers in them, as no text is written."""
    dialect = _tried(lines, " ")
    if dialect is None or dialect.rows < _FEWEST_SPACED or dialect.share < 1.0:
        return None
    cells = [cell for row in _rows(lines, " ", dialect.quote) for cell in row]
    numbered = sum(any(char.isdigit() for char in cell) for cell in cells)
    return dialect if all(map(str.strip, cells)) and numbered >= _NUMBERED * len(cells) else None


def _quote(lines: list[str], mark: str) -> str:
    """The apostrophe, where each row has fields between two of them, and none between quotes."""
    fields = [
        re.findall(
            rf"(?:^|{re.escape(mark)})(['\"])(?:(?!\1).)*\1(?={re.escape(mark)}|$)", line.rstrip("\r\n")
        )
        for line in lines
        if line.strip()
    ]
    return "'" if fields and all("'" in found and '"' not in found for found in fields) else '"'


def _tried(lines: list[str], mark: str) -> Dialect | None:
    quote = _quote(lines, mark)
    rows = list(_rows(lines, mark, quote))
    widths = Counter(len(row) for row in rows)
    split = [(count, width) for width, count in widths.items() if width > 1]
    if not split:
        return None
    count, width = max(split)
    if mark != "," and len(rows[0]) == 1 and widths[1] >= count:
        return None  # a letter of some cells: a writer of CSV puts none but the comma in quotes
    share = count / len(rows)
    cells = [cell for row in rows if len(row) == width for cell in row]
    clean = sum(_clean(cell, mark) for cell in cells) / len(cells)
    return Dialect(mark, width, share, len(rows), score=share * clean * (1 - 1 / (2 * width)), quote=quote)


def _rows(lines: list[str], mark: str, quote: str) -> Iterator[list[str]]:
    try:
        for row in csv.reader((line + "\n" for line in lines), delimiter=mark, quotechar=quote):
            if any(cell.strip() for cell in row):
                yield row
    except csv.Error:
        return


def _clean(cell: str, mark: str) -> bool:
    return (
        len(cell.split()) < _PROSE_WORDS
        and not any(
            match.group()[1] != mark for match in _SPLIT_NUMBER.finditer(cell) if match.group()[1] != ","
        )
        and "\t" not in cell
    )
