"""What a person, and a person's screen reader, meets in a terminal: facts at every width, and no picture of the moment."""

from __future__ import annotations

import functools
import http.server
import io
import itertools
import json
import os
import re
import shlex
import shutil
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer.main
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from checks.finding import Finding
from govah.cli import app
from govah.terminal.console import Speaker, catalogue, signs, visible
from govah.terminal.console import text as in_english
from govah.terminal.layout import fitted, needed, plain_lines
from govah.terminal.suggestions import hint
from reports.catalogue import LANGUAGES
from reports.counts_table import open_table, own_errors, services_table
from reports.finding_counts import FindingCounts
from reports.terminal import agencies_table, left_out
from tests.depth import some
from tests.govah import stored
from tests.govah.terminals import STYLE, Terminal
from tests.keys import key_at_home

pytestmark = pytest.mark.sockets

ROOT = Path(__file__).parents[3]
DRAWN = re.compile(r"[\u2500-\u259f\u2800-\u28ff✓✗▸→←█░│·]")  # frames, bars, spinners, signs
SERVICE = "mahi-01"


@pytest.fixture(scope="module")
def round(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The stored round with its findings."""
    return stored.judged(tmp_path_factory.mktemp("terminal"))


def surroundings(**more: str) -> dict[str, str]:
    dropped = ("LC_", "LANG", "GOVAH_", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "TTY_")
    kept = {n: v for n, v in os.environ.items() if not n.startswith(dropped)}
    return {**kept, "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8", "TERM": "xterm-256color", **more}


def on_terminal(*arguments: object, columns: int = 80, status: int = 0, **more: str) -> str:
    with Terminal(["govah", *map(str, arguments)], surroundings(**more), columns) as terminal:
        assert terminal.ended() == status, terminal.text
        return terminal.text


def too_wide(said: str, columns: int) -> list[str]:
    """Lines that the terminal would have to break; a path, a hash or a command alone on its line stays whole."""
    return [
        line
        for line in STYLE.sub("", said).split("\n")
        if cell_len(line.rstrip()) > columns and " " in line.strip() and not line.startswith("govah ")
    ]


@pytest.mark.parametrize(
    ("columns", "language"), [(40, "fa"), (60, "en"), (80, "fa"), (120, "en"), (200, "fa")]
)
def test_the_summary_fits_every_width_and_has_every_number(round: Path, columns: int, language: str) -> None:
    said = on_terminal("score", round, columns=columns, GOVAH_LANG=language)
    assert not too_wide(said, columns)
    results = json.loads((round / "results" / "results.json").read_bytes())
    shown = STYLE.sub("", said)
    for agency in results["agencies"]:
        (line,) = [line for line in shown.split("\n") if re.search(rf"(^|\s){agency['id']}\s", line)][:1]
        assert f"{agency['score']['verified']:.1f}" in line
        assert f"{agency['score']['declared']:.1f}" in line
    if columns >= 80:
        assert "█" in shown and "│" in shown and catalogue(language).text("ending.bar")[:20] in shown


@pytest.mark.parametrize("columns", some([40, 60, 100], 2))
@pytest.mark.parametrize("subject", ["mahi", "mahi/U01", f"mahi/{SERVICE}"])
def test_explaining_fits_narrow_terminals(round: Path, subject: str, columns: int) -> None:
    said = on_terminal("explain", round, subject, columns=columns, GOVAH_LANG="en")
    assert not too_wide(said, columns)
    letters = [
        line for line in STYLE.sub("", said).split("\n") if re.fullmatch(r"[\s│]*[^\W\d]{1,2}[\s│]*", line)
    ]
    assert len(letters) < 5, letters  # no table is a column of letters


def test_no_color_leaves_no_escape_codes(round: Path) -> None:
    assert "\x1b[" in on_terminal("score", round)
    for name, value in (("NO_COLOR", "1"), ("TERM", "dumb"), ("GOVAH_PLAIN", "1")):
        more: dict[str, Any] = {name: value}
        assert "\x1b" not in on_terminal("score", round, **more)


@pytest.mark.parametrize(
    "line",
    [
        "score ROUND",
        "explain ROUND mahi",
        f"explain ROUND mahi/{SERVICE}",
        "worklist ROUND --size 3",
        "diff ROUND ROUND",
        "trend ROUND",
        "verify ROUND",
        "model show",
        "doctor",
        "explain ROUND nobody",
        "check",
        "--help",
    ],
)
def test_plain_mode_draws_nothing(round: Path, line: str) -> None:
    arguments = [str(round) if word == "ROUND" else word for word in line.split()]
    with Terminal(["govah", *arguments], surroundings(GOVAH_PLAIN="1", GOVAH_LANG="en"), 60) as terminal:
        assert terminal.ended() in (0, 2, 4)
        said = terminal.text
    assert "\x1b" not in said
    assert not DRAWN.search(said), DRAWN.search(said)


def test_plain_is_taken_before_and_after_the_command(round: Path) -> None:
    usual = on_terminal("model", "show", GOVAH_PLAIN="1")
    assert on_terminal("--plain", "model", "show") == usual == on_terminal("model", "show", "--plain")


def test_a_fact_in_plain_mode_has_its_label() -> None:
    table = Table(title="Scores")
    for name in ("agency", "verified", ""):
        table.add_column(name)
    table.add_row("[bold]Main[/]", "", "")
    table.add_row("a", "–", "█░")
    table.add_row(Text("b"), "1.5 · low", "")
    assert list(plain_lines(table, signs("en"))) == [
        "Scores", "", "Main", "", "agency: a", "verified: none", "█░", "", "agency: b", "verified: 1.5, low",
    ]  # fmt: skip


def test_a_table_without_room_becomes_lines_and_says_the_same() -> None:
    table = Table()
    for name in ("agency", "what was found", "why it is so"):
        table.add_column(name)
    table.add_row("نمونه", "one two three four", "[red]five[/] six seven eight")
    console = Console(width=30, file=io.StringIO())
    assert needed(table) > 30
    lines = "".join(part.text for part in console.render(fitted(table, 30)))
    assert max(map(cell_len, lines.split("\n"))) <= 30
    for words in ("نمونه", "what was found: one two three", "six seven"):
        assert words in " ".join(lines.split())
    assert fitted(table, 200) is table


def agencies(count: int) -> tuple[Any, dict[str, Any]]:
    entries = [
        {
            "id": f"a{n:03}",
            "kind": "main",
            "rank": {"place": n, "low": n, "high": n + 1, "of": count},
            "score": {"verified": 100.0 - n / 10, "possible": 100.0, "declared": 50.0},
            "electronic_ratio": {"verified": 0.5, "possible": 0.5, "declared": 1.0},
            "coverage": 1.0,
            "not_ranked_reason": None,
        }
        for n in range(1, count + 1)
    ]
    names = {entry["id"]: SimpleNamespace(id=entry["id"], name="نام", name_en="Name") for entry in entries}
    return SimpleNamespace(agency=names.__getitem__), {"agencies": entries}


def listed(count: int, every: bool) -> set[str]:
    round, results = agencies(count)
    table = agencies_table(round, results, in_english, visible, None, every)
    return {word for line in plain_lines(table, signs("en")) for word in re.findall(r"a\d{3}", line)}


def test_a_long_round_is_told_by_its_ends() -> None:
    assert len(listed(12, every=False)) == 12
    ends = {f"a{n:03}" for n in (*range(1, 6), *range(163, 168))}
    assert listed(167, every=False) == ends
    assert left_out(agencies(167)[1]) == 157
    assert len(listed(167, every=True)) == 167


def finding(verdict: Any, reason: str | None, check: str = "services.entry", service: str = "s") -> Finding:
    from checks.finding import Subject

    return Finding("a", Subject("service", service), check, 1, verdict, reason)


def test_counts_say_whose_doing_it_is_and_name_our_own_errors() -> None:
    found = [
        finding("verified", "transaction_entry", service="1"),
        finding("contradicted", "dead_link", service="2"),
        finding("contradicted", "dead_link", service="3"),
        finding("inconclusive", "blocked", service="4"),
        finding("inconclusive", "own_error", service="5"),
        finding("not_applicable", None, service="6"),
    ]
    claims = services_table(FindingCounts.of(found), in_english, None)
    assert claims is not None
    said = list(plain_lines(claims, signs("en")))
    assert said[0].endswith("5")  # a service that is not claimed is none of them
    assert any("dead_link" in line for line in said)
    stayed = open_table(FindingCounts.of(found), in_english)
    assert stayed is not None
    whose = " ".join(plain_lines(stayed, signs("en")))
    assert in_english("ending.open_access") in whose and in_english("ending.open_ours") in whose
    (own,) = own_errors(FindingCounts.of(found), in_english, visible)
    assert found[4].id in own and "services.entry 1" in own
    assert not list(own_errors(FindingCounts.of(found[:4]), in_english, visible))
    assert services_table(FindingCounts(), in_english, 80) is None
    assert open_table(FindingCounts.of(found[:3]), in_english) is None


CRAWLING = """
import sys, time
from dataclasses import replace
from crawler.engine.progress import CrawlCounters
from govah.terminal.console import Speaker
from govah.terminal.progress import CrawlDisplay
tally = CrawlCounters(agencies=20)
with CrawlDisplay(Speaker()) as display:
    for n in range(int(sys.argv[1])):
        tally.exchanges += 13
        tally.done, tally.errors = n // 8, n // 5
        display(replace(tally.progress(), active=4, queued=900 - n, in_flight=3))
        time.sleep(0.05)
print("over")
"""


@pytest.mark.parametrize("columns", some([40, 60, 80, 200], 2))
def test_progress_fits_and_leaves_the_cursor(columns: int) -> None:
    with Terminal([sys.executable, "-c", CRAWLING, "12"], surroundings(GOVAH_LANG="en"), columns) as terminal:
        assert terminal.ended() == 0
        said, shown = terminal.text, terminal.shown
    assert not too_wide(shown.replace("\r", "\n"), columns)
    for fact in ("agencies 1/20", "fetched 156", "queued 889", "per second", "no response 2", "at least"):
        assert fact in shown, fact
    assert said.rindex("\x1b[?25h") > said.rindex("\x1b[?25l")


def fetched(said: str) -> list[int]:
    """Every figure that the display showed of it, oldest first: which ones it shows is up to the machine."""
    return [int(figure) for figure in re.findall(r"fetched (\d+)\b", said)]


def test_progress_follows_a_terminal_that_gets_narrower_and_ends_clean_on_ctrl_c() -> None:
    with Terminal([sys.executable, "-c", CRAWLING, "400"], surroundings(GOVAH_LANG="en"), 120) as terminal:
        terminal.wait_until("is drawn", fetched)
        terminal.resize(40)
        before = len(terminal.shown)
        terminal.wait_until("is drawn anew, twice", lambda said: len(set(fetched(said[before:]))) > 2)
        narrow = len(terminal.shown)
        terminal.wait_until("and continues", lambda said: len(set(fetched(said[narrow:]))) > 3)
        assert not too_wide(terminal.shown[narrow:].replace("\r", "\n").partition("Crawl")[2], 40)
        terminal.press("\x03")
        assert terminal.ended() != 0
        assert terminal.text.rindex("\x1b[?25h") > terminal.text.rindex("\x1b[?25l")


@pytest.mark.parametrize("more", [{"GOVAH_PLAIN": "1"}, {"TERM": "dumb"}])
def test_progress_without_a_moving_display_is_lines(more: dict[str, str]) -> None:
    with Terminal(
        [sys.executable, "-c", CRAWLING, "12"], surroundings(GOVAH_LANG="en", **more), 80
    ) as terminal:
        assert terminal.ended() == 0
        said = terminal.text
    assert "\x1b" not in said and "█" not in said
    assert "agencies 1/20" in said
    assert (" · " in said) is ("TERM" in more)


@pytest.fixture
def slow_portal(tmp_path: Path) -> Iterator[Path]:
    """A round about a portal that answers three times, and then not before the test is over."""
    asked, over = itertools.count(), threading.Event()

    class Slow(http.server.SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path != "/health.txt" and next(asked) >= 3:
                over.wait(600)
            super().do_GET()

        def log_message(self, *_: object) -> None:
            pass

    example = tmp_path / "example"
    shutil.copytree(ROOT / "docs" / "ci-example", example)
    handler = functools.partial(Slow, directory=str(example / "site"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        for file in (example / "audit").iterdir():
            text = file.read_text(encoding="utf-8").replace("8080", str(server.server_port))
            text = text.replace("retry_after = 1 ", 'render = "never"\nretry_after = 1 ')
            file.write_text(text, encoding="utf-8")
        yield example / "audit"
        over.set()
        server.shutdown()
        thread.join()


def test_ctrl_c_ends_a_crawl_with_its_status_and_a_clean_terminal(slow_portal: Path, tmp_path: Path) -> None:
    key_at_home(tmp_path / "data")
    more = {"XDG_DATA_HOME": str(tmp_path / "data"), "GOVAH_LANG": "en"}
    with Terminal(["govah", "crawl", str(slow_portal)], surroundings(**more), 80) as terminal:
        terminal.wait_until("two are fetched", lambda said: max(fetched(said), default=0) >= 2)
        terminal.press("\x03")
        assert terminal.ended() == 3
        assert terminal.text.rindex("\x1b[?25h") > terminal.text.rindex("\x1b[?25l")
        assert f"govah crawl {slow_portal}" in terminal.shown
    assert not (slow_portal / "evidence" / "manifest.json").exists()


def test_ctrl_c_elsewhere_is_no_finding(round: Path, tmp_path: Path) -> None:
    waiting = "import govah.cli as c, time\nc.app = lambda **_: print('now', flush=True) or time.sleep(600)\nc.main()"
    with Terminal([sys.executable, "-c", waiting], surroundings(GOVAH_LANG="en"), 80) as terminal:
        terminal.wait_for("now")
        os.kill(terminal.process, signal.SIGINT)
        assert terminal.ended() == 130
        assert "Interrupted" in terminal.text and "Traceback" not in terminal.text


WRONG = {
    "chek ROUND": ("usage.no_command", {"name": "chek", "hint": "check"}),
    "check": ("usage.missing", {"name": "ROUND"}),
    "check ROUND --agncy x": ("usage.no_option", {"option": "--agncy", "hint": "--agency"}),
    "check ROUND --jobs 0": ("usage.bad_number", {"name": "--jobs"}),
    "check ROUND/evidence": ("cli.no_round_there", {"folder": "ROUND/evidence", "hint": "ROUND"}),
    "report ROUND/round.toml": ("cli.file_no_folder", {"path": "ROUND/round.toml", "hint": "ROUND"}),
    "report ROUNDS": ("cli.no_such_folder", {"folder": "ROUNDS", "hint": "ROUND"}),
    "check ROUND --agency mah": ("cli.unknown_agency", {"agency": "mah", "hint": "mahi"}),
    "check ROUND --fail-on contradict": ("cli.bad_level", {"value": "contradict", "hint": "contradicted"}),
    "model show ir-portal": ("cli.unknown_model", {"name": "ir-portal", "hint": "ir-portals"}),
    "explain ROUND mahy": ("cli.unknown_agency", {"agency": "mahy", "hint": "mahi"}),
    "explain ROUND f0123456": (
        "cli.unknown_finding",
        {"finding": "f0123456", "path": "ROUND/results/findings.jsonl"},
    ),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("line", some(WRONG, 4))
def test_wrong_usage_says_what_was_meant(round: Path, line: str, language: str) -> None:
    arguments = [word.replace("ROUND", str(round)) for word in line.split()]
    said = on_terminal(*arguments, status=2, columns=300, GOVAH_LANG=language, GOVAH_PLAIN="1")
    key, values = WRONG[line]
    shown = {name: value.replace("ROUND", str(round)) for name, value in values.items() if value != "ROUND"}
    if "hint" in values:
        meant = values["hint"].replace("ROUND", str(round))
        shown["hint"] = catalogue(language).text("cli.did_you_mean", names=meant)
    else:
        shown.setdefault("name", "ROUND")
    assert catalogue(language).text(key, **shown) in said
    assert "Traceback" not in said


def test_names_that_are_like_nothing_are_listed_in_short() -> None:
    assert hint("mahi", ["mahi-2", "other"]) == "Did you mean mahi-2?"
    assert hint("x", ["b", "a"]) == "Available: a, b"
    assert "and 5 more" in hint("zzz", [f"a{n}" for n in range(17)])


def test_every_command_has_an_example_that_it_takes() -> None:
    group = typer.main.get_command(app)
    commands: dict[str, Any] = {}
    for name, command in group.commands.items():  # type: ignore[attr-defined]
        inner: Mapping[str, Any] = getattr(command, "commands", {})
        commands |= {f"{name} {one}": it for one, it in inner.items()} or {name: command}
    for name, command in commands.items():
        _, *examples = command.epilog.split("\n\n")
        assert examples, name
        for example in examples:
            words = shlex.split(example)
            assert " ".join(words[1 : 1 + len(name.split())]) == name
            command.make_context(name, words[1 + len(name.split()) :])


@pytest.mark.parametrize(
    "letters", ["نام \u200cبا نیم‌فاصله", "日本語", "e\u0301e\u0301", "👩\u200d👩\u200d👧", "سَلام\u064b"]
)
def test_letters_of_any_width_leave_columns_straight(
    letters: str, capsys: pytest.CaptureFixture[str]
) -> None:
    round, results = agencies(2)
    names = {"a001": letters, "a002": "Name"}
    round.agency = lambda id: SimpleNamespace(id=id, name=names[id], name_en=names[id])
    Speaker(plain=False).show(agencies_table(round, results, in_english, visible, 80, True))
    rows = [line for line in capsys.readouterr().out.split("\n") if re.search(r"a00[12]", line)]
    first, second = (
        [cell_len(line[: found.start()]) for found in re.finditer(r"\d\d\.\d", line)] for line in rows
    )
    assert first == second
