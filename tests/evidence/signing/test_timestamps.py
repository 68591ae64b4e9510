"""Time stamps over opening checkpoint and seal: got from a real authority, kept as they came, held against OpenSSL."""

from __future__ import annotations

import datetime as dt
import os
import random
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import tsp
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.x509.oid import ExtendedKeyUsageOID

from evidence import layout
from evidence.errors import EvidenceError
from evidence.fault import Fault, Faults
from evidence.signing.timestamp_chain import Roots, parse_roots
from evidence.signing.timestamp_token import MOST_BYTES, BadToken, nonce_of, read, request
from evidence.timestamps import (
    TOLERANCE,
    AuthoritySilent,
    StampAttempt,
    Timestamp,
    TimestampService,
    authority_id,
    counted,
    missing,
    stamp,
)
from evidence.verify.folder import verify
from evidence.verify.timestamps import check_timestamps
from fixtures.authority import DAY, Authority, Identity, Usage, info_of, refusal, wrap
from tests.depth import some, tries

pytestmark = pytest.mark.processes

CHANGED = tries(30, 600)
NONCE = 0x1404_1404_1404
ADDRESS, OTHER = "http://tsa.test/tsr", "http://tsa.example/"


class Lab:
    """An authority with signers of every kind, and another one that nobody named."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.authority = Authority(folder / "authority")
        self.stranger = Authority(folder / "stranger", "Other Root")
        issue = self.authority.issue
        between = issue("between", kind="ec", usage=Usage((), issuer=True))
        stamps = ExtendedKeyUsageOID.TIME_STAMPING
        past = dt.datetime(2020, 1, 1, tzinfo=dt.UTC), dt.datetime(2021, 1, 1, tzinfo=dt.UTC)
        self.signers: dict[str, Identity] = {
            "rsa": issue("rsa"),
            "ec": issue("ec", kind="ec"),
            "ed25519": issue("ed25519", kind="ed25519"),
            "between": between,
            "deep": issue("deep", kind="ec", by=between),
            "expired": issue("expired", kind="ec", valid=past),
            "no_usage": issue("no_usage", kind="ec", usage=Usage(())),
            "soft": issue("soft", kind="ec", usage=Usage(critical=False)),
            "more": issue("more", kind="ec", usage=Usage((stamps, ExtendedKeyUsageOID.CLIENT_AUTH))),
            "agrees": issue("agrees", kind="ec", usage=Usage(agreement=True)),
            "root": self.authority.root,
            "stranger": self.stranger.issue("stranger", kind="ec"),
        }
        self._replies: dict[tuple[str, bytes], bytes] = {}

    @property
    def roots(self) -> Roots:
        return parse_roots(self.authority.root.certificate.read_bytes())

    def reply(self, name: str, query: bytes) -> bytes:
        """Of REPLIES; made once for the same request."""
        if (name, query) not in self._replies:
            self._replies[name, query] = REPLIES[name][0](self, query)
        return self._replies[name, query]

    def stamp(self, query: bytes, signer: str = "rsa", **options: Any) -> bytes:
        return self.authority.stamp(query, self.signers[signer], **options)

    def forge(self, query: bytes, signer: str, *options: str, **fields: object) -> bytes:
        info = info_of(self.stamp(query))
        for name, value in fields.items():
            info[name] = value
        return self.authority.forge(info.dump(force=True), self.signers[signer], *options)

    def stamping(
        self, answer: Callable[[bytes], bytes], *, roots: bool = True, now: dt.datetime | None = None
    ) -> TimestampService:
        numbers = random.Random(1404)
        return TimestampService(
            authorities=(ADDRESS,),
            ask=lambda address, query: answer(query),
            nonce=lambda: numbers.getrandbits(64),
            now=lambda: now or dt.datetime.now(dt.UTC),
            roots=self.roots if roots else None,
        )

    def openssl_accepts(self, evidence: Path, over: str = layout.SEALED) -> bool:
        """What the reference says of the token that lies there, by what it is over and by its request."""
        asked, replied = (evidence / name for name in layout.stamp_names(over, authority_id(ADDRESS)))
        data = self.folder / "data"
        first = (evidence / "checkpoints.jsonl").read_bytes().splitlines(keepends=True)[0]
        data.write_bytes(first if over == layout.OPENING else (evidence / f"{over}.sig").read_bytes())
        root = self.authority.root.certificate
        return all(
            subprocess.run(
                ["openssl", "ts", "-verify", *by, "-in", replied, "-CAfile", root], capture_output=True
            ).returncode
            == 0
            for by in (("-data", data), ("-queryfile", asked))
        )


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    return Lab(tmp_path_factory.mktemp("authorities"))


@pytest.fixture(scope="module")
def sealed_now(tmp_path_factory: pytest.TempPathFactory, new_round: Callable[[Path], Any]) -> Any:
    """A round of just now, for the authority's clock is the real one. To be copied, not written to."""
    made = new_round(tmp_path_factory.mktemp("sealed"))
    made.time = dt.datetime.now(dt.UTC)
    with made.open() as writer:
        made.fill(writer, 2)
    made.seal()
    return made


