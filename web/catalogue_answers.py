"""How answers of data catalogues are told apart and what they lead on to: read by the crawl and by the checks alike.

Not here: the datasets that they list (`checks.datasets.catalogues`).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import parse_qsl

from web.urls import absolute, is_web, path, split_fragment

Syntax = Literal["json", "turtle", "rdf_xml"]

API = "/api/3/action/"
# Larger answers of an API are not read while crawling, and are not what one page of it is.
MOST_BYTES = 8 << 20
_HEAD = 4_096
_ACTION = re.compile(r"^(.*?)/api/(?:3/)?action/(status_show|package_search|package_list|package_show)$")
_RDF = re.compile(r"text/turtle|application/(?:rdf\+xml|ld\+json)", re.IGNORECASE)
_NAMED = re.compile(r"/(?:catalog(?:ue)?|dcat|data)\.(?:ttl|rdf|xml|jsonld|json)$", re.IGNORECASE)
# What an HTML page begins with. A catalogue may well speak of `<html` in a title.
_PAGE = re.compile(rb"(?:\s+|<\?[^>]*>|<!--.*?-->)*+<(?:html|!doctype\s+html)\b", re.DOTALL | re.IGNORECASE)
_NEXT = re.compile(
    rb"""(?:hydra:|hydra/core#|["'])next(?:Page)?(?:[\s"'<>:=\[{]|@id|@value|rdf:resource)*+"""
    rb"""(https?://[^\s"'<>\\]{1,1000}|/[^\s"'<>\\]{0,1000}|\?[^\s"'<>\\]{1,1000})"""
)


@dataclass(frozen=True, slots=True)
class CkanRequest:
    """A request of CKAN's API. base: where the catalogue is, without a slash at its end. start: of a search.

    organisation: whose datasets alone were asked for; "" for all.
    """

    base: str
    name: str
    start: int = 0
    id: str = ""
    organisation: str = ""


@dataclass(frozen=True, slots=True)
class CkanAnswer:
    """What an API of CKAN answered. success: it did what was asked. count: how many it says there are, None when it
    does not. results: records of a search, in order. names: of a list."""

    success: bool
    error: str = ""
    count: int | None = None
    results: tuple[dict[str, Any], ...] = ()
    names: tuple[str, ...] = ()


def action_of(url: str) -> CkanRequest | None:
    """What a URL asks CKAN's API for; None for any other URL."""
    head, _, query = url.partition("?")
    match = _ACTION.match(head)
    if match is None:
        return None
    said = dict(parse_qsl(query[:2_000]))
    start = said.get("start", "0")
    field, _, organisation = said.get("fq", "").partition(":")
    return CkanRequest(
        match.group(1),
        match.group(2),
        int(start) if start.isascii() and start.isdigit() else 0,
        said.get("id", ""),
        organisation.strip('"') if field == "organization" else "",
    )


def may_be_catalogue(url: str, content_type: str | None) -> bool:
    """Whether an address that was met as any other may be that of a catalogue: by its name, or as RDF."""
    return is_named_catalogue(url) or _RDF.match(content_type or "") is not None


def is_named_catalogue(url: str) -> bool:
    return _NAMED.search(path(url)) is not None


def parsed(body: bytes) -> Any:
    """JSON; None when it is none, or too deep to be read."""
    try:
        return json.loads(body.removeprefix(b"\xef\xbb\xbf"))
    except (ValueError, RecursionError):
        return None


def action_answer(body: bytes) -> CkanAnswer | None:
    """The envelope of CKAN's API; None when the body is no such thing."""
    if len(body) > MOST_BYTES or b'"success"' not in body:
        return None
    envelope = parsed(body)
    if not isinstance(envelope, dict) or not isinstance(envelope.get("success"), bool):
        return None
    result = envelope.get("result")
    if not envelope["success"]:
        error = envelope.get("error")
        kind = error.get("__type") if isinstance(error, dict) else error
        return CkanAnswer(False, str(kind)[:100])
    if isinstance(result, list):
        return CkanAnswer(True, names=tuple(name for name in result if isinstance(name, str)))
    if isinstance(result, dict) and isinstance(records := result.get("results"), list):
        count = result.get("count")
        known = isinstance(count, int) and not isinstance(count, bool) and count >= 0
        return CkanAnswer(
            True, "", count if known else None, tuple(r for r in records if isinstance(r, dict))
        )
    return CkanAnswer(True, results=(result,) if isinstance(result, dict) else ())


def syntax_of(body: bytes, content_type: str | None) -> Syntax | None:
    """How a catalogue is written, by its first bytes and, where those say nothing, by the header; None for no
    catalogue, as a page of HTML that came in its place."""
    head = body[:_HEAD].lstrip(b"\xef\xbb\xbf \t\r\n")
    kind = (content_type or "").partition(";")[0].strip().lower()
    if not head or _PAGE.match(head):
        return None
    if head.startswith((b"{", b"[")) and not re.match(rb"\[\s*(?:\]|a\s|<|[\w-]*:)", head):
        return "json"
    if b"rdf:RDF" in head or (head.startswith(b"<?xml") and b"22-rdf-syntax-ns#" in head):
        return "rdf_xml"
    if re.search(rb"^\s*(?:@prefix|@base|prefix\s|base\s)", head, re.MULTILINE | re.IGNORECASE):
        return "turtle"
    if kind in ("text/turtle", "application/x-turtle", "text/n3", "application/n-triples"):
        return "turtle"
    return "rdf_xml" if kind == "application/rdf+xml" else None


def next_page(body: bytes, url: str) -> str | None:
    """Where a catalogue says that it goes on (Hydra), whatever the syntax; None when it says nothing of it."""
    match = _NEXT.search(body)
    if match is None:
        return None
    target = absolute(url, match.group(1).decode("utf-8", "replace").replace("&amp;", "&"))
    if target is None or not is_web(target):
        return None
    target = split_fragment(target)[0]
    return target if target != url else None
