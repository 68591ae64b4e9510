"""Forms of a page, told apart by their own content: of a service, tracking, login, search, contact and the rest.

Which fields belong together is for `groups`, whether a form is this service's for `ownership`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from selectolax.lexbor import LexborNode

from checks.page.content import PageContent
from checks.page.forms.fields import Field
from checks.page.forms.groups import (
    MOST_GROUPS,
    Signature,
    button_texts,
    framed,
    groups_of,
    is_root,
    signature,
)
from checks.page.forms.headings import heading_before, inner_heading, lead_in
from checks.page.lines import selector
from checks.page.wordlist import known_host, patterns, phrases, spread
from web.urls import host

FormKind = Literal[
    "service", "lookup", "tracking", "payment", "login", "join", "booking", "estimate",
    "search", "newsletter", "poll", "comment", "contact", "captcha", "bare", "other",
]  # fmt: skip

_LONGEST_NAME = 80  # Characters of a heading that may say what a form is for. A longer one is a sentence.
_MOST_LINKS = 60  # Links beside a form that may say "forgot password". Later ones are not read.
_NOTE = re.compile(r"\(([^()]{1,30})\)")
_SEARCH = re.compile(r"(?<![a-z])search", re.IGNORECASE)
_TYPED = 2  # fields that are read as one types
_NUMBERS = 3  # fields of a form that follows a case: its number, the person's, and one more


@dataclass(frozen=True, slots=True)
class Form:
    """One group of fields with the buttons that send them.

    heading: legend, heading or title nearest before the fields, "" without one; inner: the one inside it.
    words: all it says.
    kind "lookup": one number of a person or case and a button; "bare": buttons alone.
    """

    kind: FormKind
    node: LexborNode
    fields: tuple[Field, ...]
    buttons: tuple[str, ...]
    words: str
    heading: str
    inner: str
    target: str

    @property
    def is_entry(self) -> bool:
        """It begins something at the agency or follows it: what else stands on a page is a box."""
        return self.kind in ("service", "lookup", "tracking", "payment", "booking", "estimate")

    @property
    def is_account(self) -> bool:
        """It logs in, or registers."""
        return self.kind in ("login", "join")

    @property
    def selector(self) -> str:
        return selector(self.node)

    @property
    def marked_search(self) -> bool:
        """Its id, class, role or target calls it a search."""
        return _SEARCH.search(_marks(self.node, self.target)) is not None

    @property
    def posted(self) -> bool:
        """What is filled in is sent as a message, and not asked for by an address."""
        return _posts(self.node)

    @property
    def closed(self) -> bool:
        """Every field is disabled: a form to look at. A script may open it, so that it says nothing either way."""
        return bool(self.fields) and all(field.locked for field in self.fields)

    @property
    def signature(self) -> Signature:
        """The same for a form that stands on many pages."""
        return signature(self.node, self.fields, self.buttons)


def forms(
    reading: PageContent, repeated: frozenset[Signature] = frozenset(), *, frame: bool = False
) -> tuple[Form, ...]:
    """Forms of the page's own, in order; `repeated`: signatures of forms that most pages show.

    frame: those in its header, menu and footer as well.
    """
    found: list[Form] = []
    for place, (node, members) in enumerate(groups_of(reading)):
        if (not frame and framed(node)) or not reading.holds(node):
            continue
        form = reading.derived(("form", place), partial(_form, reading, node, members))
        if form.signature not in repeated:
            found.append(form)
        if len(found) >= MOST_GROUPS:
            break
    return tuple(found)


def _form(reading: PageContent, node: LexborNode, members: list[Field]) -> Form:
    buttons = button_texts(node)
    labels = " ".join(" ".join(field.label for field in members).split())[:2_000]
    words = labels if is_root(node) else " ".join(_without_links(node).split())[:2_000]
    # what holds fields without a form may hold half the page: a poll beside them makes none of theirs
    near = words if node.tag == "form" else labels
    action = node.attributes.get("action") if node.tag == "form" else None
    target = (reading.document.resolve(action) or "") if action else ""
    marks = _marks(node, target)
    inner = inner_heading(reading, node, members)
    heading = inner or heading_before(reading, node, members)
    name = heading if len(heading) <= _LONGEST_NAME else ""  # an answer to a question is none
    kind = _kind(
        members, [b for b in buttons if b], words, near, name, marks, target,
        posts=_posts(node), title=reading.document.title,
    )  # fmt: skip
    if kind in ("service", "lookup", "other") and _is_tool(lead_in(reading, node, members), words, buttons):
        kind = "estimate"
    return Form(kind, node, tuple(members), buttons, words, heading, inner, target)


def _posts(node: LexborNode) -> bool:
    return node.tag == "form" and (node.attributes.get("method") or "").lower() == "post"


def _marks(node: LexborNode, target: str) -> str:
    return " ".join(node.attributes.get(name) or "" for name in ("id", "class", "role")) + f" {target}"


def _without_links(node: LexborNode) -> str:
    """What the element says; a link to another page says nothing of the fields beside it."""
    text = node.text(deep=True, separator=" ")
    for link in node.css("a[href]")[:_MOST_LINKS]:
        href = link.attributes.get("href") or ""
        if not href.lower().startswith(("#", "javascript:")) and (
            told := link.text(deep=True, separator=" ").strip()
        ):
            text = text.replace(told, " ", 1)
    return text


def _kind(
    members: list[Field],
    buttons: list[str],
    words: str,
    near: str,
    heading: str,
    marks: str,
    target: str,
    *,
    posts: bool,
    title: str,
) -> FormKind:
    """near: of the words, those that are nobody else's."""
    asks = [field.asks for field in members]
    said = " ".join([heading, *buttons])
    if target and known_host("payment", host(target)):
        return "payment"
    filled = [ask for ask in asks if ask != "captcha"]
    if not filled:
        return "captcha" if asks else "bare"
    if _is_message(members):
        return "contact"
    # what stands around a log-in may speak of anything: a link to a poll makes none of it
    beside = "password" not in asks
    return (
        (
            _aside(asks, buttons, said, words, near, marks, any(field.boxed for field in members))
            if beside
            else None
        )
        or _login(asks, said, buttons)
        or _interaction(asks, said, " ".join(buttons))
        or _of_service(asks, buttons, words, said if heading else f"{title} {said}", posts=posts)
        or "other"
    )


