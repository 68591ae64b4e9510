"""Evidence is its owner's alone from its first moment, whatever the umask."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from typing import Any

import pytest

from evidence.verify.rebuild import rebuild


@pytest.fixture(params=[0, 0o022, 0o077])
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


def test_folders_have_0700_and_files_0600(round_: Any, umask: None) -> None:
    with round_.open(segment_bytes=4000, checkpoint_every=8) as writer:
        round_.fill(writer)
        held(round_)
    round_.seal()
    held(round_)
    index = next(round_.evidence.glob("shard-*/index-*.sqlite"))
    index.write_bytes(b"")
    rebuild(round_.evidence, trusted_key=None, jobs=1)
    assert index.stat().st_size
    held(round_, but=index.name)


def held(round: Any, but: str = "") -> None:
    paths = [round.evidence, *round.evidence.rglob("*")]
    assert len(paths) > 5
    found = {str(path): oct(stat.S_IMODE(path.stat().st_mode)) for path in paths}
    wanted = {str(path): oct(0o700 if path.is_dir() else 0o600) for path in paths}
    assert found == wanted
