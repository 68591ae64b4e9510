"""Is a form one step of a wizard? By the steps that the page shows and the button that leads to the next one."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborNode

from checks.page.content import PageContent
from checks.page.forms.kinds import Form
from checks.page.wordlist import matches, patterns, phrases, spread
from claims.persian import TATWEEL

_STEPS = re.compile(
    r"wizard|stepper|(?:^|[-_\s])(?:steps?|step-?(?:list|bar|nav|progress|indicator)"
    r"|progress-?(?:bar|steps?|tracker)|marahel)(?:$|[-_\s])",
    re.IGNORECASE,
)
_NUMBERED = re.compile(rf"^\s*\d{{1,2}}\s*[.)\-:{TATWEEL}–]")
_FORMS = "page/words/forms.toml"
_LEAST = 2  # Steps that make a wizard: one step is a form
_SHORT = 60  # characters
_MOST = 12  # Steps of a wizard. A longer list is a menu.
_MOST_LISTS = 200  # Lists of a page that may be the steps. Later ones are not tried.


def wizard(page: PageContent, form: Form) -> bool:
    """Whether the form leads on to a next step and the page shows the steps."""
    if not any(_leads_on(button) for button in form.buttons) or _turns_pages(form):
        return False
    steps = phrases("page/words/pages.toml", "step_words")
    if steps.find(form.words) or len(steps.all(page.text)) >= _LEAST or _tells_where(page):
        return True
    body = page.document.tree.body
    return body is not None and any(
        _is_list_of_steps(node) for node in body.css("ol, ul, div[class], nav[class]")[:_MOST_LISTS]
    )


def _leads_on(button: str) -> bool:
    words = phrases("page/words/pages.toml", "next_words")
    return words.is_whole(button) or spread(button) in words.phrases


def _turns_pages(form: Form) -> bool:
    """Fields that ask for nothing but the page to go on with: a guide in parts has them too."""
    return bool(form.fields) and all(
        matches(_FORMS, "page_field", field.label or field.name) for field in form.fields
    )


def _tells_where(page: PageContent) -> bool:
    """A line of its own that says how far one has come: «مرحله ۱ از ۴»."""
    places = patterns("page/words/pages.toml", "step_place")
    return any(
        len(line.text) <= _SHORT and any(place.search(spread(line.text)) for place in places)
        for line in page.lines
    )


def _is_list_of_steps(node: LexborNode) -> bool:
    # a bare list is called what its box is: <div class="stepper"><ol>
    named = node if node.tag == "div" or node.parent is None else node.parent
    names = " ".join(one.attributes.get(name) or "" for one in (node, named) for name in ("class", "id"))
    items = [child for child in node.iter() if child.tag in ("li", "div", "span", "a")]
    if not _LEAST <= len(items) <= _MOST:
        return False
    texts = [" ".join(item.text(deep=True, separator=" ").split()) for item in items]
    if not all(0 < len(text) <= 60 for text in texts):
        return False
    if _STEPS.search(names) or any(item.attributes.get("aria-current") == "step" for item in items):
        return True
    return node.tag in ("ol", "ul") and all(
        _NUMBERED.match(text) or matches(_FORMS, "step", text) for text in texts
    )
