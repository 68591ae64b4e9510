"""The trail of a page ("home > services > this page"), and its last step.

Content systems mark it by a name. On pages written by hand it is a link to the home page with an arrow after it.
"""

from __future__ import annotations

import re

from selectolax.lexbor import LexborNode

from checks.page.wordlist import phrases
from web.document import Document
from web.urls import identity

# Bootstrap, Drupal, DNN and WordPress say "breadcrumb" in one spelling or another, ASP.NET says SiteMapPath. Others say "crumbs".
_MARKS = ("crumb", "sitemappath")
_SELECTOR = ",".join(
    [
        *(f'[{name}*="{mark}" i]' for mark in _MARKS for name in ("class", "id")),
        '[aria-label*="breadcrumb" i]',
        '[itemtype*="BreadcrumbList"]',
    ]
)
_MOST_TRAILS = 20  # Elements with such a name on one page: a trail, its list, its steps. By hand.
_MOST_NODES = 400  # Nodes of a trail that are looked at. It bounds the time. By hand.
_LONGEST = 200  # Characters of a name, as of a title.
_MOST_LINKS = 300  # Links among which one to the home page is looked for: it stands above the text. By hand.
# A sign that stands between words, or before them. One that touches a word is a mark of quotation.
_ARROW = re.compile(r"(?:^\s*|(?<=\s))[»«›‹<>→←/](?=\s|$)")
# What stays on the line.
_INLINE = frozenset("-text a span b strong font i em u small".split())


def last_step(document: Document) -> str:
    """What the trail calls the page itself: its last step after a link, which leads nowhere else. "" where there is none."""
    source = document.source.lower()
    if any(mark in source for mark in _MARKS):
        for node in document.tree.css(_SELECTOR)[:_MOST_TRAILS]:
            steps = _steps(document, node)
            if len(steps) > 1 and any(leads for _, leads in steps[:-1]):
                return _name(steps)
    return _name(_unmarked(document))


def _name(steps: list[tuple[str, bool]]) -> str:
    name, leads_away = steps[-1] if steps else ("", True)
    return "" if leads_away or len(name) > _LONGEST else name


def _unmarked(document: Document) -> list[tuple[str, bool]]:
    """As `_steps`, of what follows a link to the home page and an arrow on the same line."""
    home = phrases("page/words/pages.toml", "home_words")
    for link in document.tree.css("a[href]")[:_MOST_LINKS]:
        after = link.next
        if after is None or after.tag != "-text" or not _ARROW.match(after.text_content or ""):
            continue
        if home.is_whole(link.text(deep=True)):
            return _after(document, after)
    return []


def _after(document: Document, arrow: LexborNode) -> list[tuple[str, bool]]:
    """The steps of a line from its first arrow on. Arrows in the text part them; a link or a stressed word is of the step before it."""
    steps: list[tuple[str, bool]] = []
    node: LexborNode | None = arrow
    for _ in range(_MOST_NODES):
        if node is None or node.tag not in _INLINE:
            break
        leads = any(_leads_away(document, one) for one in (node, *node.css("a[href]")) if one.tag == "a")
        if node.tag == "-text":
            first, *further = _ARROW.split((node.text_content or "")[: 2 * _LONGEST])
        else:
            first, further = node.text(deep=True), []
        if steps:
            before, led = steps.pop()
            steps.append((f"{before} {first}", led or leads))
        steps += [(text, False) for text in further]
        node = node.next
    return [(" ".join(text.split()), leads) for text, leads in steps]


def _steps(document: Document, trail: LexborNode) -> list[tuple[str, bool]]:
    """The words of each step, and whether they lead to another page. Arrows between steps are none."""
    found: list[tuple[int, str, bool]] = []
    for count, node in enumerate(trail.traverse(include_text=True)):
        if count >= _MOST_NODES:
            return []
        if node.tag != "-text" or not any(letter.isalnum() for letter in node.text_content or ""):
            continue
        step, leads = _step_of(document, node, trail)
        text = node.text_content or ""
        if found and found[-1][0] == step:
            _, before, led = found.pop()
            text, leads = f"{before} {text}", led or leads
        found.append((step, text, leads))
    return [(" ".join(text.split()), leads) for _, text, leads in found]


def _step_of(document: Document, text: LexborNode, trail: LexborNode) -> tuple[int, bool]:
    """The element that is one step: the item of a list, else the link, else the text itself; and whether a link in it leads away."""
    item, leads = text, False
    node = text.parent
    while node is not None and node.mem_id != trail.mem_id:
        if node.tag == "a":
            item, leads = node, _leads_away(document, node)
        elif node.tag == "li":
            item = node
            break
        node = node.parent
    return item.mem_id, leads


def _leads_away(document: Document, link: LexborNode) -> bool:
    href = (link.attributes.get("href") or "").strip()
    target = document.resolve(href) if href and not href.startswith("#") else None
    return target is not None and identity(target) != identity(document.url)
