"""A page with its own part altered, and without its links to others. What is its own is for `checks.page.boilerplate` to say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape

from selectolax.lexbor import LexborNode

from checks.page.content import PageContent
from fixtures import mutations
from fixtures.damage import of_frame
from fixtures.mutations import Way
from web.document import Document
from web.urls import absolute, identity, is_web

_ENTRIES = "form, iframe, object, embed, dialog, video"
_LINKS = "a[href], area[href], iframe[src]"
_MARK = "\u2060main\u2060"
# Where text of a page's own may stand by itself.
_ROOM = ("body", "div", "main", "section", "article")


def altered(
    document: Document, frame: Mapping[tuple[str, str, str], int], way: Way, name: str, other: str
) -> str:
    """The page after one way. document: a tree of its own, which is changed. frame: what the portal shows on most of its
    pages, which stays. name, other: of the agency, and of another body."""
    if way == "old":
        return mutations.older_page(document.source)
    page = PageContent(document, dict(frame))
    heading = page.main_heading
    title = heading.text if heading is not None else document.title
    if way == "foreign":
        return _of_another(page, title, name, other)
    own = [line.node for line in page.own]
    _mark(own)
    for node in [*own, *(n for n in document.tree.css(_ENTRIES) if not of_frame(n))]:
        if node.parent is not None and node.tag not in ("body", "html"):
            node.decompose()
        elif node.tag == "body":
            _without_text(node)
    said = mutations.template(title) if way == "template" else ""
    return _put(document, f"<h1>{escape(title)}</h1>{said}")


def _of_another(page: PageContent, title: str, name: str, other: str) -> str:
    for line in page.own:
        for node in _texts(line.node):
            text = node.text_content or ""
            told = mutations.renamed(text, name, other)
            if told != text:
                node.replace_with(told)
    _mark([line.node for line in page.own])
    about = mutations.renamed(title, name, "").strip()  # of a home page it is the name itself
    head = f"<h2>{escape(about)} {escape(other)}</h2>"
    return _put(page.document, head + mutations.of_another(other))


def _without_text(node: LexborNode) -> None:
    for child in list(node.iter(include_text=True)):
        if child.tag == "-text" and _MARK not in (child.text_content or ""):
            child.decompose()


def _texts(node: LexborNode) -> Iterator[LexborNode]:
    for child in list(node.iter(include_text=True)):
        if child.tag == "-text":
            yield child
        else:
            yield from _texts(child)


def _mark(own: list[LexborNode]) -> None:
    """Says where the page's own part begins."""
    at: LexborNode | None = next(iter(own), None)
    while at is not None and at.parent is not None and at.parent.tag not in _ROOM:
        at = at.parent
    if at is not None and at.parent is not None and at.tag != "body":
        at.insert_before(_MARK)


def _put(document: Document, said: str) -> str:
    text = document.tree.html or ""
    if _MARK in text:
        return text.replace(_MARK, said, 1)
    return text.replace("</body>", f"{said}</body>", 1)


def without_links(document: Document, targets: frozenset[str]) -> str:
    """The page without what leads to any of these."""
    for node in document.tree.css(_LINKS):
        if _target(document, node) in targets:
            node.decompose()
    return document.tree.html or ""


def led(document: Document) -> Iterator[str]:
    for node in document.tree.css(_LINKS):
        if (target := _target(document, node)) is not None:
            yield target


def _target(document: Document, node: LexborNode) -> str | None:
    url = absolute(document.base, (node.attributes.get("href") or node.attributes.get("src") or "").strip())
    if url is None or not is_web(url):
        return None
    return url if "#/" in url or "#!" in url else identity(url.partition("#")[0])