def _aside(
    asks: Sequence[str], buttons: Sequence[str], said: str, words: str, near: str, marks: str, boxed: bool
) -> FormKind | None:
    """Forms that stand beside a page's matter. boxed: a field has the name of a search box."""
    personal = sum(ask in ("case", "file", "tracking") for ask in asks)
    sent = " ".join(buttons)
    if "search" in asks and not personal:
        return "search"
    if _says("search_words", sent) and ((boxed and "tracking" not in asks) or not personal):
        return "search"
    if _SEARCH.search(marks) and not personal:
        return "search"
    if set(asks) == {"choice"} and _says("finder_words", f"{said} {near[:200]}"):
        return "search"
    subscribes = _says("newsletter_words", said) or ("mail" in asks and _says("newsletter_words", near[:300]))
    if subscribes and personal <= 2 and len(asks) <= 3:
        return "newsletter"
    told = personal <= 1 and not _says("booking_words", sent) and _says("poll_words", near[:400])
    if not {"tracking", "file"} & set(asks) and (told or _says("poll_words", said)):
        return "poll"  # which asks for no file
    if _says("comment_words", said) or re.search(r"comment", marks, re.IGNORECASE):
        return "comment"
    if "long" in asks and "file" not in asks and _says("contact_words", f"{said} {words[:400]}"):
        return "contact"
    if _says("contact_words", said) and "file" not in asks and personal <= 3:
        return "contact"
    if not {"file", "tracking"} & set(asks) and _says("share_words", f"{said} {near[:400]}"):
        return "contact"
    return "newsletter" if list(asks) == ["mail"] else None


def _is_message(members: Sequence[Field]) -> bool:
    """Who writes, how to answer, and what: nothing that a service would have to know."""
    told = phrases("page/words/pages.toml", "message_field")
    sender = phrases("page/words/pages.toml", "sender_field")
    texts = [field for field in members if field.asks == "long"]
    rest = [field for field in members if field.asks not in ("long", "mail", "captcha")]
    return bool(texts) and all(
        table.is_whole(_bare(field.label))
        for table, group in ((told, texts), (sender, rest))
        for field in group
    )


