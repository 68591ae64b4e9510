"""False handshakes in a pack whose every seal is right: whoever holds the key recorded them. Both verifiers say the same."""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
import hashlib
import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from evidence.canonical import canonical, canonical_line
from evidence.fault import Faults
from evidence.kinds.tls import TlsFacts
from evidence.pack.format import PackContents, proof_text
from evidence.pack.witnesses import pack_witnesses
from evidence.records import Capture
from evidence.signing.merkle import InclusionProof, leaf_hash
from evidence.store.recording import HEADER, capture_text, parse_time, resource
from evidence.witness.transcript import BadTranscript, read_transcript
from tests.evidence.pack.canonical import zipped
from tests.evidence.pack.forging import signed_again
from tests.evidence.pack.handshakes import HOST, PORT, ROUND, TIME, certificate, holding, messages_of, witness
from tests.evidence.witness.record import STORED

STORED_WITNESSES: dict[str, Any] = json.loads(STORED.read_text(encoding="ascii"))
Members = dict[str, bytes]
Said = Literal["proved", "false", "no probe", "unnamed"]
ADDRESS, ADDRESS_6 = "192.0.2.7", "2001:db8::7"
# Why openssl is not asked about a row, or sees nothing there.
BINDING = "the signature is right: what the hello is bound to is not"
NO_HANDSHAKE = "there is no handshake that could be given to openssl"
STRICTER = "openssl takes this; as proof it is too weak, or of the wrong kind"
OTHER_FORM = "the handshake is right; what holds it is not in the one form that ours has"
NO_PROBE = "the record is no probe of ours"


@dataclass(frozen=True, slots=True)
class Row:
    """witness: what the body holds. said: by both verifiers. openssl: "accepts" or "refuses" the signature, or why it is not asked.

    facts: of the capture. head, body: what becomes of the capture's header and of the record's block.
    """

    name: str
    witness: Callable[[], Any]
    said: Said
    openssl: str
    facts: dict[str, Any] = field(default_factory=dict)
    head: Callable[[str], str] = str
    body: Callable[[bytes], bytes] = bytes


def _changed(**fields: Any) -> Callable[[], Any]:
    return lambda: {**witness(), **fields}


def _flipped(which: int, at: int, **options: Any) -> Callable[[], Any]:
    """A bit of a message, under a digest that is right. which: of the messages; at: byte in it."""

    def make() -> Any:
        made = witness(**options)
        content, start = bytearray(messages_of(made)), 0
        for _ in range(which):
            start += 4 + int.from_bytes(content[start + 1 : start + 4], "big")
        end = start + 4 + int.from_bytes(content[start + 1 : start + 4], "big")
        content[end + at if at < 0 else start + at] ^= 1
        return holding(
            {name: value for name, value in made.items() if name not in ("messages", "sha256")},
            bytes(content),
        )

    return make


def _messages(change: Callable[[bytes], bytes], **options: Any) -> Callable[[], Any]:
    def make() -> Any:
        made = witness(**options)
        return holding(
            {name: value for name, value in made.items() if name not in ("messages", "sha256")},
            change(messages_of(made)),
        )

    return make


def _long_form(signature: bytes) -> bytes:
    """The same two numbers, with a length that DER does not have."""
    return b"\x30\x81" + signature[1:]


def _padded(signature: bytes) -> bytes:
    """A zero more before the first number."""
    size = signature[3]
    return bytes([0x30, signature[1] + 1, 2, size + 1, 0]) + signature[4:]


def _stored(name: str) -> Callable[[], Any]:
    return lambda: STORED_WITNESSES[name]


