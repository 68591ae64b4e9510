"""How a captured document is read: character set, links, ids, text. Reads bytes, judges nothing.

The crawler follows what is read here and the checks judge what is read here, so that both see one page.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from evidence.urls import Resolver, absolute, is_web, split_fragment

LinkUse = Literal["page", "asset", "sitemap", "canonical"]

_META_CHARSET = re.compile(rb"""<meta[^>]{0,500}?charset\s*=\s*["']?\s*([A-Za-z0-9_:.-]+)""", re.IGNORECASE)
_HEADER_CHARSET = re.compile(r"""charset\s*=\s*["']?\s*([A-Za-z0-9_:.-]+)""", re.IGNORECASE)
_REFRESH = re.compile(
    r"""^\s*[\d.]*\s*[;,]?\s*(?:url\s*=\s*)?["']?\s*(.*?)\s*["']?\s*$""", re.IGNORECASE | re.DOTALL
)
# What loads nothing: comments, and names of vocabularies that are written as addresses.
_CSS_COMMENT = re.compile(r"/\*.*?\*/|@namespace\b[^;]*", re.DOTALL | re.IGNORECASE)
_CSS_URL = re.compile(
    r"""url\(\s*(?:"([^"]*)"|'([^']*)'|([^)"'\s][^)]*?))\s*\)|@import\s+["']([^"']+)["']""", re.IGNORECASE
)
# Letters that Persian has and a wrong single-byte reading would not show.
_ARABIC_BYTES = re.compile(rb"[\x81\x8d\x8e\x90\xc7\xc8\xca\xcf\xd1\xd3\xe1\xe3\xe4\xe6\xe5\xed\xdf]")

