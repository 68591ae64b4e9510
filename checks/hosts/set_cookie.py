"""What an answer's Set-Cookie lines leave in a browser of session cookies without protection (RFC 6265bis). Pure.

A cookie that browsers refuse, that has ended when it comes, or that a later line of the answer replaces or takes away is none: there
is nothing to be stolen.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Mapping

from evidence.kinds.http import HttpFacts

_MOST_LINES = 50  # Cookies of one answer that are read. Browsers keep 50 of a domain (RFC 6265, 6.1).
_MOST_ATTRIBUTES = 50  # Attributes of a cookie that are read. Seven are defined.
# Browsers refuse a longer name and value, and read over a longer attribute (RFC 6265bis, 5.6 and 5.7).
_LONGEST, _LONGEST_ATTRIBUTE = 4_096, 1_024

# Names that sessions and logins go by. Balancers, firewalls and counters have names of their own.
_SESSION = re.compile(
    r"sess(?!age)|^sid$|[_.-]sid$|^sid[_.-]|\.sid$|auth(?!or)|login|logon|token|jwt|^user_?id$|remember|(^|[_.-])sso|saml|\.aspxauth|identity",
    re.IGNORECASE,
)
_NO_SESSION = re.compile(
    r"csrf|xsrf|requestverification|antiforgery|^(incap_ses|visid_incap|nlbi_|ts[0-9a-f]{6,}|bigip|awsalb|__cf|cf_|_ga|_gid|_hj|_pk_|_ym)",
    re.IGNORECASE,
)

# Parts of a date (RFC 6265, 5.1.1): whatever else stands between them says nothing.
_BETWEEN = re.compile(r"[\t -/;-@\[-`{-~]+")
_TIME = re.compile(r"([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:[^0-9].*)?", re.DOTALL)
_DAY = re.compile(r"([0-9]{1,2})(?:[^0-9].*)?", re.DOTALL)
_YEAR = re.compile(r"([0-9]{2,4})(?:[^0-9].*)?", re.DOTALL)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

Cookie = dict[str, str | bool | None]


def insecure_cookies(facts: HttpFacts, host: str, when: dt.datetime) -> list[Cookie]:
    """Session cookies that an answer of a host leaves without Secure or HttpOnly; values as hashes only. when: it came."""
    left: dict[tuple[str, str, str], Cookie | None] = {}
    for line in facts.header_all("set-cookie")[:_MOST_LINES]:
        pair, *attributes = line.split(";", _MOST_ATTRIBUTES)
        name, mark, value = (text.strip() for text in pair.partition("="))
        if (
            not mark
            or len(name) + len(value) > _LONGEST
            or not _SESSION.search(name)
            or _NO_SESSION.search(name)
        ):
            continue
        flags = dict(filter(None, map(_flag, attributes)))
        if _refused(name, flags, host):
            continue
        gone = not value or _deletes(value, flags, when)
        left[name, _domain(flags), flags.get("path", "")] = None if gone else _insecure(name, value, flags)
    return [cookie for cookie in left.values() if cookie is not None]


def _flag(attribute: str) -> tuple[str, str] | None:
    name, _, text = (part.strip() for part in attribute.partition("="))
    return (name.lower(), text) if len(text) <= _LONGEST_ATTRIBUTE else None


def _insecure(name: str, value: str, flags: Mapping[str, str]) -> Cookie | None:
    secure, http_only = "secure" in flags, "httponly" in flags
    if secure and http_only:
        return None
    return {
        "name": name[:100],
        "secure": secure,
        "http_only": http_only,
        "same_site": _same_site(flags),
        "value_sha256": hashlib.sha256(value.encode()).hexdigest()[:16],
    }


def _same_site(flags: Mapping[str, str]) -> str | None:
    said = flags.get("samesite", "").lower()
    return said if said in ("strict", "lax", "none") else None


def _domain(flags: Mapping[str, str]) -> str:
    return flags.get("domain", "").removeprefix(".").lower()


def _refused(name: str, flags: Mapping[str, str], host: str) -> bool:
    """Whether it is for another site, or its name promises what it does not keep (RFC 6265bis, 4.1.3)."""
    domain = _domain(flags)
    if domain and domain != host and not host.endswith(f".{domain}"):
        return True
    prefix = name.lower()
    if prefix.startswith("__secure-"):
        return "secure" not in flags
    if prefix.startswith("__host-"):
        return "secure" not in flags or "domain" in flags or flags.get("path") != "/"
    return False


def _deletes(value: str, flags: Mapping[str, str], when: dt.datetime) -> bool:
    """Whether the answer takes the cookie away. Max-Age outweighs Expires (RFC 6265, 5.3)."""
    if value.lower() in ("deleted", "delete", '""'):
        return True
    if re.fullmatch(r"-?[0-9]+", age := flags.get("max-age", "")):
        return age.startswith("-") or not age.strip("0")
    expires = _date(flags.get("expires", ""))
    return expires is not None and expires <= when


def _date(text: str) -> dt.datetime | None:
    """As browsers read it; None when it is none, which makes a cookie of the visit's."""
    time = day = month = year = None
    for part in _BETWEEN.split(text):
        if time is None and (found := _TIME.fullmatch(part)):
            time = found
        elif day is None and (found := _DAY.fullmatch(part)):
            day = int(found[1])
        elif month is None and part[:3].lower() in _MONTHS:
            month = _MONTHS.index(part[:3].lower()) + 1
        elif year is None and (found := _YEAR.fullmatch(part)):
            year = int(found[1])
    if time is None or day is None or month is None or year is None:
        return None
    year += 1900 if 70 <= year <= 99 else 2000 if year < 70 else 0
    if year < 1601:
        return None
    try:
        return dt.datetime(year, month, day, int(time[1]), int(time[2]), int(time[3]), tzinfo=dt.UTC)
    except ValueError:
        return None
