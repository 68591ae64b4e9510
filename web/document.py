"""How a captured document is read: its tree, links, ids, text. Reads bytes, judges nothing.

The crawler follows what is read here and the checks judge what is read here, so that both see one page.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cached_property
from itertools import islice

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from web.charset import decode
from web.links import Link, Reference, is_script, is_unfilled, pressed, references
from web.refresh import refresh_target
from web.urls import Resolver, absolute, is_web, split_fragment

# Half a second of parsing at worst. Real pages leave 12,000 open: drawings inside of them.
_MOST_TAGS = 100_000
_OF_ELEMENT = 100  # characters that an element weighs, beside its own
_START = re.compile(r"<(?!/)")
# The parser's time is quadratic in the attributes of an element: 700,000 take ten minutes, those of a page of this size a second.
_FEW = 60_000
_MOST_ATTRIBUTES = 500
_ATTRIBUTES = (
    r"""(?:[\s/]*+[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>]*+))?+)"""
    rf"{{0,{_MOST_ATTRIBUTES}}}+(?=[\s/]*+(?:>|\Z))"
)
# Text, comments, elements whose content is text, and other tags, as far as none has more. It is read once: nothing is given back.
_UNCROWDED = re.compile(
    rf"""(?:
        [^<]++ | <!--.*?(?:-->|\Z) | <(?![a-z])
        | <(script|style|textarea|title)(?=[\s/>]){_ATTRIBUTES}[^<]*+(?:<(?!/\1)[^<]*+)*+
        | <[a-z][^\s/>]*+{_ATTRIBUTES}
    )*+""",
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)
# What a head is made of; whatever else comes ends it.
_HEAD = 200_000  # characters
_HEAD_PART = re.compile(
    r"""\s+ | <!--.*?(?:-->|\Z) | <![^>]*+> | </?(?:html|head|meta|link|base)(?=[\s/>])(?:"[^"]*+"|'[^']*+'|[^>"'])*+>
    | <(script|style|title|noscript|template)(?=[\s/>]).*?(?:(</)\1\s*>|\Z)""",
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)
_MAX_OPEN = 20_000
_TAG = re.compile(r"<(/?)([A-Za-z][^\s/>]*)")
# Elements that never nest in themselves: they have no content, or the next one closes the last.
_FLAT = frozenset(
    "area base br col embed hr img input link meta source track wbr "
    "p li dt dd option optgroup tr td th tbody thead tfoot colgroup".split()
)
# A script that gives an element an address. `location.href` is the page's own.
_WRITES_HREF = re.compile(
    r"""(?<!location)\.href\s*+\+?=(?!=)|(?:attr|prop|setAttribute)\(\s*+["']href["']\s*+,""", re.IGNORECASE
)
_TEXT_ELEMENTS = frozenset({"script", "style", "noscript", "template"})


def looks_like_html(body: bytes, content_type: str | None) -> bool:
    """By the header, and by the first bytes when the header says nothing."""
    kind = (content_type or "").partition(";")[0].strip().lower()
    if kind in ("text/html", "application/xhtml+xml"):
        return True
    if kind and kind != "text/plain" and kind != "application/octet-stream":
        return False
    head = body[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return head.startswith((b"<!doctype html", b"<html", b"<head", b"<body"))


class Document:
    """One HTML page. Parsed once, everything else on demand.

    cut: the page nests too deep, or has too many elements or attributes, to be read to its end, so that what is not
    found may still be there. weight: what it costs memory, in characters about.
    """

    def __init__(self, body: bytes, url: str, content_type: str | None = None) -> None:
        self.url = url
        self.source, self.charset = decode(body, content_type)
        read = _bounded(_with_fewer_tags(_with_few_attributes(self.source)))
        self.cut = len(read) < len(self.source)
        # NUL characters are dropped in text by the standard; a bomb of them would cost twenty times its size.
        try:
            self.tree = LexborHTMLParser(without_noscript_of_head(read.replace("\0", "")))
        except SelectolaxError as error:  # any text is HTML: the parser says so when it gets no memory
            raise MemoryError(str(error)) from error
        self.weight = len(read) + _OF_ELEMENT * read.count("<")

    @cached_property
    def base(self) -> str:
        """Base URL: the first <base href> that is a URL, else the page's own."""
        for node in self.tree.css("base[href]"):
            if _is_inside(node, "noscript", "svg", "math"):
                continue  # none of HTML's, or none that a browser with scripts reads
            target = absolute(self.url, node.attributes.get("href") or "")
            if target is not None and is_web(target):
                return target
            break
        return self.url

    @cached_property
    def resolve(self) -> Resolver:
        """Makes a reference of the page absolute, as a browser does: None when it is no URL."""
        return Resolver(self.base, self.charset)

    @cached_property
    def title(self) -> str:
        node = self.tree.css_first("title")
        return " ".join(node.text().split()) if node is not None else ""

    @cached_property
    def ids(self) -> frozenset[str]:
        """Values of `id`, and of `name` on anchors: what a fragment can point at (HTML 7.4.6.4)."""
        found = {node.attributes.get("id") for node in self.tree.css("[id]")}
        found |= {node.attributes.get("name") for node in self.tree.css("a[name]")}
        return frozenset(value for value in found if value)

    @cached_property
    def refresh(self) -> str | None:
        """Target of <meta http-equiv=refresh>, absolute; None when there is none or it is the page itself."""
        for node in self.tree.css("meta[http-equiv]"):
            attributes = node.attributes
            if (attributes.get("http-equiv") or "").strip().lower() != "refresh" or _is_inside(
                node, "noscript"
            ):
                continue
            if written := refresh_target(attributes.get("content") or ""):
                target = self.resolve(written)
                if (
                    target is not None
                    and is_web(target)
                    and split_fragment(target)[0] != split_fragment(self.url)[0]
                ):
                    return target
        return None

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """Everything a visitor's browser follows or loads, in document order, repeats included.

        Not here: targets of forms; none is fetched but that of the portal's search (`web.search_forms`).
        """
        return tuple(reference.link() for reference in self.references)

    @cached_property
    def references(self) -> tuple[Reference, ...]:
        """The same as `links`, without their words: what a crawl needs of links that it knows."""
        found = references(self.tree, self.resolve, self.refresh)
        # A page with scripts keeps patterns for them, in its own markup or in a hidden part: nobody is led there.
        patterned = self.scripts > 0
        return tuple(one for one in found if not (patterned and is_unfilled(one.raw)))

    @cached_property
    def pressed(self) -> tuple[Link, ...]:
        """Where buttons and other elements go by a script that names its target, in document order.

        Leads and no links: nobody counts them as broken.
        """
        return pressed(self.tree, self.resolve)

    @cached_property
    def scripts(self) -> int:
        """Number of script elements that run (JSON blocks do not)."""
        return len(self._scripts)

    @cached_property
    def rewrites_links(self) -> bool:
        """Whether a script in the page itself gives links other addresses."""
        return any(_WRITES_HREF.search(node.text(deep=True)) for node in self._scripts)

    @cached_property
    def script_marks(self) -> frozenset[str]:
        """What tells these scripts apart: the address of each, or its text where it has none."""
        found = set[str]()
        for node in self._scripts:
            raw = (node.attributes.get("src") or "").strip()
            found.add((self.resolve(raw) or raw) if raw else node.text(deep=True).strip())
        return frozenset(found)

    @cached_property
    def _scripts(self) -> tuple[LexborNode, ...]:
        return tuple(node for node in self.tree.css("script") if is_script(node.attributes))

    @cached_property
    def text(self) -> str:
        """Text a reader sees: scripts, styles and templates left out, white space folded."""
        body = self.tree.body
        return " ".join(_visible(body).split()) if body is not None else ""


def _is_inside(node: LexborNode, *tags: str) -> bool:
    above = node.parent
    while above is not None and above.tag not in tags:
        above = above.parent
    return above is not None


def without_noscript_of_head(source: str) -> str:
    """The source without what a browser with scripts reads as text there: for the parser, which has none, the head ends at a
    picture in it, and the picture stands in the body."""
    if "<noscript" not in source[:_HEAD].lower():
        return source
    kept, position = list[str](), 0
    while (part := _HEAD_PART.match(source, position, _HEAD)) is not None:
        if (part.group(1) or "").lower() != "noscript" or part.group(2) is None:
            kept.append(part.group())
        position = part.end()
    return "".join(kept) + source[position:]


def _with_few_attributes(source: str) -> str:
    """The source up to the first element with more attributes than any has."""
    if len(source) < _FEW:
        return source
    read = _UNCROWDED.match(source)
    assert read is not None
    return source[: read.end()]


def _with_fewer_tags(source: str) -> str:
    """The source up to its `_MOST_TAGS`: an element costs three hundred bytes, a page of 8 MB made of them 800 MB."""
    if source.count("<") <= _MOST_TAGS:
        return source
    last = next(islice(_START.finditer(source), _MOST_TAGS, None), None)
    return source if last is None else source[: last.start()]


def _bounded(source: str) -> str:
    """The source up to where it leaves more than `_MAX_OPEN` elements open.

    Parsing is quadratic in the depth of nesting: 100,000 unclosed elements cost 13 s of CPU. An end tag closes
    an element of its own name only, as it does for the parser.
    """
    if source.count("<") <= _MAX_OPEN:
        return source
    open_elements: Counter[str] = Counter()
    total = 0
    for match in _TAG.finditer(source):
        name = match.group(2).lower()
        if name in _FLAT:
            continue
        if not match.group(1):
            open_elements[name] += 1
            total += 1
        elif open_elements[name]:
            open_elements[name] -= 1
            total -= 1
        if total > _MAX_OPEN:
            return source[: match.start()]
    return source


def _visible(root: LexborNode) -> str:
    parts: list[str] = []
    stack: list[LexborNode] = [root]
    while stack:  # no recursion: pages nest a hundred thousand deep
        node = stack.pop()
        if node.tag == "-text":
            parts.append(node.text_content or "")
            continue
        if node.tag in _TEXT_ELEMENTS:
            continue
        parts.append(" ")
        children = list(node.iter(include_text=True))
        stack.extend(reversed(children))
    return "".join(parts)
