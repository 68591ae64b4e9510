"""The trail of a page ("home > services > this page"), by the names that content systems give it, and its last step."""

from __future__ import annotations

from selectolax.lexbor import LexborNode

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


def last_step(document: Document) -> str:
    """What the trail calls the page itself: its last step after a link, which leads nowhere else. "" where there is none."""
    source = document.source.lower()
    if not any(mark in source for mark in _MARKS):
        return ""
    for node in document.tree.css(_SELECTOR)[:_MOST_TRAILS]:
        steps = _steps(document, node)
        if len(steps) > 1 and any(leads for _, leads in steps[:-1]):
            name, leads_away = steps[-1]
            return "" if leads_away or len(name) > _LONGEST else name
    return ""


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
            href = (node.attributes.get("href") or "").strip()
            target = document.resolve(href) if href and not href.startswith("#") else None
            leads = target is not None and identity(target) != identity(document.url)
            item = node
        elif node.tag == "li":
            item = node
            break
        node = node.parent
    return item.mem_id, leads
