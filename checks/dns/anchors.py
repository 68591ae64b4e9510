"""The keys that all trust begins with: the root's, as shipped, or as the round's own file names them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import dns.exception
import dns.name
import dns.rdata
import dns.rdtypes.ANY.DNSKEY
import dns.rdtypes.ANY.DS

from checks.dns.signatures import DIGESTS, Key, matches
from checks.page.wordlist import table

_MOST_RECORDS = 32  # Records of the root's keys in one file. Later ones are not read. By hand.


@dataclass(frozen=True, slots=True)
class Anchors:
    """DS and DNSKEY records of the root."""

    digests: tuple[dns.rdtypes.ANY.DS.DS, ...]
    keys: tuple[Key, ...]

    def trusts(self, key: Key) -> bool:
        known = any((key.algorithm, key.key) == (anchor.algorithm, anchor.key) for anchor in self.keys)
        return known or any(
            ds.digest_type in DIGESTS and matches(ds, dns.name.root, key) for ds in self.digests
        )


def shipped() -> Anchors:
    data = table("dns/facts.toml")
    return _read(("DS", text) for text in data["anchors"]["records"])


def of_file(path: Path) -> Anchors:
    """A file of `. IN DS …` and `. IN DNSKEY …` lines, as resolvers keep it; other lines say nothing."""
    found = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        words = line.partition(";")[0].split()
        for kind in ("DS", "DNSKEY"):
            if words[:1] == ["."] and kind in words[1:4]:
                found.append((kind, " ".join(words[words.index(kind) + 1 :])))
    return _read(found)


def _read(records: Iterable[tuple[str, str]]) -> Anchors:
    digests, keys = [], []
    for kind, text in list(records)[:_MOST_RECORDS]:
        try:
            record = dns.rdata.from_text("IN", kind, text)
        except (dns.exception.DNSException, ValueError):
            continue
        if isinstance(record, dns.rdtypes.ANY.DS.DS):
            digests.append(record)
        elif isinstance(record, dns.rdtypes.ANY.DNSKEY.DNSKEY):
            keys.append(record)
    return Anchors(tuple(digests), tuple(keys))
