"""Kept rounds: made once for one state of the code, by one process, and never half."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from fixtures.portals.registry import SETS
from tests import rounds


def test_made_once_and_the_others_wait(tmp_path: Path) -> None:
    begun, go = threading.Event(), threading.Event()
    made = []

    def make(folder: Path) -> None:
        made.append(folder)
        begun.set()
        go.wait()
        (folder / "round").mkdir()

    folder = tmp_path / "estate" / "crawl-1"
    found: list[rounds.KeptRound] = []
    threads = [threading.Thread(target=lambda: found.append(rounds._kept(folder, make))) for _ in range(3)]
    for thread in threads:
        thread.start()
    begun.wait()
    assert not folder.exists()
    go.set()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    assert [one.round for one in found] == [folder / "round"] * 3
    assert folder.is_dir()


def test_what_was_kept_for_another_state_goes(tmp_path: Path) -> None:
    for digest in "123":
        rounds._kept(tmp_path / f"crawl-{digest}", lambda folder: (folder / "round").mkdir())
    rounds._kept(tmp_path / "judged-1", lambda folder: (folder / "round").mkdir())
    assert {path.name for path in tmp_path.iterdir() if path.is_dir()} == {"crawl-3", "judged-1"}


def test_what_failed_is_not_kept(tmp_path: Path) -> None:
    def broken(folder: Path) -> None:
        (folder / "round").mkdir()
        raise OSError("no address")

    with pytest.raises(OSError, match="no address"):
        rounds._kept(tmp_path / "crawl-1", broken)
    assert not (tmp_path / "crawl-1").exists()
    assert rounds._kept(tmp_path / "crawl-1", lambda folder: (folder / "round").mkdir()).round.is_dir()


def test_a_digest_is_of_names_and_contents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "ROOT", tmp_path)
    seen = set()
    for name, text in (("a.py", "1"), ("a.py", "2"), ("b.py", "2"), ("__pycache__/a.pyc", "2")):
        path = tmp_path / "crawler" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        rounds._digest.cache_clear()
        seen.add(rounds._digest(("crawler",), "browser 1"))
    assert len(seen) == 3
    assert rounds._digest(("crawler",), "browser 2") not in seen
    rounds._digest.cache_clear()


def test_a_rule_does_not_make_a_crawl_stale() -> None:
    assert not {"checks", "scoring", "reports"} & {*rounds._CRAWL}
    assert all((rounds.ROOT / part).exists() for part in (*rounds._CRAWL, *rounds._JUDGE))
    for portals in SETS.values():
        made_of = rounds._made_of(portals)
        assert "fixtures/portals/estate" in made_of, "certificates and wire are the estate's"
        assert all(part.startswith(("fixtures/", "tests/")) for part in made_of)
        assert all((rounds.ROOT / part).exists() for part in made_of)
