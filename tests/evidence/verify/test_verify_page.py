"""docs/verify.md: its commands are run as they stand there, with ordinary tools alone."""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import json
import os
import re
import shutil
import subprocess
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from evidence import layout
from evidence.canonical import canonical, canonical_line
from evidence.signing.earlier_judgements import FILES
from evidence.signing.findings_seal import seal_findings
from evidence.signing.keys import Signer
from evidence.timestamps import TimestampService, stamp
from evidence.verify.folder import verify
from fixtures.authority import Authority
from govah.round_paths import RoundPaths
from govah.stages import put
from tests.depth import THOROUGH
from tests.evidence.witness.record import STORED

pytestmark = pytest.mark.processes

PAGE = Path(__file__).parents[3] / "docs" / "verify.md"
TOOLS = "bash base64 cat cut date diff find grep gunzip gzip head mktemp od openssl sed sha256sum sort tail test tr".split()


@pytest.fixture
def tools(only_tools: Callable[[Iterable[str]], Path]) -> Path:
    """The tools that the page names, and no other."""
    return only_tools(TOOLS)


@pytest.fixture(scope="module")
def small_origin(tmp_path_factory: pytest.TempPathFactory, new_round: Callable[[Path], Any]) -> Path:
    """Two runs of one exchange each: the page starts seven processes for a record. To be copied."""
    made = new_round(tmp_path_factory.mktemp("small"))
    captures = []
    for number in (1, 2):
        with made.open(checkpoint_every=3) as writer:
            answer = b"HTTP/1.1 200 OK\r\n\r\npage"
            captures.append(made.exchange(writer, f"http://a.test/{number}", answer))
    made.seal()
    made.judge(captures)
    return Path(made.folder)


@pytest.fixture
def round_folder(small_origin: Path, tmp_path: Path) -> Path:
    return shutil.copytree(small_origin, tmp_path / "a round")


def _run(
    round_folder: Path, tools: Path, *, every_record: bool = THOROUGH, **settings: Path
) -> subprocess.CompletedProcess[str]:
    """every_record: with the commands that read all records, which, so says the page, prove nothing more."""
    blocks = re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert len(blocks) >= 9
    (slow,) = (block for block in blocks if "while read" in block)
    if not every_record:
        blocks.remove(slow)
    # gunzip is a script of /bin/sh that looks gzip up; everything else is found by the path alone.
    environment = {"PATH": str(tools), "ROUND": str(round_folder), "TMPDIR": os.environ.get("TMPDIR", "/tmp")}
    environment |= {name: str(path) for name, path in settings.items()}
    script = "set -eu\n" + "\n".join(blocks)
    return subprocess.run(
        [tools / "bash", "-c", script], env=environment, capture_output=True, text=True, errors="replace"
    )


