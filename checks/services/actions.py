"""Where a service's page leads: action links, script links, document files, mail addresses, frames.

Only links of the page's own; a link's wording is a lead and proves nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal
from urllib.parse import unquote

from selectolax.lexbor import LexborNode

from checks.page.content import PageContent
from checks.page.controls import Control, controls
from checks.page.forms.groups import page_wide
from checks.page.lines import ancestry, selector
from checks.page.wordlist import known_host, matches, phrases, spread, table
from checks.services.matching.titles import MATCH, Titles
from checks.services.matching.titles import read as read_title
from checks.services.title_words import stem
from claims.model import Service
from claims.persian import QUESTION_MARK, SEMICOLON
from web.document import Document
from web.links import pressed_target
from web.urls import host, identity, is_web, split_fragment

ActionKind = Literal["link", "script", "file", "mail"]
_FILE = re.compile(
    r"""(?<![^\s'"()])[^\s'"()]{1,400}\.(?:pdf|docx?|xlsx?|odt|ods|rtf|zip|rar)(?=$|[?#'")\s&])""",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+$|[\w-]+(?:\.[\w-]+)+(?:/\S*)?$", re.IGNORECASE)
_SENTENCE = re.compile(rf"[.!?;:{QUESTION_MARK}{SEMICOLON}]\s")
_WORD = re.compile(r"[^\W\d_]{3}")
_ROUTE = re.compile(r"^!?/")
_MOST = 200  # Ways on from a page. Later ones are not looked at: such a page is an index. By hand.
_BESIDE = frozenset({"complain", "advise", "train", "refund"})


@dataclass(frozen=True, slots=True)
class Action:
    """One lead. url: absolute, with the fragment of a hash route; "" for a script whose target is not told.

    named: the link's own wording names the claimed service.
    form_file: a file that is a form to be filled in; nameless: one of which nothing says what it is.
    told: only the sentence around it makes it a lead. away: only that it leaves the host like a button does.
    other: its words name another matter. weak: nothing makes it a lead but that it stands there.
    """

    kind: ActionKind
    url: str
    text: str
    selector: str
    named: bool = False
    form_file: bool = False
    nameless: bool = False
    told: bool = False
    away: bool = False
    other: bool = False
    weak: bool = False


def actions(page: PageContent, titles: Titles, service: Service) -> tuple[Action, ...]:
    """Leads of the page's own, in order, each target once."""
    found: dict[tuple[str, str], Action] = {}
    for control in controls(page):
        action = _action(page, titles, service, control)
        if action is not None:
            found.setdefault((action.kind, action.url or action.text), action)
        if len(found) >= _MOST:
            break
    return tuple(found.values())


def aside(service: Service, text: str) -> bool:
    """Whether a link's words lead away from the service: help, news, a complaint about it."""
    return _elsewhere(service.title, text, "not_action") or names_other_act(service.title, text)


def beyond(page: PageContent, hosts: Callable[[str], bool]) -> Iterator[Action]:
    """Links of the page's own to another host of the agency, whatever they say. hosts: whether a host is the agency's."""
    for control in controls(page):
        href = (control.node.attributes.get("href") or "").strip()
        url = _absolute(page.document, href[:2_000]) if href else None
        if (
            url is not None
            and host(url) != host(page.document.url)
            and hosts(host(url))
            and not _FILE.search(url)
        ):
            where = selector(control.node)
            yield Action("link", url, control.text[:120], where, told=True, weak=True)


def away(service: Service, leaving: Iterable[tuple[Control, str]]) -> Iterator[Action]:
    """Of the links that leave the page's host, those that do not speak of another act: a tariff there may be reckoned by its form."""
    for control, url in leaving:
        if not names_other_act(service.title, control.text):
            yield Action("link", url, control.text[:120], selector(control.node), away=True)