# Attributes that make a browser load something, by element.
_ASSETS: dict[str, tuple[str, ...]] = {
    "img": ("src", "data-src", "data-original", "data-lazy-src", "data-lazy"),
    "script": ("src",),
    "object": ("data",),
    "embed": ("src",),
    "video": ("src", "poster"),
    "audio": ("src",),
    "source": ("src",),
    "track": ("src",),
    "input": ("src",),
    "image": ("href", "xlink:href"),
    "use": ("href", "xlink:href"),
}
_SRCSETS: dict[str, tuple[str, ...]] = {
    "img": ("srcset", "data-srcset"),
    "source": ("srcset", "data-srcset"),
    "link": ("imagesrcset",),
}
_PAGES: dict[str, tuple[str, ...]] = {
    "a": ("href",),
    "area": ("href",),
    "iframe": ("src", "data-src"),
    "frame": ("src",),
}
_LINK_ASSETS = frozenset(
    "stylesheet icon apple-touch-icon mask-icon manifest preload modulepreload prefetch".split()
)
_SELECTOR = "a,area[href],img,script[src],link[href],iframe,frame[src],object[data],embed[src],video,audio,source,track[src],input[src],meta[http-equiv],[style],style,image,use,[background]"
# Half a second of parsing at worst. Real pages leave 12,000 open: drawings inside of them.
_MAX_OPEN = 20_000
_TAG = re.compile(r"<(/?)([A-Za-z][^\s/>]*)")
# Elements that never nest in themselves: they have no content, or the next one closes the last.
_FLAT = frozenset(
    "area base br col embed hr img input link meta source track wbr "
    "p li dt dd option optgroup tr td th tbody thead tfoot colgroup".split()
)
_TEXT_ELEMENTS = frozenset({"script", "style", "noscript", "template"})
_DATA = ("data-href", "data-url", "data-link")
_PRESSED = "[onclick], [data-href], [data-url], [data-link], a[href^='javascript:']"
_MOST_PRESSED = 200
_LONGEST_SCRIPT = 4_000
_GOES_TO = re.compile(
    r"""(?:location(?:\.href)?\s*=|window\.open\s*\(|location\.(?:assign|replace)\s*\(|navigate\s*\()\s*['"]([^'"]{1,500})['"]""",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Link:
    """A reference in a document.

    url: absolute, normalised, without fragment. fragment: percent-encoded as found, None when there is
    none. raw: as the page wrote it (control characters included; never trusted). text: what a reader
    sees. element: tag name, "css" or "header". use: what a browser would do with it.
    """

    url: str
    fragment: str | None
    raw: str
    text: str
    element: str
    use: LinkUse

    @property
    def fetchable(self) -> bool:
        """False for mailto, tel, javascript, data and the like, which are no links to check."""
        return is_web(self.url)


def decode(body: bytes, content_type: str | None) -> tuple[str, str]:
    """(text, character set): BOM, then header, then meta, then a sniff for UTF-8 and windows-1256."""
    for bom, name in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if body.startswith(bom):
            return body[len(bom) :].decode(name, "replace"), name
    labels: list[str] = []
    if content_type and (match := _HEADER_CHARSET.search(content_type)):
        labels.append(match.group(1))
    if meta := _META_CHARSET.search(body[:4096]):
        label = meta.group(1).decode("ascii")
        # A page that can be read this far is not in UTF-16, whatever it says (HTML 13.2.3.2).
        labels.append("utf-8" if label.lower().startswith("utf-16") else label)
    for label in labels:
        if (codec := _codec(label)) is not None:
            return body.decode(codec, "replace"), codec
    try:
        return body.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as error:
        if error.start > 0 and error.reason == "unexpected end of data":  # a truncated body
            return body.decode("utf-8", "replace"), "utf-8"
    high = sum(byte >= 0x80 for byte in body[:20_000])
    persian = len(_ARABIC_BYTES.findall(body[:20_000]))
    name = "cp1256" if high and persian / high > 0.5 else "cp1252"
    return body.decode(name, "replace"), name


def _codec(label: str) -> str | None:
    label = label.lower()
    # WHATWG: utf-16 in a header or meta without BOM, and latin-1, mean what browsers make of them.
    if label in ("iso-8859-1", "latin1", "latin-1", "us-ascii", "ascii"):
        return "cp1252"
    if label in ("iso-8859-6", "arabic", "windows-1256", "cp1256", "x-cp1256"):
        return "cp1256" if "1256" in label else "iso8859-6"
    try:
        return codecs.lookup(label).name if codecs.lookup(label)._is_text_encoding else None
    except LookupError:
        return None


def looks_like_html(body: bytes, content_type: str | None) -> bool:
    """By the header, and by the first bytes when the header says nothing."""
    kind = (content_type or "").partition(";")[0].strip().lower()
    if kind in ("text/html", "application/xhtml+xml"):
        return True
    if kind and kind != "text/plain" and kind != "application/octet-stream":
        return False
    head = body[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return head.startswith((b"<!doctype html", b"<html", b"<head", b"<body"))


class Reference(NamedTuple):
    """A link before its words are read. said: its words, or the element that has them."""

    url: str
    fragment: str | None
    raw: str
    element: str
    use: LinkUse
    said: str | LexborNode

    def link(self) -> Link:
        text = self.said if isinstance(self.said, str) else _label(self.said)
        return Link(self.url, self.fragment, self.raw, text, self.element, self.use)


def css_references(css: str, base: str) -> Iterator[Link]:
    """What a style sheet loads: url() and @import, comments and data: left out."""
    return (reference.link() for reference in css_uses(css, Resolver(base)))


def css_uses(css: str, resolve: Resolver) -> Iterator[Reference]:
    for match in _CSS_URL.finditer(_CSS_COMMENT.sub("", css)):
        raw = next(group for group in match.groups() if group is not None)
        if not raw.startswith("#"):  # a part of the page itself, as of a drawing
            yield from (found for found in _reference(resolve, raw, "css", "asset", "") if is_web(found.url))


def _reference(
    resolve: Resolver, raw: str, element: str, use: LinkUse, said: str | LexborNode
) -> Iterator[Reference]:
    reference = raw.strip()
    if not reference and element not in ("a", "area"):
        return
    target = resolve(reference)
    if target is not None:
        url, mark, fragment = target.partition("#")
        yield Reference(url, fragment if mark else None, raw, element, use, said)


def _link_element(resolve: Resolver, attributes: dict[str, str | None]) -> Iterator[Reference]:
    use = use_of(attributes.get("rel") or "")
    if use is not None:
        said = (attributes.get("title") or "") if use == "page" else ""
        yield from _reference(resolve, attributes.get("href") or "", "link", use, said)


def use_of(relation: str) -> LinkUse | None:
    """What a browser does with a link of the head, by its `rel`; None when it neither loads nor offers it."""
    rels = set(relation.lower().split())
    if "canonical" in rels:
        return "canonical"
    if rels & _LINK_ASSETS:
        return "asset"
    return "page" if "alternate" in rels else None


def _srcset(value: str) -> Iterator[str]:
    """URLs of a srcset: split at white space, a trailing comma ends a candidate (HTML 4.8.4.2.1)."""
    rest = value
    while rest := rest.lstrip(" \t\r\n\f,"):
        url = re.split(r"[ \t\r\n\f]", rest, maxsplit=1)[0]
        rest = rest[len(url) :]
        if url.endswith(","):
            yield url.rstrip(",")
        else:
            yield url
            rest = rest.partition(",")[2]


class Document:
    """One HTML page. Parsed once, everything else on demand.

    cut: the page nests too deep to be read to its end, so that what is not found may still be there.
    """

    def __init__(self, body: bytes, url: str, content_type: str | None = None) -> None:
        self.url = url
        self.source, self.charset = decode(body, content_type)
        read = _bounded(self.source)
        self.cut = len(read) < len(self.source)
        # NUL characters are dropped in text by the standard; a bomb of them would cost twenty times its size.
        try:
            self.tree = LexborHTMLParser(read.replace("\0", ""))
        except SelectolaxError as error:  # any text is HTML: the parser says so when it gets no memory
            raise MemoryError(str(error)) from error

    @cached_property
    def base(self) -> str:
        """Base URL: the first <base href> that is a URL, else the page's own."""
        for node in self.tree.css("base[href]"):
            target = absolute(self.url, (node.attributes.get("href") or "").strip())
            if target is not None and is_web(target):
                return target
            break
        return self.url

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
            if (attributes.get("http-equiv") or "").strip().lower() != "refresh":
                continue
            match = _REFRESH.match(attributes.get("content") or "")
            if match and match.group(1):
                target = absolute(self.base, match.group(1))
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

        Not here: targets of forms, which are never fetched.
        """
        return tuple(reference.link() for reference in self.references)

    @cached_property
    def references(self) -> tuple[Reference, ...]:
        """The same as `links`, without their words: what a crawl needs of links that it knows."""
        return tuple(self._references())

    def _references(self) -> Iterator[Reference]:
        resolve = Resolver(self.base)
        last = None
        for node in self.tree.css(_SELECTOR):
            if node.mem_id == last:  # an element that several selectors name comes once for each
                continue
            last = node.mem_id
            tag = node.tag or ""
            attributes = node.attributes
            if tag == "a":
                if (href := attributes.get("href", attributes.get("xlink:href"))) is not None:
                    yield from _reference(resolve, href, tag, "page", node)
            else:
                yield from self._of_element(resolve, node, tag, attributes)
            if "style" in attributes and "url(" in (style := attributes["style"] or ""):
                yield from css_uses(style, resolve)

    def _of_element(
        self, resolve: Resolver, node: LexborNode, tag: str, attributes: dict[str, str | None]
    ) -> Iterator[Reference]:
        for name in _PAGES.get(tag, ()):
            if (value := attributes.get(name)) is not None:
                yield from _reference(resolve, value, tag, "page", node)
        for name in _ASSETS.get(tag, ()):
            if value := attributes.get(name):
                yield from _reference(resolve, value, tag, "asset", attributes.get("alt") or "")
        for name in _SRCSETS.get(tag, ()):
            for url in _srcset(attributes.get(name) or ""):
                yield from _reference(resolve, url, tag, "asset", "")
        if background := attributes.get("background"):
            yield from _reference(resolve, background, tag, "asset", "")
        if tag == "link":
            yield from _link_element(resolve, attributes)
        elif tag == "meta":
            if (attributes.get("http-equiv") or "").strip().lower() == "refresh" and self.refresh:
                yield from _reference(resolve, self.refresh, "meta", "page", "")
        elif tag == "style":
            yield from css_uses(node.text(deep=True), resolve)

    @cached_property
    def pressed(self) -> tuple[Link, ...]:
        """Where buttons and other elements go by a script that names its target, in document order.

        Leads and no links: nobody counts them as broken.
        """
        resolve = Resolver(self.base)
        found: list[Link] = []
        for node in self.tree.css(_PRESSED)[:_MOST_PRESSED]:
            target = pressed_target(node)
            found.extend(
                one.link() for one in _reference(resolve, target, node.tag or "", "page", node) if target
            )
        return tuple(found)

    @cached_property
    def scripts(self) -> int:
        """Number of script elements that run (JSON blocks do not)."""
        return sum(
            1
            for node in self.tree.css("script")
            if (node.attributes.get("type") or "text/javascript").split("/")[-1].lower()
            in ("javascript", "module", "ecmascript", "x-javascript")
        )

    @cached_property
    def text(self) -> str:
        """Text a reader sees: scripts, styles and templates left out, white space folded."""
        body = self.tree.body
        return " ".join(_visible(body).split()) if body is not None else ""


def pressed_target(node: LexborNode) -> str:
    """The address that an element's own script, or its data for one, names; "" for none."""
    attributes = node.attributes
    script = " ".join(
        value or ""
        for name, value in attributes.items()
        if name.startswith(("on", "data-")) or (value or "")[:11].strip().lower() == "javascript:"
    )
    if goes := _GOES_TO.search(script[:_LONGEST_SCRIPT]):
        return goes.group(1)
    return next((value for name in _DATA if (value := attributes.get(name))), "")[:2_000]


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


def _label(node: LexborNode) -> str:
    """What a reader sees of a link: its text, else the alternative text, else its label."""
    text = " ".join(node.text(deep=True, separator=" ").split())
    if text:
        return text
    for name in ("aria-label", "title"):
        if value := node.attributes.get(name):
            return value
    image = node.css_first("img[alt]")
    return (image.attributes.get("alt") or "") if image is not None else ""
