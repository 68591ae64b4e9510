"""The chain of judgements: what is put back, taken out, put in, moved or edited there is caught and named."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from evidence.canonical import canonical_line
from evidence.errors import SealError
from evidence.regular_files import digest
from evidence.signing import findings_seal
from evidence.signing.earlier_judgements import FILES, earlier, set_aside
from evidence.signing.findings_seal import MANIFEST, SIGNATURE, UNFINISHED
from evidence.signing.findings_seal_state import seal_state
from evidence.signing.keys import Signer
from evidence.verify.folder import verify
from govah.judgements import being_written
from govah.round_paths import RoundPaths
from govah.stages import put
from tests.depth import tries
from tests.evidence.sampling import places
from tests.evidence.store.test_failpoints import Failpoint

CHANGED, CUT = tries(30, 600), tries(30, 180)
Named = set[tuple[str, str, str]]


def judge(folder: Path, number: int, signer: Signer, rules: int | None = None) -> None:
    """The judgement with this number: each says otherwise of the same captures, by other rules."""
    lines = [
        {"captures": [f"c{capture:05d}"], "id": f"f{capture}", "verdict": f"verdict {number}"}
        for capture in range(1, 5)
    ]
    findings = b"".join(canonical_line(line) for line in lines)
    claims = canonical_line({"agency": "a", "claim": number})
    put(
        RoundPaths(folder),
        BytesIO(findings),
        BytesIO(claims),
        {"rules": {"links.dead": rules or number}},
        signer,
    )


@pytest.fixture(scope="session")
def chained_origin(
    sealed_origin: Path, tmp_path_factory: pytest.TempPathFactory, signer: Signer
) -> tuple[Path, list[dict[str, bytes]]]:
    """A round that was judged four times, and the files of each judgement. To be copied, not written to."""
    folder = shutil.copytree(
        sealed_origin, tmp_path_factory.mktemp("chained") / "round", ignore=shutil.ignore_patterns("results")
    )
    judgements = []
    for number in range(1, 5):
        judge(folder, number, signer)
        judgements.append({name: (folder / "results" / name).read_bytes() for name in FILES})
    return folder, judgements


@pytest.fixture
def folder(chained_origin: tuple[Path, list[dict[str, bytes]]], tmp_path: Path) -> Path:
    return shutil.copytree(chained_origin[0], tmp_path / "round")


@pytest.fixture
def made(chained_origin: tuple[Path, list[dict[str, bytes]]]) -> list[dict[str, bytes]]:
    return chained_origin[1]


def named(folder: Path) -> Named:
    found = verify(folder / "evidence", findings=folder / "results" / "findings.jsonl")
    return {(fault.file, fault.item, fault.problem) for fault in found}


def how_it_stands(folder: Path) -> str:
    results = folder / "results"
    return seal_state(results, folder / "evidence", digest(results / "findings.jsonl") or "").state


def lay(folder: Path, files: dict[str, bytes]) -> None:
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


def seal_of(judgement: dict[str, bytes]) -> str:
    return hashlib.sha256(judgement[MANIFEST]).hexdigest()


def test_each_seal_names_the_one_that_it_replaced(folder: Path, made: list[dict[str, bytes]]) -> None:
    assert named(folder) == set()
    assert [path.name for path in earlier(folder / "results")] == ["1", "2", "3"]
    for path, judgement in zip(earlier(folder / "results"), made, strict=False):
        assert {one.name: one.read_bytes() for one in path.iterdir()} == judgement
    manifests = [json.loads(judgement[MANIFEST]) for judgement in made]
    assert "previous" not in manifests[0]
    assert [manifest["previous"] for manifest in manifests[1:]] == [seal_of(one) for one in made[:3]]


def test_the_first_judgement_has_the_same_bytes_on_every_machine(
    folder: Path, made: list[dict[str, bytes]], signer: Signer
) -> None:
    shutil.rmtree(folder / "results")
    judge(folder, 1, signer)
    assert {path.name: path.read_bytes() for path in (folder / "results").iterdir()} == made[0]


def test_the_same_judgement_again_stays_as_it_is(folder: Path, signer: Signer) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    judge(folder, 4, signer)
    judge(folder, 4, Signer.generate())  # repeated by somebody without the auditor's key
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_other_rules_that_come_to_the_same_are_chained_too(folder: Path, signer: Signer) -> None:
    judge(folder, 4, signer, rules=99)
    assert [path.name for path in earlier(folder / "results")] == ["1", "2", "3", "4"]
    assert named(folder) == set()


def test_a_judgement_that_comes_back_by_itself_is_a_new_one(folder: Path, signer: Signer) -> None:
    judge(folder, 1, signer)
    assert len(earlier(folder / "results")) == 4
    assert named(folder) == set()


@pytest.mark.parametrize("number", [1, 2, 3])
def test_an_older_judgement_that_was_put_back_is_named(
    folder: Path, made: list[dict[str, bytes]], number: int, signer: Signer
) -> None:
    results = folder / "results"
    assert how_it_stands(folder) == "sealed"
    lay(results, made[number - 1])
    assert named(folder) == {(MANIFEST, "previous", "superseded_findings")}
    assert how_it_stands(folder) == "put_back"  # so score, report and explain refuse it
    judge(folder, 4, signer)
    assert {path.name: path.read_bytes() for path in results.iterdir() if path.is_file()} == made[3]
    assert named(folder) == set()


@pytest.mark.parametrize("number", [1, 2])
def test_one_that_somebody_kept_is_named_when_its_place_is_taken_out(
    folder: Path, made: list[dict[str, bytes]], number: int
) -> None:
    results = folder / "results"
    lay(results, made[number - 1])
    shutil.rmtree(results / "earlier" / str(number))
    assert {problem for _, _, problem in named(folder)} == {"superseded_findings", "missing_judgement"}


def test_what_the_folder_alone_cannot_show(folder: Path, made: list[dict[str, bytes]]) -> None:
    """All of the results put back to an earlier day: the hash of the last seal, as it was published, shows it."""
    results = folder / "results"
    lay(results, made[1])
    for number in (2, 3):
        shutil.rmtree(results / "earlier" / str(number))
    assert named(folder) == set()
    assert seal_of(made[1]) != seal_of(made[3])


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_judgement_that_was_taken_out_is_named(folder: Path, number: int) -> None:
    shutil.rmtree(folder / "results" / "earlier" / str(number))
    found = named(folder)
    assert {problem for _, _, problem in found} == {"missing_judgement"}
    place = f"earlier/{number}" if number < 3 else MANIFEST
    assert place in {file for file, _, _ in found}


def test_all_that_were_replaced_taken_out(folder: Path) -> None:
    shutil.rmtree(folder / "results" / "earlier")
    assert named(folder) == {(MANIFEST, "previous", "missing_judgement")}


def test_the_judgement_in_force_taken_out(folder: Path) -> None:
    for name in FILES:
        (folder / "results" / name).unlink()
    assert ("findings.jsonl", "", "missing_file") in named(folder)


@pytest.mark.parametrize(("one", "other"), [(1, 2), (1, 3), (2, 3)])
def test_judgements_that_changed_places_are_named(folder: Path, one: int, other: int) -> None:
    place = folder / "results" / "earlier"
    (place / str(one)).rename(place / "x")
    (place / str(other)).rename(place / str(one))
    (place / "x").rename(place / str(other))
    found = named(folder)
    assert {problem for _, _, problem in found} == {"broken_chain"}
    assert {f"earlier/{number}/{MANIFEST}" for number in (one, other)} <= {file for file, _, _ in found}


@pytest.mark.parametrize("copied", [1, 2, 3, 4])
def test_a_judgement_that_lies_there_twice_is_named(
    folder: Path, made: list[dict[str, bytes]], copied: int
) -> None:
    lay(folder / "results" / "earlier" / "4", made[copied - 1])
    found = named(folder)
    if copied == 4:  # a copy of the one in force
        assert found == {(MANIFEST, "previous", "superseded_findings")}
    else:
        assert (f"earlier/4/{MANIFEST}", "previous", "broken_chain") in found


def test_a_judgement_by_another_key_is_named(folder: Path, made: list[dict[str, bytes]]) -> None:
    foreign = Signer.generate()
    place = folder / "results" / "earlier" / "2"
    forged = canonical_line({**json.loads(made[1][MANIFEST]), "key": foreign.fingerprint})
    lay(place, {MANIFEST: forged, SIGNATURE: foreign.sign(forged)})
    assert (f"earlier/2/{MANIFEST}", "key", "foreign_signature") in named(folder)


def test_a_judgement_of_another_round_by_the_same_key_is_named(
    folder: Path, tmp_path: Path, new_round: Callable[[Path], Any], signer: Signer
) -> None:
    other = new_round(tmp_path / "other")
    with other.open() as writer:
        other.fill(writer)
    other.seal(round_id="1403-2")
    judge(other.folder, 1, signer)
    judge(other.folder, 2, signer)
    shutil.copytree(other.results / "earlier" / "1", folder / "results" / "earlier" / "4")
    found = named(folder)
    assert (f"earlier/4/{MANIFEST}", "evidence", "foreign_findings") in found
    assert (f"earlier/4/{MANIFEST}", "round", "changed_field") in found


def test_a_judgement_over_the_evidence_as_it_was_before_is_no_fault(
    sealed_origin: Path, tmp_path: Path, new_round: Callable[[Path], Any], signer: Signer
) -> None:
    folder = shutil.copytree(sealed_origin, tmp_path / "round", ignore=shutil.ignore_patterns("results"))
    judge(folder, 1, signer)
    extended = new_round(folder)
    extended.skip_ids(500)
    with extended.open() as writer:
        extended.fill(writer)
    judge(folder, 2, signer)  # while nothing is sealed
    assert not (folder / "results" / MANIFEST).exists()
    extended.seal()
    judge(folder, 3, signer)
    assert [path.name for path in earlier(folder / "results")] == ["1"]
    assert named(folder) == set()


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("make", [None, os.mkfifo, os.mkdir, lambda path: path.symlink_to("/dev/zero")])
def test_a_file_that_is_gone_or_no_file_is_named(
    folder: Path, name: str, make: Callable[[Path], None] | None
) -> None:
    path = folder / "results" / "earlier" / "2" / name
    path.unlink()
    if make is not None:
        make(path)
    assert f"earlier/2/{name}" in {file for file, _, _ in named(folder)}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_was_made_endless_is_named(folder: Path, name: str) -> None:
    os.truncate(folder / "results" / "earlier" / "2" / name, 20 << 20)
    found = {part for fault in named(folder) for part in fault[:2]}
    assert f"earlier/2/{name}" in found


@pytest.mark.parametrize(
    ("name", "problem"),
    [("note.txt", "extra_file"), ("2/note.txt", "extra_file"), ("2/sub/findings.jsonl", "extra_file"),
     ("02/findings.jsonl", "extra_file"), ("0/findings.jsonl", "extra_file"), (".4/findings.jsonl", "extra_file"),
     (".DS_Store", "stray_file"), ("2/Thumbs.db", "stray_file"), ("2/findings.jsonl~", "stray_file")],
)  # fmt: skip
def test_what_is_not_of_a_judgement_is_named(folder: Path, name: str, problem: str) -> None:
    path = folder / "results" / "earlier" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("x")
    assert named(folder) == {(f"earlier/{name}", "", problem)}


def test_an_empty_folder_is_named(folder: Path) -> None:
    (folder / "results" / "earlier" / "x").mkdir()
    assert named(folder) == {("earlier/x/", "", "extra_folder")}


@pytest.mark.parametrize("place", ["earlier", "earlier/2"])
def test_a_link_to_a_folder_elsewhere_is_not_followed(folder: Path, tmp_path: Path, place: str) -> None:
    path = folder / "results" / place
    shutil.move(path, tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    assert (place, "", "extra_file") in named(folder)


def test_a_number_out_of_all_bounds_takes_no_time(folder: Path, made: list[dict[str, bytes]]) -> None:
    lay(folder / "results" / "earlier" / "999999999", made[2])
    assert any(file == "earlier/4 – earlier/999999998" for file, _, _ in named(folder))


def test_a_check_that_died_says_nothing_against_the_judgements_before(folder: Path, signer: Signer) -> None:
    results = folder / "results"
    with pytest.raises(KeyboardInterrupt), being_written(results):
        (results / "earlier" / ".4").mkdir()
        (results / "earlier" / ".4" / "findings.jsonl").write_text("half")
        raise KeyboardInterrupt
    assert named(folder) == {("findings.jsonl", "", "cut_short")}
    shutil.rmtree(results / "earlier" / "2")
    assert {problem for _, _, problem in named(folder)} == {"cut_short", "missing_judgement"}


def test_a_mark_of_a_check_that_died_does_not_help_to_drop_a_judgement(
    folder: Path, made: list[dict[str, bytes]], signer: Signer
) -> None:
    """Somebody edits the findings and lays the mark; the auditor judges by newer rules without looking."""
    results = folder / "results"
    (results / "findings.jsonl").write_bytes(b'{"id":"x"}\n')
    (results / UNFINISHED).touch()
    judge(folder, 5, signer)
    assert json.loads((results / MANIFEST).read_bytes())["previous"] == seal_of(made[3])
    assert ("earlier/4/findings.jsonl", "", "changed_file") in named(folder)


def test_a_judgement_by_a_wrong_key_leaves_no_trace_in_the_chain(folder: Path, signer: Signer) -> None:
    stranger = Signer.generate()
    judge(folder, 5, stranger)
    assert (MANIFEST, "key", "foreign_signature") in named(folder)
    assert len(earlier(folder / "results")) == 4  # the auditor's last is kept
    judge(folder, 6, stranger)
    assert len(earlier(folder / "results")) == 5  # and what the stranger judged, for the stranger
    shutil.rmtree(folder / "results" / "earlier" / "5")
    judge(folder, 7, signer)
    assert len(earlier(folder / "results")) == 4
    assert named(folder) == set()


def test_going_back_to_the_old_rules_after_a_check_that_died_is_no_judgement_put_back(
    folder: Path, signer: Signer
) -> None:
    """It died after the last judgement was set aside and before another was written."""
    results = folder / "results"
    with pytest.raises(KeyboardInterrupt), being_written(results):
        statement = findings_seal.statement(BytesIO(), folder / "evidence")
        assert set_aside(results, folder / "evidence", signer, statement) == results / "earlier/4"
        (results / "earlier" / ".5").mkdir()
        raise KeyboardInterrupt
    judge(folder, 4, signer)
    assert named(folder) == set()
    assert [path.name for path in earlier(results)] == ["1", "2", "3", "4"]


def killed(folder: Path, signer: Signer, deadly: int) -> bool:
    """Judges in a process that dies at this change of the disk; whether it got there."""
    child = os.fork()
    if child == 0:
        try:
            Failpoint(deadly)
            judge(folder, 5, signer)
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


@pytest.mark.processes
def test_wherever_a_check_dies_while_it_replaces_a_judgement(
    chained_origin: tuple[Path, list[dict[str, bytes]]], memory: Path, signer: Signer
) -> None:
    """The old judgement or the new one is there and verifies, or the check is said to have been cut short."""
    seen: set[bool] = set()
    for deadly in places(7):
        folder = shutil.copytree(chained_origin[0], memory / str(deadly))
        died = killed(folder, signer, deadly)
        found = named(folder)
        assert found in (set(), {("findings.jsonl", "", "cut_short")}), deadly
        seen.add(found == set())
        back = shutil.copytree(folder, memory / "back")
        for place, number in ((folder, 5), (back, 4)):  # the same again, or by the old rules after all
            judge(place, number, signer)
            assert named(place) == set(), deadly
            assert len(earlier(place / "results")) >= number - 1, deadly
        shutil.rmtree(folder)
        shutil.rmtree(back)
        if not died:
            break
    assert deadly > 60
    assert seen == {True, False}


@pytest.mark.parametrize("place", ["earlier", "earlier/4", "earlier/.4"])
def test_nothing_is_set_aside_through_a_link(
    folder: Path, tmp_path: Path, signer: Signer, place: str
) -> None:
    path, elsewhere = folder / "results" / place, tmp_path / "elsewhere"
    elsewhere.mkdir()
    if path.exists():
        shutil.rmtree(path)
    path.symlink_to(elsewhere)
    with pytest.raises(SealError, match="no folder"):
        judge(folder, 5, signer)
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize(
    "content",
    [b"", b"null", b"[]", b"{", b"[" * 100_000, b"\xff\xfe", b'{"format":"govah-findings-manifest/1"}',
     b'{"format":"govah-findings-manifest/1","previous":[],"evidence":[],"round":{},"key":[],"findings":7,"judged":3}',
     b'{"format":"govah-findings-manifest/1","previous":{"a":1},"evidence":{},"findings":{"sha256":[]}}'],
)  # fmt: skip
@pytest.mark.parametrize("number", [1, 3, 4])
def test_any_seal_is_survived_and_named(folder: Path, content: bytes, number: int) -> None:
    place = folder / "results" if number == 4 else folder / "results" / "earlier" / str(number)
    (place / MANIFEST).write_bytes(content)
    name = (place / MANIFEST).relative_to(folder / "results").as_posix()
    assert name in {file for file, _, _ in named(folder)}


def test_bytes_put_in_taken_out_and_cut_off_are_caught_and_named(folder: Path) -> None:
    draw = random.Random(1405)
    files = sorted(path for path in (folder / "results" / "earlier").rglob("*") if path.is_file())
    for number in range(CUT):
        path = files[number % len(files)]
        content = path.read_bytes()
        at = draw.randrange(len(content))
        deeds = (
            content[:at] + draw.randbytes(draw.randint(1, 20)) + content[at:],
            content[:at] + content[at + draw.randint(1, 20) :],
            content[:at],
        )
        path.write_bytes(deeds[number % 3])
        found = named(folder)
        path.write_bytes(content)
        name = path.relative_to(folder / "results").as_posix()
        assert any(name in (file, item) for file, item, _ in found), (name, at, number % 3)


def test_every_changed_byte_is_caught_and_named(folder: Path) -> None:
    """In every file of a judgement that was replaced."""
    draw = random.Random(1404)
    files = sorted(path for path in (folder / "results" / "earlier").rglob("*") if path.is_file())
    assert len(files) == 15
    missed: list[str] = []
    for number in range(CHANGED):
        path = files[number % len(files)]
        name = path.relative_to(folder / "results").as_posix()
        content = path.read_bytes()
        at = draw.randrange(len(content))
        changed = bytearray(content)
        changed[at] ^= draw.randrange(1, 256)
        path.write_bytes(bytes(changed))
        found = named(folder)
        path.write_bytes(content)
        blamed = {file for file, _, _ in found}
        own = path.parent.relative_to(folder / "results").as_posix()
        following = {f"earlier/{int(path.parent.name) + 1}/{MANIFEST}", MANIFEST}
        wrongly = {file for file in blamed if not file.startswith(own + "/")} - following
        if wrongly or not any(name in (file, item) for file, item, _ in found):
            missed.append(f"{name} at {at}: {sorted(found)[:5]}")
    assert missed == []
    assert named(folder) == set()