@pytest.fixture
def sealed(sealed_now: Any, tmp_path: Path, new_round: Callable[[Path], Any]) -> Any:
    folder = tmp_path / "round"
    shutil.copytree(sealed_now.folder, folder)
    copied = new_round(folder)
    copied.time = sealed_now.time
    copied.skip_ids(1000)
    return copied


def plant(evidence: Path, reply: Callable[[bytes], bytes], over: str = layout.SEALED) -> bytes:
    """Puts a reply beside the evidence, whatever it is worth; the request that it would answer."""
    if over == layout.OPENING:
        content = (evidence / "checkpoints.jsonl").read_bytes().splitlines(keepends=True)[0]
    else:
        content = (evidence / f"{over}.sig").read_bytes()
    query = request(content, NONCE)
    asked, replied = layout.stamp_names(over, authority_id(ADDRESS))
    (evidence / asked).write_bytes(query)
    (evidence / replied).write_bytes(reply(query))
    return query


def problems(faults: list[Fault]) -> list[tuple[str, str]]:
    return [(fault.file, fault.problem) for fault in faults]


TOKEN = f"manifest.{authority_id(ADDRESS)}.tsr"
REQUEST = f"manifest.{authority_id(ADDRESS)}.tsq"


def test_the_request_is_what_openssl_reads(lab: Lab, tmp_path: Path) -> None:
    path = tmp_path / "request.tsq"
    path.write_bytes(request(b"sealed", 0xFFEE_DDCC_BBAA_9988))
    shown = subprocess.run(
        ["openssl", "ts", "-query", "-in", path, "-text"], capture_output=True, text=True, check=True
    ).stdout
    assert "Hash Algorithm: sha256" in shown
    assert "Nonce: 0xFFEEDDCCBBAA9988" in shown
    assert "Certificate required: yes" in shown
    (tmp_path / "data").write_bytes(b"sealed")
    made = subprocess.run(
        ["openssl", "ts", "-query", "-data", tmp_path / "data", "-sha256", "-cert", "-no_nonce"],
        capture_output=True,
        check=True,
    ).stdout
    imprint = made[made.index(b"\x30\x31") :][:51]  # algorithm and hash, as OpenSSL writes them
    assert imprint in path.read_bytes()
    assert nonce_of(path.read_bytes(), b"sealed") == 0xFFEE_DDCC_BBAA_9988


def test_opening_and_seal_are_stamped_and_verify(lab: Lab, round_: Any) -> None:
    round_.time = dt.datetime.now(dt.UTC)
    with round_.open() as writer:
        opening = stamp(round_.evidence, layout.OPENING, lab.stamping(lab.stamp))
        round_.fill(writer, 2)
    round_.seal()
    seal = stamp(round_.evidence, layout.SEALED, lab.stamping(lab.stamp))
    assert [(a.over, a.authority, a.outcome, a.detail) for a in opening + seal] == [
        ("opening", ADDRESS, "stamped", ""),
        ("manifest", ADDRESS, "stamped", ""),
    ]
    assert verify(round_.evidence, authority_roots=lab.roots) == []
    assert verify(round_.evidence) == []
    assert lab.openssl_accepts(round_.evidence, "opening") and lab.openssl_accepts(round_.evidence)
    stamps = check_timestamps(round_.evidence, {}, lab.roots, (), Faults())
    assert [(s.over, s.signer, s.trusted) for s in stamps] == [
        ("manifest", "CN=rsa", True),
        ("opening", "CN=rsa", True),
    ]
    assert all(abs(s.time - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=2) for s in stamps)
    sums = (round_.evidence / "SHA256SUMS").read_text()
    assert f"opening.{authority_id(ADDRESS)}.tsr" in sums and TOKEN not in sums