def _action(page: PageContent, titles: Titles, service: Service, control: Control) -> Action | None:
    node, text = control.node, control.text
    href = (node.attributes.get("href") or "").strip()
    script = " ".join(
        value or ""
        for name, value in node.attributes.items()
        if name.startswith(("on", "data-")) or (name == "href" and href.lower().startswith("javascript"))
    )
    where = selector(node)
    if href.lower().startswith("mailto:"):
        return Action("mail", href[7:120], text[:120], where)
    target = href if href and not href.lower().startswith(("javascript", "#", "tel:")) else ""
    if not target and _ROUTE.match(href.lstrip("#")) and href.startswith("#"):
        target = href
    target = target or pressed_target(node)
    target, script = target[:2_000], script[:4_000]
    if (file := _FILE.search(target) or _FILE.search(script)) is not None:
        return _file(page, file.group(), text, control.around or _row(node), where)
    if _is_application(page, target):
        return Action("script", "", text[:120] or "application", where)
    told = not _is_action(titles, service, text) and not _leaves(page, target, text)
    weak = told and not _told(text, control.around)
    if weak and not _may_lead(page, target):
        return None
    named = titles.score(service, text) >= MATCH
    if target:
        url = _absolute(page.document, target)
        if url is None or _same_page(page, url):
            return None
        return Action(
            "link",
            url,
            text[:120],
            where,
            named,
            told=told,
            weak=weak,
            other=not named and names_other(service.title, text),
        )
    if weak or (href.startswith("#") and len(href) > 1):
        return None  # a place on this page
    if _in_form(node) or (node.tag == "button" and not page.document.scripts):
        return None
    return Action("script", "", text[:120], where, named)


def _file(page: PageContent, reference: str, text: str, around: str, where: str) -> Action | None:
    url = page.document.resolve(reference)
    if url is None:
        return None
    name = unquote(reference.rpartition("/")[2])
    called = text if _is_named(text) else _before(text, around)
    is_form = says_form(called) or names_form(name)
    said = f"{around.replace(text, ' ') if text else around} {name.rpartition('.')[0]}"
    nameless = not is_form and not _is_named(text) and _WORD.search(said) is None
    return Action("file", url, text[:120], where, form_file=is_form, nameless=nameless)


def says_form(text: str) -> bool:
    """Whether words call a file a form to be filled in."""
    return phrases("page/words/pages.toml", "form_file").find(text) is not None


def _row(node: LexborNode) -> str:
    """The words of a row of a table that is about this link alone: a name, and «دریافت» in the cell beside it."""
    row = next((one for one in ancestry(node, 4) if one.tag == "tr"), None)
    if row is None or len(row.css("a[href]")) > 1:
        return ""
    return " ".join(row.text(deep=True, separator=" ").split())


def _is_named(text: str) -> bool:
    """Whether the words of a link say what the file is, and not only that it is there to be had."""
    rest = phrases("page/words/pages.toml", "unnamed_file").removed(text)
    return any(not word.isdigit() and len(word) > 1 for word in rest.split())


def _before(text: str, around: str) -> str:
    """The sentence up to the link, or all of it where the link has no words; nothing where it speaks of a guide or the like."""
    said = _SENTENCE.split(around.partition(text)[0] if text else around)[-1]
    return "" if phrases("page/words/pages.toml", "never_action").find(said) else said


def names_form(name: str) -> bool:
    """Whether the name of a file says that it is a form to be filled in."""
    return matches("services/words.toml", "form_name", unquote(name))


def _is_action(titles: Titles, service: Service, text: str) -> bool:
    if not text or len(text) > 160:
        return False
    if _elsewhere(service.title, text, "never_action"):
        return False
    if titles.score(service, text) >= MATCH:
        return True
    if aside(service, text) or not _begins(text):  # «ثبت شکایت از این خدمت»
        return False
    rival = titles.best(text, titles.own(service))
    return rival is None or rival.score < MATCH or rival.service == service.id


def _begins(text: str) -> bool:
    """Whether the words are those by which a service is begun."""
    if phrases("page/words/pages.toml", "action").find(text):
        return True
    return matches("page/words/pages.toml", "service_action", text)


