"""The command line as a person and a script meet it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import scoring
from govah.cli import app
from tests import command_server
from tests.depth import tries

pytestmark = pytest.mark.processes


def govah(
    *arguments: object, home: Path, status: int = 0, lang: str = "en"
) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "XDG_DATA_HOME": str(home),
        "GOVAH_LANG": lang,
        "NO_COLOR": "1",
        "COLUMNS": "160",
    }
    environment.pop("GOVAH_KEY", None)
    done = command_server.govah(*arguments, env=environment)
    assert done.returncode == status, f"status {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def test_a_crawl_starts_without_what_judges_verifies_and_reports() -> None:
    """What `govah crawl` loads before it asks for anything; resolvers and authorities of a round come on top."""
    heavy = "asn1crypto dns numpy jinja2 checks.engine evidence.verify.folder evidence.verify.rebuild scoring.score".split()
    loaded = f"import govah.commands.crawl, sys; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", loaded], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"


def test_help_reads_like_a_table_of_contents(tmp_path: Path) -> None:
    text = govah("--help", home=tmp_path).stdout
    for command in "run crawl check score report verify explain worklist diff init demo doctor model".split():
        assert f" {command} " in text
    assert "بازدید" in govah("--help", home=tmp_path, lang="fa").stdout


_EVERY = (
    *(command.callback.__name__ for command in app.registered_commands if command.callback is not None),
    "",
    "model",
    "model check",
    "model show",
    "model whatif",
)
_ENGLISH = re.compile(r"[A-Za-z]{2,}:? [a-z]{2,}")


@pytest.mark.parametrize("plain", ["", "1"], ids=["drawn", "plain"])
def test_help_is_in_the_language_of_the_reader(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plain: str
) -> None:
    """typer's own words too, and no flag asks for a value."""
    monkeypatch.setenv("GOVAH_PLAIN", plain)
    for command in _EVERY[:: tries(5, 1)]:
        shown = govah(*command.split(), "--help", home=tmp_path, lang="fa").stdout
        usage, _, below = shown.partition("[OPTIONS]")
        assert usage.split() == ["کاربرد:", *"python -m govah".split(), *command.split()]
        # commands and names of products stay as they are
        told = re.sub(r"(?:chromium|govah) .*|code scanning", "", below.partition("نمونه:")[0])
        assert _ENGLISH.findall(told) == [], told
        assert not {"Options", "Arguments", "Commands", "required", "default", "<bool>"} & set(
            re.findall(r"<?\w+>?", told)
        )
        assert "<bool>" not in govah(*command.split(), "--help", home=tmp_path).stdout


def test_version(tmp_path: Path) -> None:
    assert govah("--version", home=tmp_path).stdout.startswith("govah ")


def test_init_writes_a_round_that_is_accepted_and_a_key_outside_of_it(tmp_path: Path) -> None:
    folder = tmp_path / "round"
    said = json.loads(govah("init", folder, "--json", home=tmp_path / "data").stdout)
    key = tmp_path / "data" / "govah" / "signer.key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert len(said["fingerprint"]) == 64
    # accepted: the next stage only misses the evidence
    done = govah("check", folder, "--json", home=tmp_path / "data", status=2)
    assert json.loads(done.stdout)["error"]["code"] == "cli.no_evidence"
    govah("init", folder, home=tmp_path / "data", status=2)


def test_a_wrong_round_lists_all_its_problems_with_status_2(tmp_path: Path) -> None:
    (tmp_path / "round.toml").write_text("[round]\n", encoding="utf-8")
    (tmp_path / "agencies.csv").write_text(
        "agency,name,kind,portal\na,n,main,javascript:1\n", encoding="utf-8"
    )
    done = govah("crawl", tmp_path, "--json", home=tmp_path, status=2)
    found = {(p["file"], p["column"]) for p in json.loads(done.stdout)["problems"]}
    assert found == {("round.toml", "round.id"), ("agencies.csv", "portal"), ("services.csv", None)}
    shown = govah("crawl", tmp_path, home=tmp_path, status=2).stderr
    assert "javascript:1" in shown
    assert not (tmp_path / "evidence").exists()


