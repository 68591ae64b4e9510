"""Shell completion in real shells: what is offered, and what hostile names, broken rounds and odd folders do not do."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from typer import Context
from typer.main import get_command

from claims.problems import Problems
from claims.tables import read_tables
from govah.cli import _FAIL_ON, app
from govah.commands import export
from govah.terminal import completion
from reports.export.export_format import export_formats
from scoring.load import shipped
from tests import command_server
from tests.govah import stored
from tests.govah.terminals import Terminal

pytestmark = pytest.mark.processes

HOSTILE = (
    "$(touch${IFS}PWNED)",
    "`touch PWNED`",
    "a b",
    "it's",
    'qu"ote',
    "x;touch",
    "*",
    "~root",
    "a:b",
    "!!",
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with rounds: one judged, one below another folder, one with hostile ids, broken ones."""
    place = tmp_path_factory.mktemp("completing")
    stored.judged(place)
    for name in ("years/1404-1", "years/دور", "hostile", "broken", "pipe"):
        (place / name).mkdir(parents=True)
        (place / name / "round.toml").write_text('[round]\nid = "x"\n', encoding="utf-8")
    lines = ["agency,name", "good,n", *(f'"{name.replace(chr(34), chr(34) * 2)}",n' for name in HOSTILE)]
    (place / "hostile" / "agencies.csv").write_text("\n".join(lines), encoding="utf-8")
    (place / "broken" / "agencies.csv").write_bytes(b"agency\n\xff\xfe\n\0")
    (place / "broken" / "round.toml").write_bytes(b"[[[")
    os.mkfifo(place / "pipe" / "agencies.csv")
    (place / "plain").mkdir()
    (place / "$(touch PWNED)").mkdir()
    (place / "$(touch PWNED)" / "round.toml").touch()
    (place / "bin").mkdir()
    command_server.install(place / "bin")
    return place


def surroundings(place: Path) -> dict[str, str]:
    kept = {n: v for n, v in os.environ.items() if not n.startswith(("LC_", "LANG", "GOVAH_"))}
    root = str(Path(__file__).parents[3])
    return {
        **kept,
        "PATH": f"{place / 'bin'}:{os.environ['PATH']}",
        "PYTHONPATH": root,
        "HOME": str(place),
        "LC_ALL": "C.UTF-8",
        "TERM": "xterm",
    }


def in_bash(place: Path, line: str) -> list[str]:
    """What bash is told to complete the line with, by the function that the user installs."""
    words = line.split(" ")
    script = (
        'eval "$(_GOVAH_COMPLETE=source_bash govah)"\n'
        f"COMP_WORDS=({' '.join(shlex.quote(word) for word in words)}); COMP_CWORD={len(words) - 1}\n"
        "_govah_completion govah\n"
        'printf "%s\\n" "${COMPREPLY[@]}"\n'
    )
    done = subprocess.run(
        ["bash", "--norc", "-c", script], cwd=place, env=surroundings(place), capture_output=True, timeout=120
    )
    assert done.stderr == b""
    return done.stdout.decode().split()


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("govah verif", ["verify"]),
        ("govah report ", ["broken", "hostile", "pipe", "stored-round", "years/1404-1", "years/دور"]),
        ("govah report years/1", ["years/1404-1"]),
        ("govah report ~/sto", ["~/stored-round"]),
        ("govah check stored-round --agency ", ["barg", "mahi"]),
        ("govah check stored-round --fail-on par", ["partial"]),
        ("govah explain stored-round ", ["barg", "mahi"]),
        ("govah explain stored-round mahi/U0", [f"mahi/U0{n}" for n in range(1, 10)]),
        ("govah export stored-round sa", ["sarif"]),
        ("govah model show un", ["un-egdi"]),
        ("govah explain hostile ", ["good"]),
        ("govah explain broken ", []),
        ("govah explain broken x/", []),
        ("govah explain pipe ", []),
        ("govah explain nowhere ", []),
        ("govah pack broken f", []),
    ],
)
def test_bash_is_offered(place: Path, line: str, offered: list[str]) -> None:
    assert in_bash(place, line) == offered
    assert not list(place.rglob("PWNED"))


