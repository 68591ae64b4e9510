"""Links and forms of a page as an independent reader has them: Beautiful Soup over html5lib, which takes the steps of
the HTML standard one by one. Nothing here is the product's, but how an address is resolved.

What is compared, and over which pages: `tests/web/test_second_reader.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import html5lib
from bs4 import BeautifulSoup
from bs4.element import NavigableString, Tag
from html5lib import treebuilders

from web.urls import absolute

# By element: the attributes that name what it leads to or loads. The second and later ones are those of scripts that
# load late, which the standard does not know.
_LED = {"a": ("href",), "area": ("href",), "iframe": ("src", "data-src"), "frame": ("src",)}
_LOADED = {
    "img": ("src", "data-src", "data-original", "data-lazy-src", "data-lazy"),
    "script": ("src",),
    "object": ("data",),
    "embed": ("src",),
    "video": ("src", "poster"),
    "audio": ("src",),
    "source": ("src",),
    "track": ("src",),
    "input": ("src",),
}
_SENT = frozenset({"input", "select", "textarea"})
_CHOSEN_OF = {"img": ("srcset", "data-srcset"), "source": ("srcset", "data-srcset")}
_CHOICE = re.compile(r"([^\s,]\S*[^\s,]|[^\s,])(?:\s+[^\s,]+)*\s*(?:,|$)")


@dataclass(frozen=True, slots=True)
class Link:
    """said: what a visitor reads of it; None where it is loaded."""

    element: str
    url: str
    said: str | None


@dataclass(frozen=True, slots=True)
class Form:
    """fields: (element, type, name) of what a visitor fills in or sends, in order."""

    method: str
    action: str | None
    fields: tuple[tuple[str, str, str], ...]


class UnreadError(Exception):
    """html5lib came to a place that it holds for impossible."""


class Page:
    def __init__(self, text: str, url: str) -> None:
        try:
            self._tree = BeautifulSoup(text, "html5lib", multi_valued_attributes=None)
        except AssertionError as error:
            raise UnreadError from error
        self._base = url
        bases = [
            tag
            for tag in self._tree.find_all("base", href=True)
            if not tag.find_parent(["noscript", "svg", "math"])
        ]
        for base in bases[:1]:
            named = absolute(url, str(base["href"]).strip())
            self._base = named if named is not None and named.startswith(("http:", "https:")) else url

    @property
    def links(self) -> list[Link]:
        """Of elements that lead somewhere or load something, in the order of the page."""
        found = self._tree.find_all([*_LED, *_LOADED])
        return [
            link
            for tag in found
            if not (_is_inert(tag) or tag.find_parent("noscript"))
            for link in self._of(tag)
        ]

    def _of(self, tag: Tag) -> Iterator[Link]:
        for name in _LED.get(tag.name, ()):
            if name in tag.attrs and (name != "data-src" or _is_address(str(tag[name]))):
                yield from self._link(tag, str(tag[name]), _said(tag))
        if _is_passed(tag):
            return
        for name in _LOADED.get(tag.name, ()):
            if str(tag.get(name, "")).strip() and not _is_idle(tag, name):
                yield from self._link(tag, str(tag[name]), None)
        for name in _CHOSEN_OF.get(tag.name, ()):
            for choice in _CHOICE.finditer(str(tag.get(name, ""))):
                if name == "srcset" or _is_address(choice.group(1)):
                    yield from self._link(tag, choice.group(1), None)

    def _link(self, tag: Tag, written: str, said: str | None) -> Iterator[Link]:
        url = absolute(self._base, written.strip())
        if url is not None and (written.strip() or tag.name in ("a", "area")):
            yield Link(tag.name, url, said)

    @property
    def forms(self) -> list[Form]:
        """Of each form what stands in it."""
        return [
            Form(
                str(form.get("method", "")).strip().lower(),
                str(form["action"]).strip() if "action" in form.attrs else None,
                tuple(
                    (
                        tag.name,
                        str(tag.get("type", "")).strip().lower() if tag.name == "input" else "",
                        str(tag.get("name", "")).strip(),
                    )
                    for tag in form.find_all(["input", "select", "textarea", "button"])
                ),
            )
            for form in self._tree.find_all("form")
            if not _is_inert(form)
        ]


def sent_with(text: str) -> list[list[str]]:
    """Of each form the names of what a browser sends with it: by the form that the parser remembers, and by `form`."""
    remembered: list[tuple[Any, Any]] = []

    class Remembering(treebuilders.getTreeBuilder("etree")):  # type: ignore[misc]
        def insertElementNormal(self, token: Any) -> Any:
            return self._remember(super().insertElementNormal(token))

        def createElement(self, token: Any) -> Any:
            return self._remember(super().createElement(token))

        def _remember(self, element: Any) -> Any:
            if element.name in _SENT and not any(one is element for one, _ in remembered):
                remembered.append((element, self.formPointer))
            return element

    tree = html5lib.HTMLParser(tree=Remembering, namespaceHTMLElements=False).parse(text)
    forms = list(tree.iter("form"))
    sent: list[list[str]] = [[] for _ in forms]
    for element, pointer in remembered:
        owner = pointer._element if pointer is not None else None
        if (named := element.attributes.get("form")) is not None:
            owner = next((form for form in forms if form.get("id") == named), None)
        for place, form in enumerate(forms):
            if form is owner:
                sent[place].append(element.attributes.get("name", ""))
    return sent


def _is_inert(tag: Tag) -> bool:
    """In a template, which is no part of the page until a script makes it one. html5lib is older than that rule."""
    return tag.find_parent("template") is not None


def _is_address(value: str) -> bool:
    """Of what a script may take for one: a whole one, one from the root, or the name of a file."""
    value = value.strip()
    rooted = value.startswith(("/", "http:/", "https:/"))
    return (
        rooted
        or re.fullmatch(r"[^\s{}\[\]\"'<>,;|?#]+\.[A-Za-z][A-Za-z0-9]{1,4}([?#]\S*)?", value) is not None
    )


def _is_idle(tag: Tag, name: str) -> bool:
    """Whether an attribute loads nothing."""
    if name.startswith("data-"):
        return not _is_address(str(tag[name]))
    kind = str(tag.get("type", "")).strip().lower()
    if tag.name == "script":
        return "nomodule" in tag.attrs or kind not in (
            "",
            "module",
            "text/javascript",
            "application/javascript",
        )
    if tag.name == "input":
        return kind != "image"
    if tag.name == "img" and name == "src":
        choices = [
            choice.group(0).strip(" ,").split() for choice in _CHOICE.finditer(str(tag.get("srcset", "")))
        ]
        return any(len(words) == 1 or words[1] == "1x" or words[1].endswith("w") for words in choices)
    return tag.name == "source" and tag.parent is not None and tag.parent.name == "picture"


def _is_passed(tag: Tag) -> bool:
    """A source or a picture that no browser comes to."""
    parent = tag.parent
    if tag.name not in ("source", "img") or parent is None:
        return False
    if parent.name != "picture":
        return tag.name == "source" and (parent.name not in ("audio", "video") or "src" in parent.attrs)
    return any(
        earlier.get("srcset") and not earlier.get("media") for earlier in tag.find_previous_siblings("source")
    )


def _said(tag: Tag) -> str:
    """Its words; else its label, its title, or what stands for the picture in it."""
    if tag.name not in ("a", "area"):
        return ""
    # of the texts in it only words: no comment, script or style sheet
    words = " ".join(text for text in tag.find_all(string=True) if type(text) is NavigableString).split()
    if words:
        return " ".join(words)
    for name in ("aria-label", "title"):
        if tag.get(name):
            return str(tag[name])
    picture = tag.find("img", alt=True)
    return str(picture["alt"]) if isinstance(picture, Tag) else ""