def test_hostile_text_does_not_reach_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "round.toml").write_text('[round]\nid = "x"\n', encoding="utf-8")
    (tmp_path / "agencies.csv").write_text(
        "agency,name,kind,portal\na\x1b[31m,n,[red]x[/],\x1b]0;t\x07\n", encoding="utf-8"
    )
    (tmp_path / "services.csv").write_text("agency,service,title,electronic\n", encoding="utf-8")
    shown = govah("crawl", tmp_path, home=tmp_path, status=2).stderr
    assert "\x1b" not in shown
    assert "⟦U+001B⟧" in shown


@pytest.mark.parametrize(
    "arguments",
    [["nonsense"], ["check"], ["check", ".", "--fail-on", "sometimes"], ["model", "check", "none.toml"]],
)
def test_wrong_usage_is_status_2(tmp_path: Path, arguments: list[str]) -> None:
    govah(*arguments, home=tmp_path, status=2)


def test_doctor_names_what_is_there(tmp_path: Path) -> None:
    items = {
        item["name"]: item for item in json.loads(govah("doctor", "--json", home=tmp_path).stdout)["items"]
    }
    assert items["python"]["state"] == "ok"
    assert items["key"]["state"] == "missing"
    assert items["key"]["advice"]
    assert "/etc/resolv.conf" in items["resolver"]["found"]


def test_model_show_and_check(tmp_path: Path) -> None:
    shown = json.loads(govah("model", "show", "--json", home=tmp_path).stdout)
    assert len(shown["model"]["indicator"]) == 37
    assert "reconstruction" in govah("model", "show", home=tmp_path).stdout
    wrong = tmp_path / "wrong.toml"
    wrong.write_text('[model]\nid = "x"\n', encoding="utf-8")
    done = govah("model", "check", wrong, "--json", home=tmp_path, status=2)
    assert len(json.loads(done.stdout)["problems"]) > 1


def test_the_shipped_model_passes_its_own_check(tmp_path: Path) -> None:
    shipped = Path(scoring.__file__).parent / "models"
    for file in sorted(shipped.glob("*.toml")):
        govah("model", "check", file, home=tmp_path)


def test_a_key_inside_the_round_is_refused(tmp_path: Path) -> None:
    govah("init", tmp_path / "round", "--key", tmp_path / "round" / "key", home=tmp_path, status=2)
    assert not (tmp_path / "round").exists()
    govah("init", tmp_path / "round", "--key", "/proc/none/key", home=tmp_path, status=2)


def test_an_error_of_ours_has_a_status_of_its_own(tmp_path: Path) -> None:
    folder = tmp_path / "round"
    govah("init", folder, home=tmp_path)
    shard = folder / "evidence" / "shard-0001"
    shard.mkdir(parents=True)
    (folder / "results").mkdir()
    (folder / "results" / "findings.jsonl").write_text('{"agency":"x"}\n', encoding="utf-8")
    assert "--unsealed" in govah("worklist", folder, home=tmp_path, status=4).stderr
    assert "findings.jsonl" in govah("worklist", folder, "--unsealed", home=tmp_path, status=4).stderr
    broken = "import govah.cli as c\nc.app = lambda **_: 1 / 0\nc.main()"
    crashed = subprocess.run([sys.executable, "-c", broken], capture_output=True, text=True, timeout=60)
    assert crashed.returncode == 70
    assert "ZeroDivisionError" in crashed.stderr


@pytest.mark.parametrize("command", ["check R", "score R", "init R", "diff R R", "pack R f", "export R wacz"])
def test_a_name_longer_than_any_is_wrong_usage(tmp_path: Path, command: str) -> None:
    words = [str(tmp_path / ("x" * 5000)) if word == "R" else word for word in command.split()]
    done = govah(*words, home=tmp_path, status=2)
    assert "too long" in done.stderr and "Traceback" not in done.stderr
