"""The recorded connections of a probe, read anew from their bytes: what each hello offered and what it met. Pure.

The prober's own reading of a flight is never taken where the bytes were kept: a rule that reads them better later
judges old rounds too. What bytes cannot tell (a time-out, a whole handshake) is the prober's word.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from web.tls_flight import SSL2, outcome, read_flight, read_offer, read_ssl2_flight

OBSOLETE = ("ssl2", "ssl3", "tls1.0", "tls1.1")
MODERN = ("tls1.2", "tls1.3")
VERSIONS = (*OBSOLETE, *MODERN)
FAMILIES = ("rc4", "3des", "null", "anon", "export", "dhe")
WHOLE = ("default", "no_sni")  # handshakes by OpenSSL, carried through
# Negative answers without words. A server may mean them for the hello, a firewall for us.
_WORDLESS = ("reset", "closed", "not_tls")
_ENDS = ("timeout", "reset", "connect_refused")
_SETTLED = ("accepted", "refused")


@dataclass(frozen=True, slots=True)
class Handshake:
    """One connection. result: as the prober has it, where the bytes do not say better. Flight facts: None when
    there is none to tell from. chain: places of its certificates in the capture.
    """

    tag: str
    result: str
    version: str | None = None
    cipher: str | None = None
    alert: int | None = None
    group_bits: int | None = None
    group: str | None = None
    compression: int | None = None
    secure_renegotiation: bool | None = None
    extended_master_secret: bool | None = None
    asks_certificate: bool = False
    chain: tuple[int, ...] = ()

    @property
    def settled(self) -> bool:
        return self.result in _SETTLED


def read_handshakes(connections: Sequence[Mapping[str, Any]]) -> dict[str, Handshake]:
    """By tag, in the order of the capture, wordless refusals told from unanswered hellos."""
    read = [_read(connection) for connection in connections]
    last = max((place for place, one in enumerate(read) if one.result == "accepted"), default=-1)
    control = next((one for one in read if one.tag == "control"), None)
    # At the end the host did not even answer what it had accepted before.
    shut_out = control is not None and control.result != "accepted"
    settled: list[Handshake] = []
    for place, one in enumerate(read):
        if one.result in _WORDLESS and place < last and not shut_out:
            settled.append(replace(one, result="refused"))
        elif one.result == "refused" and place > last and shut_out:
            settled.append(replace(one, result="error"))  # its alert may have been for us as well
        else:
            settled.append(one)
    return {one.tag: one for one in settled}


def _read(connection: Mapping[str, Any]) -> Handshake:
    tag = str(connection["tag"])
    said = Handshake(
        tag,
        str(connection["result"]),
        connection["version"],
        connection["cipher"],
        connection["alert"],
        connection["group_bits"],
        chain=tuple(connection.get("chain", ())),
    )
    sent, received = recorded_bytes(connection["sent"]), recorded_bytes(connection["received"])
    if said.result == "refused" and not received and said.alert is None:
        return replace(said, result="closed")
    offer = read_offer(sent)
    if offer is None or not received:
        return said
    flight = (read_ssl2_flight if offer.version == SSL2 else read_flight)(received)
    if flight.kind == "hello":
        said = replace(
            said,
            group_bits=flight.group_bits,
            group=flight.group_name,
            compression=flight.compression if offer.compression else None,
            # A server may not answer with what was not offered.
            secure_renegotiation=flight.secure_renegotiation if offer.secure_renegotiation else None,
            extended_master_secret=flight.extended_master_secret if offer.extended_master_secret else None,
            asks_certificate=flight.asks_certificate,
        )
    if tag in WHOLE:
        return said
    result = outcome(offer, flight, exactly=tag in VERSIONS or tag == "control")
    if result is None:  # bytes that say nothing: how the connection ended, if that was seen
        result = said.result if said.result in _ENDS else "error"
    return replace(
        said, result=result, version=flight.version_name, cipher=flight.cipher_name, alert=flight.alert
    )


def recorded_bytes(text: str) -> bytes:
    """Bytes of the wire, as captures keep them in Base64; none where it is not Base64."""
    try:
        return base64.b64decode(text)
    except (binascii.Error, ValueError):
        return b""
