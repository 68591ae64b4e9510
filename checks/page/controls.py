"""What of a page can be pressed: links with or without words, buttons, elements with a script, areas of a picture.

Only of the page's own: what stands before its main heading, in a menu, header or footer is left out where it
has no words by which the frame could be known. What a control leads to is for `actions`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from selectolax.lexbor import LexborNode

from checks.page.content import PageContent
from checks.page.forms.fields import has_field
from checks.page.forms.groups import page_wide
from checks.page.lines import ancestry, is_frame

_PRESSED = (
    "[onclick], [data-href], [data-url], [data-link], [role=button], button, input[type=button], "
    "input[type=submit], input[type=image], area[href], a[href]"
)
_MOST = 1_000  # Controls of a page that are looked at. Later ones are not. It bounds the time.
_NEAR = 5  # Elements above a control that may hold the words about it. Higher is the page. By hand.
# A picture of fewer points holds an ornament.
_SMALL = 120
_DEEPEST = 80  # Elements above a control in which hidden parts are looked for. It bounds the time.
_LONGEST_LINE = 400  # Characters of the line around a control. Longer says nothing about the control alone.


@dataclass(frozen=True, slots=True)
class Control:
    """One control. around: the words of the line or cells it stands in, "" where that is nothing but links.

    plain: an element whose words are a line or a link of the page; others are known by their attributes.
    """

    node: LexborNode
    text: str
    around: str
    plain: bool


def controls(page: PageContent) -> Iterator[Control]:
    """Controls of the page's own: those in its lines first, then those without words of their own."""
    seen = set[int]()
    for line in page.leading:
        for anchor in line.anchors:
            seen.add(anchor.mem_id)
            yield Control(anchor, _words(anchor) or line.text, "" if line.linked else line.text, plain=True)
        if line.anchors:
            continue
        if (
            line.tag == "button"
            or "onclick" in line.node.attributes
            or line.node.attributes.get("role") == "button"
        ):
            seen.add(line.node.mem_id)
            yield Control(line.node, line.text, "", plain=True)
    for node in _others(page):
        if node.mem_id not in seen:
            words = _words(node)
            yield Control(node, words, "" if words else _beside(node), plain=False)


def _others(page: PageContent) -> Iterator[LexborNode]:
    body, main = page.document.tree.body, page.main_heading
    if body is None:
        return
    heading = main.node.mem_id if main is not None else None
    after = heading is None
    known: dict[int, bool] = {}
    looked = 0
    for node in body.css(f"{_PRESSED}, {main.tag if main is not None else 'h1'}"):
        looked += after
        if looked > _MOST:
            return
        if node.mem_id == heading:
            after = True
        elif main is not None and node.tag == main.tag and not _pressed(node):
            continue
        elif after and not _framed(node, known) and not _sends_fields(node) and _own(page, node):
            yield node


def _pressed(heading: LexborNode) -> bool:
    """Whether a heading is a control as well."""
    names = heading.attributes.keys()
    return (
        not names.isdisjoint(("onclick", "data-href", "data-url", "data-link"))
        or heading.attributes.get("role") == "button"
    )


def pictured(page: PageContent) -> bool:
    """Whether a picture stands below the main heading, outside of any frame, that may hold what the page says."""
    body, main = page.document.tree.body, page.main_heading
    if body is None or main is None:
        return False
    known: dict[int, bool] = {}
    after = False
    for node in body.css(f"img[src], {main.tag}"):
        if node.mem_id == main.node.mem_id:
            after = True
        elif after and node.tag == "img" and not _small(node) and not _framed(node, known):
            return True
    return False


def _small(picture: LexborNode) -> bool:
    sizes = (picture.attributes.get(name) or "" for name in ("width", "height"))
    linked = any(one.tag in ("a", "button") for one in ancestry(picture, 4))
    return linked or any(
        size.strip().removesuffix("px").isdigit() and int(size.strip().removesuffix("px")) < _SMALL
        for size in sizes
    )


def _own(page: PageContent, node: LexborNode) -> bool:
    """Words that stand on the page as a line have to be one of its own lines; without words, what stands around it has to be."""
    if not page.around(node):
        return False
    if not "".join(node.text(deep=True).split()):
        return page.owns(node)
    return node.tag != "a" and any(one.mem_id in page.own_nodes for one in ancestry(node, _NEAR))


def _framed(node: LexborNode, known: dict[int, bool]) -> bool:
    """known: by identity of elements met before, for menus hold hundreds of links."""
    parent = node.parent
    chain: list[LexborNode] = []
    while parent is not None and parent.mem_id not in known and len(chain) < _DEEPEST:
        chain.append(parent)
        parent = parent.parent
    framed = known.get(parent.mem_id, False) if parent is not None else False
    for one in reversed(chain):
        framed = known[one.mem_id] = framed or is_frame(one, inside_content=False)
    return framed


def _sends_fields(node: LexborNode) -> bool:
    """A button beside fields is a form's, and told with it."""
    if node.tag not in ("button", "input"):
        return False
    for one in ancestry(node, _NEAR):
        if one.tag in ("body", "main"):
            return False
        if one.tag == "form":
            return not page_wide(one)
        if has_field(one, set()):
            return True
    return False


def _beside(node: LexborNode) -> str:
    """The words that stand beside a control without any: of the smallest element around it that has some."""
    for one in ancestry(node, _NEAR):
        if one.tag in ("body", "main", "article", "section", "form"):
            break
        if text := " ".join(one.text(deep=True, separator=" ").split()):
            return text if len(text) <= _LONGEST_LINE else ""
    return ""


def _words(node: LexborNode) -> str:
    """What a reader takes the control for: all its words, or those of its attributes or picture."""
    if text := " ".join(node.text(deep=True, separator=" ").split()):
        return text
    names = ("value", "aria-label", "title", "alt")
    told = next((value for name in names if (value := node.attributes.get(name))), "")
    if not told and (picture := node.css_first("img[alt], img[title], [aria-label]")) is not None:
        told = next((value for name in names if (value := picture.attributes.get(name))), "")
    return told[:200]
