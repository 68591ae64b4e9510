"""Where a service's page leads: action links, script links, document files, mail addresses, frames.

Only links of the page's own; a link's wording is a lead and proves nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote

from selectolax.lexbor import LexborNode

from checks.lines import ancestry, is_frame, selector
from checks.reading import Reading
from checks.services.titles import MATCH, Titles
from checks.services.titles import read as read_title
from checks.wordlist import known_host, phrases
from claims.model import Service
from evidence.urls import absolute, host, identity, is_web, split_fragment

ActionKind = Literal["link", "script", "file", "mail"]
_FILE = re.compile(
    r"""(?<![^\s'"()])[^\s'"()]{1,400}\.(?:pdf|docx?|xlsx?|odt|ods|rtf|zip|rar)(?=$|[?#'")\s&])""",
    re.IGNORECASE,
)
_GOES_TO = re.compile(
    r"""(?:location(?:\.href)?\s*=|window\.open\s*\(|location\.(?:assign|replace)\s*\(|navigate\s*\()\s*['"]([^'"]{1,500})['"]""",
    re.IGNORECASE,
)
_FORM_NAME = re.compile(
    r"(?<!in)(?<!per)(?<!plat)(?<!re)(?<!uni)(?<!trans)form(?!at|ul|al)|(?<![a-z])frm|darkhast|taghaza|kaarbarg|karbarg|فرم|کاربرگ|درخواست|تقاضا",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+$|[\w-]+(?:\.[\w-]+)+(?:/\S*)?$", re.IGNORECASE)
_ROUTE = re.compile(r"^!?/")
_MOST = 200
_BESIDE = frozenset({"complain", "advise", "train", "refund"})


@dataclass(frozen=True, slots=True)
class Action:
    """One lead. url: absolute, with the fragment of a hash route; "" for a script whose target is not told.

    named: the link's own wording names the claimed service.
    form_file: a file that is a form to be filled in. told: only the sentence around it makes it a lead.
    other: its words name another matter.
    """

    kind: ActionKind
    url: str
    text: str
    selector: str
    named: bool = False
    form_file: bool = False
    told: bool = False
    other: bool = False


def actions(page: Reading, titles: Titles, service: Service) -> tuple[Action, ...]:
    """Leads of the page's own, in order, each target once."""
    found: dict[tuple[str, str], Action] = {}
    for node, text, around in _controls(page):
        action = _action(page, titles, service, node, text, around)
        if action is not None:
            found.setdefault((action.kind, action.url or action.text), action)
        if len(found) >= _MOST:
            break
    for action in _pictures(page):
        found.setdefault((action.kind, action.url), action)
    return tuple(found.values())


def _controls(page: Reading) -> Iterator[tuple[LexborNode, str, str]]:
    """(link or button, its words, the words of the line it stands in; "" where the line is nothing but links)."""
    for line in page.leading:
        for anchor in line.anchors:
            text = " ".join(anchor.text(deep=True, separator=" ").split())
            yield anchor, text or line.text, "" if line.linked else line.text
        if (not line.anchors and (line.tag == "button" or "onclick" in line.node.attributes)) or (
            not line.anchors and (line.node.attributes.get("role") or "") == "button"
        ):
            yield line.node, line.text, ""


def _pictures(page: Reading) -> Iterator[Action]:
    """Links of the page's own host that are a picture without words."""
    body = page.document.tree.body
    for node in body.css("a[href] img")[:_MOST] if body is not None else ():
        anchor = next((one for one in ancestry(node, 6) if one.tag == "a"), None)
        if anchor is None or "".join(anchor.text(deep=True).split()) or node.attributes.get("alt"):
            continue
        if any(is_frame(one, inside_content=False) for one in ancestry(anchor, 40)):
            continue
        url = _absolute(page.document.base, (anchor.attributes.get("href") or "")[:2_000])
        if url is None or _same_page(page, url) or host(url) != host(page.document.url) or _FILE.search(url):
            continue
        yield Action("link", url, "", selector(anchor), told=True)


def _action(
    page: Reading, titles: Titles, service: Service, node: LexborNode, text: str, around: str
) -> Action | None:
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
    if not target and (goes := _GOES_TO.search(script)):
        target = goes.group(1)
    target, script = target[:2_000], script[:4_000]
    if (file := _FILE.search(target) or _FILE.search(script)) is not None:
        return _file(page, file.group(), text, where)
    told = not _is_action(titles, service, text) and not _leaves(page, target, text)
    if told and not _told(text, around):
        return None
    named = titles.score(service, text) >= MATCH
    if target:
        url = _absolute(page.document.base, target)
        if url is None or _same_page(page, url):
            return None
        return Action(
            "link",
            url,
            text[:120],
            where,
            named,
            told=told,
            other=not named and names_other(service.title, text),
        )
    if href.startswith("#") and len(href) > 1:
        return None  # a place on this page
    if _in_form(node) or (node.tag == "button" and not page.document.scripts):
        return None
    return Action("script", "", text[:120], where, named)


def _file(page: Reading, reference: str, text: str, where: str) -> Action | None:
    url = absolute(page.document.base, reference)
    if url is None:
        return None
    name = unquote(reference.rpartition("/")[2])
    is_form = phrases("pages.toml", "form_file").find(text) is not None or bool(_FORM_NAME.search(name))
    return Action("file", url, text[:120], where, form_file=is_form)


def names_form(name: str) -> bool:
    """Whether the name of a file says that it is a form to be filled in."""
    return _FORM_NAME.search(unquote(name)) is not None


def _is_action(titles: Titles, service: Service, text: str) -> bool:
    if not text or len(text) > 160:
        return False
    if phrases("pages.toml", "never_action").find(text):
        return False
    if titles.score(service, text) >= MATCH:
        return True
    if phrases("pages.toml", "not_action").find(text) or not phrases("pages.toml", "action").find(text):
        return False
    rival = titles.best(text)
    return rival is None or rival.score < MATCH or rival.service == service.id


def names_other(about: str, text: str) -> bool:
    """The words of a link, or over a form, name a matter of which the service says nothing: «پرداخت عوارض خروج»."""
    if phrases("pages.toml", "system_words").find(text) or _ADDRESS.match(text.strip()):
        return False
    if names_other_act(about, text):
        return True
    said = read_title(phrases("pages.toml", "action", "action_words").removed(text))
    return bool(said.words) and not set(said.words) & set(read_title(about).words)


def names_other_act(about: str, text: str) -> bool:
    """The words name an act that stands beside any service, and that this one is not: a complaint, advice."""
    return bool((read_title(text).actions & _BESIDE) - read_title(about).actions)


def _told(text: str, around: str) -> bool:
    """The sentence around a link sends people on: «برای ثبت درخواست از این راه …»."""
    if not around or phrases("pages.toml", "not_action", "never_action").find(text):
        return False
    return phrases("pages.toml", "sends_on").find(around[:600]) is not None


def _leaves(page: Reading, target: str, text: str) -> bool:
    """The link's wording is an address, or it leads to a gateway."""
    if not target or len(text) > 200 or phrases("pages.toml", "never_action").find(text):
        return False
    url = _absolute(page.document.base, target)
    return url is not None and (gateway(url) is not None or _ADDRESS.match(text.strip()) is not None)


def _absolute(base: str, reference: str) -> str | None:
    url = absolute(base, reference)
    if url is None or not is_web(url):
        return None
    page, fragment = split_fragment(url)
    return url if fragment is not None and _ROUTE.match(fragment) else page


def _same_page(page: Reading, url: str) -> bool:
    return "#" not in url and identity(url) in (identity(page.document.url), identity(page.document.base))


def _in_form(node: LexborNode) -> bool:
    current = node.parent
    for _ in range(40):
        if current is None:
            return False
        if current.tag == "form":
            return current.css_first("input:not([type=hidden]), select, textarea") is not None
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