ROWS = [
    *(Row(f"stored {name}", _stored(name), "proved", "accepts") for name in STORED_WITNESSES),
    Row("made 1.2", witness, "proved", "accepts"),
    Row("made 1.3", lambda: witness(newer=True), "proved", "accepts"),
    Row("p384 and p521", lambda: witness("p521", 0x0603, newer=True), "proved", "accepts"),
    Row("a curve of another size in 1.2", lambda: witness("p384", 0x0403), "proved", "accepts"),
    Row("rsa pss", lambda: witness("rsa", 0x0806, newer=True), "proved", "accepts"),
    Row("rsa pkcs1 in 1.2", lambda: witness("rsa", 0x0601), "proved", "accepts"),
    Row("ed25519", lambda: witness("ed25519", 0x0807), "proved", "accepts"),
    Row("ed448, which browsers do not know", lambda: witness("ed448", 0x0808), "proved", "accepts"),
    Row("secp256k1, which browsers do not know", lambda: witness("k256"), "proved", "accepts"),
    # names
    Row("another name", lambda: witness(names=("other.test",)), "unnamed", "accepts"),
    Row("no names", lambda: witness(names=()), "unnamed", "accepts"),
    Row("a wildcard", lambda: witness(names=("*.agency.test",)), "proved", "accepts"),
    Row("a wildcard too far up", lambda: witness(names=("*.test",)), "unnamed", "accepts"),
    Row("a wildcard for nothing", lambda: witness(names=("*.portal.agency.test",)), "unnamed", "accepts"),
    Row("a name in capitals", lambda: witness(names=("Portal.AGENCY.test",)), "proved", "accepts"),
    Row("an address", lambda: witness(names=(ADDRESS,), host=ADDRESS, asked=""), "proved", "accepts", {"host": ADDRESS}),
    Row("another address", lambda: witness(names=("192.0.2.8",), host=ADDRESS, asked=""), "unnamed", "accepts", {"host": ADDRESS}),
    Row("an address as a name", lambda: witness(names=(HOST,), host=ADDRESS, asked=""), "unnamed", "accepts", {"host": ADDRESS}),
    Row("an address of version 6", lambda: witness(names=(ADDRESS_6,), host=ADDRESS_6, asked=""), "proved", "accepts", {"host": ADDRESS_6}),
    Row("another of version 6", lambda: witness(names=("2001:db8::8",), host=ADDRESS_6, asked=""), "unnamed", "accepts", {"host": ADDRESS_6}),
    Row("almost an address", lambda: witness(names=("other.test",), host="999.1.1.1"), "unnamed", "accepts", {"host": "999.1.1.1"}),
    Row("almost an address of version 6", lambda: witness(host="x:y"), "unnamed", "accepts", {"host": "x:y"}),
    Row("a name with a point behind it", lambda: witness(host=f"{HOST}.", asked=HOST), "proved", "accepts", {"host": f"{HOST}."}),
    # what the hello is bound to
    Row("another host", witness, "false", BINDING, {"host": "other.test"}),
    Row("another host, relabelled", _changed(host="other.test"), "false", BINDING, {"host": "other.test"}),
    Row("another name asked for", lambda: witness(asked="other.test"), "false", BINDING),
    Row("no name asked for", lambda: witness(asked=""), "false", BINDING),
    Row("another port", _changed(port=8443), "false", BINDING),
    Row("a port with a point", _changed(port=443.0), "false", BINDING),
    Row("a port of text", _changed(port="443"), "false", BINDING),
    Row("another time", _changed(time="2026-12-01T10:00:00.000001Z"), "false", BINDING),
    Row("another round", _changed(round="round-0"), "false", BINDING),
    Row("another opening", _changed(opening=["3" * 64]), "false", BINDING),
    Row("an opening of text", _changed(opening="1" * 64), "false", BINDING),
    Row("an opening of no hashes", _changed(opening=["x"]), "false", BINDING),
    Row("another salt", _changed(salt="3" * 64), "false", BINDING),
    Row("a salt of no hash", _changed(salt="2" * 63), "false", BINDING),
    Row("another connection", _changed(connection="tls1.3"), "false", BINDING),
    Row("an unknown connection", _changed(connection="tls1.1"), "false", BINDING),
    Row("another format", _changed(format="govah-witness/0"), "false", BINDING),
    Row("one field more", _changed(note="trust me"), "false", BINDING),
    Row("one field less", lambda: {name: value for name, value in witness().items() if name != "salt"}, "false", BINDING),
    Row("another digest", _changed(sha256="3" * 64), "false", BINDING),
    Row("a list", list, "false", NO_HANDSHAKE),
    Row("a text", lambda: "trust me", "false", NO_HANDSHAKE),
    # the messages
    Row("no messages", _messages(lambda _: b""), "false", NO_HANDSHAKE),
    Row("messages of spaces", _changed(messages=" "), "false", NO_HANDSHAKE),
    Row("a line end in base64", lambda: {**witness(), "messages": witness()["messages"] + "\n"}, "false", OTHER_FORM),
    Row("base64 without its end", lambda: {**witness(), "messages": witness()["messages"].rstrip("=")[:-1]}, "false", NO_HANDSHAKE),
    Row("cut", _messages(lambda made: made[:-9]), "false", NO_HANDSHAKE),
    Row("one byte more", _messages(lambda made: made + b"\x00"), "false", NO_HANDSHAKE),
    Row("one message more", _messages(lambda made: made + b"\x0e\x00\x00\x00"), "false", NO_HANDSHAKE),
    Row("too many bytes", _messages(lambda made: made + bytes(1 << 19)), "false", NO_HANDSHAKE),
    Row("a bit of the hello", _flipped(0, 10, newer=True), "false", "refuses"),
    Row("a bit of the answer's random", _flipped(1, 10, newer=True), "false", "refuses"),
    Row("a bit of the answer's random in 1.2", _flipped(1, 10), "false", "refuses"),
    Row("a bit of the parameters in 1.2", _flipped(3, 12), "false", "refuses"),
    Row("a bit of the certificate", _flipped(3, -3, newer=True), "false", "refuses"),
    Row("a bit of the signature", _flipped(4, -1, newer=True), "false", "refuses"),
    Row("a bit of the scheme", _flipped(4, 5, newer=True), "false", STRICTER),
    Row("no certificate", lambda: witness(leaf=b"\x00"), "false", NO_HANDSHAKE),
    # the signature
    Row("an empty signature", lambda: witness(signature=lambda _: b""), "false", "refuses"),
    Row("a length that is not der", lambda: witness(signature=_long_form), "false", "refuses"),
    Row("a number with a zero more", lambda: witness(signature=_padded), "false", "refuses"),
    Row("behind the signature", lambda: witness("ed25519", 0x0807, signature=lambda made: made + b"\x00"), "false", "refuses"),
    Row("another key", lambda: witness(leaf=certificate("rsa", (HOST,))), "false", "refuses"),
    Row("another key of the kind", lambda: witness(leaf=certificate("another p256", (HOST,))), "false", "refuses"),
    Row("sha-1", lambda: witness(scheme=0x0203), "false", STRICTER),
    Row("pkcs1 in 1.3", lambda: witness("rsa", 0x0401, newer=True), "false", STRICTER),
    Row("a curve of another size in 1.3", lambda: witness("p384", 0x0403, newer=True), "false", STRICTER),
    # the record of the probe
    Row("of another kind", witness, "no probe", NO_PROBE, head=lambda text: text.replace('"kind":"tls"', '"kind":"dns"')),
    Row("a host of a number", witness, "no probe", NO_PROBE, {"host": 7}),
    Row("a port of truth", witness, "no probe", NO_PROBE, {"port": True}),
    Row("a port past all numbers", witness, "no probe", NO_PROBE, {"port": 2**53}),
    Row("a time without a zone", witness, "no probe", NO_PROBE, head=lambda text: text.replace('00Z"', '00"')),
    Row("a time of another form", witness, "no probe", NO_PROBE, head=lambda text: text.replace('.000000Z"', 'Z"')),
    Row("spaces in the head", witness, "no probe", NO_PROBE, head=lambda text: text.replace(",", ", ")),
    Row("a name twice in the head", witness, "no probe", NO_PROBE, head=lambda text: text.replace('"kind"', '"kind":"tls","kind"')),
    Row("no head", witness, "no probe", NO_PROBE, head=lambda _: "null"),
    Row("a body of spaces", witness, "false", OTHER_FORM, body=lambda block: block.replace(b'":', b'": ')),
    Row("a name twice in the body", witness, "false", OTHER_FORM, body=lambda block: block[:-1] + b',"witness":null}'),
    Row("a body of no object", witness, "false", OTHER_FORM, body=lambda _: b"[]"),
    Row("a body without end", witness, "false", OTHER_FORM, body=lambda _: b"[" * 50_000),
]  # fmt: skip


