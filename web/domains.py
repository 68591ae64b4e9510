"""Who a host name was registered by, as far as the name tells: the domain one label below a public suffix.

The suffixes are those of the Public Suffix List (publicsuffix.org), its private section included, as the installed
package carries it, and a few of our own. Not here: whose an agency's hosts are (`claims.hosts`).
"""

from __future__ import annotations

import hashlib
import ipaddress
from functools import cache, lru_cache
from pathlib import Path

import publicsuffixlist

# Each customer gets a name below one of these, and the list does not have them.
_OUR_OWN = (
    "blog.ir",
    "blogfa.com",
    "blogsky.com",
    "loxblog.com",
    "mihanblog.com",
    "parsiblog.com",
    "persianblog.ir",
    "rozblog.com",
)


@lru_cache(maxsize=16_384)
def registrable_domain(name: str) -> str | None:
    """The domain that a host name belongs to. name: in ASCII, lower case.

    None for an address, for a public suffix, and for what is no name.
    """
    name = name.removesuffix(".")
    if _is_address(name):
        return None
    return _suffixes().privatesuffix(name)


@cache
def suffixes_digest() -> str:
    """SHA-256 of the list and of what is added to it, hex."""
    return hashlib.sha256(_text()).hexdigest()


@cache
def _suffixes() -> publicsuffixlist.PublicSuffixList:
    return publicsuffixlist.PublicSuffixList(_text())


def _text() -> bytes:
    return Path(publicsuffixlist.PSLFILE).read_bytes() + "\n".join(("", *_OUR_OWN, "")).encode()


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