# (reply to a request, the fault that it is, or none); OpenSSL agrees on each, but where the third says otherwise.
REPLIES: dict[str, tuple[Callable[[Lab, bytes], bytes], str | None, bool | None]] = {
    "plain": (lambda lab, q: lab.stamp(q), None, None),
    "ECDSA": (lambda lab, q: lab.stamp(q, "ec"), None, None),
    "two certificates": (lambda lab, q: lab.stamp(q, beside=(lab.signers["ec"],)), None, None),
    "an issuer between": (lambda lab, q: lab.stamp(q, "deep", beside=(lab.signers["between"],)), None, None),
    "all certificates named": (
        lambda lab, q: lab.stamp(q, "deep", beside=(lab.signers["between"],), all_named=True),
        None,
        None,
    ),
    "a time with microseconds": (lambda lab, q: lab.stamp(q, digits=6), None, None),
    "ESSCertID of version 1": (lambda lab, q: lab.stamp(q, named_by="sha1"), None, None),
    "ESSCertIDv2 by SHA-512": (lambda lab, q: lab.stamp(q, named_by="sha512"), None, None),
    "by openssl cms": (lambda lab, q: lab.forge(q, "rsa", "-cades"), None, None),
    # OpenSSL's ts reads PKCS#7, which knows neither; its cms does
    "Ed25519": (lambda lab, q: lab.forge(q, "ed25519", "-cades", "-md", "sha512"), None, False),
    "RSA-PSS": (lambda lab, q: lab.forge(q, "rsa", "-cades", "-keyopt", "rsa_padding_mode:pss"), None, False),
    "its issuer missing": (lambda lab, q: lab.stamp(q, "deep"), "untrusted_timestamp", None),
    "another root": (
        lambda lab, q: lab.stranger.stamp(q, lab.signers["stranger"]),
        "untrusted_timestamp",
        None,
    ),
    "no certificate": (lambda lab, q: lab.stamp(q, certificate=False), "invalid_timestamp", None),
    "expired": (lambda lab, q: lab.stamp(q, "expired"), "invalid_timestamp", None),
    "no usage": (lambda lab, q: lab.forge(q, "no_usage", "-cades"), "invalid_timestamp", None),
    "usage not critical": (lambda lab, q: lab.forge(q, "soft", "-cades"), "invalid_timestamp", None),
    "more than one usage": (lambda lab, q: lab.forge(q, "more", "-cades"), "invalid_timestamp", None),
    "key for agreement": (lambda lab, q: lab.forge(q, "agrees", "-cades"), "invalid_timestamp", None),
    "signed by the root": (lambda lab, q: lab.forge(q, "root", "-cades"), "invalid_timestamp", None),
    "no ESSCertID": (lambda lab, q: lab.forge(q, "rsa"), "invalid_timestamp", None),
    "no signed attributes": (lambda lab, q: lab.forge(q, "rsa", "-noattr"), "invalid_timestamp", None),
    "named by key": (lambda lab, q: lab.forge(q, "rsa", "-cades", "-keyid"), "invalid_timestamp", None),
    "signed with SHA-1": (
        lambda lab, q: lab.forge(q, "rsa", "-cades", "-md", "sha1"),
        "invalid_timestamp",
        True,
    ),
    "wrong nonce": (lambda lab, q: lab.stamp(q, nonce=7), "foreign_timestamp", None),
    "no nonce": (lambda lab, q: lab.forge(q, "rsa", "-cades", nonce=None), "foreign_timestamp", None),
    "wrong imprint": (
        lambda lab, q: lab.stamp(request(b"else", NONCE)),
        "foreign_timestamp",
        None,
    ),
    "version 2": (lambda lab, q: lab.forge(q, "rsa", "-cades", version="v2"), "invalid_timestamp", None),
    "cut short": (lambda lab, q: lab.stamp(q)[:-9], "invalid_timestamp", None),
    "bytes at its end": (lambda lab, q: lab.stamp(q) + b"\x00", "invalid_timestamp", True),
    "refusal": (lambda lab, q: refusal(), "invalid_timestamp", None),
    "nothing": (lambda lab, q: b"", "invalid_timestamp", None),
    "text": (lambda lab, q: b"<html>busy</html>", "invalid_timestamp", None),
    "deep nesting": (lambda lab, q: b"\x30\x80" * 20_000, "invalid_timestamp", None),
    "too long": (lambda lab, q: lab.stamp(q) + bytes(MOST_BYTES), "invalid_timestamp", True),
    "signed anew, nothing changed": (
        lambda lab, q: _signed_anew(lab, q, lambda attributes: None),
        None,
        None,
    ),
    "ESSCertID of another serial": (
        lambda lab, q: _signed_anew(lab, q, _names(lambda named: named["issuer_serial"], serial_number=5)),
        "invalid_timestamp",
        None,
    ),
    "ESSCertID of another certificate": (
        lambda lab, q: _signed_anew(lab, q, _names(lambda named: named, cert_hash=bytes(32))),
        "invalid_timestamp",
        None,
    ),
    "digest of another content": (
        lambda lab, q: _signed_anew(lab, q, lambda a: a["message_digest"].__setitem__(0, bytes(32))),
        "invalid_timestamp",
        None,
    ),
    "content type of another kind": (
        lambda lab, q: _signed_anew(lab, q, lambda a: a["content_type"].__setitem__(0, "data")),
        "invalid_timestamp",
        True,
    ),
    "signed content of another kind": (
        lambda lab, q: wrap(_signed_text(lab)),
        "invalid_timestamp",
        None,
    ),
}


