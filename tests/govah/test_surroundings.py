"""Every command in Persian where the machine around it is not made for Persian: no UTF-8, no reader, no terminal.

What a command says through a pipe are the same bytes in every locale. It ends as it would elsewhere.
"""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import typer.main
from _pytest.mark import ParameterSet

from govah.cli import app
from tests import command_server
from tests.depth import THOROUGH
from tests.govah import stored

pytestmark = pytest.mark.processes

ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}
LATIN = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "latin-1"}
UTF8 = {"LC_ALL": "C.UTF-8"}
FREE = re.compile(rb"\b\d+ GB")  # of the disk, which others fill and empty meanwhile


@dataclass(frozen=True)
class Said:
    status: int
    out: bytes
    err: bytes = b""


@dataclass(frozen=True)
class Round:
    """A judged round in a folder with a Persian name, and the home of a user."""

    folder: Path
    home: Path
    finding: str
    broken: Path = Path("/none/هیچ")

    def run(self, line: str, surroundings: Mapping[str, str], *, out: str = "pipe", fa: bool = True) -> Said:
        """out: "pipe", "gone" (nobody reads), "closed" (no standard output at all) or "terminal"."""
        places = {"ROUND": self.folder, "FINDING": self.finding, "BROKEN": self.broken, "HOME": self.home}
        arguments = [str(places.get(word, word)).replace("@", str(self.home)) for word in line.split()]
        kept = {n: v for n, v in os.environ.items() if not n.startswith(("LC_", "LANG", "PYTHON", "GOVAH_"))}
        environment = {
            **kept,
            "XDG_DATA_HOME": str(self.home),
            "GOVAH_LANG": "fa" if fa else "en",
            "NO_COLOR": "1",
            "TERM": "xterm",
            "COLUMNS": "120",
            **surroundings,
        }
        if surroundings is UTF8 and out == "pipe":  # that is what the server of commands began with
            forked = command_server.govah(*arguments, env=environment)
            return Said(
                forked.returncode, FREE.sub(b"some GB", forked.stdout.encode()), forked.stderr.encode()
            )
        command = [sys.executable, "-m", "govah", *arguments]
        if out == "closed":
            command = ["sh", "-c", 'exec "$0" "$@" >&- <&-', *command]
        if out == "terminal":
            return _in_terminal(command, environment)
        if out == "gone":
            reader, writer = os.pipe()
            os.close(reader)
            try:
                done = subprocess.run(
                    command, env=environment, stdout=writer, stderr=subprocess.PIPE, timeout=120
                )
            finally:
                os.close(writer)
            return Said(done.returncode, b"", done.stderr)
        done = subprocess.run(command, env=environment, capture_output=True, timeout=120)
        return Said(done.returncode, FREE.sub(b"some GB", done.stdout), done.stderr)


