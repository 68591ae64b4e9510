"""`govah export` of what was found, and what `govah report` writes beside the report: a real round, read back."""

from __future__ import annotations

import csv
import json
import shutil
import zipfile
from pathlib import Path

import pytest
from junitparser import JUnitXml
from openpyxl import load_workbook

from govah import stages
from govah.commands import export
from govah.terminal.console import Speaker
from reports.export.export_format import export_formats
from tests.govah import stored
from tests.govah.test_cli import govah

pytestmark = pytest.mark.processes

FILES = {
    "xlsx": "results.xlsx",
    "csv": "tables.zip",
    "sarif": "findings.sarif",
    "junit": "junit.xml",
    "earl": "earl.jsonld",
}


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The stored round with its findings."""
    return stored.judged(tmp_path_factory.mktemp("exports"))


def findings() -> list[dict[str, object]]:
    return [json.loads(line) for line in stored.FINDINGS.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("format", FILES)
def test_each_format_is_written_where_it_belongs_and_says_how_much(
    judged: Path, tmp_path: Path, format: str
) -> None:
    told = json.loads(govah("export", judged, format, "--json", home=tmp_path).stdout)
    path = judged / "results" / FILES[format]
    assert told["file"] == str(path) and path.stat().st_size > 10_000
    assert told["left_out"] == {}
    rows = told["counts"]["findings"] if format in ("xlsx", "csv") else sum(told["counts"].values())
    assert rows == len(findings())
    assert not [one.name for one in path.parent.iterdir() if one.name.startswith(".")], "no draft is left"


def test_one_agency_has_a_file_of_its_own_and_the_whole_stays(judged: Path, tmp_path: Path) -> None:
    other = tmp_path / "part.xlsx"
    said = govah("export", judged, "xlsx", "--agency", "barg", "-o", other, home=tmp_path).stdout
    assert "6 tables" in said and str(other) in said.replace("\n", "")
    book = load_workbook(other)
    assert {row[0].value for row in book["یافته‌ها"].iter_rows(min_row=2)} == {"barg"}
    own = [f for f in findings() if f["agency"] == "barg"]
    assert book["یافته‌ها"].max_row == len(own) + 1
    junit = govah("export", judged, "junit", "--agency", "barg", home=tmp_path, lang="fa").stdout
    assert "barg.xml" in junit and "یافته" in junit
    assert JUnitXml.fromfile(str(judged / "results" / "barg.xml")).tests == len(own)
    both = govah("export", judged, "csv", "--agency", "barg", "--agency", "mahi", "--json", home=tmp_path)
    assert json.loads(both.stdout)["file"].endswith("selection.zip")


def test_paths_of_sarif_begin_at_the_repository(judged: Path, tmp_path: Path) -> None:
    govah("export", judged, "sarif", "--root", judged.parent, "--at-least", "contradicted", home=tmp_path)
    (run,) = json.loads((judged / "results" / "findings.sarif").read_text(encoding="utf-8"))["runs"]
    assert {one["level"] for one in run["results"]} == {"error"}
    at = run["results"][0]["locations"][0]["physicalLocation"]
    sheet = (judged.parent / at["artifactLocation"]["uri"]).read_text(encoding="utf-8").splitlines()
    assert run["results"][0]["properties"]["agency"] in sheet[at["region"]["startLine"] - 1]


@pytest.mark.parametrize(
    ("format", "output", "root", "at_least", "said"),
    [
        (
            "odt",
            None,
            None,
            None,
            "There is no format odt. Available: wacz, summary, csv, earl, junit, rankings, sarif, sqlite, xlsx",
        ),
        ("xlsx", "out.csv", None, None, "must end in .xlsx"),
        ("csv", "out.csv", None, None, "must end in .zip"),
        ("junit", "evidence/junit.xml", None, None, "is inside the evidence"),
        ("xlsx", "round.xlsx", None, None, "the round's own workbook"),
        ("xlsx", "results/../round.xlsx", None, None, "the round's own workbook"),
        ("sarif", "round.toml/x.sarif", None, None, "could not be written"),
        ("sarif", None, "evidence", None, "is not inside"),
        ("junit", None, ".", None, "not with junit"),
        ("earl", None, None, "partial", "not with earl"),
        ("sarif", None, None, "never", "never is not a level"),
    ],
)
def test_what_cannot_be_done_is_said(
    judged: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    format: str,
    output: str | None,
    root: str | None,
    at_least: str | None,
    said: str,
) -> None:
    monkeypatch.setenv("GOVAH_LANG", "en")
    before = sorted(path.name for path in judged.rglob("*"))
    round = stages.read_round(judged).round
    paths = [None if name is None else judged / name for name in (output, root)]
    with pytest.raises(SystemExit) as ended:
        export.export(Speaker(), round, None, format, paths[0], paths[1], at_least)
    told = capsys.readouterr().err
    assert ended.value.code == 2 and said in told.replace("\n", " "), told
    assert sorted(path.name for path in judged.rglob("*")) == before


def test_the_report_brings_what_ci_and_journalists_look_for(judged: Path, tmp_path: Path) -> None:
    round = Path(
        shutil.copytree(
            judged, tmp_path / "round", ignore=shutil.ignore_patterns("*.sarif", "*.xml", "rankings.csv")
        )
    )
    govah("report", round, "--agency", "barg", "--quiet", home=tmp_path)
    for format in ("sarif", "junit", "rankings"):
        brought = (round / "results" / export_formats()[format].file).read_bytes()
        govah(
            "export",
            round,
            format,
            "--quiet",
            "-o",
            other := tmp_path / export_formats()[format].file,
            home=tmp_path,
        )
        assert other.read_bytes() == brought
    published = round / "results" / "report" / "data" / "rankings.csv"
    rows = list(csv.reader(published.read_text(encoding="utf-8-sig").splitlines()))
    entries = json.loads((round / "results" / "results.json").read_text(encoding="utf-8"))["agencies"]
    assert {row[5]: float(row[7]) for row in rows[1:]} == {
        one["id"]: one["score"]["verified"] for one in entries
    }
    for page, link in (("press.html", "data/rankings.csv"), ("en/press.html", "../data/rankings.csv")):
        text = (published.parents[1] / page).read_text(encoding="utf-8")
        assert '<p class="screen">' in text and text.count(f'href="{link}"') == 2
    govah("verify", round, "--quiet", home=tmp_path)  # that there are files beside the findings is no fault


@pytest.mark.thorough
def test_the_files_do_not_depend_on_where_the_round_lies(judged: Path, tmp_path: Path) -> None:
    round = Path(shutil.copytree(judged, tmp_path / "elsewhere"))
    for format in ("xlsx", "csv", "earl"):
        govah("export", judged, format, home=tmp_path)
        govah("export", round, format, home=tmp_path, lang="fa")
        name = FILES[format]
        assert (judged / "results" / name).read_bytes() == (round / "results" / name).read_bytes()
    with zipfile.ZipFile(round / "results" / "tables.zip") as archive:
        assert archive.testzip() is None