def pack_of(row: Row, packed: Any) -> Members:
    """The pack of a probe, with another record in its place: the round holds no other, and the auditor sealed it."""
    members = packed.members(packed.PROBE)
    contents = PackContents.parse(members["pack.json"])
    facts = {"host": HOST, "port": PORT, "address": "127.0.0.1", "connections": 1, **row.facts}
    capture = Capture(
        contents.records[0].capture, 1, "tls", "a", f"{HOST}:{PORT}", parse_time(TIME), "tehran-1", "host", 1, "0" * 64,
        TlsFacts(**facts),
    )  # fmt: skip
    block = row.body(canonical({"witness": row.witness()}).encode())
    text = capture_text(capture)
    content = resource(capture, block)[0].record.replace(
        f"{HEADER}: {text}\r\n".encode(), f"{HEADER}: {row.head(text)}\r\n".encode()
    )
    leaf = leaf_hash(content)
    tree = {"count": 1, "root": leaf.hex()}
    manifest = json.loads(members["manifest.json"])
    manifest |= {"round": ROUND, "records": {**tree, "shards": {"shard-0001": tree}}}
    evidence = canonical_line(manifest)
    judged = json.loads(members["findings.manifest.json"])
    judged |= {"round": ROUND, "evidence": hashlib.sha256(evidence).hexdigest()}
    findings = canonical_line(judged)
    signer = packed.signer
    ways = [(name, InclusionProof(0, 1, ())) for name in ("shard-0001", "shards")]
    forged = {
        **members,
        "records/1.warc": content,
        "proofs/record-1.txt": proof_text(leaf, ways),
        "manifest.json": evidence,
        "manifest.sig": signer.sign(evidence),
        "findings.manifest.json": findings,
        "findings.manifest.sig": signer.sign(findings),
    }
    record = dataclasses.replace(contents.records[0], leaf=leaf.hex(), size=len(content))
    return signed_again(forged, signer, records=(record,), round=ROUND)


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_a_handshake_proves_what_it_proves(
    packed: Any, check: Callable[..., Any], tmp_path: Path, row: Row
) -> None:
    members = pack_of(row, packed)
    found = check(members)
    assert found.faults == ()
    path, faults = tmp_path / "again.zip", Faults()
    path.write_bytes(zipped(members.items()))
    told = pack_witnesses(path, found.contents, faults)
    problems = [(fault.file, fault.problem) for fault in faults.found()]
    assert problems == ([("records/1.warc", "invalid_witness")] if row.said == "false" else [])
    names = [proof.names_host for proof in told.proofs.values()]
    assert names == {"proved": [True], "unnamed": [False]}.get(row.said, [])


