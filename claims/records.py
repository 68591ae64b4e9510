"""What a row of a sheet becomes: one reader for each kind of record, every problem of its cells reported."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Literal, cast

from claims import cells
from claims.documents import MOST_BYTES, DocumentProblem, HashedDocument, hashed
from claims.model import (
    LEVELS,
    PHASES,
    Agency,
    AuditorVerdict,
    Dataset,
    Declaration,
    DrawnCase,
    Kind,
    Level,
    Period,
    Phase,
    Reply,
    Service,
    Stance,
    UndoneRow,
    UntoldCase,
    VerdictWord,
)
from claims.period import parse_period
from claims.persian import digits
from claims.rows import RowReader

_KINDS = {"main": "main", "executive": "executive", "اصلی": "main", "اجرایی": "executive"}
_LEVELS: dict[str, str] = {
    **{str(level): str(level) for level in LEVELS},
    "هیچ": "none",
    "اطلاع رسانی": "information",
    "تعاملی": "interaction",
    "تراکنشی": "transaction",
    "یکپارچه": "integration",
}
COULD_NOT_TELL, UNDONE = "could_not_tell", "undone"
_VERDICTS = {word: word for word in ("verified", "partial", "contradicted", COULD_NOT_TELL, UNDONE)}
_STANCES = {
    **{word: word for word in ("accepts", "disputes", "mended", "explains")},
    "میپذیرد": "accepts",
    "می پذیرد": "accepts",
    "اعتراض دارد": "disputes",
    "برطرف شد": "mended",
    "توضیح میدهد": "explains",
    "توضیح می دهد": "explains",
}
MOST_TEXT = 4000  # characters of a reply
MOST_NAME = 200  # of who signed it, and of where to reach them
_DESIGNS = {"random": "random", "targeted": "targeted"}


def agency(row: RowReader) -> Agency:
    return Agency(
        id=row.need("agency", cells.identifier, ""),
        name=row.need("name", cells.text, ""),
        kind=cast(
            Kind, row.choice("kind", _KINDS, "main") if row.raw("kind") else row.need("kind", str, "main")
        ),
        portal=row.need("portal", cells.url, ""),
        name_en=row.may("name_en", cells.text, "") or None,
        hosts=row.may("hosts", lambda cell: tuple(cells.host(name) for name in cell.split()), ()),
        catalogue=row.may("catalogue", cells.url, "") or None,
        cooperated=row.may("cooperated", cells.yes_no, True),
        parent=row.may("parent", cells.identifier, "") or None,
    )


def service(row: RowReader) -> Service:
    service = Service(
        agency=row.need("agency", cells.identifier, ""),
        id=row.need("service", cells.identifier, ""),
        title=row.need("title", cells.text, ""),
        electronic=row.need("electronic", cells.yes_no, True),
        url=row.may("url", cells.url, "") or None,
        level=cast(Level | None, row.choice("level", _LEVELS, "") or None),
        code=row.may("code", _code, "") or None,
        phases=row.may("phases", _phases, (), expected=", ".join(PHASES)),
        fee=row.may("fee", cells.yes_no, cast(bool | None, None)),
        annual_requests=row.may("annual_requests", cells.count, cast(int | None, None)),
    )
    if row.bad:
        return service
    if service.electronic and service.level == "none":
        row.fault("level", "electronic_without_level")
    if not service.electronic and service.level in ("interaction", "transaction", "integration"):
        row.fault("level", "level_without_electronic")
    if not service.electronic and {"request", "production"} & set(service.phases):
        row.fault("phases", "phases_without_electronic")
    if service.code is not None and len(service.code) != 11:
        row.warn("code", "code_length")
    return service


def _code(cell: str) -> str:
    code = digits(cell).replace(" ", "")
    if not code.isascii() or not code.isalnum() or len(code) > 40:
        raise ValueError("code")
    return code


def _phases(cell: str) -> tuple[Phase, ...]:
    words = cell.lower().replace(",", " ").replace("،", " ").replace(";", " ").split()
    if set(words) - set(PHASES):
        raise ValueError("choice")
    return tuple(phase for phase in PHASES if phase in words)


def dataset(row: RowReader) -> Dataset:
    return Dataset(
        agency=row.need("agency", cells.identifier, ""),
        id=row.need("dataset", cells.identifier, ""),
        title=row.need("title", cells.text, ""),
        url=row.need("url", cells.url, ""),
        format=row.may("format", _format, "") or None,
        period=row.may("period", _period, None),
        modified=row.may("modified", cells.date, None),
        licence=row.may("licence", cells.text, "") or None,
    )


def _format(cell: str) -> str:
    return cells.text(cell).lower().lstrip(".")


def _period(cell: str) -> Period:
    try:
        return parse_period(cell)
    except ValueError:
        raise ValueError("period") from None


def declaration(folder: Path, row: RowReader) -> Declaration:
    name = row.may("document", cells.text, "") or None
    file = _document(folder, name, row) if name else None
    return Declaration(
        agency=row.need("agency", cells.identifier, ""),
        indicator=row.need("indicator", cells.identifier, ""),
        value=row.need("value", cells.share, 0.0),
        document=name,
        document_date=row.may("document_date", cells.date, None),
        sha256=file.sha256 if file else None,
        size=file.size if file else None,
    )


def _document(folder: Path, name: str, row: RowReader) -> HashedDocument | None:
    """The file of the round that a declaration rests on; a warning where it cannot be had."""
    try:
        return hashed(folder, name)
    except DocumentProblem as problem:
        row.warn("document", str(problem), limit=str(MOST_BYTES))
        return None


def deep_link(row: RowReader) -> tuple[str, str]:
    return row.need("service", cells.identifier, ""), row.need("url", cells.url, "")


def verdict(row: RowReader) -> AuditorVerdict | UntoldCase | UndoneRow:
    word = (
        row.choice("verdict", _VERDICTS, "verified")
        if row.raw("verdict")
        else row.need("verdict", str, "verified")
    )
    probability = _probability(row)
    subject = row.need("subject", _judged, "")
    auditor = row.need("auditor", cells.text, "")
    date = row.need("date", cells.date, dt.date.min)
    check = row.may("check", cells.identifier, "") or None
    if word == UNDONE:
        return UndoneRow(subject, auditor, date, check)
    design = _design(row)
    note = row.may("note", cells.text, "") or None
    batch = row.may("batch", cells.identifier, "") or None
    recorded_by = row.may("recorded_by", cells.text, "") or None
    judged = row.may("judged", cells.sha256, "") or None
    rest = (auditor, date, design, probability, note, batch, check, recorded_by)
    if word == COULD_NOT_TELL:
        return UntoldCase(subject, *rest)
    return AuditorVerdict(subject, cast(VerdictWord, word), *rest, judged)


def drawn_case(row: RowReader) -> DrawnCase:
    return DrawnCase(
        batch=row.need("batch", cells.identifier, ""),
        subject=row.need("subject", cells.identifier, ""),
        design=_design(row) if row.raw("design") else row.need("design", _targeted, _targeted("")),
        probability=_probability(row),
        auditors=row.may("auditors", _names, ()),
    )


def _design(row: RowReader) -> Literal["random", "targeted"]:
    return "random" if row.choice("design", _DESIGNS, "targeted") == "random" else "targeted"


def _targeted(_: str) -> Literal["random", "targeted"]:
    return "targeted"


def _probability(row: RowReader) -> float | None:
    probability = row.may("probability", cells.share, cast(float | None, None))
    if probability == 0:
        row.fault("probability", "probability")
    return probability


def _names(cell: str) -> tuple[str, ...]:
    """People, separated by semicolons."""
    return tuple(dict.fromkeys(name for part in cell.split(";") if (name := cells.text(part).strip())))


def _judged(cell: str) -> str:
    """A service or dataset, or `AGENCY/INDICATOR`; of both ids what holds of one."""
    return "/".join(cells.identifier(part) for part in cell.split("/", 1))


def reply(row: RowReader) -> Reply:
    stance = row.choice("stance", _STANCES, "explains") if row.raw("stance") else row.need("stance", str, "")
    return Reply(
        id=row.need("reply", cells.identifier, ""),
        agency=row.need("agency", cells.identifier, ""),
        subject=row.need("subject", cells.identifier, ""),
        date=row.need("date", cells.date, dt.date.min),
        by=row.need("by", _at_most(MOST_NAME), "", limit=str(MOST_NAME)),
        stance=cast(Stance, stance),
        text=row.need("text", _at_most(MOST_TEXT), "", limit=str(MOST_TEXT)),
        contact=row.may("contact", _at_most(MOST_NAME), "", limit=str(MOST_NAME)) or None,
    )


def _at_most(limit: int) -> Callable[[str], str]:
    """A reader of texts that are no longer than that; empty once invisible characters are gone is no text."""

    def read(cell: str) -> str:
        value = cells.text(" ".join(cell.split())).strip()
        if not value:
            raise ValueError("no_text")
        if len(value) > limit:
            raise ValueError("too_long")
        return value

    return read
