"""A certificate chain as it is drawn: from the host's own certificate to a root, with the place where it breaks.

Follows the names of issuers among what the host sent; what the way to a root is was decided by `checks.hosts.certificates.chain_path`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from reports.hosts.report_lines import TimeValue, UntrustedText, untrusted_text

Part = Literal["leaf", "issuer", "root_sent", "public_root", "national_root", "gap", "nobody"]
PARTS: tuple[Part, ...] = ("leaf", "issuer", "root_sent", "public_root", "national_root", "gap", "nobody")
# What is wrong with a certificate of the drawing, or with its place in it.
FAULTS = (
    "expired", "not_yet_valid", "name_mismatch", "cn_only", "self_signed", "wrong_usage", "revoked",
    "out_of_order", "missing", "unknown",
)  # fmt: skip
_OF_LEAF = ("name_mismatch", "cn_only", "self_signed", "wrong_usage")
_ROOTS: dict[str, Part] = {"public": "public_root", "national_only": "national_root"}
_MOST = 8
_MOST_READ = 64
_COMMON = re.compile(r"(?:^|[,+])(CN|O)=((?:\\.|[^\\,+])*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ChainLink:
    """One certificate, or the root or gap where the way ends. days: to its end, below 0 where that has passed.

    place: in the order sent, from 1; 0 for what was not sent.
    """

    part: Part
    name: UntrustedText
    whole: UntrustedText
    faults: tuple[str, ...] = ()
    issuer: UntrustedText | None = None
    begins: TimeValue | None = None
    ends: TimeValue | None = None
    days: int | None = None
    key: str = ""
    signature: str = ""
    place: int = 0

    @property
    def breaks(self) -> bool:
        return bool(self.faults)


@dataclass(frozen=True, slots=True)
class CertificateChain:
    """links: leaf first. strays: sent, and not on the way. more: that are left out of the drawing."""

    links: tuple[ChainLink, ...]
    strays: tuple[ChainLink, ...]
    more: int


def chain(facts: Mapping[str, Any], problems: Sequence[str], as_of: dt.datetime) -> CertificateChain | None:
    """None where no certificate was read."""
    found = [one for one in facts.get("chain") or () if isinstance(one, Mapping)]
    sent = found[:_MOST_READ]
    if not sent:
        return None
    way = _way(sent)
    links = [_link(sent, place, above, problems, as_of) for above, place in enumerate(way)]
    if "revoked" in problems:
        of_issuer = (facts.get("revocation") or {}).get("of") == "issuer"
        at = min(1, len(links) - 1) if of_issuer else 0
        links[at] = replace(links[at], faults=(*links[at].faults, "revoked"))
    shown = [*links[:_MOST], *_end(sent[way[-1]], facts, problems)]
    if links[-1].part == "root_sent" and len(links) <= _MOST:
        shown[len(links) - 1 :] = [_known(links[-1], facts)]
    strays = [_stray(sent, place) for place in range(len(sent)) if place not in way]
    left_out = len(found) - len(sent) + max(0, len(links) - _MOST) + max(0, len(strays) - _MOST)
    return CertificateChain(tuple(shown), tuple(strays[:_MOST]), left_out)


def _way(sent: Sequence[Mapping[str, Any]]) -> list[int]:
    """Places of the certificates upwards from the leaf, each the issuer of the one before by its name."""
    way = [0]
    while sent[way[-1]].get("issuer") != sent[way[-1]].get("subject"):
        issuer = sent[way[-1]].get("issuer")
        above = next((n for n, one in enumerate(sent) if n not in way and one.get("subject") == issuer), None)
        if above is None:
            break
        way.append(above)
    return way


def _link(
    sent: Sequence[Mapping[str, Any]], place: int, above: int, problems: Sequence[str], as_of: dt.datetime
) -> ChainLink:
    one = sent[place]
    subject, issuer = str(one.get("subject") or ""), str(one.get("issuer") or "")
    begins, ends = _time(one.get("not_before")), _time(one.get("not_after"))
    root = above > 0 and subject == issuer
    faults = []
    # an issuer that ran out breaks nothing where there is another way
    if above == 0 or (not root and "intermediate_expired" in problems):
        faults += ["expired"] if ends is not None and ends < as_of else []
        faults += ["not_yet_valid"] if begins is not None and begins > as_of else []
    if above == 0:
        faults += [code for code in _OF_LEAF if code in problems]
    if "misordered_chain" in problems and place != above:
        faults.append("out_of_order")
    return ChainLink(
        part="leaf" if above == 0 else "root_sent" if root else "issuer",
        name=_short(subject),
        whole=untrusted_text(subject),
        faults=tuple(faults),
        issuer=_short(issuer),
        begins=TimeValue(str(one["not_before"])) if begins is not None else None,
        ends=TimeValue(str(one["not_after"])) if ends is not None else None,
        days=(ends - as_of).days if ends is not None else None,
        key=str(one.get("key") or ""),
        signature=str(one.get("signature") or ""),
        place=place + 1,
    )


def _stray(sent: Sequence[Mapping[str, Any]], place: int) -> ChainLink:
    subject = str(sent[place].get("subject") or "")
    return ChainLink("issuer", _short(subject), untrusted_text(subject), place=place + 1)


def _end(last: Mapping[str, Any], facts: Mapping[str, Any], problems: Sequence[str]) -> tuple[ChainLink, ...]:
    """What stands above the last certificate of the way: a known root, a gap, or nobody."""
    issuer, path = str(last.get("issuer") or ""), str(facts.get("path"))
    name, whole = _short(issuer), untrusted_text(issuer)
    if path == "none" or (path in _ROOTS and "incomplete_chain" in problems):
        return (ChainLink("gap", name, whole, ("missing",)),)
    if path in _ROOTS:
        return (ChainLink(_ROOTS[path], name, whole),)
    return () if path == "self_signed" else (ChainLink("nobody", name, whole, ("unknown",)),)


def _known(root: ChainLink, facts: Mapping[str, Any]) -> ChainLink:
    """A root that the host sent itself, with whether anybody knows it."""
    part = _ROOTS.get(str(facts.get("path")))
    return replace(root, faults=("unknown",)) if part is None else replace(root, part=part)


def _short(subject: str) -> UntrustedText:
    """The common name, else the organisation, else all of it."""
    found: dict[str, str] = {}
    for match in _COMMON.finditer(subject):
        found.setdefault(match[1], re.sub(r"\\(.)", r"\1", match[2]))
    return untrusted_text(found.get("CN") or found.get("O") or subject or "–")


def _time(value: object) -> dt.datetime | None:
    try:
        return dt.datetime.fromisoformat(str(value))
    except ValueError:
        return None
