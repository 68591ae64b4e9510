"""A page as the browser drew it, its tree written as text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from evidence.kind import EvidenceKind, Facts


@dataclass(frozen=True, slots=True)
class PageFacts(Facts):
    """A page rendered by the browser. The capture's body is the serialised DOM (UTF-8).

    final_url: address after client-side and server redirects.
    finished: the page came to rest within its limits; a contradiction needs this.
    failure: "timeout", "crash", "limit" (requests or bytes), "navigation" (never at rest), "own_error".
    requests: (method, url, resource type, status or None) in order; would_send: the requests with other
    methods than GET and HEAD that were answered locally instead of being sent.
    insecure: URLs asked for over plain http by an https page.
    overflow_px: horizontal overflow of the document at 360 px width; None when not measured.
    source: id of the http capture of the same URL that made us render; None when rendered always.
    opened: (what it is, selector, its words) of the tabs, menus and the like that were opened, in order. What the
    nth of them brought stands in the DOM inside a `<div data-opened="n">`, counted from 1; without these the DOM
    is the page as it was before.
    fidelity: the tree written as text, not the bytes of an answer: open shadow roots in place of their hosts' own
    children, frames of the same origin inside a `<div data-frame>` with their addresses made absolute, styles that
    scripts made without text left out.
    """

    status: int | None
    final_url: str
    title: str
    finished: bool
    failure: str | None
    console: tuple[str, ...] = ()
    requests: tuple[tuple[str, str, str, int | None], ...] = ()
    would_send: tuple[tuple[str, str], ...] = ()
    insecure: tuple[str, ...] = ()
    overflow_px: int | None = None
    certificate_error: bool = False
    source: str | None = None
    browser: str = ""
    opened: tuple[tuple[str, str, str], ...] = ()
    fidelity: Literal["dom-serialised"] = "dom-serialised"


KIND = EvidenceKind("page", PageFacts, "text/html; charset=utf-8")
