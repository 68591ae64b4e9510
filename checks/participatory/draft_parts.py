"""What a draft has and lacks: a text to read, a form for comments, and whose it is. Reads its pages, knows no list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from selectolax.lexbor import LexborNode

from checks.case import Case
from checks.page.content import PageContent
from checks.page.forms.kinds import Form, forms
from checks.page.lines import TextBlock
from checks.page.tree import ancestry
from checks.page.wordlist import pattern
from checks.participatory.blocks import PageBlock
from checks.participatory.targets import LinkedTarget
from checks.services import wording
from checks.services.foreign import other_body
from checks.services.visit.surroundings import repeated_forms
from claims.persian import fold

State = Literal["yes", "no", "unknown"]

_NORMS = pattern(
    "participatory/words.toml",
    r"(?<!\w)(?:<articles>|<clauses>)\s*+(?:\(\s*+)?(?:\d|<sole_article>|<article_numbers>)",
)
_ASIDE = frozenset(
    {"search", "newsletter", "login", "join", "payment", "tracking", "captcha", "bare", "poll"}
)
# Characters. Two articles in fewer than the first are a table of contents; prose shorter than the second, without articles,
# says what a draft is about.
_TEXT, _SURELY_TEXT = 200, 600


def text_of(lines: Sequence[TextBlock], papers: Sequence[LinkedTarget], doubt: LinkedTarget | None) -> State:
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


def form_of(
    block: PageBlock, here: LinkedTarget, here_forms: Sequence[Form], own: Sequence[Form], *, seen: bool
) -> State:
    """Whether there is a form for comments, on the draft's own pages, in its part of the list, or for the whole list.

    here_forms, own: forms of the list and of the draft's own pages. seen: whether all that may hold one was read.
    """
    if any(_takes_comments(form) for form in own):
        return "yes"
    if any(_takes_comments(form) and not _of_other_block(block, form.node) for form in here_forms):
        return "yes"
    walled = any(form.is_account for form in (*own, *here_forms))
    return "no" if seen and here.rendered and not walled else "unknown"


def forms_of(case: Case, page: PageContent) -> tuple[Form, ...]:
    """The forms of a page that are not on every page."""
    return forms(page, repeated_forms(case, page))


def _takes_comments(form: Form) -> bool:
    return form.kind not in _ASIDE and not form.closed and any(field.asks == "long" for field in form.fields)


def _of_other_block(block: PageBlock, node: LexborNode) -> bool:
    """Whether a form stands in an entry of the list that is not this one's."""
    if block.node is None:
        return False
    above = list(ancestry(node))
    if any(one.mem_id == block.node.mem_id for one in above):
        return False
    return any(
        one.tag == block.node.tag and one.parent is not None and block.node.parent is not None
        and one.parent.mem_id == block.node.parent.mem_id
        for one in above
    )  # fmt: skip


def spoiled(case: Case, pages: Sequence[PageContent], title: str = "") -> str | None:
    """`foreign` where a page is another body's, `template` where nobody filled it in; None for what it seems."""
    for page in pages:
        if other_body(case, None, page, mentions=False) is not None:
            return "foreign"
    for page in pages:
        if wording.placeholder(page, title) is not None or wording.under_construction(page) is not None:
            return "template"
    return None
