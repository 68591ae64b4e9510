"""What a disclosure pack holds, and that its README is enough to check it."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from evidence import layout
from evidence.pack.format import PackContents
from evidence.pack.maker import NoSuchFinding, SealedByOtherKey, find_finding
from evidence.redaction.text import load_rules
from evidence.signing.keys import Signer
from evidence.signing.merkle import leaf_hash
from evidence.store import warc
from evidence.verify.folder import verify
from tests.evidence.sampling import spread

TOOLS = "bash cat cut diff find grep head openssl sed sha256sum sort test tr".split()
ALWAYS = {
    "README.md",
    "SHA256SUMS",
    "findings.manifest.json",
    "findings.manifest.sig",
    "index.html",
    "manifest.json",
    "manifest.sig",
    "pack.json",
    "pack.sig",
    "proofs/finding.txt",
    "signer.pem",
    "verify.html",
}


@pytest.fixture
def tools(only_tools: Callable[[Iterable[str]], Path]) -> Path:
    """The tools that the README may use, and no other."""
    return only_tools(TOOLS)


def _unpacked(members: dict[str, bytes], folder: Path) -> Path:
    for name, content in members.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def _run(folder: Path, tools: Path) -> subprocess.CompletedProcess[str]:
    page = (folder / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```sh\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    script = "set -eu\n" + "\n".join(blocks)
    return subprocess.run(
        [tools / "bash", "-c", script],
        cwd=folder,
        env={"PATH": str(tools), "TMPDIR": os.environ.get("TMPDIR", "/tmp")},
        capture_output=True,
        text=True,
    )


def test_the_round_that_packs_are_made_from_verifies(packed: Any) -> None:
    assert verify(packed.evidence, findings=packed.findings) == []
    assert len(layout.shards(packed.evidence)) == 2


def test_a_text_finding_is_whole_and_small(packed: Any) -> None:
    members = packed.members(packed.TEXT)
    assert set(members) == ALWAYS | {
        "finding.json",
        "records/1.warc",
        "records/2.warc",
        "proofs/record-1.txt",
        "proofs/record-2.txt",
    }
    assert sum(len(content) for name, content in members.items() if name != "verify.html") < 32_000
    contents = PackContents.parse(members["pack.json"])
    assert [(record.type, record.state, record.body) for record in contents.records] == [
        ("request", "whole", "as_it_came"),
        ("response", "whole", "as_it_came"),
    ]
    assert members["finding.json"] in packed.findings.read_bytes().splitlines()
    for record in contents.records:
        assert warc.well_formed(members[record.file])
        assert leaf_hash(members[record.file]).hex() == record.leaf
        assert f"{record.leaf} " in (packed.evidence / layout.RECORDS).read_text()


def test_personal_data_stays_behind(packed: Any) -> None:
    members = packed.members(packed.PERSONAL)
    contents = PackContents.parse(members["pack.json"])
    assert contents.finding.state == "redacted"
    assert contents.finding.redactions == {"mobile": 1}
    request, response = contents.records
    assert (request.state, response.state, response.body) == ("whole", "redacted", "redacted")
    assert response.redactions == {"cookie": 1, "mobile": 2, "national_id": 1}
    text = members["records/2.redacted.txt"].decode()
    assert text.endswith(
        "<p>مسئول: [redacted:mobile:1]، کد ملی [redacted:national_id:1]، [redacted:mobile:1]</p>"
    )
    assert "SID=sha256:" in text
    everything = b"".join(members.values()).decode("utf-8", "replace")
    assert not re.search("09123456789|۰۹۱۲۳۴۵۶۷۸۹|۰۰۸۴۵۷۵۹۴۸|geheim", everything)


def test_a_cookie_alone_leaves_the_finding_whole(packed: Any) -> None:
    contents = PackContents.parse(packed.members(packed.COOKIE)["pack.json"])
    assert contents.finding.state == "whole"
    assert contents.records[1].redactions == {"cookie": 2}


def test_what_the_auditor_answers_for_stays_in(packed: Any, check: Callable[..., Any]) -> None:
    members = packed.members(packed.COOKIE, rules=load_rules().keeping(["cookie"]))
    contents = PackContents.parse(members["pack.json"])
    assert contents.kept == ("cookie",)
    assert [record.state for record in contents.records] == ["whole", "whole"]
    assert b"SID=geheim" in members["records/2.warc"]
    assert (
        "did not redact these kinds, which are redacted by default: cookie." in members["README.md"].decode()
    )
    assert check(members).faults == ()
    personal = PackContents.parse(
        packed.members(packed.PERSONAL, rules=load_rules().keeping(["mobile"]))["pack.json"]
    )
    assert personal.finding.state == "whole"
    assert personal.records[1].redactions == {"cookie": 1, "national_id": 1}
    for kind in ("marker", "body", "name"):
        with pytest.raises(ValueError, match=kind):
            load_rules().keeping([kind])


def test_pictures_come_only_when_asked_for(packed: Any) -> None:
    small, all_ = (
        PackContents.parse(packed.members(packed.SEEN, **o)["pack.json"]) for o in ({}, {"largest": None})
    )
    assert [(r.state, r.body, r.left_out) for r in small.records] == [
        ("whole", "as_it_came", ""),
        ("redacted", "left_out", "picture"),
    ]
    assert [(r.state, r.body, r.left_out) for r in all_.records] == [
        ("whole", "as_it_came", ""),
        ("whole", "unread", ""),
    ]
    assert small.records[1].leaf == all_.records[1].leaf
    text = packed.members(packed.SEEN)["records/2.redacted.txt"].decode()
    assert f'"sha256":"{hashlib.sha256(bytes([1]) * 900).hexdigest()}"' in text
    assert "as `sha256`" in packed.members(packed.SEEN)["README.md"].decode()


def test_large_bodies_come_only_when_asked_for(packed: Any) -> None:
    left_out = PackContents.parse(packed.members(packed.TEXT, largest=100)["pack.json"]).records[1]
    assert (left_out.state, left_out.left_out, left_out.redactions) == ("redacted", "size", {"body": 1})


def test_an_exchange_without_an_answer_and_a_finding_without_captures(packed: Any) -> None:
    failed = PackContents.parse(packed.members(packed.FAILED)["pack.json"])
    assert [record.type for record in failed.records] == ["request", "metadata"]
    nothing = PackContents.parse(packed.members(packed.NOTHING)["pack.json"])
    assert nothing.records == ()


# The same lines of the README look at every record: those of these packs are whole, redacted, left out, many and none.
EVERY = [("TEXT", None), ("PERSONAL", None), ("SEEN", None), ("SEEN", 100), ("MANY", None), ("NOTHING", None)]
REST: list[tuple[str, int | None]] = [("COOKIE", None), ("FAILED", None), ("TOKEN", None)]
REST += [(name, 100) for name in ("TEXT", "PERSONAL", "COOKIE", "FAILED", "MANY", "NOTHING", "TOKEN")]


@pytest.mark.processes
@pytest.mark.parametrize(
    ("name", "largest"), [*EVERY, *(pytest.param(*row, marks=pytest.mark.thorough) for row in REST)]
)
def test_every_pack_verifies_and_its_readme_says_how(
    packed: Any,
    signer: Signer,
    check: Callable[..., Any],
    tools: Path,
    tmp_path: Path,
    name: str,
    largest: Any,
) -> None:
    id_ = getattr(packed, name)
    made = packed.bytes(id_, largest=largest)
    found = check(made, trusted_key=signer.fingerprint)
    assert found.faults == ()
    assert found.fingerprint == signer.fingerprint
    assert found.contents.finding.id == id_
    members = packed.members(id_, largest=largest)
    done = _run(_unpacked(members, tmp_path / "unpacked"), tools)
    assert done.returncode == 0, done.stdout + done.stderr
    assert signer.fingerprint in done.stdout
    assert done.stdout.count("Signature Verified Successfully") == 3
    assert len(re.findall(r"record \d+: OK", done.stdout)) == len(found.contents.records)


@pytest.mark.processes
@pytest.mark.parametrize("name", ["PERSONAL", "MANY"])
def test_the_readme_s_commands_see_every_changed_member(
    packed: Any, tools: Path, tmp_path: Path, name: str
) -> None:
    members = packed.members(getattr(packed, name))
    for changed in list(members) if name == "PERSONAL" else spread(list(members), 5):
        content = members[changed]
        middle = len(content) // 2
        edited = {**members, changed: content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]}
        edited["README.md"] = edited["README.md"] if changed != "README.md" else content + b"\n"
        folder = _unpacked(edited, tmp_path / "unpacked")
        assert _run(folder, tools).returncode != 0, changed
        shutil.rmtree(folder)


@pytest.mark.processes
def test_the_readme_s_commands_see_missing_extra_and_swapped_members(
    packed: Any, tools: Path, tmp_path: Path
) -> None:
    members = packed.members(packed.MANY)
    swapped = {
        **members,
        "proofs/record-1.txt": members["proofs/record-2.txt"],
        "proofs/record-2.txt": members["proofs/record-1.txt"],
    }
    without = {name: content for name, content in members.items() if name != "proofs/record-3.txt"}
    for number, edited in enumerate((swapped, without, {**members, "more.txt": b""})):
        assert _run(_unpacked(edited, tmp_path / str(number)), tools).returncode != 0


def test_the_readme_speaks_both_languages_and_says_nothing_that_was_crawled(packed: Any) -> None:
    page = packed.members(packed.PERSONAL)["README.md"].decode()
    assert "What it does not prove" in page and "چه چیزی را ثابت نمی‌کند" in page
    assert "mobile phone number (2)" in page and "تلفن همراه (2)" in page
    assert "a.test" not in page and "خدمت" not in page
    assert len(page.encode()) < 24_000


@pytest.mark.parametrize("largest", [100, None])
def test_the_readme_says_what_to_look_at_before_it_is_handed_on(packed: Any, largest: int | None) -> None:
    """Pictures above all: they are never redacted."""
    page = packed.members(packed.SEEN, largest=largest)["README.md"].decode()
    assert "Before you share it" in page and "پیش از سپردن بسته به دیگران" in page
    assert ("This pack has none" in page) == (largest is not None)
    assert ("were not searched for personal data" in page) == (largest is None)
    assert page.count("`records/2.warc`") == (4 if largest is None else 0)


def test_keys_of_sessions_stay_behind_in_every_member(packed: Any) -> None:
    """In the subject of the finding, its text, the request's line, heads, the page, and what is known of the capture."""
    members = packed.members(packed.TOKEN)
    contents = PackContents.parse(members["pack.json"])
    assert contents.finding.redactions == {"token": 3}
    taken = [record.redactions.keys() for record in contents.records]
    assert taken == [{"token"}, {"cookie", "token"}, {"token"}]  # the last is a page that names it by no name
    for name, content in members.items():
        assert packed.KEY.encode() not in content, name
    assert "[redacted:token:1]" in members["finding.redacted.json"].decode()
    page = members["README.md"].decode()
    assert "session or account key (3)" in page and "کلید نشست یا حساب (3)" in page


