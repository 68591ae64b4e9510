"""What a draft has and lacks: a text to read, a form for comments, and whose it is. Reads its pages, knows no list."""

from __future__ import annotations

import re
from typing import Literal

from checks.case import Case
from checks.lines import Line
from checks.participatory.blocks import Block
from checks.participatory.targets import Target
from checks.reading import Reading
from checks.services import wording
from checks.services.foreign import other_body
from checks.services.forms import forms
from checks.services.surroundings import repeated_forms
from checks.tree import ancestry
from checks.wordlist import folded
from claims.persian import fold

State = Literal["yes", "no", "unknown"]

_NORMS = re.compile(
    folded(r"(?<!\w)(?:ماده|تبصره|بند|فصل|article|section|clause|paragraph)\s*\(?\s*(?:\d|واحده|یک|اول|الف)")
)
_ASIDE = frozenset(
    {"search", "newsletter", "login", "join", "payment", "tracking", "captcha", "bare", "poll"}
)
_TEXT, _SURELY_TEXT = 200, 600


def text_of(lines: list[Line], papers: list[Target], pages: list[Target], doubt: Target | None) -> State:
    """Whether the draft itself can be read: a document that opens, or its articles on the page."""
    if any(one.kind == "document" for one in papers):
        return "yes"
    prose = [one.text for one in lines if not one.linked and one.tag not in ("option", "button", "label")]
    said = sum(len(text) for text in prose)
    norms = sum(_NORMS.search(fold(text)) is not None for text in prose)
    if said >= _SURELY_TEXT or (norms >= 2 and said >= _TEXT):
        return "yes"
    if doubt is not None or any(one.kind == "unread" for one in papers):
        return "unknown"
    return "no"


def form_of(case: Case, here: Target, block: Block, pages: list[Target], doubt: Target | None) -> State:
    """Whether there is a form for comments, on the draft's own page, in its part of the list, or for the whole list."""
    walled = False
    for one in (*pages, here):
        assert one.reading is not None
        for form in forms(one.reading, repeated_forms(case, one.reading)):
            walled = walled or form.kind in ("login", "join")
            if form.kind in _ASIDE or form.closed or not any(ask.asks == "long" for ask in form.fields):
                continue
            if one is not here or not _of_other_block(block, form.node):
                return "yes"
    if doubt is not None or walled or not all(one.rendered for one in (*pages, here)):
        return "unknown"
    return "no"


def _of_other_block(block: Block, node: object) -> bool:
    """Whether a form stands in an entry of the list that is not this one's."""
    if block.node is None:
        return False
    above = list(ancestry(node))  # type: ignore[arg-type]
    if any(one.mem_id == block.node.mem_id for one in above):
        return False
    return any(
        one.tag == block.node.tag and one.parent is not None and block.node.parent is not None
        and one.parent.mem_id == block.node.parent.mem_id
        for one in above
    )  # fmt: skip


def spoiled(case: Case, pages: list[Reading], title: str) -> str | None:
    for page in pages[1:] or pages:
        if other_body(case, None, page, mentions=False) is not None:
            return "foreign"
    for page in pages[1:] or pages:
        if wording.placeholder(page, title) is not None or wording.under_construction(page) is not None:
            return "template"
    return None
