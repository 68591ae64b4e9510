"""index.html of a disclosure pack: what was claimed, what was seen, when and from where, for readers and printers.

It is made from what the pack holds and from nothing else, so that nothing returns that was redacted. It is inert: no
script, no link, and a picture only when its own first bytes prove that it is one. It proves nothing by itself: that
is in README.md and verify.html.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from typing import Any

from markupsafe import Markup

from evidence.pack.maker import PackedText, PackMaterial
from evidence.store import warc
from evidence.store.recording import HEADER
from reports.catalogue import TextCatalogue
from reports.html.environment import environment
from reports.html.formatter import Formatter, writable

_MOST_ROWS = 200
_SIGNS = ((b"\x89PNG\r\n\x1a\n", 0, "png"), (b"\xff\xd8\xff", 0, "jpeg"), (b"WEBP", 8, "webp"))


@dataclass(frozen=True, slots=True)
class _Row:
    """A record as the page lists it. what: key of the text that says what it is."""

    file: str
    what: str
    address: str
    time: str
    vantage: str


def first_page(material: PackMaterial, persian: TextCatalogue, english: TextCatalogue) -> bytes:
    """index.html"""
    style = (files("reports.pack") / "first_page.css").read_text(encoding="utf-8")
    finding = json.loads(material.finding)
    rows = list(_rows(material))
    shown: dict[str, Any] = {
        "contents": material.contents,
        "sealed": material.sealed,
        "finding": {name: _word(finding, name) for name in ("agency", "check", "verdict", "reason")},
        "observed_values": _observed(finding),
        "claim": {name: _word(_mapping(finding.get("subject")), name) for name in ("kind", "id", "url")},
        "rows": rows[:_MOST_ROWS],
        "more": max(0, len(rows) - _MOST_ROWS),
        "redacted": "redacted"
        in [material.contents.finding.state, *(one.state for one in material.contents.records)],
    }
    parts = []
    for catalogue in (persian, english):
        formatter = Formatter(catalogue, catalogue.language)
        template = environment(formatter, {}).get_template("pack_part.html")
        own = {"lang": catalogue.language, "coded": _coded, "instant": partial(_instant, formatter=formatter)}
        parts.append(Markup(template.render(shown | own)))  # noqa: S704 (escaped there)
    page = environment(formatter, {}).get_template("pack.html")
    html = page.render(
        style=Markup(style),  # noqa: S704 (our own file)
        style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        titles=[catalogue.text("first_page.title") for catalogue in (persian, english)],
        parts=parts,
        pictures=[
            (one.record.file, f"data:image/{kind};base64,{base64.b64encode(one.picture).decode()}")
            for one in material.texts
            if (kind := _kind(one.picture))
        ],
    )
    return writable(html).encode()


def _coded(text: str) -> Markup:
    """A text of the catalogue, with `code` in it."""
    text_part, code = Markup("{}"), Markup("<code>{}</code>")
    parts = ((code if at % 2 else text_part).format(part) for at, part in enumerate(text.split("`")))
    return Markup("").join(parts)


def _instant(text: str, formatter: Formatter) -> Markup:
    """A time of a record; a text that is none is crawled text."""
    try:
        return formatter.date(dt.datetime.fromisoformat(text).astimezone(dt.UTC))
    except (ValueError, OverflowError):
        return formatter.crawled(text)


def _rows(material: PackMaterial) -> Iterator[_Row]:
    named = ((one.record.capture, _capture(one).get("vantage")) for one in material.texts)
    vantages = {capture: str(vantage) for capture, vantage in named if vantage}  # a request names none itself
    for one in material.texts:
        yield _Row(
            one.record.file,
            f"pack_type.{one.record.type}",
            _field(one, "WARC-Target-URI"),
            _field(one, "WARC-Date"),
            vantages.get(one.record.capture, ""),
        )


def _observed(finding: Mapping[str, Any]) -> dict[str, Any]:
    values = dict(_mapping(finding.get("observed")))
    return values | {"excerpt": _word(values, "excerpt")}


def _word(values: Mapping[str, Any], name: str) -> str:
    """A text of a finding, which any key holder may have sealed; "" where there is none."""
    value = values.get(name)
    return value if isinstance(value, str) else ""


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _field(one: PackedText, name: str) -> str:
    return warc.header_in(one.head, name) or ""


def _capture(one: PackedText) -> Mapping[str, Any]:
    """What is known of the capture; nothing in the head of a request."""
    for line in one.head.split(b"\r\n"):
        name, _, value = line.partition(b": ")
        if name == HEADER.encode():
            return _mapping(json.loads(value))
    return {}


def _kind(picture: bytes) -> str | None:
    return next((kind for sign, at, kind in _SIGNS if picture[at:].startswith(sign)), None)