def _signed_anew(lab: Lab, query: bytes, change: Callable[[dict[str, Any]], Any]) -> bytes:
    """A reply whose signed attributes were changed by somebody who holds the authority's key."""
    reply: Any = tsp.TimeStampResp.load(lab.forge(query, "rsa", "-cades"))  # type: ignore[no-untyped-call]
    signer = reply["time_stamp_token"]["content"]["signer_infos"][0]
    change({attribute["type"].native: attribute["values"] for attribute in signer["signed_attrs"]})
    signed = b"\x31" + signer["signed_attrs"].dump(force=True)[1:]
    key: Any = serialization.load_pem_private_key(lab.signers["rsa"].key.read_bytes(), None)
    signer["signature"] = key.sign(signed, padding.PKCS1v15(), hashes.SHA256())
    return bytes(reply.dump(force=True))


def _names(part: Callable[[Any], Any], **fields: object) -> Callable[[dict[str, Any]], None]:
    """Changes what the signature says of its certificate."""

    def change(attributes: dict[str, Any]) -> None:
        for name, value in fields.items():
            part(attributes["signing_certificate_v2"][0]["certs"][0])[name] = value

    return change


def _signed_text(lab: Lab) -> bytes:
    signer = lab.signers["rsa"]
    by = ("-signer", signer.certificate, "-inkey", signer.key)
    return subprocess.run(
        ["openssl", "cms", "-sign", "-nodetach", "-binary", "-outform", "DER", "-cades", *by],
        input=b"no time",
        capture_output=True,
        check=True,
    ).stdout


@pytest.mark.parametrize("name", some(REPLIES, 3))
def test_every_kind_of_reply_is_what_openssl_says_it_is(lab: Lab, sealed: Any, name: str) -> None:
    _, fault, differs = REPLIES[name]
    plant(sealed.evidence, lambda query: lab.reply(name, query))
    faults = verify(sealed.evidence, authority_roots=lab.roots)
    assert problems(faults) == ([] if fault is None else [(TOKEN, fault)])
    assert lab.openssl_accepts(sealed.evidence) == ((fault is None) if differs is None else differs)


