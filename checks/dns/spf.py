"""SPF (RFC 7208): the syntax of a record, and what it says to strangers. What it includes is not looked up."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

# Records are of any length; the ones in use fit into a few hundred bytes.
_LONGEST = 4_096
_MOST_LOOKUPS = 10  # Above, receivers give up: the record has no effect (RFC 7208, 4.6.4).
_VERSION = "v=spf1"
_MECHANISM = re.compile(r"([+\-~?]?)([A-Za-z][A-Za-z0-9_.-]*)([:/].*)?", re.DOTALL)
_MODIFIER = re.compile(r"([A-Za-z][A-Za-z0-9_.-]*)=(.*)", re.DOTALL)
_MACRO = re.compile(r"%(?:%|_|-|\{[slodiphcrtvSLODIPHCRTV][0-9]{0,3}[rR]?[.\-+,/_=]*\})")
_LENGTH = re.compile(r"(?:/(\d{1,2}))?(?://(\d{1,3}))?")
_DOMAIN = re.compile(r"[!-~]{1,255}")
_LOOKED_UP = frozenset({"include", "a", "mx", "ptr", "exists"})
_STRANGERS = {"-": "fail", "~": "softfail", "?": "neutral"}


@dataclass(frozen=True, slots=True)
class Spf:
    """What a name says of who may send its mail.

    found: records that call themselves SPF. strangers: what the record says of everybody else: "fail", "softfail",
    "neutral", "pass" (also where a network of its own holds everybody), "redirect" (another record says it), "" where
    it says nothing. lookups: that this record alone asks for; those of what it includes come on top and cannot be counted
    from here.
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
    networks: list[str] = []
    for term in terms.split(" "):
        if not term:
            continue
        modifier = _MODIFIER.fullmatch(term)
        if modifier is not None:
            name = modifier[1].lower()
            valid &= name not in seen and _is_macro_text(modifier[2], empty=name not in ("redirect", "exp"))
            if name in ("redirect", "exp"):  # these two once, others as often as one likes
                seen.add(name)
            continue
        mechanism = _MECHANISM.fullmatch(term)
        if mechanism is None or not _is_mechanism(mechanism[2].lower(), mechanism[3] or ""):
            valid = False
            continue
        name = mechanism[2].lower()
        if strangers:
            continue  # nobody comes so far
        lookups += name in _LOOKED_UP
        if mechanism[1] in ("", "+"):
            networks += _networks(name, mechanism[3] or "")
        if name == "all":
            strangers = _STRANGERS.get(mechanism[1], "pass")
    if _hold_everybody(networks):
        strangers = "pass"
    if not strangers and "redirect" in seen:
        return Spf(1, valid, "redirect", lookups + 1)
    return Spf(1, valid, strangers, lookups)


def _networks(name: str, rest: str) -> Iterator[str]:
    """Networks that a valid mechanism lets send, those around hosts only where they hold everybody."""
    if name in ("ip4", "ip6"):
        yield rest[1:]
    elif name in ("a", "mx") and (length := _LENGTH.fullmatch(rest[rest.find("/") :] if "/" in rest else "")):
        if length[1] and not int(length[1]):
            yield "0.0.0.0/0"
        if length[2] and not int(length[2]):
            yield "::/0"


def _hold_everybody(networks: Iterable[str]) -> bool:
    """Whether networks together hold all addresses of IPv4 or of IPv6."""
    parsed = [ipaddress.ip_network(text, strict=False) for text in networks]
    four = [network for network in parsed if isinstance(network, ipaddress.IPv4Network)]
    six = [network for network in parsed if isinstance(network, ipaddress.IPv6Network)]
    whole = [network.prefixlen for network in ipaddress.collapse_addresses(four)]
    whole += [network.prefixlen for network in ipaddress.collapse_addresses(six)]
    return 0 in whole


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
