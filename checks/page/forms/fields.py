"""What one field of a form asks for, by its label, placeholder and name. Forms as wholes: `kinds`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

from selectolax.lexbor import LexborNode

from checks.page.lines import ancestry
from checks.page.wordlist import matches, phrases, table

Asks = Literal[
    "case", "tracking", "captcha", "search", "password", "username", "file", "choice", "long", "mail", "other"
]

_PERSONAL_AUTOCOMPLETE = frozenset("name given-name family-name street-address tel bday postal-code".split())
_FIELDS = "input, select, textarea"
_MOST = 150  # Fields of a page. Later ones are not read. By hand.
_WIDE = frozenset({"form", "body", "main", "fieldset", "table", "tbody", "section", "article"})
# Names of a search box, and of many another field whose label says what it is.
_SHORT_NAMES = frozenset("q s key term".split())
_FORMS = "page/words/forms.toml"
_REQUIRED = ("*", "＊", "(*)", ":")  # beside a label, and none
_SKIPPED = frozenset({"hidden", "submit", "button", "image", "reset"})


@dataclass(frozen=True, slots=True)
class Field:
    """One visible field. label: what a reader sees beside it. name: its name and id."""

    node: LexborNode
    asks: Asks
    label: str
    name: str
    type: str

    @property
    def locked(self) -> bool:
        """Disabled, by itself or with its fieldset: nobody can fill it in."""
        above = (node for node in ancestry(self.node, 12) if node.tag == "fieldset")
        return any("disabled" in node.attributes for node in (self.node, *above))

    @property
    def boxed(self) -> bool:
        """Named as search boxes are, whatever its label says."""
        return any(_pattern("search_name").match(part) for part in self.name.split())


def fields(root: LexborNode, known: dict[int, Field]) -> list[Field]:
    """Visible fields below the element, in order; radio buttons of one name are one field.

    known: fields of the page that were read, by the identity of the element; those that are read now join them.
    """
    found: list[Field] = []
    radios = set[str]()
    for node in root.css(_FIELDS):
        kind = _type(node)
        if kind in _SKIPPED or _hidden(node):
            continue
        if len(found) >= _MOST:
            break
        name = f"{node.attributes.get('name') or ''} {node.attributes.get('id') or ''}".strip()
        if kind in ("radio", "checkbox"):
            group = node.attributes.get("name") or name
            if group in radios:
                continue
            radios.add(group)
        if (read := known.get(node.mem_id)) is None:
            label = label_of(node)
            read = known[node.mem_id] = Field(node, _asks(kind, label, name, node), label, name, kind)
        found.append(read)
    return found


def has_field(root: LexborNode, but: set[int]) -> bool:
    """Whether a visible field stands below the element, other than those of the given identities."""
    return any(
        _type(node) not in _SKIPPED and node.mem_id not in but and not _hidden(node)
        for node in root.css(_FIELDS)
    )


def _type(node: LexborNode) -> str:
    if node.tag == "input":
        return (node.attributes.get("type") or "text").strip().lower()
    return node.tag or ""


def _hidden(node: LexborNode) -> bool:
    style = (node.attributes.get("style") or "").replace(" ", "").lower()
    return "hidden" in node.attributes or "display:none" in style or "visibility:hidden" in style


def label_of(node: LexborNode) -> str:
    """The words of the label, placeholder or cell before the field; "" when there are none."""
    attributes = node.attributes
    parts = [(attributes.get(name) or "")[:200] for name in ("placeholder", "aria-label", "title")]
    if ident := attributes.get("id"):
        parts.extend(label.text(deep=True, separator=" ") for label in _labels(node, ident))
    current = node.parent
    for _ in range(3):
        if current is None:
            break
        if current.tag == "label":
            parts.append(current.text(deep=True, separator=" ")[:200])
            break
        current = current.parent
    if not " ".join(parts).strip():
        parts.append(_around(node) or _before(node))
    return " ".join(" ".join(parts).split())[:200]


def _labels(node: LexborNode, ident: str) -> list[LexborNode]:
    top, root = node, node.parent
    for _ in range(8):
        if root is None:
            break
        top, root = root, root.parent
    return [label for label in top.css("label[for]") if label.attributes.get("for") == ident][:2]


def _around(node: LexborNode) -> str:
    """Text of the smallest element that holds this field, no other, and words: before the field or after it."""
    current = node.parent
    for _ in range(3):
        if current is None or (current.tag or "") in _WIDE or len(_visible(current)) != 1:
            return ""
        text = " ".join(
            (part.text_content or "")
            for part in current.traverse(include_text=True)
            if part.tag == "-text" and not _in_control(part)
        ).strip()
        if text and text not in _REQUIRED:
            return text[:120]
        current = current.parent
    return ""


def _visible(root: LexborNode) -> list[LexborNode]:
    return [node for node in root.css(_FIELDS) if _type(node) not in _SKIPPED]


def _in_control(text: LexborNode) -> bool:
    holder = text.parent
    return holder is not None and holder.tag in ("option", "button", "script", "style", "textarea", "select")


def _before(node: LexborNode) -> str:
    """Text that stands before the field: beside it, or in the cell or block before."""
    current: LexborNode | None = node
    for _ in range(3):
        if current is None:
            return ""
        beside = current.prev
        steps = 0
        while beside is not None and (steps := steps + 1) < 20:
            if beside.tag in ("input", "select", "textarea"):
                return ""
            text = (beside.text_content or "") if beside.tag == "-text" else _own_text(beside)
            if text.strip() and text.strip() not in _REQUIRED:
                return text.strip()[-120:]
            beside = beside.prev
        current = current.parent
        if current is not None and current.tag in ("form", "body", "main", "fieldset"):
            return ""
    return ""


def _own_text(node: LexborNode) -> str:
    if (node.tag or "").startswith("-") or node.css_first("input, select, textarea") is not None:
        return ""
    return node.text(deep=True, separator=" ")


@cache
def _pattern(key: str) -> re.Pattern[str]:
    return re.compile(table("page/words/pages.toml")[key], re.IGNORECASE)


def _asks(kind: str, label: str, name: str, node: LexborNode) -> Asks:
    if kind == "password":
        return "password"
    if phrases("page/words/pages.toml", "captcha_field").find(label) or _pattern("captcha_name").search(name):
        return "captcha"
    if (_is_search(label, name) or kind == "search") and not _is_of_a_case(label):
        return "search"
    if phrases("page/words/pages.toml", "tracking_field").find(label) or _pattern("tracking_name").search(
        name
    ):
        return "tracking"
    if kind == "file":
        return "file"
    if phrases("page/words/pages.toml", "username_field").find(label) or re.search(
        r"user_?name|^user$|login", name, re.I
    ):
        return "username"
    if kind == "email" or re.search(r"e-?mail", name, re.I) or phrases(_FORMS, "mail_field").is_whole(label):
        return "mail"
    if kind in ("radio", "checkbox"):
        return "choice"
    personal = (
        phrases("page/words/pages.toml", "case_field").find(label)
        or matches(_FORMS, "fact_field", label)
        or _pattern("case_name").search(name)
        or (node.attributes.get("autocomplete") or "").lower() in _PERSONAL_AUTOCOMPLETE
    )
    if kind == "textarea":
        return "long"
    if kind == "select":  # a list of provinces is no question about a person
        return "choice"
    return "case" if personal else "other"


def _is_of_a_case(label: str) -> bool:
    """A box for searching that asks for the number of a case: «شماره پیگیری خود را وارد کنید»."""
    told = phrases("page/words/pages.toml", "tracking_field").find(label)
    return told is not None or matches(_FORMS, "case_number", label)


def _is_search(label: str, name: str) -> bool:
    said = phrases("page/words/pages.toml", "search_words").find(label) is not None
    named = [part for part in name.split() if _pattern("search_name").match(part)]
    if named and (said or not label or not all(part.lower() in _SHORT_NAMES for part in named)):
        return True
    return said and not phrases("page/words/pages.toml", "tracking_field").find(label)
