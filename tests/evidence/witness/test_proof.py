"""Stored handshakes verified from their bytes alone: every changed byte, every other host, round and hello is noticed."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from evidence.canonical import canonical
from evidence.witness.proof import BadWitness, WitnessProof, prove
from evidence.witness.transcript import read_transcript
from tests.evidence.witness.record import STORED

WITNESSES: dict[str, dict[str, Any]] = json.loads(STORED.read_text(encoding="ascii"))
NAMES = sorted(WITNESSES)
_OF = {
    "host": "portal.agency.test",
    "port": 443,
    "time": "2026-12-01T10:00:00.000000Z",
    "round_id": "round-1",
}


def proved(witness: object, **other: Any) -> WitnessProof:
    return prove(witness, **{**_OF, **other})


def messages_of(name: str) -> bytes:
    return base64.b64decode(WITNESSES[name]["messages"])


def holding(name: str, messages: bytes) -> dict[str, Any]:
    """As somebody writes it who knows what the fields say."""
    text = base64.b64encode(messages).decode("ascii")
    return {**WITNESSES[name], "messages": text, "sha256": hashlib.sha256(messages).hexdigest()}


def parts(messages: bytes) -> Iterator[tuple[int, int, int]]:
    """(kind, start, end) of each message."""
    at = 0
    while at < len(messages):
        end = at + 4 + int.from_bytes(messages[at + 1 : at + 4], "big")
        yield messages[at], at, end
        at = end


@pytest.mark.parametrize("name", NAMES)
def test_what_was_recorded_is_proved(name: str) -> None:
    found = proved(WITNESSES[name])
    assert found.version == f"TLSv{name[:3]}"
    assert found.names_host
    leaf = read_transcript(messages_of(name)).leaf
    assert found.certificate == hashlib.sha256(leaf).hexdigest()


@pytest.mark.parametrize("name", NAMES)
def test_every_changed_byte_of_a_witness_is_noticed(name: str) -> None:
    text = canonical(WITNESSES[name]).encode()
    for at in range(len(text)):
        changed = text[:at] + bytes([text[at] ^ 1]) + text[at + 1 :]
        try:
            read = json.loads(changed)
        except ValueError:
            continue
        with pytest.raises(BadWitness):
            proved(read)


@pytest.mark.parametrize("name", NAMES)
def test_a_changed_byte_under_a_new_digest_is_noticed_wherever_the_server_signed(name: str) -> None:
    """In TLS 1.3 that is every byte; in TLS 1.2 the hello that is bound, the randoms, the parameters and the key."""
    messages = messages_of(name)
    unsigned: set[int] = set()
    if name.startswith("1.2"):
        _, hello, certificate, *_ = parts(messages)
        unsigned = {*range(*hello[1:]), *range(*certificate[1:])} - {*range(hello[1] + 6, hello[1] + 38)}
        leaf = x509.load_der_x509_certificate(read_transcript(messages).leaf)
        key = leaf.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        unsigned -= {*range(messages.index(key), messages.index(key) + len(key))}
    unnoticed = set()
    for at in range(len(messages)):
        try:
            proved(holding(name, messages[:at] + bytes([messages[at] ^ 0x10]) + messages[at + 1 :]))
        except BadWitness:
            continue
        unnoticed.add(at)
    assert unnoticed <= unsigned


@pytest.mark.parametrize("name", NAMES)
def test_a_part_and_more_than_the_whole_are_nothing(name: str) -> None:
    messages = messages_of(name)
    for end in range(0, len(messages), 7):
        with pytest.raises(BadWitness):
            proved(holding(name, messages[:end]))
    for kind, start, end in parts(messages):
        with pytest.raises(BadWitness):
            proved(holding(name, messages[:start] + messages[end:]))
        with pytest.raises(BadWitness):
            proved(holding(name, messages[:end] + messages[start:]))
        with pytest.raises(BadWitness):
            proved(holding(name, messages + bytes([kind, 0, 0, 0])))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("field", "other"),
    [
        ("host", "other.agency.test"),
        ("port", 8443),
        ("port", True),
        ("time", "2026-12-01T10:00:01.000000Z"),
        ("round", "round-2"),
        ("salt", "0" * 64),
        ("opening", []),
        ("opening", ["1" * 64]),
        ("connection", "tls1.1"),
        ("format", "govah-witness/2"),
    ],
)
def test_a_transcript_of_another_host_round_or_hello_is_refused(name: str, field: str, other: Any) -> None:
    """As it stands, and once it says that it is of what is asked for."""
    of = (
        {"round_id" if field == "round" else field: other}
        if field in ("host", "port", "time", "round")
        else {}
    )
    if of:
        with pytest.raises(BadWitness):
            proved(WITNESSES[name], **of)
    with pytest.raises(BadWitness):
        proved({**WITNESSES[name], field: other}, **of)


@pytest.mark.parametrize("name", NAMES)
def test_messages_of_one_probe_prove_nothing_of_another(name: str) -> None:
    for other in NAMES:
        if other != name:
            with pytest.raises(BadWitness):
                proved(holding(name, messages_of(other)))


def test_what_is_no_witness_is_refused() -> None:
    values: tuple[object, ...] = (
        None,
        [],
        "",
        7,
        {},
        {"format": "govah-witness/1"},
        dict.fromkeys(WITNESSES[NAMES[0]]),
    )
    for value in values:
        with pytest.raises(BadWitness):
            proved(value)


@pytest.mark.parametrize("field", sorted(WITNESSES[NAMES[0]]))
def test_fields_of_another_kind_are_refused(field: str) -> None:
    values: tuple[object, ...] = (None, 7, "", "ÿ", [[]], {"a": 1}, "A" * 600_000)
    for value in values:
        with pytest.raises(BadWitness):
            proved({**WITNESSES[NAMES[0]], field: value})


@pytest.mark.processes
@pytest.mark.parametrize("name", NAMES)
def test_openssl_finds_the_same_signature(name: str, tmp_path: Path) -> None:
    transcript = read_transcript(messages_of(name))
    key = x509.load_der_x509_certificate(transcript.leaf).public_key()
    files = {
        "key.pem": key.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        ),
        "signed": transcript.signed,
        "signature": transcript.signature,
    }
    for file, content in files.items():
        (tmp_path / file).write_bytes(content)
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "key.pem", "-rawin", "-in", "signed"]
    command += ["-sigfile", "signature"]
    scheme = proved(WITNESSES[name]).scheme
    if scheme != "ed25519":
        command += ["-digest", scheme[-6:]]
    if "pss" in scheme:
        command += ["-pkeyopt", "rsa_padding_mode:pss", "-pkeyopt", "rsa_pss_saltlen:digest"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    (tmp_path / "signed").write_bytes(transcript.signed[:-1])
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode != 0
