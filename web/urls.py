"""URL identity, as browsers see it (WHATWG URL Standard, through ada-url).

Two URLs are the same page when their identities are equal: fragment, tracking parameters and session ids
are dropped, everything else counts (`/Home` and `/home` are two).
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
from functools import lru_cache
from urllib.parse import unquote

import ada_url

WEB_SCHEMES = ("http:", "https:")
LONGEST = (
    8_192  # characters of an address that is asked for: servers take 8,000 (RFC 9110, 4.1), and few more
)
_TOO_LONG, _KEPT = "too-long:", 200
_DIRECTIVE = ":~:"  # what follows is for the browser, not for the page (text fragments)

# Parameters that name a visit, not a page.
_VISIT_PARAMETERS = frozenset(
    "utm_source utm_medium utm_campaign utm_term utm_content utm_id gclid fbclid yclid msclkid "
    "phpsessid jsessionid aspsessionid cfid cftoken".split()
)
# The same where the value is that of a session; a short one may be the key of a record (`?sid=12`).
_SESSION_PARAMETERS = frozenset("sid sessionid session_id".split())
_SESSION_VALUE = re.compile(r"[A-Za-z0-9_.,~%-]{16,}")
_PATH_SESSION = re.compile(r";jsessionid=[^/?#;]*", re.IGNORECASE)
_ASPNET_SESSION = re.compile(r"/\((?:[SAF]\([A-Za-z0-9_-]+\))+\)(?=/|$)")
_SITE = re.compile(r"https?://[^/?#\\]+", re.IGNORECASE)
_PLAIN_FRAGMENT = re.compile(r"[A-Za-z0-9_.:/!-]*").fullmatch
# What a parser would leave as it is: no port, no numbers for a host, no dot segments, nothing to encode.
_SEGMENT = r"(?!%2[eE])[A-Za-z0-9_%~-][A-Za-z0-9_%.~-]*"
_PLAIN_PATH = re.compile(rf"(https?://[a-z0-9.-]+\.[a-z]{{2,}}(?:/{_SEGMENT})*/)(?:{_SEGMENT})?(?:[?#]|$)")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_CREDENTIALS = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#@]*@", re.IGNORECASE).match
_CREDENTIALS_IN_TEXT = re.compile(r"(?<=//)[^\s/?#\\\"'<>]{1,2000}@")


def absolute(base: str, reference: str) -> str | None:
    """`reference` against `base`, normalised as browsers do, without a user's name and password; None when it is no URL.

    Every address that a portal names comes through here. A browser asks without them too, until it is asked for them.
    A web address past `LONGEST` is replaced by a name of its own that nobody can ask for (`is_too_long`).
    """
    try:
        url = str(ada_url.join_url(base, reference))
    except ValueError:
        return None
    if "@" in url:
        url = without_credentials(url)
    return url if len(url) <= LONGEST or not is_web(url) else _bounded(url)


def _bounded(url: str) -> str:
    address = split_fragment(url)[0]
    if len(address) <= LONGEST:
        return address  # which place of the page is meant, no page says in so many words
    digest = hashlib.sha256(address.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"{_TOO_LONG}{digest}:{address[:_KEPT]}"


def is_too_long(url: str) -> bool:
    """Whether it is, or stands for, a web address that is longer than what is asked for."""
    return url.startswith(_TOO_LONG) or len(url) > LONGEST


def without_credentials(url: str) -> str:
    """A normalised URL without a user's name and password."""
    if _CREDENTIALS(url) is None:
        return url
    parsed = ada_url.URL(url)
    parsed.username = ""
    parsed.password = ""
    return str(parsed.href)


def without_credentials_in_text(text: str) -> str:
    """A text that may name addresses, as a browser's messages do, without a user's name and password in them."""
    return _CREDENTIALS_IN_TEXT.sub("", text) if "@" in text else text


