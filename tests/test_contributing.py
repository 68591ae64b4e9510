"""CONTRIBUTING.md names what there is, files are written as .editorconfig says, and the hooks before a commit fetch nothing."""

from __future__ import annotations

import configparser
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
CODE = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL))
TARGETS = sorted({word for code in CODE for word in re.findall(r"^make ([a-z-]+)$", code)})
# What a shell finds, what a reader replaces, and folders that a set-up makes.
PATHS = sorted(
    {
        code
        for code in CODE
        if re.fullmatch(r"[\w.-]*/[\w./-]*|[\w-]+\.(?:py|md|toml|csv)", code) and not code.startswith(".venv")
    }
)


@pytest.mark.parametrize("target", TARGETS)
def test_every_target_that_it_names_exists(target: str) -> None:
    assert re.search(rf"^{target}:.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("path", PATHS)
def test_every_path_that_it_names_exists(path: str) -> None:
    assert (ROOT / path).exists()


def test_it_is_one_page_and_names_what_matters() -> None:
    assert len(PAGE.splitlines()) <= 100
    assert {"quick", "test", "test-thorough", "lint", "setup"} <= set(TARGETS)
    assert {"tests/estate/test_truth.py", "checks/datasets/files/table.py"} <= set(PATHS)


def test_it_names_every_room() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    rooms = set(project["tool"]["importlinter"]["root_packages"])
    assert {f"{room}/" for room in rooms | {"tests"}} <= set(PATHS)


def test_the_truth_row_that_it_reads_is_there() -> None:
    (row,) = re.findall(r"`test_service\[(\w+)-(\w+-\d+)\]`", PAGE)
    table = (ROOT / "fixtures" / "portals" / "estate" / "truth" / "services.csv").read_text(encoding="utf-8")
    assert f"\n{','.join(row)}," in table
    assert f"govah explain FOLDER {'/'.join(row)}" in PAGE


def test_modules_it_runs_exist() -> None:
    modules = {module for code in CODE for module in re.findall(r"python -m ([\w.]+)", code)}
    assert modules
    for module in modules:
        assert (ROOT / module.replace(".", "/")).with_suffix(".py").is_file(), module


def test_both_readmes_lead_to_it() -> None:
    for name in ("README.md", "README.fa.md"):
        assert "](CONTRIBUTING.md)" in (ROOT / name).read_text(encoding="utf-8")


def test_hooks_fetch_nothing_and_run_what_is_locked() -> None:
    settings = YAML(typ="safe").load(ROOT / ".pre-commit-config.yaml")
    hooks = [hook for repo in settings["repos"] for hook in repo["hooks"]]
    assert {repo["repo"] for repo in settings["repos"]} == {"local"}
    assert {hook["language"] for hook in hooks} == {"system"}
    assert not any("additional_dependencies" in hook for hook in hooks)
    programs = [hook["entry"].split()[0] for hook in hooks]
    assert programs == [".venv/bin/ruff", ".venv/bin/ruff", ".venv/bin/lint-imports"]
    lint = (ROOT / "Makefile").read_text(encoding="utf-8").partition("\nlint:")[2].partition("\n\n")[0]
    for hook in hooks:
        # the same options as `make lint`, but that files excluded there are excluded when they are named, too
        command = hook["entry"].replace(".venv/bin/", "$(BIN)/").replace(" --force-exclude", "")
        assert command in lint, f"make lint does not run {command}"


def _tracked() -> list[Path]:
    """Without links, and without what .editorconfig leaves as it came: input of the tests."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True)
    came = re.compile(
        r"fixtures/(?:portals/blind/[^/]+/portals|catalogues/recorded)/|tests/(?:.+/)?data/|tests/scoring/[^/]+\.csv$"
    )
    names = [name for name in listed.stdout.split("\0") if name and not came.match(name)]
    return [path for path in map(ROOT.joinpath, names) if path.is_file() and not path.is_symlink()]


@pytest.mark.processes
def test_files_are_as_editorconfig_says() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a checkout: which files are tracked is not known")
    settings = configparser.ConfigParser(delimiters=("=",))
    settings.read_string("[top]\n" + (ROOT / ".editorconfig").read_text(encoding="utf-8"))
    assert settings["*"]["end_of_line"] == "lf" and settings["*"]["charset"] == "utf-8"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert settings["*.py"]["max_line_length"] == str(project["tool"]["ruff"]["line-length"])
    wrong = []
    for path in _tracked():
        content = path.read_bytes()
        if b"\0" in content[:8_000]:  # a picture, a font, an archive
            continue
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError:
            wrong.append(f"{path}: not UTF-8")
            continue
        if b"\r\n" in content:
            wrong.append(f"{path}: lines end in CR LF")
        if content and not content.endswith(b"\n") and path.suffix not in (".json", ".svg"):
            wrong.append(f"{path}: no end of line at the end")
        indented = re.findall(r"^([ \t]+)\S", text, re.MULTILINE)
        if path.name == "Makefile":
            wrong += [f"{path}: indented with spaces" for one in indented if "\t" not in one]
        elif path.suffix in (".py", ".toml", ".yml", ".yaml", ".css", ".js"):
            wrong += [f"{path}: indented with a tab" for one in indented if "\t" in one]
    assert wrong == []
