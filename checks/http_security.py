"""Headers, cookies and markup that protect a visitor, or do not. Pure functions of captured bytes.

Own parsers: what a browser would make of a header is the rule, not what a library finds convenient.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from evidence.document import Document
from evidence.records import HttpFacts
from evidence.urls import absolute

# Six months of 30 days: the shortest that the usual guides accept.
HSTS_SHORTEST = 180 * 24 * 3600
_WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_DIRECTIVE = re.compile(rf'\s*(?:({_WORD})\s*(?:=\s*(?:({_WORD})|"((?:[^"\\]|\\.)*)"))?)?\s*$')

# Names that sessions and logins go by. Balancers, firewalls and counters have names of their own.
_SESSION = re.compile(
    r"sess(?!age)|^sid$|[_.-]sid$|^sid[_.-]|\.sid$|auth(?!or)|login|logon|token|jwt|^user_?id$|remember|(^|[_.-])sso|saml|\.aspxauth|identity",
    re.IGNORECASE,
)
_NO_SESSION = re.compile(
    r"csrf|xsrf|requestverification|antiforgery|^(incap_ses|visid_incap|nlbi_|ts[0-9a-f]{6,}|bigip|awsalb|__cf|cf_|_ga|_gid|_hj|_pk_|_ym)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Hsts:
    """What a Strict-Transport-Security field means. problem: None, "hsts_missing", "_invalid" or "_short"."""

    problem: str | None
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
    """By RFC 6797, 6.1: all values of the field, as sent over https."""
    if not values:
        return Hsts("hsts_missing")
    if len(values) > 1:
        return Hsts("hsts_invalid")
    directives: dict[str, str | None] = {}
    for part in _split(values[0][:4096]):
        match = _DIRECTIVE.match(part)
        if match is None:
            return Hsts("hsts_invalid")
        if match.group(1) is None:
            continue
        name = match.group(1).lower()
        if name in directives:
            return Hsts("hsts_invalid")
        quoted = match.group(3)
        directives[name] = match.group(2) if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
    age = directives.get("max-age")
    if (
        age is None
        or not re.fullmatch(r"[0-9]{1,18}", age)
        or directives.get("includesubdomains") is not None
    ):
        return Hsts("hsts_invalid")
    seconds = int(age)
    return Hsts(
        "hsts_short" if seconds < HSTS_SHORTEST else None,
        seconds,
        "includesubdomains" in directives,
        "preload" in directives,
    )


def _split(value: str) -> Iterator[str]:
    """At semicolons outside quoted strings."""
    for match in re.finditer(r'((?:"(?:[^"\\]|\\.)*"|[^;"]|")*)(?:;|$)', value):
        yield match.group(1)
        if match.end() == len(value):
            return


def insecure_cookies(facts: HttpFacts) -> list[dict[str, str | bool]]:
    """Session cookies that this answer sets without Secure or HttpOnly; values as hashes only."""
    found: list[dict[str, str | bool]] = []
    for line in facts.header_all("set-cookie")[:50]:
        pair, *attributes = line[:4096].split(";")
        name, mark, value = (text.strip() for text in pair.partition("="))
        flags = {key.strip().lower(): text.strip() for key, _, text in (a.partition("=") for a in attributes)}
        if not mark or not value or not _SESSION.search(name) or _NO_SESSION.search(name):
            continue
        if _deletes(value, flags):
            continue
        secure, http_only = "secure" in flags, "httponly" in flags
        if not (secure and http_only):
            digest = hashlib.sha256(value.encode()).hexdigest()[:16]
            found.append(
                {"name": name[:100], "secure": secure, "http_only": http_only, "value_sha256": digest}
            )
    return found


def _deletes(value: str, flags: dict[str, str]) -> bool:
    return (
        re.fullmatch(r"0+|-[0-9]+", flags.get("max-age", "")) is not None
        or "1970" in flags.get("expires", "")
        or value.lower() in ("deleted", "delete", '""')
    )


def insecure_uses(page: str, facts: HttpFacts, document: Document) -> Iterator[InsecureUse]:
    """What the markup of an https page loads from, or sends to, plain http."""
    for action in _form_actions(document):
        if action.startswith("http:"):
            yield InsecureUse("form", page, action, "form")
    if _upgrades(facts, document):
        return
    for link in document.links:
        if not link.url.startswith("http:"):
            continue
        if link.element in ("iframe", "frame"):
            yield InsecureUse("active", page, link.url, link.element)
        elif link.use == "asset":
            passive = link.element in ("img", "video", "audio", "source", "track", "input", "css")
            yield InsecureUse("passive" if passive else "active", page, link.url, link.element)


def _form_actions(document: Document) -> Iterator[str]:
    for node in document.tree.css("form[action], button[formaction], input[formaction]"):
        value = node.attributes.get("action" if node.tag == "form" else "formaction") or ""
        if value.strip() and (target := absolute(document.base, value.strip())) is not None:
            yield target


def _upgrades(facts: HttpFacts, document: Document) -> bool:
    """Whether the page's own policy makes browsers ask for https instead, or for nothing."""
    policies = (*facts.header_all("content-security-policy"), *policies_in(document))
    return any(re.search(r"(^|;)\s*upgrade-insecure-requests\s*(;|$)", policy.lower()) for policy in policies)


def policies_in(document: Document) -> tuple[str, ...]:
    """Content security policies in the markup of a page."""
    metas = document.tree.css("meta[http-equiv]")
    named = (node.attributes for node in metas)
    return tuple(
        attributes.get("content") or ""
        for attributes in named
        if (attributes.get("http-equiv") or "").strip().lower() == "content-security-policy"
    )
