"""Is a certificate for this host? By RFC 9525: alternative names only, the common name never counts."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import Any

from cryptography import x509
from cryptography.x509.oid import NameOID

from web.urls import literal

MOST_NAMES = 100  # that are kept; a certificate can hold thousands
_LONGEST = 253  # of a name in the DNS
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def name_problems(leaf: x509.Certificate, name: str, facts: dict[str, Any]) -> set[str]:
    """Problem codes of a leaf under this host name; its alternative names go into the facts, the first of them and their number."""
    names, addresses = _alternative_names(leaf)
    every = sorted([*names, *map(str, addresses)])
    facts["san"] = [text[:_LONGEST] for text in every[:MOST_NAMES]]
    facts["san_count"] = len(every)
    common = [str(attribute.value) for attribute in leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    if matches(name, names, addresses):
        return set()
    if not names and not addresses and any(_same_name(value, name) for value in common):
        return {"cn_only"}
    return {"name_mismatch"}


def _alternative_names(
    leaf: x509.Certificate,
) -> tuple[list[str], list[Address]]:
    try:
        extension = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return [], []
    addresses = [
        address for address in extension.get_values_for_type(x509.IPAddress) if isinstance(address, Address)
    ]
    return list(extension.get_values_for_type(x509.DNSName)), addresses


def matches(name: str, names: Sequence[str], addresses: Sequence[Address]) -> bool:
    """Whether a certificate with these alternative names is for the host. name: A-labels or an address."""
    address = literal(name)
    if address is not None:
        return address in addresses
    return any(_same_name(pattern, name) for pattern in names)


def _same_name(pattern: str, name: str) -> bool:
    """A wildcard stands for the whole first label, once, with two labels or more after it."""
    pattern, name = pattern.lower().removesuffix("."), name.lower().removesuffix(".")
    if not pattern.startswith("*."):
        return "*" not in pattern and pattern == name
    suffix = pattern[1:]
    first = name.removesuffix(suffix)
    return (
        suffix.count(".") >= 2
        and "*" not in suffix
        and name.endswith(suffix)
        and first != ""
        and "." not in first
    )
