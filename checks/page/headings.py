"""What makes a line a heading: its element, how it is styled, or a name by which it is a title.

Labels of fields are none, whatever element they stand in.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from selectolax.lexbor import LexborNode

from checks.page.tree import ancestry

# Level of a line that is only styled as a heading.
STYLED = 7
_HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6, "legend": 4, "caption": 4}
# Also names that lend the looks of a heading to any element: Bootstrap's `h3` and `display-4`, `text-h5` of others.
_TITLE_WORD = re.compile(
    r"title|heading|headline|titr|subject|caption|onvan|(?:card|panel|box|widget|block)[-_]?head"
    r"|(?:^|[-\s])h[1-6](?:$|\s)|(?:^|\s)display-[1-6]",
    re.IGNORECASE,
)
# DotNetNuke's names for the title of a box. Of other elements «head» is the top of a page.
_BOX_TITLE = re.compile(r"(?:Sub)?Head")
# Names of the one title of a page: `page-title`, `entry-title`, SharePoint's `…PageTitleInTitleArea`.
_PAGE_TITLE = re.compile(
    r"(?:page|entry|post|article|content|single|service|khedmat|matlab|safhe)[-_]?(?:main[-_]?)?"
    r"(?:title|heading|headline|titr|onvan)(?!s|[-_]?(?:bar|wrapper|box|search))|dnnTITLE_titleLabel",
    re.IGNORECASE,
)
_FIELD = "input:not([type=hidden]):not([type=submit]):not([type=button]):not([type=image]), select, textarea"
_MOST_BESIDE = 3  # Fields beside the cell of a label. With more it is a row of data entry. By hand.
# Ids of labels within a title: `dnnTITLE_titleLabel`.
_TITLE_ID = re.compile(
    r"(?:title|titr|heading|onvan)(?:[-_]?(?:label|lbl|text|span))?[-_]?\d*$", re.IGNORECASE
)
_LONGEST_TITLE = 140  # Characters of a title that is only styled as one. Longer is a sentence. By hand.
_NO_TITLE = frozenset(("label", "button", "option", "li", "select"))
_BOLD_SHARE = 0.9  # of a line's letters; with fewer of them bold, a word is stressed and nothing is headed
_BOLD = re.compile(r"font-weight\s*:\s*(?:bold|[6-9]00)", re.IGNORECASE)


def is_heading(tag: str) -> bool:
    return tag in _HEADINGS


def heading_of(node: LexborNode, text: str, named: Sequence[LexborNode], *, linked: bool) -> tuple[int, bool]:
    """Level of a line, 0 for none, and whether it is styled as the title of the page as a whole.

    named: elements within the line with the name of a title.
    """
    real = next((one for one in ancestry(node, 2) if (one.tag or "") in _HEADINGS), None)
    if real is not None:
        return 0 if labels_field(real) else _HEADINGS[real.tag or ""], False
    if linked or len(text) > _LONGEST_TITLE or (node.tag or "") in _NO_TITLE:
        return 0, False
    names = _names(node, text, named)
    page_title = any(_PAGE_TITLE.search(name) for name in names)
    styled = (
        page_title
        or any(_TITLE_WORD.search(name) or _BOX_TITLE.fullmatch(name) for name in names)
        or _emphasised(node, text)
        or _heads_table(node)
    )
    return (STYLED, page_title) if styled and not labels_field(node) else (0, False)


def _names(node: LexborNode, text: str, inside: Sequence[LexborNode]) -> list[str]:
    """Names that say what the line is: classes of its element, and those of what inside it holds just this text."""
    wanted = "".join(text.split())
    held = [one for one in inside if "".join(one.text(deep=True).split()) == wanted]
    found: list[str] = []
    for one in (node, *held):
        found.extend((one.attributes.get("class") or "").split())
        ident = one.attributes.get("id") or ""
        if _PAGE_TITLE.search(ident) or (one is not node and _TITLE_ID.search(ident)):
            found.append(ident)
        if "-" in (one.tag or ""):
            found.append(one.tag or "")
    return found


def names_title(node: LexborNode) -> bool:
    """Whether a name of the element says that it is a title."""
    attributes = node.attributes
    return (
        _TITLE_WORD.search(f"{node.tag} {attributes.get('class') or ''} {attributes.get('id') or ''}")
        is not None
    )


def _emphasised(node: LexborNode, text: str) -> bool:
    if (node.attributes.get("role") or "") == "heading":
        return True
    if _BOLD.search(node.attributes.get("style") or ""):
        return True
    strong = node.css_first("b, strong, font[size], big, span[style*='bold']")
    return strong is not None and len("".join(strong.text(deep=True).split())) >= _BOLD_SHARE * len(
        text.replace(" ", "")
    )


def _heads_table(node: LexborNode) -> bool:
    """A cell for headings that has a row to itself."""
    return node.tag == "th" and node.parent is not None and len(node.parent.css("td, th")) == 1


def labels_field(heading: LexborNode) -> bool:
    """Whether a heading is the name of a field: in its label, or alone in the cell before the field's."""
    for cell in ancestry(heading, 4):
        tag = cell.tag or ""
        if tag == "label":
            return True
        if tag in ("td", "th", "dt"):
            beside = cell.next
            while beside is not None and _is_nothing(beside):
                beside = beside.next
            return beside is not None and _holds_field(beside) and cell.css_first(_FIELD) is None
    return False


def _is_nothing(node: LexborNode) -> bool:
    """Space, or a cell with a colon or star."""
    if (node.tag or "").startswith("-"):
        return True
    return node.css_first(_FIELD) is None and len("".join(node.text(deep=True).split())) <= 1


def _holds_field(cell: LexborNode) -> bool:
    """A cell with a field or two, and no form of its own."""
    return (
        0 < len(cell.css(_FIELD)) <= _MOST_BESIDE
        and cell.css_first("form, button, h1, h2, h3, h4, p, input[type=submit]") is None
    )