@pytest.mark.parametrize("name", ["Ed25519", "RSA-PSS"])
def test_signatures_that_only_openssl_cms_reads(lab: Lab, sealed: Any, name: str, tmp_path: Path) -> None:
    plant(sealed.evidence, lambda query: lab.reply(name, query))
    token, content = tmp_path / "token.der", tmp_path / "content.der"
    token_of = ["openssl", "ts", "-reply", "-in", sealed.evidence / TOKEN, "-token_out", "-out", token]
    subprocess.run(token_of, capture_output=True, check=True)
    trusted = ("-CAfile", lab.authority.root.certificate, "-purpose", "timestampsign")
    done = subprocess.run(
        ["openssl", "cms", "-verify", "-inform", "DER", "-in", token, "-out", content, "-cades", *trusted],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert info_of((sealed.evidence / TOKEN).read_bytes()).dump() == content.read_bytes()


# What a reply is worth is asked of the same function as above, of every one of them.
@pytest.mark.parametrize("name", some(REPLIES, 3))
def test_only_what_proves_something_is_kept(lab: Lab, sealed: Any, name: str) -> None:
    _, fault, _ = REPLIES[name]
    came: list[bytes] = []

    def answer(query: bytes) -> bytes:
        came.append(lab.reply(name, query))
        return came[-1]

    [asked] = stamp(sealed.evidence, layout.SEALED, replace(lab.stamping(answer), nonce=lambda: NONCE))
    wanted = {None: "stamped", "untrusted_timestamp": "untrusted"}.get(fault, "failed")
    assert asked.outcome == wanted
    if wanted == "failed":
        assert asked.time is None and asked.detail
        assert layout.stamps(sealed.evidence) == []
        assert verify(sealed.evidence, authority_roots=lab.roots) == []
    else:
        assert (sealed.evidence / TOKEN).read_bytes() == came[0]


def test_without_roots_a_token_is_kept_and_nobody_vouches_for_it(lab: Lab, sealed: Any) -> None:
    [asked] = stamp(sealed.evidence, layout.SEALED, lab.stamping(lab.stamp, roots=False))
    assert (asked.outcome, asked.detail) == ("untrusted", "no roots are named")
    assert verify(sealed.evidence) == []
    [found] = check_timestamps(sealed.evidence, {}, None, (), Faults())
    assert found.trusted is None


def _lying_there(evidence: Path, lab: Lab) -> list[Timestamp]:
    return check_timestamps(evidence, {}, lab.roots, (), Faults())


def test_a_token_that_is_copied_to_another_name_counts_once(lab: Lab, sealed: Any) -> None:
    stamp(sealed.evidence, layout.SEALED, lab.stamping(lab.stamp))
    for there, copy in zip(
        layout.stamp_names(layout.SEALED, authority_id(ADDRESS)),
        layout.stamp_names(layout.SEALED, "0" * 16),
        strict=True,
    ):
        shutil.copy(sealed.evidence / there, sealed.evidence / copy)
    assert verify(sealed.evidence, authority_roots=lab.roots) == []
    found = _lying_there(sealed.evidence, lab)
    count, again = counted(found)
    assert (len(found), len(count), len(again)) == (2, 1, 1)
    assert count[0].key == again[0].key and count[0].time == again[0].time


def test_an_authority_at_two_addresses_is_one_witness_and_another_is_another(lab: Lab, round_: Any) -> None:
    round_.time = dt.datetime.now(dt.UTC)
    third = "http://tsa-3.example/"
    with round_.open() as writer:
        stamp(round_.evidence, layout.OPENING, lab.stamping(lab.stamp))
        round_.fill(writer, 2)
    round_.seal()
    signers = {ADDRESS: "rsa", OTHER: "rsa", third: "ec"}
    stamping = replace(
        lab.stamping(lab.stamp),
        authorities=tuple(signers),
        ask=lambda address, query: lab.stamp(query, signers[address]),
    )
    asked = stamp(round_.evidence, layout.SEALED, stamping)
    assert [a.outcome for a in asked] == ["stamped"] * 3
    count, again = counted(_lying_there(round_.evidence, lab))
    assert [(s.over, s.signer) for s in count if s.over == "opening"] == [("opening", "CN=rsa")]
    assert sorted(s.signer for s in count if s.over == "manifest") == ["CN=ec", "CN=rsa"]
    assert [(s.over, s.signer) for s in again] == [("manifest", "CN=rsa")]


def test_a_token_without_roots_is_checked_all_the_same(lab: Lab, sealed: Any) -> None:
    plant(sealed.evidence, lambda query: lab.stamp(query, "expired"))
    assert problems(verify(sealed.evidence)) == [(TOKEN, "invalid_timestamp")]


def test_a_token_of_another_manifest_is_foreign(
    lab: Lab, sealed: Any, tmp_path: Path, new_round: Callable[[Path], Any]
) -> None:
    other = new_round(tmp_path / "other")
    other.time = dt.datetime.now(dt.UTC)
    with other.open() as writer:
        other.fill(writer, 3)
    other.seal()
    stamp(other.evidence, layout.SEALED, lab.stamping(lab.stamp))
    for name in (REQUEST, TOKEN):
        (sealed.evidence / name).write_bytes((other.evidence / name).read_bytes())
    assert problems(verify(sealed.evidence, authority_roots=lab.roots)) == [(TOKEN, "foreign_timestamp")]
    assert not lab_accepts_data(lab, sealed.evidence)


def lab_accepts_data(lab: Lab, evidence: Path) -> bool:
    arguments: list[str | Path] = ["-data", evidence / "manifest.sig", "-in", evidence / TOKEN]
    root = lab.authority.root.certificate
    return not subprocess.run(
        ["openssl", "ts", "-verify", *arguments, "-CAfile", root], capture_output=True
    ).returncode


def test_a_request_that_is_not_ours_is_named(lab: Lab, sealed: Any) -> None:
    query = plant(sealed.evidence, lab.stamp)
    for content, problem in ((request(b"else", 5), "foreign_timestamp"), (query[:-1], "invalid_timestamp")):
        (sealed.evidence / REQUEST).write_bytes(content)
        assert problems(verify(sealed.evidence, authority_roots=lab.roots)) == [(TOKEN, problem)]


def test_half_a_time_stamp_is_named(lab: Lab, sealed: Any) -> None:
    plant(sealed.evidence, lab.stamp)
    for name in (REQUEST, TOKEN):
        content = (sealed.evidence / name).read_bytes()
        (sealed.evidence / name).unlink()
        assert problems(verify(sealed.evidence)) == [(name, "missing_file")]
        (sealed.evidence / name).symlink_to("/dev/zero")
        assert problems(verify(sealed.evidence)) == [(name, "changed_file")]
        (sealed.evidence / name).unlink()
        (sealed.evidence / name).write_bytes(content)
    assert verify(sealed.evidence) == []


@pytest.mark.parametrize(
    "name",
    ["manifest.tsr", "manifest.xyz.tsr", "manifest.0123456789abcdef.txt", "manifest-1.0123456789abcdef.tsr"],
)
def test_what_only_looks_like_a_time_stamp_is_an_extra_file(sealed: Any, name: str) -> None:
    (sealed.evidence / name).write_bytes(b"anything")
    assert (name, "extra_file") in problems(verify(sealed.evidence))


def test_a_time_stamp_before_what_it_is_over_is_mistimed(lab: Lab, round_: Any) -> None:
    """The auditor's clock was wrong, or the token is of before: the authority's time says so."""
    ahead = TOLERANCE + dt.timedelta(minutes=1)
    round_.time = dt.datetime.now(dt.UTC) + ahead
    with round_.open() as writer:
        round_.fill(writer, 2)
    round_.seal()
    [asked] = stamp(round_.evidence, layout.SEALED, lab.stamping(lab.stamp, now=round_.time))
    assert asked.outcome == "failed" and "before" in asked.detail
    plant(round_.evidence, lab.stamp)
    assert problems(verify(round_.evidence, authority_roots=lab.roots)) == [(TOKEN, "mistimed_timestamp")]


def test_an_authority_that_is_ahead_is_not_believed(lab: Lab, sealed: Any) -> None:
    behind = dt.datetime.now(dt.UTC) - TOLERANCE - dt.timedelta(minutes=1)
    [asked] = stamp(sealed.evidence, layout.SEALED, lab.stamping(lab.stamp, now=behind))
    assert asked.outcome == "failed" and "after" in asked.detail


def test_clocks_may_differ_by_the_tolerance(lab: Lab, round_: Any) -> None:
    round_.time = dt.datetime.now(dt.UTC) + TOLERANCE - dt.timedelta(minutes=2)
    with round_.open() as writer:
        round_.fill(writer, 2)
    round_.seal()
    [asked] = stamp(round_.evidence, layout.SEALED, lab.stamping(lab.stamp, now=round_.time))
    assert asked.outcome == "stamped"
    assert verify(round_.evidence, authority_roots=lab.roots) == []


def test_an_opening_token_from_after_the_seal_is_mistimed(lab: Lab, round_: Any) -> None:
    """Sealed along with the evidence, it has to be older than the seal."""
    with round_.open() as writer:
        round_.fill(writer, 2)
    plant(round_.evidence, lab.stamp, layout.OPENING)  # today, and the round is of 2025
    round_.seal()
    name = f"opening.{authority_id(ADDRESS)}.tsr"
    assert problems(verify(round_.evidence, authority_roots=lab.roots)) == [(name, "mistimed_timestamp")]


def test_a_token_outlives_the_certificate_that_signed_it(lab: Lab, round_: Any, tmp_path: Path) -> None:
    """It is held against the roots at its own time, as `openssl ts -verify -attime` does."""
    then = dt.datetime(2020, 6, 1, 12, tzinfo=dt.UTC)
    old = Authority(tmp_path / "old", "Old Root", valid=(then - 900 * DAY, then + 900 * DAY))
    signer = old.issue("old", valid=(then - 10 * DAY, then + 10 * DAY))
    round_.time = then
    with round_.open() as writer:
        round_.fill(writer, 1)
    round_.seal()

    def reply(query: bytes) -> bytes:
        info = info_of(old.stamp(query, signer))
        info["gen_time"] = round_.time
        return old.forge(info.dump(force=True), signer, "-cades")

    plant(round_.evidence, reply)
    root = old.root.certificate
    assert verify(round_.evidence, authority_roots=parse_roots(root.read_bytes())) == []
    arguments = ["openssl", "ts", "-verify", "-data", round_.evidence / "manifest.sig"]
    arguments += ["-in", round_.evidence / TOKEN, "-CAfile", root]
    assert subprocess.run(arguments, capture_output=True).returncode != 0
    at = str(int(round_.time.timestamp()))
    assert subprocess.run([*arguments, "-attime", at], capture_output=True).returncode == 0


@pytest.mark.parametrize("content", [b"", b"[]", b'{"created":"yesterday"}', b'{"created":"2025-01-01"}'])
def test_any_manifest_beside_a_token_is_survived(lab: Lab, sealed: Any, content: bytes) -> None:
    plant(sealed.evidence, lab.stamp)
    (sealed.evidence / "manifest.json").write_bytes(content)
    assert verify(sealed.evidence, authority_roots=lab.roots)
    faults = Faults()
    check_timestamps(sealed.evidence, {"created": content}, lab.roots, {TOKEN}, faults)
    assert problems(faults.found()) == [(TOKEN, "foreign_timestamp")]


@pytest.mark.parametrize("kind", ["pipe", "endless", "link"])
@pytest.mark.parametrize("name", ["manifest-1.json", "manifest-1.sig", "manifest.sig", "checkpoints.jsonl"])
def test_what_a_token_is_over_may_be_anything(lab: Lab, sealed: Any, name: str, kind: str) -> None:
    """Nothing waits at a pipe, and nothing is read without an end; what lies there is named."""
    over = name.partition(".")[0].replace("checkpoints", layout.OPENING)
    for path in layout.stamp_names(over, "0" * 16):
        (sealed.evidence / path).write_bytes(b"x")
    if name == "manifest-1.sig":
        (sealed.evidence / "manifest-1.json").write_bytes((sealed.evidence / layout.MANIFEST).read_bytes())
    path = sealed.evidence / name
    path.unlink(missing_ok=True)
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "link":
        path.symlink_to("/dev/zero")
    else:
        path.touch()
        os.truncate(path, 1 << 40)
    faults = Faults()
    check_timestamps(sealed.evidence, {}, None, (), faults)
    named = {fault.file: fault.problem for fault in faults.found()}
    assert named.get(f"{over}.{'0' * 16}.tsr") in ("foreign_timestamp", "invalid_timestamp")


def test_sealing_again_leaves_time_stamps_alone(lab: Lab, sealed: Any) -> None:
    stamp(sealed.evidence, layout.SEALED, lab.stamping(lab.stamp))
    before = {path: path.read_bytes() for path in sealed.evidence.rglob("*") if path.is_file()}
    sealed.time += dt.timedelta(days=1)
    sealed.seal()
    assert {path: path.read_bytes() for path in sealed.evidence.rglob("*") if path.is_file()} == before
    assert stamp(sealed.evidence, layout.SEALED, lab.stamping(lab.stamp)) == []


def test_an_extended_round_keeps_the_time_stamps_of_its_earlier_seals(lab: Lab, sealed: Any) -> None:
    tokens = []
    for number in (1, 2):
        stamp(sealed.evidence, layout.SEALED, lab.stamping(lab.stamp))
        tokens.append((sealed.evidence / TOKEN).read_bytes())
        sealed.time = dt.datetime.now(dt.UTC)
        with sealed.open() as writer:
            sealed.fill(writer, 1)
        sealed.seal()
        assert missing(sealed.evidence, layout.SEALED, [ADDRESS]) == [ADDRESS]
        assert (sealed.evidence / f"manifest-{number}.{authority_id(ADDRESS)}.tsr").read_bytes() == tokens[-1]
    assert verify(sealed.evidence, authority_roots=lab.roots) == []
    assert lab.openssl_accepts(sealed.evidence, "manifest-1")
    assert lab.openssl_accepts(sealed.evidence, "manifest-2")
    name = f"manifest-1.{authority_id(ADDRESS)}.tsr"
    (sealed.evidence / name).write_bytes(tokens[1])
    found = set(problems(verify(sealed.evidence, authority_roots=lab.roots)))
    assert found == {(name, "changed_file"), (name, "foreign_timestamp")}
    (sealed.evidence / name).unlink()
    assert (name, "missing_file") in problems(verify(sealed.evidence))


@pytest.mark.parametrize("step", range(6))
def test_a_seal_interrupted_anywhere_keeps_the_time_stamp_of_the_one_before(
    lab: Lab, sealed: Any, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    stamp(sealed.evidence, layout.SEALED, lab.stamping(lab.stamp))
    token = (sealed.evidence / TOKEN).read_bytes()
    sealed.time = dt.datetime.now(dt.UTC)
    with sealed.open() as writer:
        sealed.fill(writer, 1)
    write_whole, written = layout.write_whole, 0

    def until_the_power_fails(path: Path, content: bytes) -> None:
        nonlocal written
        if path.name.startswith(("manifest", "SHA256SUMS")):
            if written == step:
                raise KeyboardInterrupt
            written += 1
        write_whole(path, content)

    monkeypatch.setattr(layout, "write_whole", until_the_power_fails)
    with pytest.raises(KeyboardInterrupt):
        sealed.seal()
    monkeypatch.undo()
    sealed.seal()
    assert (sealed.evidence / f"manifest-1.{authority_id(ADDRESS)}.tsr").read_bytes() == token
    assert verify(sealed.evidence, authority_roots=lab.roots) == []


def test_silence_stops_nothing_and_only_the_silent_are_asked_again(lab: Lab, sealed: Any) -> None:
    silent = True
    heard: list[str] = []

    def ask(address: str, query: bytes) -> bytes:
        heard.append(address)
        if silent and address == OTHER:
            raise AuthoritySilent("no reply within 10 s")
        return lab.stamp(query)

    stamping = TimestampService((ADDRESS, OTHER), ask, lambda: 77, lambda: dt.datetime.now(dt.UTC), lab.roots)
    first = stamp(sealed.evidence, layout.SEALED, stamping)
    assert first[1] == StampAttempt("manifest", OTHER, "failed", None, "no reply within 10 s")
    assert missing(sealed.evidence, layout.SEALED, stamping.authorities) == [OTHER]
    assert verify(sealed.evidence, authority_roots=lab.roots) == []
    silent = False
    [second] = stamp(sealed.evidence, layout.SEALED, stamping)
    assert (second.authority, second.outcome) == (OTHER, "stamped")
    assert heard == [ADDRESS, OTHER, OTHER]
    assert verify(sealed.evidence, authority_roots=lab.roots) == []


def test_a_crash_between_request_and_reply_is_mended_by_asking_again(lab: Lab, sealed: Any) -> None:
    stamp(sealed.evidence, layout.SEALED, lab.stamping(lab.stamp))
    (sealed.evidence / TOKEN).rename(sealed.evidence / f"{TOKEN}.part")
    assert set(problems(verify(sealed.evidence))) == {
        (TOKEN, "missing_file"),
        (f"{TOKEN}.part", "extra_file"),
    }

    def silent(query: bytes) -> bytes:
        raise AuthoritySilent("no reply within 10 s")

    [asked] = stamp(sealed.evidence, layout.SEALED, lab.stamping(silent))
    assert asked.outcome == "failed"
    assert verify(sealed.evidence, authority_roots=lab.roots) == []
    [asked] = stamp(sealed.evidence, layout.SEALED, lab.stamping(lab.stamp))
    assert asked.outcome == "stamped"
    assert verify(sealed.evidence, authority_roots=lab.roots) == []


def test_an_opening_that_is_sealed_is_asked_for_no_more(lab: Lab, sealed: Any) -> None:
    with sealed.open() as writer:
        assert stamp(sealed.evidence, layout.OPENING, lab.stamping(lab.stamp)) == []
        sealed.fill(writer, 1)


def test_who_stops_the_asking_is_heard_before_the_next_authority(lab: Lab, sealed: Any) -> None:
    heard: list[str] = []

    def ask(address: str, query: bytes) -> bytes:
        heard.append(address)
        raise AuthoritySilent("stopped meanwhile")

    stamping = TimestampService((ADDRESS, OTHER), ask, lambda: 77, lambda: dt.datetime.now(dt.UTC), lab.roots)
    assert len(stamp(sealed.evidence, layout.SEALED, stamping, lambda: bool(heard))) == 1
    assert heard == [ADDRESS]


def test_no_changed_bit_of_a_reply_is_taken_that_openssl_refuses(lab: Lab, sealed: Any) -> None:
    query = plant(sealed.evidence, lab.stamp)
    reply = (sealed.evidence / TOKEN).read_bytes()
    content = (sealed.evidence / "manifest.sig").read_bytes()
    nonce = nonce_of(query, content)
    draw = random.Random(1404)
    taken = 0
    for at in draw.sample(range(len(reply)), CHANGED):
        changed = bytearray(reply)
        changed[at] ^= 1 << draw.randrange(8)
        try:
            read(bytes(changed), content, nonce)
        except BadToken:
            continue
        taken += 1
        (sealed.evidence / TOKEN).write_bytes(changed)
        if verify(sealed.evidence, authority_roots=lab.roots) == []:
            assert lab.openssl_accepts(sealed.evidence), f"byte {at}"
    assert taken < CHANGED / 15  # what no signature covers: the status, lists of algorithms


def test_random_bytes_are_survived() -> None:
    draw = random.Random(1404)
    for _ in range(300):
        noise = b"\x30" + bytes([draw.randrange(128)]) + draw.randbytes(draw.randrange(200))
        with pytest.raises(BadToken):
            read(noise, b"x", 1)
        with pytest.raises(BadToken):
            nonce_of(noise, b"x")


@pytest.mark.parametrize(
    "pem", [b"", b"no certificate", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
)
def test_roots_that_cannot_be_read_are_refused(pem: bytes) -> None:
    with pytest.raises(EvidenceError, match="roots of time-stamping authorities"):
        parse_roots(pem)
