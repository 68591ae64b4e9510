"""Time stamps travel with a pack, and are held against the seal that they are over."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evidence import layout
from evidence.canonical import canonical_line
from evidence.pack.format import PackContents
from evidence.signing.keys import Signer
from evidence.signing.timestamp_chain import parse_roots
from evidence.signing.timestamp_token import request
from evidence.timestamps import TimestampService, authority_id, stamp
from fixtures.authority import Authority
from tests.evidence.pack.forging import signed_again
from tests.evidence.pack.test_pack_places import BOTH, places

__all__ = ["places"]
Ask = Callable[[bytes, int], tuple[bytes, bytes]]
pytestmark = pytest.mark.processes

ADDRESS = "http://tsa.test/tsr"
NAME = f"manifest.{authority_id(ADDRESS)}"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def stamped(packed_copy: Any, authority: Authority) -> Any:
    """The round, with a time stamp over its seal."""
    signer, numbers = authority.issue("stamps", kind="ec"), itertools.count(7)
    stamping = TimestampService(
        authorities=(ADDRESS,),
        ask=lambda _, query: authority.stamp(query, signer),
        nonce=lambda: next(numbers),
        now=lambda: dt.datetime.now(dt.UTC),
        roots=None,
    )
    (asked,) = stamp(packed_copy.evidence, layout.SEALED, stamping)
    assert asked.time is not None, asked.detail
    return packed_copy


def _problems(found: Any) -> set[tuple[str, str]]:
    return {(fault.file, fault.problem) for fault in found.faults}


def test_a_stamp_is_in_the_pack_and_verifies(
    stamped: Any, check: Callable[..., Any], authority: Authority, tmp_path: Path
) -> None:
    members = stamped.members(stamped.TEXT)
    assert {f"{NAME}.tsq", f"{NAME}.tsr"} <= members.keys()
    roots = parse_roots(authority.root.certificate.read_bytes())
    assert check(members).faults == check(members, authority_roots=roots).faults == ()
    (unvouched,), (vouched,) = check(members).stamps, check(members, authority_roots=roots).stamps
    assert (unvouched.trusted, vouched.trusted) == (None, True)
    assert (vouched.authority, vouched.signer) == (authority_id(ADDRESS), "CN=stamps")
    other = Authority(tmp_path / "other", "Other Root")
    roots = parse_roots(other.root.certificate.read_bytes())
    assert _problems(check(members, authority_roots=roots)) == {(f"{NAME}.tsr", "untrusted_timestamp")}


def test_a_stamp_that_is_edited_missing_or_of_another_seal_is_named(
    stamped: Any, check: Callable[..., Any], authority: Authority
) -> None:
    members = stamped.members(stamped.TEXT)
    reply = bytearray(members[f"{NAME}.tsr"])
    reply[-5] ^= 1
    found = check({**members, f"{NAME}.tsr": bytes(reply)})
    assert {(f"{NAME}.tsr", "invalid_timestamp"), (f"{NAME}.tsr", "changed_file")} <= _problems(found)
    for end in ("tsq", "tsr"):
        less = {name: content for name, content in members.items() if name != f"{NAME}.{end}"}
        assert (f"{NAME}.{end}", "missing_file") in _problems(check(less))
    other = {**members, "manifest.sig": bytes(64)}
    assert (f"{NAME}.tsr", "foreign_timestamp") in _problems(check(other))
    added = {**members, "manifest.0123456789abcdef.tsr": bytes(reply)}
    assert ("manifest.0123456789abcdef.tsr", "extra_file") in _problems(check(added))


def test_a_stamp_of_another_digest_or_of_nothing_in_a_pack_that_is_signed_again(
    stamped: Any, check: Callable[..., Any], authority: Authority, signer: Signer
) -> None:
    """Only the token itself tells then."""
    members = stamped.members(stamped.TEXT)
    stamper = authority.issue("stamps again", kind="ec")
    other = request(b"another seal", 7)
    foreign = {f"{NAME}.tsq": other, f"{NAME}.tsr": authority.stamp(other, stamper)}
    own = request(members["manifest.sig"], 8)
    nonce = {f"{NAME}.tsq": own}  # another question than the token answers
    for edited, problem in (
        (foreign, "foreign_timestamp"),
        (nonce, "foreign_timestamp"),
        ({f"{NAME}.tsr": b""}, "invalid_timestamp"),
        ({f"{NAME}.tsr": members[f"{NAME}.tsr"] + b"\x00"}, "invalid_timestamp"),
        ({f"{NAME}.tsr": b"\x30\x80" * 2_000}, "invalid_timestamp"),
        ({f"{NAME}.tsq": b"\x30\x84\xff\xff\xff\xff"}, "invalid_timestamp"),
    ):
        found = check(signed_again({**members, **edited}, signer))
        assert _problems(found) == {(f"{NAME}.tsr", problem)}
    assert check(signed_again(members, signer)).faults == ()


def test_a_stamp_from_before_the_seal_is_named(
    stamped: Any, check: Callable[..., Any], authority: Authority, signer: Signer
) -> None:
    members = stamped.members(stamped.TEXT)
    manifest = {**json.loads(members["manifest.json"]), "created": "2990-01-01T00:00:00.000000Z"}
    signature = signer.sign(canonical_line(manifest))
    query = request(signature, 7)
    edited = {
        "manifest.json": canonical_line(manifest),
        "manifest.sig": signature,
        f"{NAME}.tsq": query,
        f"{NAME}.tsr": authority.stamp(query, authority.issue("early", kind="ec")),
    }
    assert (f"{NAME}.tsr", "mistimed_timestamp") in _problems(check({**members, **edited}))
    undated = {name: value for name, value in manifest.items() if name != "created"}
    found = check({**members, **edited, "manifest.json": canonical_line(undated)})
    assert ("manifest.json", "invalid_manifest") in _problems(found)


def test_the_readme_says_how_openssl_checks_it(stamped: Any, authority: Authority, tmp_path: Path) -> None:
    members = stamped.members(stamped.TEXT)
    page = members["README.md"].decode()
    *_, commands = re.findall(r"^```sh\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert "AUTHORITY_ROOTS" in page and "openssl ts -verify" in commands
    for name in (f"{NAME}.tsr", "manifest.sig"):
        (tmp_path / name).write_bytes(members[name])
    roots = {"AUTHORITY_ROOTS": str(authority.root.certificate), "PATH": "/usr/bin:/bin"}
    run = ["bash", "-c", f"set -eu\n{commands}"]
    done = subprocess.run(run, cwd=tmp_path, env=roots, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert re.search(rf"{NAME}.tsr: .* GMT", done.stdout)
    (tmp_path / "manifest.sig").write_bytes(bytes(64))
    assert subprocess.run(run, cwd=tmp_path, env=roots, capture_output=True).returncode != 0


def test_without_stamps_the_readme_does_not_speak_of_them(packed: Any) -> None:
    assert "AUTHORITY_ROOTS" not in packed.members(packed.TEXT)["README.md"].decode()


# Over the seal of another place: what is given for its request and reply, what is said, and whether openssl takes the reply.
OF_PLACE = f"places/1/{NAME}"
ROWS: list[tuple[str, Callable[[bytes, Ask], tuple[bytes, bytes]], str | None, bool]] = [
    ("its own", lambda seal, ask: ask(seal, 7), None, True),
    ("another seal's", lambda _, ask: ask(b"another", 7), "foreign_timestamp", False),
    ("in reply to another request", lambda seal, ask: (ask(seal, 7)[0], ask(seal, 8)[1]), "foreign_timestamp", True),
    ("nothing", lambda seal, ask: (ask(seal, 7)[0], b""), "invalid_timestamp", False),
    ("with a byte more, which openssl leaves unread", lambda seal, ask: (ask(seal, 7)[0], ask(seal, 7)[1] + b"\x00"), "invalid_timestamp", True),
    ("cut", lambda seal, ask: (ask(seal, 7)[0], ask(seal, 7)[1][:-9]), "invalid_timestamp", False),
]  # fmt: skip


@pytest.mark.parametrize(
    ("make", "problem", "taken"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS]
)
def test_a_stamp_over_the_seal_of_another_place(
    places: Any,
    check: Callable[..., Any],
    authority: Authority,
    tmp_path: Path,
    make: Callable[[bytes, Ask], tuple[bytes, bytes]],
    problem: str | None,
    taken: bool,
) -> None:
    stamper = authority.issue("of a place", kind="ec")

    def ask(content: bytes, nonce: int) -> tuple[bytes, bytes]:
        query = request(content, nonce)
        return query, authority.stamp(query, stamper)

    members = places.members(BOTH)
    query, reply = make(members["places/1/manifest.sig"], ask)
    given = {f"{OF_PLACE}.tsq": query, f"{OF_PLACE}.tsr": reply}
    order = PackContents.parse(members["pack.json"]).members(given)
    stamped = {name: {**members, **given}[name] for name in order}
    found = check(places.forged(stamped))
    assert _problems(found) == ({(f"{OF_PLACE}.tsr", problem)} if problem else set())
    assert [stamp.over for stamp in found.stamps] == ([] if problem else ["places/1/manifest"])
    for name, content in {"data": members["places/1/manifest.sig"], "reply": reply}.items():
        (tmp_path / name).write_bytes(content)
    roots = ("-CAfile", str(authority.root.certificate))
    command = ["openssl", "ts", "-verify", "-data", "data", "-in", "reply", *roots]
    assert (subprocess.run(command, cwd=tmp_path, capture_output=True).returncode == 0) == taken