def _bare(label: str) -> str:
    """Without a star or a note of what is required."""
    required = phrases("page/words/forms.toml", "required_note")
    rest = _NOTE.sub(lambda note: " " if required.is_whole(note.group(1)) else note.group(), label)
    return re.sub(r"[*＊:]", " ", rest)


def _login(asks: Sequence[str], said: str, buttons: Sequence[str]) -> FormKind | None:
    passwords = asks.count("password")
    rest = sum(ask in ("case", "file", "long") for ask in asks)
    # a button that only logs in says more of the box than the heading over it: «عضویت در کتابخانه» over a log-in
    joins = _says("join_words", said) and not _says("login_words", " ".join(buttons))
    if passwords and (passwords > 1 or rest >= 2 or joins):
        return "join"
    if passwords:
        return "login"
    few = sum(ask != "captcha" for ask in asks) <= 2
    if few and "file" not in asks and _says("sms_words", " ".join(buttons)):
        return "login"
    if few and "username" in asks:
        return "login"
    if few and "file" not in asks and "tracking" not in asks and _says("login_words", " ".join(buttons)):
        return "login"
    return None


def _interaction(asks: Sequence[str], said: str, sent: str) -> FormKind | None:
    if "file" in asks:
        return None
    if _says("estimate_words", said) and not (_says("request_words", sent) or _says("pay_words", sent)):
        return "estimate"
    return "booking" if _says("booking_words", said) else None


def _of_service(
    asks: Sequence[str], buttons: Sequence[str], words: str, said: str, *, posts: bool
) -> FormKind | None:
    """posts: what is filled in is sent, whatever the button says: below «رهگیری کارت», «کارت من کجاست؟» follows a case."""
    filled = [ask for ask in asks if ask != "captcha"]
    own = sum(ask in ("case", "file") for ask in asks)
    personal = own + asks.count("tracking")
    brief = not {"file", "long"} & set(asks)
    pays = any(phrases("page/words/pages.toml", "pay_words").find(button) for button in buttons)
    sends = pays or any(phrases("page/words/pages.toml", "send_words").find(button) for button in buttons)
    finds = not sends and any(
        phrases("page/words/pages.toml", "search_words").find(button) for button in buttons
    )
    if personal and brief and len(filled) <= _NUMBERS:
        # a request may name the file that it is about; who asks for its state says so
        told = posts and not (sends or finds) and _says("track_words", said)
        alone = len(filled) == 1 or _says("track_words", " ".join(buttons)) or not (own or sends)
        if told or ("tracking" in asks and alone):  # with or without a button: it may be read as it is typed
            return "tracking"
    if not buttons:  # what is typed is read as it comes, or a sign sends it
        return "lookup" if personal and brief and (posts or len(filled) <= _TYPED) else None
    if not sends:
        return "lookup" if finds and personal else None
    if pays and personal <= 2:
        return "payment"
    if _only_asks(buttons) and brief:
        return "lookup" if personal else None
    if personal and len(filled) >= 2:
        return "service"
    if personal and _says("step_words", words):
        return "service"
    return "lookup" if personal else None


def _is_tool(before: str, words: str, buttons: Sequence[str]) -> bool:
    """Whether the words before the fields, or between them, say that the form only tells something."""
    if _says("request_words", " ".join(buttons)):
        return False
    told = spread(f"{before} {words[:400]}")
    if any(pattern.search(told) for pattern in patterns("page/words/pages.toml", "tool_said")):
        return True
    asked = spread(before)  # a field of an application may ask the same of the applicant
    return _only_asks(buttons) and any(
        pattern.search(asked) for pattern in patterns("page/words/pages.toml", "tool_asked")
    )


def _only_asks(buttons: Sequence[str]) -> bool:
    """Whether every button that sends is one that asks for an answer: «استعلام», «بررسی»."""
    sends = phrases("page/words/pages.toml", "send_words")
    answers = phrases("page/words/pages.toml", "answer_words")
    sent = [button for button in buttons if sends.find(button)]
    return bool(sent) and all(
        answers.find(button) and not sends.find(answers.removed(button)) for button in sent
    )


def _says(key: str, text: str) -> bool:
    return phrases("page/words/pages.toml", key).find(text) is not None
