"""What the other addresses of a host showed, beside the one that was probed. Facts: visitors meet any of them.

No problem codes: one handshake with each tells what it showed then, and an address that our own network does not lead to
says nothing of the host.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from checks.hosts.certificates.chain_path import Trust
from checks.hosts.certificates.faults import judge_chain
from checks.hosts.certificates.revocation import RevocationEvidence

REACHES = {
    "refused": "refused", "reset": "reset", "timeout": "timeout", "protocol": "not_tls", "tls": "refused",
}  # fmt: skip
_MOST = 4  # Other addresses that are told, as many as the prober looks at (crawler/probes/tls.py).


def addresses(
    body: Mapping[str, Any], name: str, trust: Trust, as_of: dt.datetime, seen: RevocationEvidence
) -> dict[str, Any]:
    """Facts `addresses` and `other_addresses`; both None of a capture that did not look."""
    if "others" not in body:
        return {"addresses": None, "other_addresses": None}
    return {
        "addresses": [str(address) for address in body["addresses"]],
        "other_addresses": list(_others(body, name, trust, as_of, seen)),
    }


def _others(
    body: Mapping[str, Any], name: str, trust: Trust, as_of: dt.datetime, seen: RevocationEvidence
) -> Iterator[dict[str, Any]]:
    """certificate: "same" as the probed address's, "other", or None where none came. problems: of another one."""
    own = body["chain"][0] if body["chain"] else None
    for other in body["others"][:_MOST]:
        told: dict[str, Any] = {
            "address": other["address"],
            "reach": _reach(other),
            "certificate": None,
            "problems": [],
        }
        chain = [body["certificates"][place] for place in other["connection"]["chain"]]
        if chain:
            told["certificate"] = "same" if chain[0] == own else "other"
            if told["certificate"] == "other":
                told["problems"] = sorted(_problems(chain, name, trust, as_of, seen))
        yield told


def _reach(other: Mapping[str, Any]) -> str | None:
    """None where our own network did not lead there: many have no IPv6."""
    failure = other["failure"]
    if failure is None:
        return "ok"
    if failure == "tls" and not other["connection"]["connected"]:
        return None
    return REACHES.get(failure)


def _problems(
    chain: list[str], name: str, trust: Trust, as_of: dt.datetime, seen: RevocationEvidence
) -> frozenset[str]:
    try:
        ders = [base64.b64decode(text) for text in chain]
    except (binascii.Error, ValueError):
        return frozenset()
    return frozenset(judge_chain(ders, name, trust, as_of, seen).problems)
