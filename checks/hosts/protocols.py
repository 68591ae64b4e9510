"""What a host agrees to in a TLS handshake, from the prober's recorded connections. Pure.

A hello that got no answer proves nothing: it is listed as unsettled, never as refused, and no host is called safe
as long as one for something weak is. A connection that is reset is an answer when the host spoke again afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from checks.hosts.handshakes import FAMILIES, MODERN, OBSOLETE, VERSIONS, WHOLE, Handshake, read_handshakes

_WEAK_FAMILIES = ("rc4", "3des", "null", "export")
_NAMES = {
    "TLSv1.3": "tls1.3", "TLSv1.2": "tls1.2", "TLSv1.1": "tls1.1", "TLSv1": "tls1.0", "SSLv3": "ssl3", "SSLv2": "ssl2",
}  # fmt: skip
_WEAK_PARTS = {"RC4", "NULL", "EXPORT", "EXP", "3DES", "DES", "CBC3", "RC2", "DES40", "IDEA"}
_DH_SHORTEST = 2048  # Bits of a Diffie-Hellman group: `weak_dh` (docs/checks.md), as RFC 9325 has it.
# What has to be settled before a host may be called safe. SSL 2.0 counts where it was asked for.
WEAKNESSES = frozenset({"ssl3", "tls1.0", "tls1.1", *FAMILIES})


@dataclass(slots=True)
class ProtocolJudgement:
    """spoken: whether any hello was accepted; None of the rest means anything when it was not.

    open: weaknesses that were asked for and met no answer, or were not asked for.
    """

    spoken: bool
    problems: set[str] = field(default_factory=set)
    facts: dict[str, Any] = field(default_factory=dict)
    open: frozenset[str] = frozenset()


def judge_protocols(connections: Sequence[Mapping[str, Any]]) -> ProtocolJudgement:
    """connections: as in the body of a `tls` capture."""
    by_tag = read_handshakes(connections)
    accepted = {tag: one for tag, one in by_tag.items() if one.result == "accepted"}
    judgement = ProtocolJudgement(spoken=bool(accepted))
    versions = _versions(accepted)
    settled = {tag for tag, one in by_tag.items() if one.settled}
    judgement.open = (WEAKNESSES | ({"ssl2"} & by_tag.keys())) - settled
    judgement.facts = _facts(by_tag, accepted, versions)
    if not accepted:
        return judgement
    if versions & set(OBSOLETE):
        judgement.problems.add("obsolete_protocol")
    refused = {tag for tag, one in by_tag.items() if one.result == "refused"}
    if not versions & set(MODERN) and refused >= set(MODERN):
        judgement.problems.add("no_modern_protocol")
    agreed = [accepted[tag] for tag in sorted(accepted)]
    if accepted.keys() & set(_WEAK_FAMILIES) or any(_is_weak(one) for one in agreed if one.tag != "anon"):
        judgement.problems.add("weak_cipher")
    if "anon" in accepted or any(_is_anonymous(one.cipher or "") for one in agreed):
        judgement.problems.add("anonymous_cipher")
    if _no_forward_secrecy(by_tag, versions):
        judgement.problems.add("no_forward_secrecy")
    if bits := [_dh_bits(one) for one in agreed if _dh_bits(one)]:
        judgement.facts["dh_bits"] = min(bits)
        if min(bits) < _DH_SHORTEST:
            judgement.problems.add("weak_dh")
    return judgement


def _versions(accepted: Mapping[str, Handshake]) -> set[str]:
    versions = accepted.keys() & set(VERSIONS)
    # The handshake by OpenSSL, and a family's hello, may have met a version that its own hello did not.
    named = {_NAMES.get(one.version or "", "") for one in accepted.values()}
    return versions | (named & set(VERSIONS))


def _facts(
    by_tag: Mapping[str, Handshake], accepted: Mapping[str, Handshake], versions: set[str]
) -> dict[str, Any]:
    default = by_tag.get("default")
    agreed = list(accepted.values())
    older = [one for one in agreed if one.version != "TLSv1.3"]
    return {
        "versions": [version for version in VERSIONS if version in versions],
        "cipher": default.cipher if default is not None else None,
        "unsettled": sorted(tag for tag, one in by_tag.items() if not one.settled),
        "families": sorted(accepted.keys() & set(FAMILIES)),
        "suites": sorted({one.cipher for one in agreed if one.cipher and one.tag not in WHOLE}),
        "group": default.group if default is not None else None,
        "groups": sorted({one.group for one in agreed if one.group and one.tag not in WHOLE}),
        "compression": _compresses(by_tag, agreed),
        "secure_renegotiation": _all(
            one.secure_renegotiation for one in older if one.secure_renegotiation is not None
        ),
        "extended_master_secret": _all(
            one.extended_master_secret for one in older if one.extended_master_secret is not None
        ),
        "client_certificate": any(one.asks_certificate for one in agreed),
        "without_sni": _without_sni(by_tag),
        "leaves": len({one.chain[0] for one in by_tag.values() if one.chain and one.tag != "no_sni"}) or None,
    }


def _compresses(by_tag: Mapping[str, Handshake], agreed: Sequence[Handshake]) -> bool | None:
    """None when there is nothing to tell from. TLS 1.3 has no compression, so a host that refuses all else has none."""
    seen = [one.compression != 0 for one in agreed if one.compression is not None]
    if seen:
        return any(seen)
    older = [by_tag[tag].result for tag in VERSIONS if tag in by_tag and tag != "tls1.3"]
    only = bool(agreed) and len(older) >= len(VERSIONS) - 2 and all(result == "refused" for result in older)
    return False if only else None


def _all(values: Iterable[bool]) -> bool | None:
    """None when there is nothing to tell from."""
    found = list(values)
    return all(found) if found else None


def _without_sni(by_tag: Mapping[str, Handshake]) -> str | None:
    """What a visitor who names no host meets: the "same" certificate, an "other" one, or that it is "refused"."""
    named, nameless = by_tag.get("default"), by_tag.get("no_sni")
    if named is None or nameless is None or not named.chain or not nameless.settled:
        return None
    if not nameless.chain:
        return "refused"
    return "same" if nameless.chain[0] == named.chain[0] else "other"


def _is_weak(one: Handshake) -> bool:
    return bool(set((one.cipher or "").upper().replace("-", "_").split("_")) & _WEAK_PARTS)


def _is_anonymous(cipher: str) -> bool:
    return cipher.startswith(("ADH-", "AECDH-")) or "_anon_" in cipher


def _ephemeral(cipher: str) -> bool:
    # Suites of TLS 1.3 name no key exchange, because all of theirs is ephemeral.
    return (
        cipher.startswith(("ECDHE-", "DHE-", "TLS_AES_", "TLS_CHACHA20_"))
        or "_ECDHE_" in cipher
        or "_DHE_" in cipher
    )


def _no_forward_secrecy(by_tag: Mapping[str, Handshake], versions: set[str]) -> bool:
    """Neither the full offer nor the newest version was agreed with an ephemeral key, nor was a DHE offer.

    Where all full offers were refused, a host that has nothing but weak suites shows its keys with those.
    """
    dhe = by_tag.get("dhe")
    if "tls1.3" in versions or dhe is None or dhe.result != "refused":
        return False
    asked = [by_tag[tag] for tag in ("default", *VERSIONS) if tag in by_tag]
    if all(one.result == "refused" for one in asked):
        asked = [by_tag[tag] for tag in _WEAK_FAMILIES if tag in by_tag]
    agreed = [one.cipher for one in asked if one.result == "accepted" and one.cipher]
    return bool(agreed) and not any(_ephemeral(cipher) for cipher in agreed)


def _dh_bits(one: Handshake) -> int:
    """Size of a finite-field group; 0 for anything else."""
    cipher = one.cipher or ""
    finite = cipher.startswith(("DHE-", "EDH-", "ADH-")) or "_DHE_" in cipher or "_DH_anon_" in cipher
    return (one.group_bits or 0) if finite or one.tag == "dhe" else 0
