"""Records and segments that are whole and were moved, doubled or run together: `govah verify` names each, with status 4.

The key holder may list the files as they are now and sign that; the leaves and the tree over them still say what stood where.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from evidence.signing.keys import Signer
from govah.cli import app
from tests.evidence.tampering import members_of, sign_anew

FIRST, SECOND = (f"shard-0001/seg-1-0000{number}.warc.gz" for number in (1, 2))
Change = Callable[[Path, Path], None]


def _put(path: Path, records: list[bytes]) -> None:
    path.write_bytes(b"".join(records))


def _moved(first: Path, second: Path) -> None:
    here, there = members_of(first), members_of(second)
    there.insert(1, here.pop(2))
    _put(first, here)
    _put(second, there)


def _exchanged(first: Path, second: Path) -> None:
    here, there = members_of(first), members_of(second)
    here[2], there[2] = there[2], here[2]
    _put(first, here)
    _put(second, there)


def _swapped(first: Path, second: Path) -> None:
    aside = first.with_name("aside")
    first.rename(aside)
    second.rename(first)
    aside.rename(second)


def _run_together(first: Path, second: Path) -> None:
    first.write_bytes(first.read_bytes() + second.read_bytes())
    second.unlink()


def _run_together_and_kept(first: Path, second: Path) -> None:
    first.write_bytes(first.read_bytes() + second.read_bytes())


def _doubled(first: Path, second: Path) -> None:
    records = members_of(first)
    _put(first, [*records[:3], records[2], *records[3:]])


def _doubled_at_the_end(first: Path, second: Path) -> None:
    _put(first, [*members_of(first), members_of(first)[-1]])


def _doubled_elsewhere(first: Path, second: Path) -> None:
    _put(second, [*members_of(second), members_of(first)[2]])


CHANGES: dict[str, tuple[Change, set[str]]] = {
    "a record moved to another segment": (_moved, {FIRST, SECOND}),
    "records of two segments exchanged": (_exchanged, {FIRST, SECOND}),
    "two segments swapped by name": (_swapped, {FIRST, SECOND}),
    "two segments run together": (_run_together, {FIRST, SECOND}),
    "two segments run together, the second kept": (_run_together_and_kept, {FIRST}),
    "a record doubled": (_doubled, {FIRST}),
    "the last record doubled": (_doubled_at_the_end, {FIRST}),
    "a record doubled in another segment": (_doubled_elsewhere, {SECOND}),
}


def _verified(folder: Path, *more: str) -> tuple[int, Any]:
    done = CliRunner().invoke(app, ["verify", str(folder), "--json", *more], env={"GOVAH_LANG": "en"})
    return done.exit_code, json.loads(done.stdout)


@pytest.mark.parametrize("by", ["a stranger", "the key holder"])
@pytest.mark.parametrize("name", CHANGES)
def test_it_is_named_and_rebuilding_hides_nothing(
    sealed_origin: Path, signer: Signer, tmp_path: Path, name: str, by: str
) -> None:
    folder = shutil.copytree(sealed_origin, tmp_path / "round")
    evidence = folder / "evidence"
    change, changed = CHANGES[name]
    change(evidence / FIRST, evidence / SECOND)
    if by == "the key holder":
        sign_anew(folder, signer)
    for more in ((), ("--rebuild",)):
        status, said = _verified(folder, *more)
        assert status == 4 and not said["intact"]
        named = {fault["file"] for fault in said["faults"]}
        assert changed <= named, said["faults"]
        records = {fault["problem"] for fault in said["faults"] if fault["file"] in changed}
        assert records & {
            "changed_record", "missing_record", "added_record", "reordered_record", "missing_file", "torn_file"
        }, said["faults"]  # fmt: skip
        assert said.get("indexes", []) == [] and not (folder / "evidence.damaged").exists()