def test_the_page_verifies_a_sealed_round(round_folder: Path, tools: Path, signer: Signer) -> None:
    done = _run(round_folder, tools, every_record=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert signer.fingerprint in done.stdout
    assert "all records: OK" in done.stdout
    assert done.stdout.count("Signature Verified Successfully") == 3
    assert "WARC/1.1" in done.stdout
    assert "Govah-Capture" in done.stdout


@pytest.mark.parametrize(
    "name",
    [
        "evidence/shard-0001/seg-2-00001.warc.gz",
        "evidence/shard-0001/index-2.sqlite",
        "evidence/manifest.json",
        "evidence/manifest.sig",
        "evidence/SHA256SUMS",
        "evidence/records.txt",
        "evidence/checkpoints.jsonl",
        "results/findings.jsonl",
        "results/findings.leaves.txt",
        "results/findings.manifest.json",
    ],
)
def test_the_page_sees_a_changed_byte(round_folder: Path, tools: Path, name: str) -> None:
    path = round_folder / name
    content = path.read_bytes()
    middle = len(content) // 2
    path.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
    assert _run(round_folder, tools).returncode != 0


def test_the_page_holds_the_claims_against_the_seal_of_the_findings(
    round_folder: Path, tools: Path, signer: Signer
) -> None:
    results = round_folder / "results"
    claims = results / "findings.claims.jsonl"
    claims.write_text('{"agency":"a"}\n')
    seal_findings(results, round_folder / "evidence", signer, judged={"rules": {}})
    done = _run(round_folder, tools)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "the claims they judge: OK" in done.stdout
    claims.write_text('{"agency":"b"}\n')
    assert _run(round_folder, tools).returncode != 0


@pytest.fixture(scope="module")
def chain_origin(small_origin: Path, tmp_path_factory: pytest.TempPathFactory, signer: Signer) -> Path:
    """A round that was judged three times, with claims from the second on. To be copied."""
    folder = shutil.copytree(small_origin, tmp_path_factory.mktemp("chain") / "round")
    for number in (2, 3):
        claims = canonical_line({"agency": "a", "claim": number})
        lines = [{"captures": ["c00001"], "id": f"f{number}{letter}"} for letter in "ab"]
        findings = b"".join(map(canonical_line, lines))
        put(
            RoundPaths(folder),
            BytesIO(findings),
            BytesIO(claims),
            {"rules": {}, "settings": {"previous": "0" * 64}},
            signer,
        )
    return folder


@pytest.fixture
def chain(chain_origin: Path, tmp_path: Path) -> Path:
    return shutil.copytree(chain_origin, tmp_path / "a round")


def test_the_page_follows_the_chain_of_judgements(chain: Path, tools: Path) -> None:
    done = _run(chain, tools)
    assert done.returncode == 0, done.stdout + done.stderr
    for number in (1, 2):
        assert f"earlier/{number}/findings.manifest.json is the one before: OK" in done.stdout
    assert "the first judgement: OK" in done.stdout
    manifest = chain / "results" / "findings.manifest.json"
    assert f"{hashlib.sha256(manifest.read_bytes()).hexdigest()}  {manifest.name}" in done.stdout


CLAIMS = "findings.claims.jsonl"
# The same lines of the page look at each judgement: those of the first, which they come to last, find what these would.
AGAIN = [pytest.param(2, name, marks=pytest.mark.thorough) for name in FILES if name != CLAIMS]


@pytest.mark.parametrize(("number", "name"), [*((2 if n == CLAIMS else 1, n) for n in FILES), *AGAIN])
def test_the_page_sees_a_changed_byte_of_an_earlier_judgement(
    chain: Path, tools: Path, number: int, name: str
) -> None:
    assert not (chain / "results" / "earlier" / "1" / CLAIMS).exists()
    path = chain / "results" / "earlier" / str(number) / name
    content = path.read_bytes()
    middle = len(content) // 2
    path.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
    assert _run(chain, tools).returncode != 0


@pytest.mark.parametrize(
    "name",
    ["evidence/manifest.sig\nSHA256SUMS", "results/earlier/1\n2", "results/earlier/1/findings.jsonl\n2"],
)
def test_the_page_sees_a_name_of_two_lines(chain: Path, tools: Path, name: str) -> None:
    """Each of which would pass by itself."""
    (chain / name).write_text("x")
    done = _run(chain, tools)
    assert done.returncode != 0
    assert name.rpartition("/")[2].replace("\n", "?") in done.stdout or "CHANGED: " in done.stdout
    assert verify(chain / "evidence", findings=chain / "results" / "findings.jsonl")


@pytest.mark.parametrize("place", ["", "earlier/2"])
def test_the_page_misses_claims_that_are_gone(chain: Path, tools: Path, place: str) -> None:
    (chain / "results" / place / "findings.claims.jsonl").unlink()
    assert _run(chain, tools).returncode != 0


def test_the_page_takes_no_link_for_an_earlier_judgement(chain: Path, tools: Path) -> None:
    path = chain / "results/earlier/1"
    path.rename(chain / "elsewhere")
    path.symlink_to(chain / "elsewhere")
    done = _run(chain, tools)
    assert done.returncode != 0 and "l 1" in done.stdout


@pytest.mark.parametrize("findings", [b"", canonical_line({"captures": ["c00001"], "id": "only"})])
def test_the_page_says_nothing_against_few_findings(
    round_folder: Path, tools: Path, signer: Signer, findings: bytes
) -> None:
    put(RoundPaths(round_folder), BytesIO(findings), BytesIO(), {"rules": {}, "settings": {}}, signer)
    done = _run(round_folder, tools)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "CHANGED" not in done.stdout


def _put_back(results: Path) -> None:
    for path in (results / "earlier" / "1").iterdir():
        shutil.copy(path, results)
    (results / "findings.claims.jsonl").unlink()


def _swap(results: Path) -> None:
    place = results / "earlier"
    (place / "1").rename(place / "x")
    (place / "2").rename(place / "1")
    (place / "x").rename(place / "2")


def _twice(results: Path) -> None:
    shutil.copytree(results / "earlier" / "1", results / "earlier" / "3")


@pytest.mark.parametrize(
    "deed",
    [
        _put_back,
        _swap,
        _twice,
        lambda results: shutil.rmtree(results / "earlier" / "1"),
        lambda results: shutil.rmtree(results / "earlier" / "2"),
        lambda results: shutil.rmtree(results / "earlier"),
        lambda results: (results / "earlier" / "2" / "note.txt").write_text(""),
        lambda results: (results / "earlier" / "note").mkdir(),
    ],
    ids=["put back", "swapped", "twice", "first out", "last out", "all out", "extra file", "extra folder"],
)
def test_the_page_sees_what_was_done_to_the_chain(
    chain: Path, tools: Path, deed: Callable[[Path], object]
) -> None:
    deed(chain / "results")
    assert _run(chain, tools).returncode != 0


def test_the_page_sees_missing_and_extra_files(round_folder: Path, tools: Path) -> None:
    extra = round_folder / "evidence" / "extra.txt"
    extra.write_text("")
    assert _run(round_folder, tools).returncode != 0
    extra.unlink()
    empty = round_folder / "evidence" / "shard-0001" / "empty"
    empty.mkdir()
    assert _run(round_folder, tools).returncode != 0
    empty.rmdir()
    assert _run(round_folder, tools).returncode == 0
    (round_folder / "evidence" / "shard-0001" / "head.json").unlink()
    assert _run(round_folder, tools).returncode != 0


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def stamped_origin(
    tmp_path_factory: pytest.TempPathFactory, new_round: Callable[[Path], Any], authority: Authority
) -> Path:
    """A round that was stamped at its opening, sealed, stamped, extended, sealed and stamped again."""
    made = new_round(tmp_path_factory.mktemp("stamped"))
    signer = authority.issue("stamper", kind="ec")
    stamping = TimestampService(
        authorities=("http://tsa.test/",),
        ask=lambda address, query: authority.stamp(query, signer, digits=3),
        nonce=itertools.count(2**63).__next__,
        now=lambda: dt.datetime.now(dt.UTC),
        roots=None,
    )
    for _ in range(2):
        made.time = dt.datetime.now(dt.UTC)
        with made.open() as writer:
            stamp(made.evidence, layout.OPENING, stamping)
            captures = [made.exchange(writer, "http://a.test/", b"HTTP/1.1 204 No Content\r\n\r\n")]
        made.seal()
        stamp(made.evidence, layout.SEALED, stamping)
    made.judge(captures)
    folder: Path = made.folder
    return folder


@pytest.fixture
def stamped_folder(stamped_origin: Path, tmp_path: Path) -> Path:
    return shutil.copytree(stamped_origin, tmp_path / "a round")


def test_the_page_verifies_time_stamps(stamped_folder: Path, tools: Path, authority: Authority) -> None:
    done = _run(stamped_folder, tools, AUTHORITY_ROOTS=authority.root.certificate)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (done.stdout + done.stderr).count("Verification: OK") == 6
    assert sorted(line.partition(".")[0] for line in done.stdout.splitlines() if ".tsr: " in line) == [
        "manifest",
        "manifest-1",
        "opening",
    ]


@pytest.mark.parametrize("name", ["opening", "manifest", "manifest-1"])
def test_the_page_sees_a_foreign_time_stamp(
    stamped_folder: Path, tools: Path, authority: Authority, name: str
) -> None:
    others = {"opening": "manifest", "manifest": "manifest-1", "manifest-1": "opening"}
    for end in ("tsq", "tsr"):
        [token] = (stamped_folder / "evidence").glob(f"{name}.*.{end}")
        [other] = (stamped_folder / "evidence").glob(f"{others[name]}.*.{end}")
        token.write_bytes(other.read_bytes())
    done = _run(stamped_folder, tools, AUTHORITY_ROOTS=authority.root.certificate)
    assert done.returncode != 0


def test_without_roots_the_page_says_that_nobody_vouches(stamped_folder: Path, tools: Path) -> None:
    done = _run(stamped_folder, tools)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("NOT CHECKED") == len(list((stamped_folder / "evidence").glob("*.tsr"))) > 0


def test_the_page_sees_an_authority_that_is_not_trusted(
    stamped_folder: Path, tools: Path, tmp_path: Path
) -> None:
    stranger = Authority(tmp_path / "stranger", "Other Root").root.certificate
    assert _run(stamped_folder, tools, AUTHORITY_ROOTS=stranger).returncode != 0


def test_the_page_holds_published_checkpoints_against_the_round(
    round_folder: Path, tools: Path, tmp_path: Path
) -> None:
    lines = (round_folder / "evidence" / "checkpoints.jsonl").read_bytes().splitlines(keepends=True)
    published = tmp_path / "published.jsonl"
    published.write_bytes(b"".join(lines[:2]))
    done = _run(round_folder, tools, PUBLISHED=published)
    assert done.returncode == 0 and "published checkpoints: OK" in done.stdout
    published.write_bytes(lines[0] + lines[1].replace(b'"records":', b'"records":1'))
    assert _run(round_folder, tools, PUBLISHED=published).returncode != 0


WITNESSES: dict[str, dict[str, Any]] = json.loads(STORED.read_text(encoding="ascii"))


def _witnessed(folder: Path, tools: Path, witness: dict[str, Any]) -> tuple[bool, str]:
    """The commands about a handshake witness: (whether they found no fault, what they said)."""
    (folder / "evidence").mkdir(exist_ok=True)
    probe = folder / "record"
    body = canonical({"alpn": None, "port": 443, "witness": witness})
    probe.write_bytes(b"WARC/1.1\r\nWARC-Type: resource\r\n\r\n" + body.encode() + b"\r\n\r\n")
    blocks = re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    script = "set -eu\n" + "\n".join(block for block in blocks if "mktemp" in block or "PROBE" in block)
    environment = {"PATH": str(tools), "ROUND": str(folder), "PROBE": str(probe)}
    environment["TMPDIR"] = os.environ.get("TMPDIR", "/tmp")
    done = subprocess.run([tools / "bash", "-c", script], env=environment, capture_output=True, text=True)
    return done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", sorted(WITNESSES))
def test_openssl_verifies_a_handshake_witness(tmp_path: Path, tools: Path, name: str) -> None:
    sound, said = _witnessed(tmp_path, tools, WITNESSES[name])
    assert sound, said
    assert '"host":"portal.agency.test"' in said and "does match certificate" in said
    assert "Verified OK" in said or "Signature Verified Successfully" in said


def test_openssl_refuses_a_witness_of_another_time_crawl_or_handshake(tmp_path: Path, tools: Path) -> None:
    witness = WITNESSES["1.3 ecdsa"]
    sound, said = _witnessed(tmp_path, tools, {**witness, "time": "2026-12-02T10:00:00.000000Z"})
    assert not sound and "CHANGED" in said
    messages = bytearray(b64decode(witness["messages"]))
    messages[-1] ^= 1
    sound, said = _witnessed(tmp_path, tools, {**witness, "messages": b64encode(messages).decode()})
    assert not sound and "Verification failure" in said
    (tmp_path / "evidence/checkpoints.jsonl").write_bytes(b"{}\n")
    sound, said = _witnessed(tmp_path, tools, witness)
    assert not sound and "of another crawl" in said
