"""Headers and markup that protect a visitor, or do not. Pure functions of captured bytes.

Own parsers: what a browser would make of a header is the rule, not what a library finds convenient.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from checks.page.http_policies import directives
from evidence.kinds.http import HttpFacts
from web.document import Document
from web.urls import host, is_loopback

# Six months of 30 days: the shortest that the usual guides accept.
HSTS_SHORTEST = 180 * 24 * 3600
HSTS_LONGEST = 10**12  # more seconds than this are told as this many
_WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_DIRECTIVE = re.compile(
    rf'[ \t]*+(?:({_WORD})[ \t]*+(?:=[ \t]*+(?:({_WORD})|"((?:[^"\\]|\\.)*)"))?)?[ \t]*+', re.DOTALL
)
_LONGEST = 4_096  # characters of a header that are read


@dataclass(frozen=True, slots=True)
class Hsts:
    """What Strict-Transport-Security means to a browser.

    problem: None, "hsts_missing", "_invalid" or "_short". value: as sent, of what the rest is read from. max_age:
    seconds; None where browsers remember nothing.
    """

    problem: str | None
    value: str | None = None
    max_age: int | None = None
    subdomains: bool = False
    preload: bool = False


@dataclass(frozen=True, slots=True)
class InsecureUse:
    """Something an https page does over plain http. kind: "form", "active", "passive" or "requested"."""

    kind: Literal["form", "active", "passive", "requested"]
    page: str
    target: str
    element: str


def read_hsts(values: tuple[str, ...]) -> Hsts:
    """Of one answer over https, by RFC 6797, 6.1 and 8.1: all values of the field, of which browsers read the first."""
    if not values:
        return Hsts("hsts_missing")
    first = _read_hsts(values[0])
    return replace(first, problem="hsts_invalid") if len(values) > 1 else first


def remembered(answers: Iterable[tuple[str, ...]]) -> Hsts:
    """Of several answers of one host over https, in order: each that has a well-formed field replaces the ones before."""
    read = [read_hsts(values) for values in answers if values]
    if not read:
        return Hsts("hsts_missing")
    last = next((one for one in reversed(read) if one.max_age is not None), read[-1])
    malformed = any(one.problem == "hsts_invalid" for one in read)
    return replace(last, problem="hsts_invalid") if malformed else last


def _read_hsts(value: str) -> Hsts:
    malformed = Hsts("hsts_invalid", value)
    found: dict[str, str | None] = {}
    for part in _split(value[:_LONGEST]):
        match = _DIRECTIVE.fullmatch(part)
        if match is None:
            return malformed
        if match.group(1) is None:
            continue
        name = match.group(1).lower()
        if name in found:
            return malformed
        quoted = match.group(3)
        found[name] = match.group(2) if quoted is None else re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL)
    age = found.get("max-age")
    if age is None or not re.fullmatch(r"[0-9]+", age) or found.get("includesubdomains") is not None:
        return malformed
    seconds = min(int(age), HSTS_LONGEST)
    short = seconds < HSTS_SHORTEST
    return Hsts(
        "hsts_short" if short else None, value, seconds, "includesubdomains" in found, "preload" in found
    )


def _split(value: str) -> Iterator[str]:
    """At semicolons outside quoted strings."""
    for match in re.finditer(r'((?:"(?:[^"\\]|\\.)*"|[^;"]|")*)(?:;|$)', value):
        yield match.group(1)
        if match.end() == len(value):
            return


def insecure_uses(page: str, facts: HttpFacts, document: Document) -> Iterator[InsecureUse]:
    """What the markup of an https page loads from, or sends to, plain http."""
    if _upgrades(facts, document):
        return  # of forms too (Upgrade Insecure Requests, 4.1)
    for action in _form_actions(document):
        if _is_open(action):
            yield InsecureUse("form", page, action, "form")
    for link in document.links:
        if not _is_open(link.url):
            continue
        if link.element in ("iframe", "frame"):
            yield InsecureUse("active", page, link.url, link.element)
        elif link.use == "asset":
            passive = link.element in ("img", "image", "video", "audio", "source", "track", "input", "css")
            yield InsecureUse("passive" if passive else "active", page, link.url, link.element)


def _is_open(url: str) -> bool:
    """Whether what goes there can be read on the way: over http, and to another machine than the visitor's own."""
    if not url.startswith("http:"):
        return False
    name = host(url)
    return not (is_loopback(name.strip("[]")) or name.endswith(".localhost"))


def _form_actions(document: Document) -> Iterator[str]:
    for node in document.tree.css("form[action], button[formaction], input[formaction]"):
        value = node.attributes.get("action" if node.tag == "form" else "formaction") or ""
        if value.strip() and (target := document.resolve(value.strip())) is not None:
            yield target


def _upgrades(facts: HttpFacts, document: Document) -> bool:
    """Whether the page's own policy makes browsers ask for https instead, or for nothing."""
    policies = (*facts.header_all("content-security-policy"), *policies_in(document))
    return any("upgrade-insecure-requests" in policy for policy in directives(policies))


def policies_in(document: Document) -> tuple[str, ...]:
    """Content security policies in the markup of a page; those outside its head are none."""
    metas = document.tree.css("head > meta[http-equiv]")
    named = (node.attributes for node in metas)
    return tuple(
        attributes.get("content") or ""
        for attributes in named
        if (attributes.get("http-equiv") or "").strip().lower() == "content-security-policy"
    )


def referrers_in(document: Document) -> tuple[str, ...]:
    """Referrer policies in the markup of a page, in order."""
    metas = document.tree.css("meta[name][content]")
    return tuple(
        node.attributes.get("content") or ""
        for node in metas
        if (node.attributes.get("name") or "").strip().lower() == "referrer"
    )
