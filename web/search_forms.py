"""The search box of a page: how a query is put to it, or why a program cannot put one by GET.

The crawler asks by what is read here and the checks judge by it, so that both mean one box. Read from the form alone:
nothing is sent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode

from selectolax.lexbor import LexborNode

from web.document import Document
from web.form_controls import controls
from web.urls import absolute, is_web, split_fragment

SearchKind = Literal["get", "post", "script"]

_TEXT = frozenset({"", "text", "search"})
# With one of these beside it, a form is for more than a search.
_PERSONAL = frozenset({"password", "email", "file", "tel", "date", "number", "url"})
_NAME = re.compile(
    r"(?:^|[^a-z])(?:q|s|query|keywords?|kw|searchword|term)(?:$|[^a-z])|search|srch|jostojo", re.IGNORECASE
)
_WORDS = re.compile(r"جست\W{0,2}و?\W{0,2}جو|(?<![a-z])search(?![a-z])|البحث|(?<!\w)بحث(?!\w)", re.IGNORECASE)
# Boxes that look something up for one person, or in one list.
_OTHER = re.compile(r"پی\s?گیری|رهگیری|استعلام|کد\s?ملی|خبرنامه|track|newsletter", re.IGNORECASE)
_STOPPED = re.compile(r"return\s+false|preventDefault", re.IGNORECASE)
_MOST_FORMS = 60
_MOST_HIDDEN = 20
_LONGEST = 500


@dataclass(frozen=True, slots=True)
class SearchBox:
    """kind "get": `url` gives the address of a query; "post" and "script": only a person can ask.

    action: absolute, without fragment. field: name of the box. extra: hidden fields and their values.
    """

    kind: SearchKind
    action: str = ""
    field: str = ""
    extra: tuple[tuple[str, str], ...] = ()
    charset: str = "utf-8"

    def url(self, query: str) -> str:
        """The address that a browser would ask for with this query in the box. Only of a kind "get"."""
        pairs = [*self.extra, (self.field, query)]
        base = self.action.partition("?")[0]  # a GET form replaces the query of its action
        return f"{base}?{urlencode(pairs, encoding=self.charset, errors='xmlcharrefreplace')}"


def search_box(document: Document) -> SearchBox | None:
    """The first box of the page that can be asked by GET, else one that cannot; None where there is no search."""
    body = document.tree.body
    if body is None:
        return None
    found: SearchBox | None = None
    held: set[int] = set()
    for form in body.css("form")[:_MOST_FORMS]:
        inputs = controls(body, form)
        held.update(node.mem_id for node in inputs)
        box = _box(document, form, inputs)
        if box is not None and box.kind == "get":
            return box
        found = found or box
    if found is None and any(
        node.mem_id not in held and _type(node) in _TEXT and _is_search(node, None)
        for node in body.css("input")
    ):
        return SearchBox("script")
    return found


def _box(document: Document, form: LexborNode, inputs: list[LexborNode]) -> SearchBox | None:
    texts = [node for node in inputs if node.tag == "input" and _type(node) in _TEXT]
    method = (form.attributes.get("method") or "get").strip().lower()
    if method != "get":
        # one form around the whole page is how some servers make them: the box inside tells what it is
        return (
            SearchBox("post")
            if any(_is_search(node, form if len(texts) == 1 else None) for node in texts)
            else None
        )
    others = [node for node in inputs if node.tag == "textarea" or _type(node) in _PERSONAL]
    if len(texts) != 1 or others or not _is_search(texts[0], form):
        return None
    if _STOPPED.search(form.attributes.get("onsubmit") or ""):
        return SearchBox("script")
    field = (texts[0].attributes.get("name") or "").strip()
    written = (form.attributes.get("action") or "").strip()
    action = absolute(document.base, written) if written else document.url
    if not field or action is None or not is_web(action) or written.startswith("#"):
        return SearchBox("script")
    charset = document.charset if not form.attributes.get("accept-charset") else "utf-8"
    return SearchBox("get", split_fragment(action)[0], field[:_LONGEST], _extra(inputs), _known(charset))


def _extra(inputs: list[LexborNode]) -> tuple[tuple[str, str], ...]:
    """What the browser sends beside the box: hidden fields, and lists as they stand."""
    pairs: list[tuple[str, str]] = []
    for node in inputs:
        name = (node.attributes.get("name") or "").strip()
        if not name:
            continue
        if node.tag == "select":
            chosen = node.css_first("option[selected]") or node.css_first("option")
            pairs.append((name, _value(chosen)))
        elif _type(node) == "hidden" or (
            _type(node) in ("radio", "checkbox") and "checked" in node.attributes
        ):
            pairs.append((name, (node.attributes.get("value") or "")[:_LONGEST]))
    return tuple((name[:_LONGEST], value) for name, value in pairs[:_MOST_HIDDEN])


def _value(option: LexborNode | None) -> str:
    if option is None:
        return ""
    value = option.attributes.get("value")
    return (value if value is not None else option.text(deep=True).strip())[:_LONGEST]


def _type(node: LexborNode) -> str:
    return (node.attributes.get("type") or "").strip().lower() if node.tag == "input" else ""


def _is_search(node: LexborNode, form: LexborNode | None) -> bool:
    """Whether a box is for searching the portal, by its own words and names and, where it is alone, by its form's."""
    told = " ".join(
        (node.attributes.get(name) or "")[:100] for name in ("placeholder", "aria-label", "title", "value")
    )
    if _OTHER.search(told):
        return False
    if _type(node) == "search" or _WORDS.search(told):
        return True
    names = [(node.attributes.get(name) or "")[:100] for name in ("name", "id")]
    if any(_NAME.search(name) for name in names):
        return form is None or not _OTHER.search(_said(form))
    if form is None:
        return False
    marks = " ".join(
        (form.attributes.get(name) or "")[:200] for name in ("id", "class", "role", "action", "aria-label")
    )
    said = _said(form)
    return not _OTHER.search(said) and (_NAME.search(marks) is not None or _WORDS.search(said) is not None)


def _said(form: LexborNode) -> str:
    buttons = form.css("button, input[type=submit], input[type=image], label")[:8]
    return " ".join(
        f"{node.text(deep=True)[:100]} {node.attributes.get('value') or ''} {node.attributes.get('alt') or ''}"
        f" {node.attributes.get('title') or ''}"
        for node in buttons
    )


def _known(charset: str) -> str:
    try:
        "".encode(charset)
    except LookupError:
        return "utf-8"
    return charset
