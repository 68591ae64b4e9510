"""What a host agrees to in a TLS handshake, from the prober's recorded connections. Pure.

A hello that got no answer proves nothing: it is listed as unsettled, never as refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_OBSOLETE = ("ssl2", "ssl3", "tls1.0", "tls1.1")
_MODERN = ("tls1.2", "tls1.3")
_VERSIONS = (*_OBSOLETE, *_MODERN)
_WEAK_FAMILIES = ("rc4", "3des", "null", "export")
_NAMES = {"TLSv1.3": "tls1.3", "TLSv1.2": "tls1.2", "TLSv1.1": "tls1.1", "TLSv1": "tls1.0", "SSLv3": "ssl3"}
_SETTLED = ("accepted", "refused")
_DH_SHORTEST = 2048


@dataclass(slots=True)
class ProtocolJudgement:
    """spoken: whether any hello was accepted; None of the rest means anything when it was not."""

    spoken: bool
    problems: set[str] = field(default_factory=set)
    facts: dict[str, Any] = field(default_factory=dict)


def judge_protocols(connections: Sequence[Mapping[str, Any]]) -> ProtocolJudgement:
    """connections: as in the body of a `tls` capture."""
    by_tag = {str(connection["tag"]): connection for connection in connections}
    results = {tag: str(connection["result"]) for tag, connection in by_tag.items()}
    accepted = {tag for tag, result in results.items() if result == "accepted"}
    judgement = ProtocolJudgement(spoken=bool(accepted))
    default = by_tag.get("default")
    versions = accepted & set(_VERSIONS)
    if default is not None and "default" in accepted:
        version = str(default["version"] or "")
        versions.add(_NAMES.get(version, version.lower()))
    judgement.facts = {
        "versions": [version for version in _VERSIONS if version in versions],
        "cipher": default["cipher"] if default is not None else None,
        "unsettled": sorted(tag for tag, result in results.items() if result not in _SETTLED),
        "families": sorted(accepted - set(_VERSIONS) - {"default"}),
    }
    if not accepted:
        return judgement
    if versions & set(_OBSOLETE):
        judgement.problems.add("obsolete_protocol")
    if not versions & set(_MODERN) and all(results.get(tag) == "refused" for tag in _MODERN):
        judgement.problems.add("no_modern_protocol")
    agreed = [by_tag[tag] for tag in sorted(accepted)]
    if accepted & set(_WEAK_FAMILIES) or any(
        _is_weak(connection) for connection in agreed if connection["tag"] != "anon"
    ):
        judgement.problems.add("weak_cipher")
    if "anon" in accepted or any(_is_anonymous(str(connection["cipher"] or "")) for connection in agreed):
        judgement.problems.add("anonymous_cipher")
    if _no_forward_secrecy(by_tag, results, versions):
        judgement.problems.add("no_forward_secrecy")
    if bits := [_dh_bits(connection) for connection in agreed if _dh_bits(connection)]:
        judgement.facts["dh_bits"] = min(bits)
        if min(bits) < _DH_SHORTEST:
            judgement.problems.add("weak_dh")
    return judgement


def _is_weak(connection: Mapping[str, Any]) -> bool:
    name = str(connection["cipher"] or "").upper()
    parts = set(name.replace("-", "_").split("_"))
    return bool(parts & {"RC4", "NULL", "EXPORT", "EXP", "3DES", "DES", "CBC3", "RC2", "DES40"})


def _is_anonymous(cipher: str) -> bool:
    return cipher.startswith(("ADH-", "AECDH-")) or "_anon_" in cipher


def _ephemeral(cipher: str) -> bool:
    # Suites of TLS 1.3 name no key exchange, because all of theirs is ephemeral.
    return (
        cipher.startswith(("ECDHE-", "DHE-", "TLS_AES_", "TLS_CHACHA20_"))
        or "_ECDHE_" in cipher
        or "_DHE_" in cipher
    )


def _no_forward_secrecy(
    by_tag: Mapping[str, Mapping[str, Any]], results: Mapping[str, str], versions: set[str]
) -> bool:
    """Neither the full offer nor the newest version was agreed with an ephemeral key, nor was a DHE offer."""
    if "tls1.3" in versions or results.get("dhe") != "refused":
        return False
    agreed = [
        str(by_tag[tag]["cipher"] or "")
        for tag in ("default", *_VERSIONS)
        if results.get(tag) == "accepted" and by_tag[tag]["cipher"]
    ]
    return bool(agreed) and not any(_ephemeral(cipher) for cipher in agreed)


def _dh_bits(connection: Mapping[str, Any]) -> int:
    """Size of a finite-field group; 0 for anything else."""
    cipher = str(connection["cipher"] or "")
    finite = cipher.startswith(("DHE-", "EDH-")) or "_DHE_" in cipher or connection["tag"] == "dhe"
    return int(connection["group_bits"] or 0) if finite else 0
