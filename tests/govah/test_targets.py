"""Where exports are written: no agency's file takes the place of another."""

from __future__ import annotations

from pathlib import Path

import pytest

from govah.round_paths import RoundPaths
from govah.targets import target
from govah.terminal.console import Speaker


@pytest.mark.parametrize("whole", ["findings.sarif", "results.xlsx", "junit.xml", "round.wacz", "tables.zip"])
@pytest.mark.parametrize("agency", ["findings", "Results", "junit", "round", "tables", "selection", "a.b"])
def test_each_has_a_file_of_its_own(tmp_path: Path, whole: str, agency: str) -> None:
    chosen = (None, frozenset({agency}), frozenset({agency, "other"}))
    found = [target(Speaker(), RoundPaths(tmp_path), agencies, whole, None) for agencies in chosen]
    assert len({path.name.casefold() for path in found}) == 3
    assert {path.parent for path in found} == {RoundPaths(tmp_path).results}
    assert {path.suffix for path in found} == {Path(whole).suffix}
