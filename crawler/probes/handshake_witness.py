"""Hellos that are bound to a probe, and the handshake that answered one: what others can verify offline.

The random of such a hello is a hash over what the probe is of and over the hello itself. A server signs it, so that
no transcript of another host, round or hello can stand in its place. How it is verified: `evidence.witness`.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

from evidence.canonical import canonical_line
from evidence.witness.proof import BadWitness, prove

FORMAT = "govah-witness/1"
_RANDOM = slice(11, 43)  # of the record of a ClientHello


@dataclass(frozen=True, slots=True)
class HelloBinding:
    """What a hello is bound to. opening: SHA-256 of what the round was opened with (`evidence.opening.commitments`). time: of the capture."""

    round: str
    opening: tuple[str, ...]
    host: str
    port: int
    time: str

    def bind(self, tag: str, hello: bytes) -> tuple[bytes, HandshakeWitness]:
        """The hello with its random, and what is known of the handshake before there is an answer."""
        witness = HandshakeWitness(self, tag, secrets.token_hex(32))
        blank = hello[: _RANDOM.start] + bytes(32) + hello[_RANDOM.stop :]
        random = hashlib.sha256(witness.bound + blank[5:]).digest()
        return hello[: _RANDOM.start] + random + hello[_RANDOM.stop :], witness


@dataclass(slots=True)
class HandshakeWitness:
    """messages: of the handshake, from our hello to the server's signature; b"" while there is no signature."""

    binding: HelloBinding
    connection: str
    salt: str
    messages: bytes = b""

    @property
    def _known(self) -> dict[str, Any]:
        binding = self.binding
        return {
            "connection": self.connection,
            "format": FORMAT,
            "host": binding.host,
            "opening": list(binding.opening),
            "port": binding.port,
            "round": binding.round,
            "salt": self.salt,
            "time": binding.time,
        }

    @property
    def bound(self) -> bytes:
        return canonical_line(self._known)

    @property
    def proves(self) -> bool:
        """Only what verifies now is kept, so that one which does not verify later was changed. A host may sign nonsense."""
        binding = self.binding
        try:
            prove(
                self.as_json(),
                host=binding.host,
                port=binding.port,
                time=binding.time,
                round_id=binding.round,
            )
        except BadWitness:
            return False
        return True

    def as_json(self) -> dict[str, Any]:
        digest = hashlib.sha256(self.messages).hexdigest()
        messages = base64.b64encode(self.messages).decode("ascii")
        return {**self._known, "messages": messages, "sha256": digest}
