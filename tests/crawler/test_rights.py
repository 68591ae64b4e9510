"""What a crawl writes is its owner's alone, also while it goes on: what it met may hold personal data."""

from __future__ import annotations

import stat
from typing import Any

import pytest

pytestmark = pytest.mark.sockets


def test_everything_that_a_crawl_leaves_is_its_owner_s_alone(kit: Any) -> None:
    """Index, journal, lease, progress and gates are looked at while a page is not answered."""
    site = kit.site({"/": kit.answer('<a href="/a">a</a>'), "/a": kit.answer("<p>a")})
    crawl = kit.crawl(site)
    site.hold(0)
    process = crawl.start()
    kit.wait_for(lambda: site.holds and crawl.committed())
    during = rights(crawl)
    site.go_on()
    crawl.finish(process)
    names = " ".join(during)
    assert all(
        part in names for part in (".sqlite-wal", ".warc.gz", "epoch-1", "progress.json", "coordinator.lock")
    ), names
    for found in (during, rights(crawl)):
        assert {name: oct(mode) for name, mode in found.items() if mode & 0o077} == {}


def rights(crawl: Any) -> dict[str, int]:
    folder = crawl.folder / "evidence"
    return {str(path): stat.S_IMODE(path.lstat().st_mode) for path in (folder, *folder.rglob("*"))}
