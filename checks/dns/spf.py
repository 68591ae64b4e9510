"""SPF (RFC 7208): the syntax of a record, and what it says to strangers. What it includes is not looked up."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass

# Records are of any length; the ones in use fit into a few hundred bytes.
_LONGEST = 4_096
_MOST_LOOKUPS = 10
_VERSION = "v=spf1"
_MECHANISM = re.compile(r"([+\-~?]?)([A-Za-z][A-Za-z0-9_.-]*)([:/].*)?", re.DOTALL)
_MODIFIER = re.compile(r"([A-Za-z][A-Za-z0-9_.-]*)=(.*)", re.DOTALL)
_MACRO = re.compile(r"%(?:%|_|-|\{[slodiphcrtvSLODIPHCRTV][0-9]{0,3}[rR]?[.\-+,/_=]*\})")
_LENGTH = re.compile(r"(?:/(\d{1,2}))?(?://(\d{1,3}))?")
_DOMAIN = re.compile(r"[!-~]{1,255}")
_LOOKED_UP = frozenset({"include", "a", "mx", "ptr", "exists", "redirect"})


@dataclass(frozen=True, slots=True)
class Spf:
    """What a name says of who may send its mail.

    found: records that call themselves SPF. strangers: what the record says of everybody else: "fail", "softfail",
    "neutral", "pass", "redirect" (another record says it), "" where it says nothing. lookups: that this record
    alone asks for; those of what it includes come on top and cannot be counted from here.
    """

    found: int
    valid: bool
    strangers: str
    lookups: int

    @property
    def fault(self) -> str:
        """Code; "" where there is none."""
        if self.found == 0:
            return "spf_missing"
        if self.found > 1:
            return "spf_many"
        if not self.valid or self.lookups > _MOST_LOOKUPS:
            return "spf_invalid"
        if self.strangers == "pass":
            return "spf_open"
        return "spf_neutral" if self.strangers in ("neutral", "") else ""


def read_spf(texts: Sequence[bytes]) -> Spf:
    """texts: of the TXT records of a name, each with its strings put together."""
    records = [text for text in texts if re.match(rb"v=spf1(?: |\Z)", text, re.IGNORECASE)]
    if len(records) != 1:
        return Spf(len(records), False, "", 0)
    record = records[0]
    if len(record) > _LONGEST or not record.isascii():
        return Spf(1, False, "", 0)
    return _read(record.decode("ascii")[len(_VERSION) :])


def _read(terms: str) -> Spf:
    strangers, lookups, valid = "", 0, True
    seen: set[str] = set()
    redirect = False
    for term in terms.split(" "):
        if not term:
            continue
        modifier = _MODIFIER.fullmatch(term)
        if modifier is not None:
            name = modifier[1].lower()
            valid &= name not in seen and _is_macro_text(modifier[2], empty=name not in ("redirect", "exp"))
            if name in ("redirect", "exp"):  # these two once, others as often as one likes
                seen.add(name)
            redirect |= name == "redirect"
            lookups += name in _LOOKED_UP
            continue
        mechanism = _MECHANISM.fullmatch(term)
        if mechanism is None or not _is_mechanism(mechanism[2].lower(), mechanism[3] or ""):
            valid = False
            continue
        name = mechanism[2].lower()
        lookups += name in _LOOKED_UP
        if name == "all" and not strangers:
            strangers = {"-": "fail", "~": "softfail", "?": "neutral"}.get(mechanism[1], "pass")
    return Spf(1, valid, strangers or ("redirect" if redirect else ""), lookups)


def _is_mechanism(name: str, rest: str) -> bool:
    if name == "all":
        return not rest
    if name in ("include", "exists"):
        return rest.startswith(":") and _is_macro_text(rest[1:])
    if name in ("ip4", "ip6"):
        return rest.startswith(":") and _is_network(rest[1:], 4 if name == "ip4" else 6)
    if name == "ptr":
        return not rest or (rest.startswith(":") and _is_macro_text(rest[1:]))
    if name in ("a", "mx"):
        return _is_host(rest)
    return False


def _is_host(rest: str) -> bool:
    """`[":" domain] ["/" length] ["//" length]`"""
    domain, length = rest, ""
    if (slash := rest.find("/")) >= 0 and "{" not in rest[slash:]:
        domain, length = rest[:slash], rest[slash:]
    if domain and not (domain.startswith(":") and _is_macro_text(domain[1:])):
        return False
    found = _LENGTH.fullmatch(length)
    return found is not None and int(found[1] or 0) <= 32 and int(found[2] or 0) <= 128


def _is_network(text: str, version: int) -> bool:
    address, slash, length = text.partition("/")
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if parsed.version != version or "%" in address:
        return False
    return not slash or (length.isascii() and length.isdigit() and int(length[:4]) <= parsed.max_prefixlen)


def _is_macro_text(text: str, *, empty: bool = False) -> bool:
    """A domain, perhaps with macros in it."""
    if not text:
        return empty
    return _DOMAIN.fullmatch(text) is not None and "%" not in _MACRO.sub("", text)
