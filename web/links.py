"""The links of a document: what a visitor's browser follows or loads, in the words of HTML and CSS.

Resolved and in order; judged and fetched elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from web.urls import Resolver, is_web

LinkUse = Literal["page", "asset", "sitemap", "canonical"]

# What loads nothing: comments, and names of vocabularies that are written as addresses. These patterns take nothing back that
# they took (`*+`) and stop at the next beginning: a style sheet that is never closed is read once.
_CSS_COMMENT = re.compile(
    r"""("(?:[^"\\\n]|\\.)*+"|'(?:[^'\\\n]|\\.)*+')|/\*.*?(?:\*/|\Z)|@namespace\b[^;]*|(?:\bbehavior|-moz-binding)\s*+:[^;}]*""",
    re.DOTALL | re.IGNORECASE,
)
_CSS_ESCAPE = re.compile(r"\\(?:([0-9a-f]{1,6})[ \t\n]?|(.))", re.IGNORECASE | re.DOTALL)
_CSS_URL = re.compile(
    r"""url\(\s*+(?:"([^"]*+)"|'([^']*+)'|([^()"'\s]++))\s*+\)|@import\s++["']([^"']++)["']""", re.IGNORECASE
)
# Fonts of Internet Explorer and of old telephones, which no browser loads beside those that it reads.
_OLD_FONT = re.compile(r"""url\([^?#)]*\.eot\s*["'?#)]""", re.IGNORECASE)
_OLD_FORMAT = re.compile(
    r"""\s*+format\(\s*+["']?+(?!(?:woff2?|truetype|opentype|collection)(?:-variations)?["')\s])""",
    re.IGNORECASE,
)
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
_BACKGROUNDS = frozenset("body table thead tbody tfoot tr td th col colgroup".split())
_SCRIPTS = re.compile(
    r"module|(?:text|application)/(?:(?:x-)?(?:java|ecma)script|javascript1\.[0-5]|jscript|livescript)",
    re.IGNORECASE,
)
_PRELOADED = frozenset("fetch font image script style track".split())
# What a script reads as an address later may be a number, a name or a list of options too.
_LATE = re.compile(r"(?:https?:)?/\S|[^\s{}\[\]\"'<>,;|?#]+\.[a-z][a-z0-9]{1,4}(?:[?#]\S*)?$", re.IGNORECASE)
_PICTURES = re.compile(r"image/(?:webp|avif|apng|png|p?jpe?g|gif|svg\+xml|bmp|x-icon|jxl)", re.IGNORECASE)
_DESCRIPTOR = re.compile(r"(?:\d+w(?:\s+\d+h)?|\d+h\s+\d+w|(?:\d+|\d*\.\d+)x)?")
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
_TRIMMED = "".join(map(chr, range(0x21)))  # of an address, and no other white space (URL Standard)
_UNFILLED = re.compile(r"\{\{|\}\}|\$\{|<%|%>|\[\[|@\{|\{[A-Za-z_][\w.-]{0,50}\}")
_CANDIDATE = re.compile(r"[^ \t\r\n\f,][^ \t\r\n\f]*+")
_MOST_CANDIDATES = 100  # of a srcset; real ones have a dozen
_LINK_ASSETS = frozenset(
    "stylesheet icon apple-touch-icon mask-icon manifest preload modulepreload prefetch".split()
)
_SELECTOR = "a,area[href],img,script[src],link[href],iframe,frame[src],object[data],embed[src],video,audio,source,track[src],input[src],meta[http-equiv],[style],style,image,use,[background]"
_MANY = 1_000
_DATA = ("data-href", "data-url", "data-link")
_PRESSED = "[onclick], [data-href], [data-url], [data-link], a[href^='javascript:']"
_MOST_PRESSED = 200
_LONGEST_SCRIPT = 4_000
# What makes a link within the page a control (WAI-ARIA 1.2), and the attributes by which frameworks bind an act to it.
_CONTROLS = frozenset("button tab menuitem menuitemcheckbox menuitemradio switch option treeitem".split())
_HANDLER = re.compile(
    r"on[a-z]|[^a-z]?(?:v-on:|x-on:|ng-|wire:)?click|data-(?:bs-|mdb-|uk-)?(?:toggle|target|slide|dismiss|modal|tab|collapse|popup|lightbox"
    r"|fancybox|offcanvas|action|scroll|open|trigger)|uk-|hx-|aria-(?:controls|expanded|haspopup|selected|pressed)$"
)
# A handler that keeps the browser from following a link, and one that may follow it by itself.
_HOLDS = re.compile(r"\breturn\s++false\s*+;?\s*+$|\.preventDefault\s*+\(\s*+\)")
_TAKES = re.compile(r"\bthis\b|\bhref\b|\bif\b|\?|[&|]{2}|target\b", re.IGNORECASE)
_GOES_TO = re.compile(
    r"""(?:location(?:\.href)?\s*=|window\.open\s*\(|location\.(?:assign|replace)\s*\(|navigate\s*\()\s*['"]([^'"]{1,500})['"]""",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Link:
    """A reference in a document.

    url: absolute, normalised, without fragment. fragment: percent-encoded as found, None when there is
    none. raw: as the page wrote it (control characters included; never trusted). text: what a reader
    sees. element: tag name, "css" or "header". use: what a browser would do with it. handled: a script acts in its
    place: a link within the page need name no place, and no other need lead anywhere.
    """

    url: str
    fragment: str | None
    raw: str
    text: str
    element: str
    use: LinkUse
    handled: bool = False

    @property
    def fetchable(self) -> bool:
        """False for mailto, tel, javascript, data and the like, which are no links to check."""
        return is_web(self.url)


class Reference(NamedTuple):
    """A link before its words are read. said: its words, or the element that has them."""

    url: str
    fragment: str | None
    raw: str
    element: str
    use: LinkUse
    said: str | LexborNode
    handled: bool = False

    def link(self) -> Link:
        text = self.said if isinstance(self.said, str) else _label(self.said)
        return Link(self.url, self.fragment, self.raw, text, self.element, self.use, self.handled)


def css_references(css: str, base: str) -> Iterator[Link]:
    """What a style sheet loads: url() and @import, comments and data: left out."""
    return (reference.link() for reference in css_uses(css, Resolver(base)))


def css_uses(css: str, resolve: Resolver) -> Iterator[Reference]:
    sheet = _CSS_COMMENT.sub(lambda found: found.group(1) or "", css)
    for match in _CSS_URL.finditer(sheet):
        if _OLD_FONT.match(match.group()) or _OLD_FORMAT.match(sheet, match.end()):
            continue
        raw = _CSS_ESCAPE.sub(_unescaped, next(group for group in match.groups() if group is not None))
        if not raw.startswith("#"):  # a part of the page itself, as of a drawing
            yield from (found for found in _reference(resolve, raw, "css", "asset", "") if is_web(found.url))


def _unescaped(escape: re.Match[str]) -> str:
    digits, letter = escape.groups()
    if digits is None:
        return "" if letter == "\n" else str(letter)
    point = int(digits, 16)
    return chr(point) if 0 < point < 0xD800 or 0xDFFF < point < 0x110000 else "\ufffd"


def _reference(
    resolve: Resolver,
    raw: str,
    element: str,
    use: LinkUse,
    said: str | LexborNode,
    *,
    handled: bool = False,
) -> Iterator[Reference]:
    reference = raw.strip(_TRIMMED)
    if not reference and element not in ("a", "area"):
        return
    target = resolve(reference)
    if target is not None:
        url, mark, fragment = target.partition("#")
        yield Reference(url, fragment if mark else None, raw, element, use, said, handled)


def _link_element(resolve: Resolver, attributes: dict[str, str | None]) -> Iterator[Reference]:
    rel = attributes.get("rel") or ""
    use = use_of(rel)
    if use is not None and not (use == "asset" and _is_idle(set(rel.lower().split()), attributes)):
        said = (attributes.get("title") or "") if use == "page" else ""
        yield from _reference(resolve, attributes.get("href") or "", "link", use, said)


def _is_idle(rels: set[str], attributes: dict[str, str | None]) -> bool:
    """Whether a link of the head that names a file loads nothing."""
    if "stylesheet" in rels:
        kind = (attributes.get("type") or "text/css").partition(";")[0]
        return "disabled" in attributes or kind.strip().lower() != "text/css"
    return "preload" in rels and (attributes.get("as") or "").strip().lower() not in _PRELOADED


def is_script(attributes: dict[str, str | None]) -> bool:
    """Whether a script element with these attributes runs, in a browser that knows modules."""
    kind = (attributes.get("type") or "").strip()
    if not kind and "type" not in attributes and (language := attributes.get("language")):
        kind = f"text/{language}"
    is_left = "nomodule" in attributes and kind.lower() != "module"
    return not is_left and _SCRIPTS.fullmatch(kind or "text/javascript") is not None


def use_of(relation: str) -> LinkUse | None:
    """What a browser does with a link of the head, by its `rel`; None when it neither loads nor offers it."""
    rels = set(relation.lower().split())
    if "canonical" in rels:
        return "canonical"
    if rels & _LINK_ASSETS:
        return "asset"
    return "page" if "alternate" in rels else None


def is_unfilled(raw: str) -> bool:
    """Whether an address has a place that a template's script fills in."""
    return _UNFILLED.search(raw[:2_000]) is not None


def _srcset(value: str) -> Iterator[tuple[str, str]]:
    """(URL, descriptors) of a srcset: split at white space, a trailing comma ends a candidate (HTML 4.8.4.2.1)."""
    position = found = 0
    while found < _MOST_CANDIDATES and (candidate := _CANDIDATE.search(value, position)):
        found += 1
        position = candidate.end()
        url, said = candidate.group(), ""
        if not url.endswith(","):
            position = value.find(",", position)
            said = value[candidate.end() : position if position >= 0 else None].strip()
        if _DESCRIPTOR.fullmatch(said):
            yield url.rstrip(","), said
        if position < 0:
            return


def references(tree: LexborHTMLParser, resolve: Resolver, refresh: str | None) -> Iterator[Reference]:
    """All links of a page in document order. refresh: target of its <meta http-equiv=refresh>, absolute."""
    last = None
    found = tree.css(_SELECTOR)
    # Of links in links in links, as a drawing may have them, each would have the words of all that are inside.
    nested = len(found) > _MANY and tree.css_first("a a a") is not None
    # Browsers with scripts read the content of a <noscript> as text.
    unread = {node.mem_id for node in tree.css("noscript *")}
    choices = _Choices()
    for node in found:
        if node.mem_id == last or node.mem_id in unread:
            continue  # an element that several selectors name comes once for each
        last = node.mem_id
        tag = node.tag or ""
        attributes = node.attributes
        if tag == "a":
            if (href := attributes.get("href", attributes.get("xlink:href"))) is not None:
                said = node.text(deep=False) if nested else node
                handled = _is_handled(attributes) if href.strip().startswith("#") else _is_held(attributes)
                yield from _reference(resolve, href, tag, "page", said, handled=handled)
        elif tag not in ("img", "source") or not choices.is_passed(node, tag, attributes):
            yield from _of_element(resolve, node, tag, attributes, refresh)
        if "style" in attributes and "url(" in (style := attributes["style"] or ""):
            yield from css_uses(style, resolve)


def _is_handled(attributes: dict[str, str | None]) -> bool:
    """Whether a script acts on a link within the page: it opens a dialog, a menu or a tab, and its fragment need be no place."""
    role = (attributes.get("role") or "").strip().lower()
    return role in _CONTROLS or any(_HANDLER.match(name) for name in attributes)


def _is_held(attributes: dict[str, str | None]) -> bool:
    """Whether a click on a link leads nowhere by itself: its script holds it back, and does not take the address from it."""
    script = (attributes.get("onclick") or "")[:_LONGEST_SCRIPT]
    return _HOLDS.search(script) is not None and _TAKES.search(script) is None


def _of_element(
    resolve: Resolver, node: LexborNode, tag: str, attributes: dict[str, str | None], refresh: str | None
) -> Iterator[Reference]:
    for name in _PAGES.get(tag, ()):
        if (value := attributes.get(name)) is not None and not _is_unread(node, tag, name, attributes):
            yield from _reference(resolve, value, tag, "page", node)
    for name in _ASSETS.get(tag, ()):
        if (value := attributes.get(name)) and not _is_unread(node, tag, name, attributes):
            yield from _reference(resolve, value, tag, "asset", attributes.get("alt") or "")
    for name in _SRCSETS.get(tag, ()):
        for url, _ in _srcset(attributes.get(name) or ""):
            if not name.startswith("data-") or _LATE.match(url):
                yield from _reference(resolve, url, tag, "asset", "")
    if (background := attributes.get("background")) and tag in _BACKGROUNDS:
        yield from _reference(resolve, background, tag, "asset", "")
    if tag == "link":
        yield from _link_element(resolve, attributes)
    elif tag == "meta":
        if (attributes.get("http-equiv") or "").strip().lower() == "refresh" and refresh:
            yield from _reference(resolve, refresh, "meta", "page", "")
    elif tag == "style" and (attributes.get("type") or "text/css").lower() == "text/css":
        yield from css_uses(node.text(deep=True), resolve)


def _is_unread(node: LexborNode, tag: str, name: str, attributes: dict[str, str | None]) -> bool:
    """Whether no browser loads what an attribute names, as Chromium does not."""
    if name.startswith("data-"):
        return _LATE.match((attributes[name] or "").strip()) is None
    if tag == "img":
        return name == "src" and _replaces_src(attributes.get("srcset") or "")
    if tag == "source":
        return name == "src" and node.parent is not None and node.parent.tag == "picture"
    if tag == "script":
        return not is_script(attributes)
    if tag == "input":
        return (attributes.get("type") or "").lower() != "image"
    if tag == "iframe":
        return "srcdoc" in attributes
    return name == "xlink:href" and "href" in attributes


def _replaces_src(srcset: str) -> bool:
    """Whether a picture's `src` is none of those that browsers choose from (HTML, "update the source set")."""
    return any(said.endswith(("w", "h")) or said in ("", "1x", "1.0x") for _, said in _srcset(srcset))


@dataclass(slots=True)
class _Choices:
    """What browsers choose from in the elements that offer more than one: told in the order of the page.

    decided: the last `picture` in which a source was taken whatever the screen.
    """

    decided: int = 0

    def is_passed(self, node: LexborNode, tag: str, attributes: dict[str, str | None]) -> bool:
        """Whether no browser comes to a source or a picture."""
        parent = node.parent
        if parent is None:
            return tag == "source"
        if parent.tag != "picture":
            return tag == "source" and (parent.tag not in ("audio", "video") or "src" in parent.attributes)
        if self.decided == parent.mem_id:
            return True
        if tag == "img":
            return False
        kind = attributes.get("type")
        known = not kind or _PICTURES.fullmatch(kind.partition(";")[0].strip()) is not None
        if known and kind != "image/jxl" and attributes.get("srcset") and not attributes.get("media"):
            self.decided = parent.mem_id
        return not known


def pressed(tree: LexborHTMLParser, resolve: Resolver) -> tuple[Link, ...]:
    """Where elements go by a script that names its target."""
    found: list[Link] = []
    for node in tree.css(_PRESSED)[:_MOST_PRESSED]:
        target = pressed_target(node)
        found.extend(
            one.link() for one in _reference(resolve, target, node.tag or "", "page", node) if target
        )
    return tuple(found)


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