def _in_terminal(command: list[str], environment: Mapping[str, str]) -> Said:
    """Standard output and standard error in one terminal."""
    ours, theirs = pty.openpty()
    seen: list[bytes] = []

    def read() -> None:
        try:
            while piece := os.read(ours, 65536):
                seen.append(piece)
        except OSError:  # how Linux says that the other side is closed
            pass

    with subprocess.Popen(command, env=environment, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        reader = threading.Thread(target=read)
        reader.start()
        status = process.wait(timeout=120)
        reader.join(timeout=60)
    os.close(ours)
    return Said(status, b"".join(seen))


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Round:
    home = tmp_path_factory.mktemp("home")
    stored.key(home / "govah" / "signer.key")
    folder = stored.judged(home / "دور نخست")
    if (
        THOROUGH
    ):  # no usual line reads a report, or judges: the first to judge sets the stored judgement aside
        environment = {**os.environ, "XDG_DATA_HOME": str(home), "GOVAH_LANG": "fa"}
        for command in ("check", "report"):
            assert command_server.govah(command, folder, "--quiet", env=environment).returncode == 0
    shutil.copytree(folder, home / "second")
    first = (folder / "results/findings.jsonl").read_text(encoding="utf-8").splitlines()[0]
    (home / "wrong.toml").write_text('[model]\nid = "نادرست"\n', encoding="utf-8")
    (home / "full/چیزی").mkdir(parents=True)
    return Round(folder, home, json.loads(first)["id"])


# Command lines, at least one for each command, in their order; words in capitals and @ are filled in.
LINES = (
    "--help",
    "--version",
    "",
    "run ROUND",
    "run BROKEN",
    "crawl ROUND",
    "crawl ROUND --agency هیچ",
    "crawl ROUND --shard ۱",
    "crawl ROUND --cluster tcp://هیچ:۱",
    "plan ROUND",
    "status ROUND",
    "check ROUND",
    "check ROUND --fail-on گاهی",
    "score ROUND",
    "report ROUND",
    "verify ROUND",
    "verify BROKEN",
    "verify ROUND --fingerprint ۱۲۳",
    "explain ROUND mahi",
    "explain ROUND FINDING",
    "explain ROUND هیچ",
    "worklist ROUND",
    "worklist ROUND --csv",
    "worklist ROUND --pages",
    "trend ROUND",
    "candidates ROUND",
    "alias ROUND هیچ --auditor هیچ --none",
    "validate ROUND",
    "replies ROUND",
    "decide ROUND نامه upheld --by هیچ --text هیچ",
    "retest ROUND هیچ --by هیچ",
    "diff ROUND @/second",
    "diff ROUND BROKEN",
    "export ROUND wacz --output @/out.wacz",
    "export ROUND زیپ",
    "pack ROUND FINDING --output @/out.zip",
    "serve ROUND --host هیچ.test",
    "init @/full",
    "demo --folder @/full",
    "doctor",
    "model --help",
    "model check @/wrong.toml",
    "model show",
    "model show هیچ",
    "model whatif --country هیچ --rank 3",
    "--هیچ",
)
JSON = tuple(
    f"{line} --json" for line in LINES if line and not line.startswith(("-", "demo", "model --help"))
)
# Each way out of a command once: texts of a round, a refusal, data.
USUAL = ("explain ROUND FINDING", "model check @/wrong.toml", "status ROUND --json")


def rows(lines: tuple[str, ...]) -> list[ParameterSet]:
    return [pytest.param(line, marks=() if line in USUAL else pytest.mark.thorough) for line in lines]


def test_the_lines_above_hold_every_command() -> None:
    group = typer.main.get_command(app)
    commands: list[str] = []
    for name, command in getattr(group, "commands", {}).items():
        commands += [f"{name} {part}" for part in getattr(command, "commands", {})] or [name]
    assert [c for c in commands if not any(line.startswith(c) for line in LINES)] == []


@pytest.mark.thorough
@pytest.mark.parametrize("line", rows(LINES))
def test_text_is_the_same_in_every_locale_whoever_reads(judged: Round, line: str) -> None:
    usual = judged.run(line, UTF8)
    assert usual.status in (0, 1, 2, 4), usual.err.decode()
    assert judged.run(line, ASCII) == usual
    for surroundings, out in ((LATIN, "gone"), (ASCII, "closed")):
        found = judged.run(line, surroundings, out=out)
        assert (found.status, found.err) == (usual.status, usual.err), out


@pytest.mark.parametrize("line", rows(JSON))
def test_json_is_utf_8_whatever_the_locale(judged: Round, line: str) -> None:
    usual = judged.run(line, UTF8)
    assert judged.run(line, LATIN) == usual
    json.loads(usual.out.decode("utf-8"))


@pytest.mark.parametrize("line", rows(LINES))
def test_a_terminal_without_persian_letters_says_once_how_to_get_them(judged: Round, line: str) -> None:
    found = judged.run(line, ASCII, out="terminal")
    assert found.status in (0, 1, 2, 4)
    assert found.out.isascii()
    assert found.out.count(b"LC_ALL=C.UTF-8") == (0 if line == "--version" else 1), found.out


def test_letters_that_a_terminal_has_are_shown(judged: Round) -> None:
    whole = judged.run("model show", UTF8, out="terminal").out
    assert "شاخص" in whole.decode() and b"LC_ALL" not in whole
    arabic = judged.run("model show", {**ASCII, "PYTHONIOENCODING": "cp1256"}, out="terminal").out.decode(
        "cp1256"
    )
    assert "شاخص" in arabic
    assert (
        "نويسه" in arabic.splitlines()[-1]
    )  # in Persian, with a likeness of the letter that this encoding lacks
    assert "?" in judged.run("model show", ASCII, out="terminal").out.decode("ascii")


@pytest.mark.thorough
def test_names_that_are_no_text_are_shown_and_break_nothing(judged: Round) -> None:
    folder = os.fsdecode(os.fsencode(judged.home) + b"/r\xff")
    shutil.copytree(judged.folder, folder)
    strange = replace(judged, folder=Path(folder))
    for line in (
        "check ROUND",
        "report ROUND",
        "verify ROUND",
        "explain ROUND mahi",
        "run ROUND",
        "run BROKEN",
    ):
        said = strange.run(line, UTF8)
        assert said == strange.run(line, ASCII)
        assert said.status in (0, 2, 4), said.err.decode()
        (said.out + said.err).decode("utf-8")
    assert json.loads(strange.run("report ROUND --json", ASCII).out)["report"].startswith(folder)