def _elsewhere(title: str, text: str, words_of: Literal["not_action", "never_action"]) -> bool:
    """Whether the words of a link lead elsewhere: «راهنما» does, unless the service itself is of guides («کارت راهنمای گردشگری»)."""
    words = phrases("page/words/pages.toml", words_of)
    met = words.all(text)
    if not met:
        return words.find(text) is not None
    return not all(f" {spread(title)}".find(f" {phrase}") >= 0 for phrase in met)


def names_other(about: str, text: str) -> bool:
    """The words of a link, or over a form, name a matter of which the service says nothing: «پرداخت عوارض خروج»."""
    if phrases("page/words/pages.toml", "system_words").find(text) or _ADDRESS.match(text.strip()):
        return False
    if names_other_act(about, text):
        return True
    said = read_title(phrases("page/words/pages.toml", "action", "action_words").removed(text))
    return bool(said.words) and not set(said.words) & set(read_title(about).words)


def names_other_act(about: str, text: str) -> bool:
    """The words name an act or matter that stands beside any service, and that this one is not: a complaint, a conference."""
    if names_matter_beside(about, text):
        return True
    acts = (read_title(text).actions & _BESIDE) - read_title(about).actions
    words = set(read_title(about).words)  # «آموزشی» is what a title is about, and no act of it
    return any(not words & _stems(act) for act in acts)


def names_matter_beside(about: str, text: str) -> bool:
    """Whether the words are about a conference or the like, and the service is not."""
    matters = phrases("page/words/pages.toml", "beside_matter")
    return matters.find(text) is not None and matters.find(about) is None


@cache
def _stems(act: str) -> frozenset[str]:
    """The single words that say an act, as titles are read."""
    names = table("page/words/titles.toml")["actions"][act]
    return frozenset(stem(spread(name)) for name in names if " " not in spread(name))


def _told(text: str, around: str) -> bool:
    """The sentence around a link sends people on: «برای ثبت درخواست از این راه …»."""
    if not around or phrases("page/words/pages.toml", "not_action", "never_action").find(text):
        return False
    return phrases("page/words/pages.toml", "sends_on").find(around[:600]) is not None


def _may_lead(page: PageContent, target: str) -> bool:
    """A link of the same host."""
    url = _absolute(page.document, target) if target else None
    return url is not None and host(url) == host(page.document.url)


def _is_application(page: PageContent, target: str) -> bool:
    """An application to be put on a telephone, in which the service may be."""
    url = _absolute(page.document, target) if target else None
    if url is None:
        return False
    name = host(url)
    return ".apk" in url.lower() or any(
        name == known or name.endswith(f".{known}")
        for known in table("page/words/pages.toml")["application_hosts"]
    )


def _leaves(page: PageContent, target: str, text: str) -> bool:
    """The link's wording is an address, or it leads to a gateway."""
    if not target or len(text) > 200 or phrases("page/words/pages.toml", "never_action").find(text):
        return False
    url = _absolute(page.document, target)
    return url is not None and (gateway(url) is not None or _ADDRESS.match(text.strip()) is not None)


def _absolute(document: Document, reference: str) -> str | None:
    url = document.resolve(reference)
    if url is None or not is_web(url):
        return None
    page, fragment = split_fragment(url)
    return url if fragment is not None and _ROUTE.match(fragment) else page


def _same_page(page: PageContent, url: str) -> bool:
    return "#" not in url and identity(url) in (identity(page.document.url), identity(page.document.base))


def _in_form(node: LexborNode) -> bool:
    current = node.parent
    for _ in range(40):
        if current is None:
            return False
        if current.tag == "form":
            return (
                not page_wide(current)
                and current.css_first("input:not([type=hidden]), select, textarea") is not None
            )
        current = current.parent
    return False


def gateway(url: str) -> str | None:
    """ "sso" or "payment" when the URL is of a well-known gateway."""
    name = host(url)
    return next((kind for kind in ("sso", "payment") if known_host(kind, name)), None)


def route(url: str) -> bool:
    """Whether the URL's fragment is the address of a page of an application."""
    fragment = split_fragment(url)[1]
    return fragment is not None and _ROUTE.match(fragment) is not None
