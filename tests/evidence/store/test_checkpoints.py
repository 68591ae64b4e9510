"""What checkpoints promise: the first before anything was seen, one each 5,000 records, and that a published one
catches whoever rewrites what it covered, the key's holder included."""

from __future__ import annotations

import itertools
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evidence import layout
from evidence.fault import Fault
from evidence.store.writer import CHECKPOINT_EVERY
from evidence.verify.folder import verify


def checkpoints(evidence: Path) -> list[dict[str, Any]]:
    lines = (evidence / layout.CHECKPOINTS).read_bytes().splitlines()
    return [json.loads(line)["checkpoint"] for line in lines]


def test_one_is_signed_every_five_thousand_records(round_: Any) -> None:
    assert CHECKPOINT_EVERY == 5_000
    batch = 256
    with round_.open(batch=batch) as writer:
        assert [c["records"] for c in checkpoints(round_.evidence)] == [0]  # before the first request
        for number in range(5_300):
            round_.exchange(writer, f"http://a.test/{number}", b"HTTP/1.1 204 No Content\r\n\r\n")
    found = checkpoints(round_.evidence)
    sizes = [c["records"] for c in found]
    assert len(sizes) == 3
    for before, after in itertools.pairwise(sizes):
        assert (
            5_000 <= after - before < 5_000 + 2 * batch + 2
        )  # an exchange is two records, a segment begins with one
    assert [c["number"] for c in found] == [1, 2, 3]
    assert found[0]["plan"] == found[2]["plan"]
    round_.seal()
    assert verify(round_.evidence) == []


@pytest.fixture(scope="module")
def forgery(new_round: Callable[[Path], Any], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """(what was seen, what the auditor would rather have seen): sealed by the same key at the same times."""
    folders = []
    for page in (b"the service is there", b"there is no service "):
        made = new_round(tmp_path_factory.mktemp("round"))
        with made.open(batch=1, checkpoint_every=6) as writer:
            for number in range(12):
                body = page if number == 4 else b"page"
                made.exchange(writer, f"http://a.test/{number}", b"HTTP/1.1 200 OK\r\n\r\n" + body)
        made.seal()
        folders.append(made.evidence)
    return folders[0], folders[1]


def _with_published(folder: Path, published: Path, count: int, signer: Any) -> list[Fault]:
    """Verifies as somebody does who kept the first lines that were published, whatever lies in the folder."""
    lines = published.read_bytes().splitlines(keepends=True)
    (folder / layout.CHECKPOINTS).write_bytes(b"".join(lines[:count]))
    return [fault for fault in verify(folder) if fault.problem == "changed_checkpoint"]


def test_a_forgery_by_the_keys_holder_verifies_alone(forgery: tuple[Path, Path]) -> None:
    """Which is why checkpoints are to be published."""
    assert all(verify(folder) == [] for folder in forgery)


def test_a_published_checkpoint_catches_a_forged_prefix(
    forgery: tuple[Path, Path], tmp_path: Path, signer: Any
) -> None:
    seen, forged = (
        shutil.copytree(folder, tmp_path / name) for folder, name in zip(forgery, "ab", strict=True)
    )
    published = forgery[0] / layout.CHECKPOINTS
    sizes = [c["records"] for c in checkpoints(seen)]
    first = next(
        number for number, size in enumerate(sizes, 1) if size > 10
    )  # the first that covers the page
    assert 1 < first < len(sizes)
    assert _with_published(forged, published, first - 1, signer) == []  # these were before it
    [fault] = _with_published(forged, published, first, signer)
    assert fault.item == f"checkpoint {first}" and "root" in fault.detail
    assert _with_published(seen, published, len(sizes), signer) == []


def test_a_published_checkpoint_catches_dropped_records(
    forgery: tuple[Path, Path], tmp_path: Path, new_round: Callable[[Path], Any], signer: Any
) -> None:
    short = new_round(tmp_path / "short")
    with short.open(batch=1, checkpoint_every=6) as writer:
        for number in range(3):
            short.exchange(writer, f"http://a.test/{number}", b"HTTP/1.1 200 OK\r\n\r\npage")
    short.seal()
    published = forgery[0] / layout.CHECKPOINTS
    faults = _with_published(short.evidence, published, len(checkpoints(forgery[0])), signer)
    assert any("there are no" in fault.detail for fault in faults)


def test_an_opening_checkpoint_holds_the_plan_that_was_to_be_followed(
    forgery: tuple[Path, Path], tmp_path: Path, new_round: Callable[[Path], Any], signer: Any
) -> None:
    other = new_round(tmp_path / "other")
    with other.open(plan={"seeds": ["http://elsewhere.test/"]}) as writer:
        other.fill(writer, 1)
    other.seal()
    assert checkpoints(other.evidence)[0]["plan"] != checkpoints(forgery[0])[0]["plan"]
    assert _with_published(other.evidence, forgery[0] / layout.CHECKPOINTS, 1, signer) != []