def test_findings_are_found_by_their_beginning(place: Path) -> None:
    ids = [line.split('"id":"')[1][:21] for line in stored.FINDINGS.read_text("utf-8").splitlines()]
    for wanted in (ids[0], ids[len(ids) // 2], ids[-1]):
        assert in_bash(place, f"govah pack stored-round {wanted[:12]}") == [wanted]
    assert in_bash(place, f"govah explain stored-round {ids[3][:8]}") == [ids[3]]
    few = ids[0][:2]
    assert in_bash(place, f"govah pack stored-round {few}") == [id for id in ids if id.startswith(few)]


def test_a_hostile_name_is_not_run_when_bash_puts_it_into_the_line(place: Path) -> None:
    with Terminal(["bash", "--norc", "-i"], {**surroundings(place), "PS1": "> "}, 80) as terminal:
        terminal.press(
            f"cd {shlex.quote(str(place))}; eval \"$(_GOVAH_COMPLETE=source_bash govah)\"; echo rea''dy\n"
        )
        terminal.wait_for("ready\n")
        terminal.press("true govah; govah explain hostile \t")
        terminal.wait_for("govah explain hostile good")  # the only one that is offered
        terminal.press("\x15exit\n")
        terminal.ended()
    assert not list(place.rglob("PWNED"))


@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not on this machine")
def test_zsh_completes(place: Path) -> None:
    with Terminal(["zsh", "-f", "-i"], {**surroundings(place), "PS1": "> "}, 80) as terminal:
        terminal.press(
            f"cd {shlex.quote(str(place))}; autoload -Uz compinit; compinit -u -d {shlex.quote(str(place / 'dump'))}; "
            "eval \"$(_GOVAH_COMPLETE=source_zsh govah)\"; echo rea''dy\n"
        )
        terminal.wait_for("ready\n")
        terminal.press("govah explain stored-round mah\t")
        terminal.wait_for("mahi")
        terminal.press("\x15govah explain hostile \t")
        terminal.wait_for("hostile good")
        terminal.press("\x15exit\n")
        terminal.ended()
    assert not list(place.rglob("PWNED"))


@pytest.mark.skipif(shutil.which("fish") is None, reason="fish is not on this machine")
def test_fish_completes(place: Path) -> None:
    script = "_GOVAH_COMPLETE=source_fish govah | source; complete -C 'govah explain stored-round m'; complete -C 'govah explain hostile '"
    done = subprocess.run(
        ["fish", "--no-config", "-c", script],
        cwd=place,
        env=surroundings(place),
        capture_output=True,
        timeout=120,
    )
    assert done.stdout.decode().split() == ["mahi", "good"]
    assert not list(place.rglob("PWNED"))


def test_what_is_offered_is_what_is_taken() -> None:
    assert set(completion.FORMATS) == {*export.FORMATS, export.SUMMARY, *export_formats()}
    assert _FAIL_ON == completion.LEVELS
    assert set(completion.models(None, "")) == set(shipped())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "raw",
    [
        b"agency,name\r\na1,n\r\na2,n\r\n",
        b"\xef\xbb\xbfagency;name\na1;n, m\na2;n\n",
        b"agency\tname\na1\tn; m, o\na2\tn\n",
        b"sep=|\nagency|name\na1|n\na2|n\n",
        "\ufeffagency;name\na1;n\na2;n\n".encode("utf-16-le"),
        b'name; Agency \n"n\nm";a1\nn;a2\n',
    ],
)
def test_a_sheet_is_read_as_the_round_reads_it(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "agencies.csv").write_bytes(raw)
    context = Context(get_command(app))
    context.params["round_folder"] = str(tmp_path)
    read = read_tables(tmp_path, ("agencies",), Problems())["agencies"]
    assert completion.agencies(context, "") == [row.cells["agency"] for row in read.rows] == ["a1", "a2"]
