"""A format of findings is one module, and nothing else names it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from reports.export.export_format import export_formats
from reports.export.format_names import format_names
from tests.govah import stored

ROOT = Path(__file__).parents[3]
LINES = '''
"""One line a finding: its verdict and its check."""

from pathlib import Path

from reports.export.draft import WrittenFile
from reports.export.export_context import ExportContext
from reports.export.export_format import ExportFormat


def write(path: Path, context: ExportContext) -> WrittenFile:
    written = WrittenFile()
    with path.open("w", encoding="utf-8", newline="\\n") as file:
        for finding in context.told():
            file.write(f"{finding.verdict} {finding.check}\\n")
            written.counts[finding.verdict] += 1
    return written


FORMAT = ExportFormat("findings.lines", lambda path, sources: write(path, sources.context))
'''


def test_every_module_is_a_format_that_is_documented() -> None:
    assert tuple(export_formats()) == format_names()
    for name in ("export.md", "commands.md", "fa/commands.md"):
        page = (ROOT / "docs" / name).read_text(encoding="utf-8")
        assert [one for one in format_names() if f"`{one}`" not in page] == [], (
            f"docs/{name} does not name them"
        )
    files = [one.file for one in export_formats().values()]
    assert len(set(files)) == len(files)


@pytest.mark.processes
def test_a_new_format_is_one_module(tmp_path: Path) -> None:
    program = tmp_path / "program"
    for room in ("claims", "web", "evidence", "crawler", "checks", "scoring", "reports", "govah"):
        shutil.copytree(ROOT / room, program / room, ignore=shutil.ignore_patterns("__pycache__"))
    (program / "reports" / "export" / "formats" / "lines.py").write_text(LINES, encoding="utf-8")
    folder = stored.judged(tmp_path / "stored")
    told = folder / "findings.lines"
    command = [sys.executable, "-m", "govah", "export", str(folder), "lines", "--output", str(told), "--json"]
    environment = {**os.environ, "PYTHONPATH": str(program), "GOVAH_KEY": str(stored.key(tmp_path / "key"))}
    done = subprocess.run(command, cwd=program, env=environment, capture_output=True, text=True, check=True)
    lines = told.read_text(encoding="utf-8").splitlines()
    assert sum(json.loads(done.stdout)["counts"].values()) == len(lines) > 400
    assert any(line.startswith("contradicted ") for line in lines)
