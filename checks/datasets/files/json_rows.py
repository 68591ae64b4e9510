"""Rows out of JSON: the largest list of alike things is the table. Bounded."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from checks.datasets.files.messages import is_message
from checks.datasets.files.packages import TooMuch

MAX_DEPTH = 100  # Lists and objects within each other. Deeper is refused: Python's reader recurses.
MAX_COLUMNS = 2_000  # Names in the records. More means that the names are data, and the table is refused.
MAX_CELLS = 5_000_000  # Values by their commas. More is a limit of ours, for memory; as in sheets.py.
_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]')
_ERROR_KEYS = frozenset("error errors exception error_description errormessage fault".split())
_TOLD_KEYS = frozenset("message detail msg title description".split())

_HEADING_KEYS = frozenset("columns fields header headers heading headings cols names".split())
# What stands beside records and tells of them: their columns, where there are more.
_TOLD_OF = _HEADING_KEYS | frozenset("links link _links schema meta metadata".split())
_NAME_KEYS = ("id", "name", "title", "label")

Rows = Iterator[list[str]]
Beside = Literal["", "values", "records"]


class Malformed(Exception):
    """The text does not follow the syntax of its kind."""


@dataclass(frozen=True, slots=True)
class Records:
    """rows: a heading first; for certain when named. error: the answer says that something went wrong and holds no data.

    beside: what the body holds that is in none of the rows: values alone, or records too.
    """

    rows: Rows
    error: bool = False
    named: bool = True
    beside: Beside = ""


def json_records(text: str) -> Records:
    """Raises Malformed, TooMuch."""
    try:
        value = parsed(text)
    except ValueError as error:
        raise Malformed("json") from error
    found, place = _largest(value)
    if found is not None and isinstance(found[0], list):
        heading = _heading_beside(value, found)
        rows = tabular([heading, *found] if heading else found)
        return Records(rows, named=heading is not None, beside=_beside(value, place))
    if found is not None:
        return Records(tabular(found), beside=_beside(value, place))
    if isinstance(value, dict) and value:
        if _says_error(value):
            return Records(iter(()), error=True)
        scalars = {key: item for key, item in value.items() if not isinstance(item, (dict, list))}
        # {"data": []} holds nothing; {"value": 12} is a row.
        beside: Beside = "values" if len(scalars) < len(value) else ""
        return Records(tabular([scalars] if scalars and not _has_empty_list(value) else []), beside=beside)
    if isinstance(value, (str, int, float)) and not isinstance(value, bool):
        return Records(tabular([{"": value}]))
    return Records(iter(()))


def jsonl_records(text: str) -> Records:
    items: list[Any] = []
    for line in text.splitlines():
        if line.strip():
            try:
                items.append(parsed(line))
            except ValueError as error:
                raise Malformed("jsonl") from error
    return Records(tabular(items))


def parsed(text: str) -> Any:
    """The value of a JSON text. Raises ValueError, and TooMuch past a depth: each Python has another one of its own."""
    if len(text) > MAX_CELLS and text.count(",") > MAX_CELLS:
        raise TooMuch("cells")
    if text.count("[") + text.count("{") > MAX_DEPTH and _depth(text) > MAX_DEPTH:
        raise TooMuch("depth")
    try:
        return json.loads(text)
    except RecursionError as error:
        raise TooMuch("depth") from error


def _depth(text: str) -> int:
    depth = deepest = 0
    for match in _BRACKETS.finditer(text):
        mark = match.group()
        if mark in "[{":
            depth += 1
            deepest = max(deepest, depth)
            if deepest > MAX_DEPTH:
                return deepest
        elif mark in "]}":
            depth -= 1
    return deepest


def _says_error(value: dict[str, Any]) -> bool:
    keys = {key.lower(): item for key, item in value.items()}
    code = next((keys[key] for key in ("status", "code", "statuscode", "status_code") if key in keys), None)
    if keys.get("success") is False or keys.get("ok") is False:
        return True
    told = len(value) <= 2 or not keys.keys().isdisjoint(_ERROR_KEYS | _TOLD_KEYS)
    if isinstance(code, int) and 400 <= code < 600 and told:  # {"code": 450, "name": "قم"} is a row
        return True
    if len(value) > 6:
        return False
    return any(keys.get(key) for key in _ERROR_KEYS) or any(
        is_message(str(keys[key])) for key in _TOLD_KEYS if key in keys
    )


def _has_empty_list(value: dict[str, Any]) -> bool:
    return any(item in ([], {}) for item in value.values())


def _largest(value: Any) -> tuple[list[Any] | None, Any]:
    """The longest list of records within four levels, and what holds it; columns of equal length count as one."""
    best: list[Any] | None = None
    place: Any = None
    level = [value]
    for _ in range(5):
        following: list[Any] = []
        for item in level:
            records = _records_of(item)
            if records and (best is None or _size(records) > _size(best)):
                best, place = records, item
            if isinstance(item, dict):
                following.extend(list(item.values())[:200])
            elif isinstance(item, list) and records is None:
                following.extend(item[:200])
        level = [item for item in following if isinstance(item, (dict, list))]
    return best, place


def _beside(value: Any, place: Any) -> Beside:
    """What is not in the list that was taken for the table."""
    beside: Beside = ""
    level = [value]
    for _ in range(6):
        following: list[Any] = []
        for item in level:
            if item is place or item in ({}, [], None):
                continue
            beside = beside or ("" if isinstance(item, dict) else "values")
            if isinstance(item, dict):
                told = {key for key in item if key.lower() in _TOLD_OF}
                beside = beside or ("values" if told else "")
                following.extend(part for key, part in item.items() if key not in told)
            elif isinstance(item, list):
                if len(item) > 1 and isinstance(item[0], (dict, list)):
                    return "records"
                following.extend(item)
        level = following
    return "values" if level else beside


def _heading_beside(value: Any, rows: list[Any]) -> list[str] | None:
    """The names that an answer keeps apart from rows that are bare lists."""
    level = [value]
    for _ in range(5):
        following: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                if any(part is rows for part in item.values()):
                    return _names(item, len(rows[0]))
                following.extend(list(item.values())[:200])
            elif isinstance(item, list):
                following.extend(item[:200])
        level = [item for item in following if isinstance(item, (dict, list))]
    return None


def _names(item: dict[str, Any], width: int) -> list[str] | None:
    for key, part in item.items():
        if key.lower() in _HEADING_KEYS and isinstance(part, list) and len(part) == width:
            told = [
                next((p[k] for k in _NAME_KEYS if k in p), None) if isinstance(p, dict) else p for p in part
            ]
            names = [name for name in told if isinstance(name, str)]
            if len(names) == width:
                return names
    return None


def _size(records: list[Any]) -> tuple[int, bool]:
    """Of two lists of one length, the one of rows is the table, and the other names its columns or its rows."""
    return len(records), isinstance(records[0], (dict, list))


def _records_of(item: Any) -> list[Any] | None:
    if isinstance(item, list):
        nested = sum(isinstance(i, (dict, list)) for i in item)
        return item if item and (nested == 0 or nested >= 0.8 * len(item)) else None
    if not isinstance(item, dict) or len(item) < 2:
        return None
    values = list(item.values())
    if all(isinstance(v, dict) and v for v in values) and len({frozenset(v) for v in values}) == 1:
        return [{"": key, **value} for key, value in item.items()]
    if all(isinstance(v, list) and v and isinstance(v[0], dict) for v in values):
        if len({frozenset(v[0]) for v in values}) == 1:  # a year a list
            return [{"": key, **row} for key, rows in item.items() for row in rows if isinstance(row, dict)]
        return None
    columns = [v for v in values if isinstance(v, list) and v and not isinstance(v[0], (dict, list))]
    if len(columns) == len(values) and len({len(v) for v in columns}) == 1:
        return [dict(zip(item, row, strict=True)) for row in zip(*columns, strict=True)]
    return None


def tabular(items: list[Any]) -> Rows:
    """A heading and rows. Raises TooMuch (columns): what was left out could be what changed."""
    if items and all(isinstance(item, list) for item in items[:50]):
        for item in items:
            yield [_text(cell) for cell in item] if isinstance(item, list) else [_text(item)]
        return
    keys: dict[str, None] = {}
    for item in items:
        keys.update(dict.fromkeys(_flat(item)))
        if len(keys) > MAX_COLUMNS:
            raise TooMuch("columns")
    if items:
        yield list(keys)
    for item in items:
        record = _flat(item)
        yield [record.get(key, "") for key in keys]


def _flat(item: Any, prefix: str = "", depth: int = 0) -> dict[str, str]:
    if not isinstance(item, dict):
        return {prefix or "value": _text(item)}
    if depth == 0 and item.get("type") == "Feature" and isinstance(item.get("properties"), dict):
        id = {"@id": item["id"]} if "id" in item else {}
        item = {**id, **item["properties"], "geometry": item.get("geometry")}
    found: dict[str, str] = {}
    for key, value in item.items():
        name = f"{prefix}.{key}" if prefix else str(key)
        if isinstance(value, dict) and depth < 2:
            found.update(_flat(value, name, depth + 1))
        else:
            found[name] = _text(value)
    return found


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, (list, dict)):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return str(value)
