"""What the reference implementation says of an exported file. It is built once, under `out/`, from hashed versions."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from fixtures.benchmarks.peers import py_wacz

# No change of govah changes what it overlooks, and what it refuses of ours tests/reports/export/test_wacz.py refuses first.
pytestmark = [pytest.mark.processes, pytest.mark.thorough]

FOLDER = Path(__file__).parents[3] / "out" / "peers" / "py-wacz"


def test_the_reference_implementation_calls_it_valid_and_an_altered_one_not(
    exported: Path, tmp_path: Path
) -> None:
    verdict = py_wacz.validate(FOLDER, exported)
    assert verdict.valid and "Version detected as 1.1.1" in verdict.said, verdict.said
    altered = tmp_path / "altered.wacz"
    with zipfile.ZipFile(exported) as source, zipfile.ZipFile(altered, "w") as target:
        for info in source.infolist():
            content = source.read(info)
            target.writestr(info, content[:-1] if info.filename == "pages/pages.jsonl" else content)
    assert not py_wacz.validate(FOLDER, altered).valid


def test_what_it_does_not_see(exported: Path, tmp_path: Path) -> None:
    """A file is dropped and the package made anew: valid to it, which is why the seal of govah goes along."""
    forged = tmp_path / "forged.wacz"
    with zipfile.ZipFile(exported) as source, zipfile.ZipFile(forged, "w") as target:
        names = [info.filename for info in source.infolist() if info.filename != "datapackage-digest.json"]
        package = json.loads(source.read("datapackage.json"))
        for resource in package["resources"]:
            if resource["path"] == "govah/records.txt":
                package["resources"].remove(resource)
        for name in names:
            if name == "datapackage.json":
                target.writestr(name, json.dumps(package))
            elif name != "govah/records.txt":
                target.writestr(name, source.read(name))
    assert py_wacz.validate(FOLDER, forged).valid
