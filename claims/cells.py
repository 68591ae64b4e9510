"""What a cell means: yes/no, numbers, dates, URLs, host names, ids. Each reader raises ValueError.

The argument of the ValueError is the code of the expectation (`problem.<code>` in the catalogues).
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
import unicodedata
from collections.abc import Mapping

import ada_url
from persiantools.jdatetime import JalaliDate

from claims.persian import digits, fold

_YES = frozenset(("yes", "y", "true", "1", "بله", "بلی", "اری", "دارد"))
_NO = frozenset(("no", "n", "false", "0", "خیر", "نه", "ندارد"))
_DATE = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ].*)?")
_JALALI_BEFORE = 1700  # years below are Jalali: no audit looks at AD 1699, none at AP 1700
_ID = re.compile(r"[^\s/\\:*?\"<>|\x00-\x1f]{1,80}")
_ID_BYTES = 200  # of a file's name, which may have 255: something is put before and behind an id
_SHA256 = re.compile(r"[0-9a-f]{64}")
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*\.?")

_CREDENTIALS = re.compile(r"https?:[/\\]{2}[^\s/?#\\]*@", re.IGNORECASE)


def text(cell: str) -> str:
    """For display: as written, without control and bidi characters."""
    value = unicodedata.normalize("NFC", cell)
    if value.replace("\u200c", "").isprintable():  # neither is, and nearly every cell is
        return value
    return "".join(c for c in value if c == "\u200c" or unicodedata.category(c) not in ("Cc", "Cf"))


def without_credentials(cell: str) -> str:
    """The cell as it is; an address within it has no user's name and no password, for all of a round is handed on."""
    if "@" in cell and _CREDENTIALS.search(text(cell)):
        raise ValueError("credentials")
    return cell


def identifier(cell: str) -> str:
    """An id: digits and letters unified so that it matches over the files; safe as a file name."""
    value = unicodedata.normalize("NFC", digits(cell)).replace("ي", "ی").replace("ك", "ک")
    if not _ID.fullmatch(value) or value.startswith((".", "-")) or text(value) != value:
        raise ValueError("id")
    if len(value.encode("utf-8", "replace")) > _ID_BYTES:
        raise ValueError("id")
    return value


def sha256(cell: str) -> str:
    """64 hexadecimal digits, in lower case."""
    value = digits(cell).strip().lower()
    if _SHA256.fullmatch(value) is None:
        raise ValueError("sha256")
    return value


def yes_no(cell: str) -> bool:
    word = fold(cell)
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise ValueError("yes_no")


def choice(cell: str, words: Mapping[str, str]) -> str:
    """One of a closed list; `words` maps folded spellings to the value."""
    value = words.get(fold(cell))
    if value is None:
        raise ValueError("choice")
    return value


def share(cell: str) -> float:
    """0 to 1, with a point, comma or Persian decimal sign."""
    try:
        value = float(digits(cell).replace("٫", ".").replace("/", ".").replace(",", "."))
    except ValueError:
        raise ValueError("share") from None
    if not 0 <= value <= 1:
        raise ValueError("share")
    return value


def count(cell: str) -> int:
    """A whole number from 0, thousands signs allowed."""
    value = re.sub(r"[,،٬'\u00a0 ]", "", digits(cell))
    if not value.isdecimal() or len(value) > 15:
        raise ValueError("count")
    return int(value)


def date(cell: str) -> dt.date:
    """ISO 8601 or Jalali, year first, with any digits."""
    match = _DATE.fullmatch(digits(cell))
    if match is None:
        raise ValueError("date")
    year, month, day = (int(part) for part in match.groups())
    try:
        if year < _JALALI_BEFORE:
            jalali: dt.date = JalaliDate(year, month, day).to_gregorian()  # type: ignore[no-untyped-call]
            return jalali
        return dt.date(year, month, day)
    except ValueError:
        raise ValueError("date") from None


def url(cell: str) -> str:
    """An http or https URL with a host, normalised as browsers do (WHATWG URL Standard)."""
    value = text(cell)
    try:
        parsed = ada_url.URL(value)
    except ValueError:
        raise ValueError("url") from None
    if parsed.protocol not in ("http:", "https:") or not parsed.hostname:
        raise ValueError("url")
    if parsed.username or parsed.password:
        raise ValueError("credentials")
    if not _is_host(parsed.hostname):
        raise ValueError("url")
    return str(parsed.href)


def host(cell: str) -> str:
    """A host name in ASCII (IDNA), without port."""
    try:
        parsed = ada_url.URL(f"http://{text(cell)}/")
    except ValueError:
        raise ValueError("host") from None
    if parsed.username or parsed.password:
        raise ValueError("credentials")
    if parsed.pathname != "/" or not _is_host(parsed.hostname):
        raise ValueError("host")
    return str(parsed.hostname)


def _is_host(name: str) -> bool:
    if _HOST.fullmatch(name):
        return True
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