def address_text(value: bytes) -> str:
    """An address in a header as browsers read it: UTF-8, or what is none byte by byte."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return "".join(chr(byte) if byte < 0x80 else f"%{byte:02X}" for byte in value)


def named_by(url: str, location: str | None) -> str | None:
    """Where a `Location` of an answer leads to, with its fragment. location: as captured, every byte a character."""
    return absolute(url, address_text((location or "").encode("latin-1", "replace")))


class Resolver:
    """`absolute` for many references of pages that share their menus: what was resolved before is known.

    charset: Python's name for that of the page. A browser writes letters of a query in it, and all others in UTF-8.
    """

    def __init__(self, base: str, charset: str = "utf-8") -> None:
        self._base = base
        self._charset = None if charset.startswith("utf-") else charset
        head = base.partition("#")[0].partition("?")[0]
        self._folder = head[: head.rfind("/") + 1] if head.count("/") > 2 else ""

    def __call__(self, reference: str) -> str | None:
        if self._charset is not None and "?" in reference and not reference.isascii():
            target = absolute(self._base, _query_in(self._charset, reference))
            if target is not None and is_web(target):
                return target
        path, mark, fragment = reference.partition("#")
        # A relative path does not depend on the page's own name; a fragment of plain letters stays as it is.
        if (
            not self._folder
            or not path
            or path[0] == "?"
            or (mark and path[-1] <= " ")  # which only the end of a reference loses
            or not _PLAIN_FRAGMENT(fragment)
        ):
            return absolute(self._base, reference)
        target = _joined(self._folder, path)
        if not mark or target is None or len(target) + len(fragment) >= LONGEST:
            return target
        return f"{target}#{fragment}"


def _query_in(charset: str, reference: str) -> str:
    """The reference with the letters of its query in a character set (URL Standard, "percent-encode after encoding")."""
    head, mark, fragment = reference.partition("#")
    address, asked, query = head.partition("?")
    return f"{address}{asked}{_NOT_ASCII.sub(lambda found: _encoded(found.group(), charset), query)}{mark}{fragment}"


def _encoded(letter: str, charset: str) -> str:
    try:
        parts = letter.encode(charset)
    except UnicodeError:
        return f"%26%23{ord(letter)}%3B"  # as a character reference
    return "".join(chr(part) if part < 0x80 and chr(part).isalnum() else f"%{part:02X}" for part in parts)


@lru_cache(maxsize=16_384)
def _joined(folder: str, path: str) -> str | None:
    return absolute(folder, path)


def is_web(url: str) -> bool:
    """http or https."""
    return url.startswith(WEB_SCHEMES)


def split_fragment(url: str) -> tuple[str, str | None]:
    """(URL without fragment, fragment or None)."""
    head, mark, fragment = url.partition("#")
    return head, (fragment if mark else None)


def place(fragment: str | None) -> str | None:
    """What a fragment asks the page to have; None for none, the top, a route of a script, or text to find."""
    if not fragment:
        return None
    fragment = fragment.partition(_DIRECTIVE)[0]
    if not fragment or fragment.lower() == "top" or fragment.startswith(("/", "!")):
        return None
    return fragment


def identity(url: str) -> str:
    """The URL that stands for the page: no fragment, no credentials, no session or tracking parameters."""
    url = split_fragment(url)[0]
    if "@" in url:
        url = without_credentials(url)
    if ";" in url:
        url = _PATH_SESSION.sub("", url)
    if "/(" in url:
        url = _ASPNET_SESSION.sub("", url)
    head, mark, query = url.partition("?")
    if mark:
        kept = [part for part in query.split("&") if not _of_visit(part)]
        if len(kept) != query.count("&") + 1:
            query = "&".join(kept)
        url = f"{head}?{query}" if query else head
    return url


def _of_visit(parameter: str) -> bool:
    name, _, value = parameter.partition("=")
    name = name.lower()
    return name in _VISIT_PARAMETERS or (
        name in _SESSION_PARAMETERS and _SESSION_VALUE.fullmatch(value) is not None
    )


def host(url: str) -> str:
    """Host name as the URL carries it (lower case, punycode); "" when it has none."""
    site = _SITE.match(url)
    return _host(site.group() if site else url)


def literal(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that a canonical host is, with or without brackets; None when it is a name."""
    try:
        return ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return None


def is_loopback(name: str) -> bool:
    """Whether a host is this machine alone. A name is not resolved: `localhost` is, any other is not."""
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


def host_port(url: str) -> tuple[str, int]:
    """(host name, port), with the scheme's default port filled in. Raises ValueError."""
    parsed = ada_url.URL(url)
    port = int(parsed.port) if parsed.port else (443 if parsed.protocol == "https:" else 80)
    return str(parsed.hostname), port


def origin(url: str) -> str:
    """scheme://host[:port]. Raises ValueError."""
    site = _SITE.match(url)
    return _origin(site.group() if site else url)


# Millions of URLs stand on a few sites: each is parsed once, and its name kept once.
@lru_cache(maxsize=4096)
def _host(site: str) -> str:
    try:
        return str(ada_url.URL(site).hostname)
    except ValueError:
        return ""


@lru_cache(maxsize=4096)
def _origin(site: str) -> str:
    parsed = ada_url.URL(site)
    return f"{parsed.protocol}//{parsed.host}"


def path(url: str) -> str:
    """Path as text: percent-decoded where it is UTF-8."""
    return unquote(str(ada_url.URL(url).pathname))


def folder(url: str) -> str:
    """The URL up to and including the last slash of its path, without query."""
    if (plain := _PLAIN_PATH.match(url)) is not None:
        return plain.group(1)
    parsed = ada_url.URL(url)
    return f"{parsed.protocol}//{parsed.host}{parsed.pathname.rpartition('/')[0]}/"