def test_the_table_is_long_and_says_of_each_row_what_openssl_does() -> None:
    assert len({row.name for row in ROWS}) == len(ROWS) >= 60
    assert {row.openssl for row in ROWS} == {
        "accepts",
        "refuses",
        BINDING,
        NO_HANDSHAKE,
        STRICTER,
        NO_PROBE,
        OTHER_FORM,
    }
    assert all(row.said in ("proved", "unnamed") for row in ROWS if row.openssl == "accepts")


_HASHES = {4: "sha256", 5: "sha384", 6: "sha512"}


def _openssl_accepts(messages: bytes, folder: Path) -> bool | None:
    """Whether openssl takes the signature; None where it has no such scheme for the certificate's key, or no handshake."""
    try:
        transcript = read_transcript(messages)
        key = x509.load_der_x509_certificate(transcript.leaf).public_key()
    except (BadTranscript, ValueError):
        return None
    pem = key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    for name, content in {
        "key.pem": pem,
        "signed": transcript.signed,
        "signature": transcript.signature,
    }.items():
        (folder / name).write_bytes(content)
    high, low = divmod(transcript.scheme, 256)
    if high == 8 and low > 6:
        command = [
            "pkeyutl",
            "-verify",
            "-pubin",
            "-inkey",
            "key.pem",
            "-rawin",
            "-in",
            "signed",
            "-sigfile",
            "signature",
        ]
    else:
        pss = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"] if high == 8 else []
        hash_name = {4: "sha256", 5: "sha384", 6: "sha512"}[low] if high == 8 else _HASHES.get(high, "sha1")
        command = ["dgst", f"-{hash_name}", *pss, "-verify", "key.pem", "-signature", "signature", "signed"]
    return subprocess.run(["openssl", *command], cwd=folder, capture_output=True).returncode == 0


@pytest.mark.thorough
@pytest.mark.processes
def test_openssl_says_the_same_of_every_handshake(tmp_path: Path) -> None:
    """It is asked about each that can be read; where its word is another, the row says why."""
    for row in ROWS:
        held = row.witness()
        try:
            messages = base64.b64decode(held["messages"], validate=False)
        except (TypeError, KeyError, ValueError):
            messages = b""
        answer = _openssl_accepts(messages, tmp_path)
        wanted = {"refuses": False, NO_HANDSHAKE: None}.get(row.openssl, True)
        assert answer is wanted, row.name


@pytest.mark.thorough
@pytest.mark.processes
@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({}, "OK"),
        ({"until": dt.datetime(2026, 11, 1, tzinfo=dt.UTC)}, "certificate has expired"),
        ({"issuer": "p521"}, "unable to get local issuer certificate"),
    ],
    ids=["chain", "expired", "of another authority"],
)
def test_openssl_alone_asks_who_issued_the_certificate(
    packed: Any, check: Callable[..., Any], tmp_path: Path, options: dict[str, Any], says: str
) -> None:
    """A witness says whose key answered, and the texts say that it says no more."""
    leaf = certificate("p256", (HOST,), **{"issuer": "p384", **options})
    row = Row("", lambda: witness(leaf=leaf), "proved", "accepts")
    test_a_handshake_proves_what_it_proves(packed, check, tmp_path, row)
    for name, der in {"leaf.pem": leaf, "root.pem": certificate("p384", (), authority=True)}.items():
        pem = x509.load_der_x509_certificate(der).public_bytes(serialization.Encoding.PEM)
        (tmp_path / name).write_bytes(pem)
    at = str(int(parse_time(TIME).timestamp()))
    command = ["openssl", "verify", "-attime", at, "-CAfile", "root.pem", "leaf.pem"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert says in done.stdout + done.stderr