def test_the_same_finding_gives_the_same_bytes(packed: Any, packed_copy: Any) -> None:
    for id_ in (packed.TEXT, packed.MANY):
        made = packed.anew(id_)
        assert made == packed.anew(id_) == packed_copy.anew(id_)
    with zipfile.ZipFile(io.BytesIO(made)) as pack:
        assert {member.date_time for member in pack.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_another_key_cannot_make_a_pack(packed: Any) -> None:
    with pytest.raises(SealedByOtherKey, match=packed.signer.fingerprint):
        packed.bytes(packed.TEXT, signer=Signer.generate())


def test_findings_are_found_by_an_unambiguous_beginning(packed: Any) -> None:
    assert find_finding(packed.findings, "f1").id == packed.TEXT
    assert find_finding(packed.findings, packed.COOKIE).id == packed.COOKIE
    with pytest.raises(NoSuchFinding) as several:
        find_finding(packed.findings, "f2")
    assert several.value.candidates == [packed.PERSONAL, packed.COOKIE]
    for unknown in ("", "x", packed.TEXT + "0"):
        with pytest.raises(NoSuchFinding) as none:
            find_finding(packed.findings, unknown)
        assert none.value.candidates == [] or unknown == ""


def test_a_proof_leads_through_the_shard_to_the_whole(packed: Any) -> None:
    members = packed.members(packed.MANY)
    manifest = json.loads(members["manifest.json"])
    shards = [
        members[f"proofs/record-{number}.txt"].decode().split("\n")[1].split()[0] for number in range(1, 9)
    ]
    assert sorted(set(shards)) == ["shard-0001", "shard-0002"]
    for number in range(1, 9):
        lines = members[f"proofs/record-{number}.txt"].decode().splitlines()
        shard = lines[1].split()[0]
        assert lines[1].split()[2] == str(manifest["records"]["shards"][shard]["count"])
        assert sum(line.startswith("shards ") for line in lines) == 1
