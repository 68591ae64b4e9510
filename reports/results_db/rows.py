"""Rows of results.db, table by table, as `schema.toml` declares their columns."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC
from typing import Any

from checks.finding import Finding, title_of
from claims.model import Agency, Alias, AuditorVerdict, Dataset, Service
from evidence.kinds.screenshot import ScreenshotFacts
from evidence.records import Capture
from evidence.redaction import secrets
from reports.hosts.browser_view import browser_view
from reports.replies import ReplyRecord

Value = str | int | float | None
Row = tuple[Value, ...]
Entry = Mapping[str, Any]
"""Of an agency in results.json; {} where it was not scored."""
Placed = Mapping[tuple[str, str], tuple[int, Finding]]
"""Number and finding by check and subject, of one agency."""

ORDER = ("contradicted", "partial", "inconclusive", "verified", "not_applicable")


def plain(text: str) -> str:
    """As SQLite can hold it: crawled text may have halves of surrogate pairs, and NULs that end a text for its functions."""
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def clean(text: str) -> str:
    """The same without cookies, keys and tokens. Findings come without."""
    return plain(secrets.text(text))


def agency(one: Agency, entry: Entry) -> Row:
    reach, rank = entry.get("reach", {}), entry.get("rank") or {}
    ratio, score = entry.get("electronic_ratio", {}), entry.get("score", {})
    three = ("declared", "verified", "possible")
    return (
        one.id,
        clean(one.name),
        _clean(one.name_en),
        one.kind,
        clean(one.portal),
        _clean(one.catalogue),
        one.parent,
        int(one.cooperated),
        reach.get("verdict"),
        reach.get("reason"),
        entry.get("coverage"),
        *(ratio.get(name) for name in three),
        *(score.get(name) for name in three),
        *(rank.get(name) for name in ("place", "low", "high", "of")),
        entry.get("not_ranked_reason"),
    )


def finding(
    number: int, one: Finding, offset: int, length: int, words: int, own_words: int | None
) -> tuple[Row, Row]:
    """Rows of `findings` and `observed`."""
    return (
        number,
        one.id,
        plain(one.agency),
        one.check,
        one.check_version,
        one.subject.kind,
        plain(one.subject.id),
        _plain(one.subject.url),
        one.verdict,
        one.reason,
        ORDER.index(one.verdict),
        one.attempts,
        one.criterion,
        one.effect,
        offset,
        length,
        words,
        own_words,
    ), (number, as_json(one.observed))


def service(one: Service, found: Placed) -> Row:
    number, entry = found.get(("services.entry", one.id), (None, None))
    seen: Mapping[str, Any] = entry.observed if entry else {}
    matched = seen.get("matched")
    return (
        one.id,
        one.agency,
        clean(one.title),
        _clean(one.url),
        one.code,
        int(one.electronic),
        one.level,
        one.annual_requests,
        *_outcome(entry),
        _text(seen.get("level")),
        _text(matched.get("how")) if isinstance(matched, Mapping) else None,
        number,
    )


def dataset(one: Dataset, found: Placed) -> Row:
    return (
        one.id,
        one.agency,
        1,
        clean(one.title),
        clean(one.url),
        _clean(one.format),
        one.period.days if one.period else None,
        one.modified.isoformat() if one.modified else None,
        _clean(one.licence),
        *_judged(one.id, found),
    )


def listed_dataset(one: Finding, found: Placed) -> Row:
    """Of a dataset that nobody claims. one: any finding about it."""
    id = one.subject.id
    _, fresh = found.get(("datasets.freshness", id), (None, None))
    _, usable = found.get(("datasets.usability", id), (None, None))
    dated: Mapping[str, Any] = fresh.observed if fresh else {}
    seen: Mapping[str, Any] = usable.observed if usable else {}
    return (
        plain(id),
        plain(one.agency),
        0,
        plain(title_of(one, {})),
        plain(one.subject.url or ""),
        _text(seen.get("declared_format")),
        _number(dated.get("period_days")),
        _text(dated.get("listed_date")),
        _text(seen.get("declared_licence")) or None,
        *_judged(id, found),
    )


def _judged(id: str, found: Placed) -> Row:
    """What was found of a dataset."""
    fresh_number, fresh = found.get(("datasets.freshness", id), (None, None))
    usable_number, usable = found.get(("datasets.usability", id), (None, None))
    dated: Mapping[str, Any] = fresh.observed if fresh else {}
    seen: Mapping[str, Any] = usable.observed if usable else {}
    return (
        *_outcome(fresh),
        _text(dated.get("newest")),
        _number(dated.get("age_days")),
        *_outcome(usable),
        _text(seen.get("format")),
        _number(seen.get("stars")),
        fresh_number,
        usable_number,
    )


def host(number: int, one: Finding) -> Row:
    name, _, port = one.subject.id.rpartition(":")
    problems = list(one.observed.get("problems", ()))
    return (
        number,
        plain(one.agency),
        plain(name),
        int(port),
        one.verdict,
        browser_view(one).kind,
        as_json(problems),
    )


def link(number: int, one: Finding) -> Row:
    seen = one.observed
    pages = list(seen.get("found_on", ()))
    return (
        number,
        plain(one.agency),
        plain(one.subject.id),
        one.verdict,
        one.reason,
        _number(seen.get("status")),
        _text(pages[0]) if pages else None,
        _number(seen.get("found_on_count")) or len(pages),
        _text(seen.get("text")),
    )


def capture(number: int, one: Capture, text: str | None = None) -> Row:
    return (
        number,
        one.id,
        plain(one.agency),
        one.kind,
        clean(one.url),
        one.time.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        one.vantage,
        one.purpose,
        one.attempt,
        one.sha256,
        one.facts.of if isinstance(one.facts, ScreenshotFacts) else None,
        text,
    )


def scores(one: Agency, entry: Entry) -> Iterator[Row]:
    for axis in entry.get("axes", ()):
        yield (one.id, axis["id"], *_node(axis))


def indicators(one: Agency, entry: Entry) -> Iterator[Row]:
    for indicator in entry.get("indicators", ()):
        yield (one.id, indicator["id"], indicator["axis"], *_node(indicator))


def _node(node: Mapping[str, Any]) -> Row:
    return tuple(node[name] for name in ("weight", "declared", "verified", "possible", "coverage"))


def verdict(number: int, one: AuditorVerdict) -> Row:
    return (
        number,
        one.subject,
        one.verdict,
        clean(one.auditor),
        one.date.isoformat(),
        one.design,
        one.probability,
        one.batch,
        one.check,
        _clean(one.note),
    )


def reply(one: ReplyRecord) -> Row:
    said = one.reply
    names = ("reply", "agency", "subject", "date", "by", "stance", "text")
    return (*(clean(str(said[name])) for name in names), one.state, one.received)


def alias(one: Alias) -> Row:
    return (
        one.service,
        one.agency,
        clean(one.address),
        _clean(one.heading),
        clean(one.portal),
        clean(one.by),
        one.date,
        one.capture,
        one.reply,
    )


def as_json(value: Any) -> str:
    return plain(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def _outcome(finding: Finding | None) -> tuple[str | None, str | None]:
    return (None, None) if finding is None else (finding.verdict, finding.reason)


def _plain(text: str | None) -> str | None:
    return None if text is None else plain(text)


def _clean(text: str | None) -> str | None:
    return None if text is None else clean(text)


def _text(value: object) -> str | None:
    return plain(value) if isinstance(value, str) else None


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and abs(value) < 1 << 63 else None
