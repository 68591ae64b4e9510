"""What a handshake witness proves: that the holder of a certificate's key answered this hello of ours, after its opening.

It does not prove what was served over other connections, that its time is the true one, or that the certificate is the host's: anybody may answer a
hello with a key of their own. Needs nothing but the witness and what it is said to be of.
"""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evidence.canonical import canonical_line
from evidence.witness.signature import BadSignature, signing_key
from evidence.witness.transcript import BadTranscript, Version, read_transcript

FORMAT = "govah-witness/1"
_BOUND = ("connection", "format", "host", "opening", "port", "round", "salt", "time")
_FIELDS = frozenset({*_BOUND, "messages", "sha256"})
_HASH = re.compile(r"[0-9a-f]{64}")
_LONGEST = 512 * 1024  # of the messages in Base64


class BadWitness(ValueError):
    """It proves nothing of what it is said to be of."""


@dataclass(frozen=True, slots=True)
class WitnessProof:
    """Whose key answered. round, opening: what the hello was bound to besides host, port and time; scheme to names_host: see
    `evidence.witness.signature.SigningKey`.
    """

    host: str
    port: int
    time: str
    round: str
    opening: tuple[str, ...]
    version: Version
    scheme: str
    certificate: str
    key: str
    names_host: bool


def prove(witness: object, *, host: str, port: int, time: str, round_id: str) -> WitnessProof:
    """host, port, time, round_id: of the capture that holds it. Raises BadWitness."""
    if not isinstance(witness, Mapping) or set(witness) != _FIELDS or witness["format"] != FORMAT:
        raise BadWitness("not the form of a witness")
    for name, wanted in (("host", host), ("port", port), ("time", time), ("round", round_id)):
        if witness[name] != wanted or type(witness[name]) is not type(wanted):
            raise BadWitness(f"{name}: it is of {str(witness[name])[:100]}, not of {wanted}")
    opening = witness["opening"]
    if not isinstance(opening, list) or not all(map(_is_hash, (*opening, witness["salt"]))):
        raise BadWitness("opening, salt: no hashes")
    if witness["connection"] not in ("tls1.3", "tls1.2"):
        raise BadWitness("connection: none that is bound")
    messages = _messages(witness)
    try:
        transcript = read_transcript(messages)
        bound = canonical_line({name: witness[name] for name in _BOUND})
        if hashlib.sha256(bound + transcript.hello).digest() != transcript.random:
            raise BadWitness("the hello is not bound to what it is said to be of")
        if transcript.server_name != _asked_for(host):
            raise BadWitness(f"the hello asks for {transcript.server_name[:100] or 'no host'}")
        key = signing_key(transcript, host.rstrip("."))
    except (BadTranscript, BadSignature) as error:
        raise BadWitness(str(error)) from None
    return WitnessProof(
        host,
        port,
        time,
        round_id,
        tuple(opening),
        transcript.version,
        key.scheme,
        key.certificate,
        key.key,
        key.names_host,
    )


def _is_hash(value: object) -> bool:
    return isinstance(value, str) and _HASH.fullmatch(value) is not None


def _messages(witness: Mapping[str, Any]) -> bytes:
    text = witness["messages"]
    if not isinstance(text, str) or len(text) > _LONGEST:
        raise BadWitness("messages: no text, or too much of it")
    try:
        messages = base64.b64decode(text, validate=True)
    except ValueError:
        raise BadWitness("messages: no Base64") from None
    if base64.b64encode(messages).decode("ascii") != text:  # several texts would be one witness
        raise BadWitness("messages: not as Base64 is written")
    if hashlib.sha256(messages).hexdigest() != witness["sha256"]:
        raise BadWitness("sha256: of other messages")
    return messages


def _asked_for(host: str) -> str:
    """The server name of a hello to this host: none for an address."""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return host.rstrip(".").encode("ascii", "replace").decode("ascii")
    return ""
