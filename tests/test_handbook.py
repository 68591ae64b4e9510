"""README and handbook: every command they show is run, in order, and prints what the page shows.

They are run by a shell, on a round of two small portals on loopback. In a block fenced as `console` a line that begins
with `$ ` is a command, the lines below it are what it prints, and `…` stands for whatever else there is. Both languages
of a page show the same commands; what a command prints is held against either page.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import textwrap
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import command_server
from tests.crawler.conftest import Site, answer

pytestmark = pytest.mark.sockets

ROOT = Path(__file__).parents[1]
PAGES = {
    "README": (ROOT / "README.md", ROOT / "README.fa.md"),
    "handbook": (ROOT / "docs" / "handbook.md", ROOT / "docs" / "fa" / "handbook.md"),
}
LANGUAGES = ("en", "fa")

# What sets the program up, and what takes minutes.
NOT_RUN = ("make demo", "make test", "make setup", "source .venv/bin/activate")
ONCE = ("govah retest ", "govah decide ")  # may not be done twice: shown with output on one page only

HOME = (
    "<title>{0}</title><h1>{0}</h1><p>درگاه سازمان</p><a href=/p1>صدور پروانه کسب</a> <a href=/p2>تمدید</a>"
)
FORM = (
    "<title>{0} پروانه کسب</title><h1>{0} پروانه کسب</h1><p>درخواست خود را در فرم زیر ثبت کنید.</p>"
    "<form method=post action=/send><label>کد ملی <input name=nid></label><label>نام <input name=name></label>"
    "<button>ثبت درخواست</button></form>"
)
ROUND = """[round]
id = "1404-2"
title = "دور نمونه"
vantage = "tehran-1"
[crawl]
delay = 0.0
retry_after = 0.5
render = "never"
per_host = 4
[network]
allow_private = true
hosts = {{ {hosts} }}
resolver = []
controls = ["http://control.test/"]
[replies]
days = 30
"""
SHEETS = {
    "agencies.csv": "agency,name,name_en,kind,portal\n"
    "parvaneh,سازمان پروانه‌ها,Licensing Organisation,executive,http://parvaneh.test/\n"
    "karyabi,ادارهٔ کاریابی,Employment Office,executive,http://karyabi.test/\n",
    "services.csv": "agency,service,title,electronic,url,level\n"
    "parvaneh,p1,صدور پروانه کسب,yes,http://parvaneh.test/p1,transaction\n"
    "parvaneh,p2,تمدید پروانه کسب,yes,http://parvaneh.test/p2,transaction\n"
    "karyabi,k1,گواهی اشتغال,yes,http://karyabi.test/k1,transaction\n",
    "datasets.csv": "agency,dataset,title,url\n",
    "declarations.csv": "agency,indicator,value\n",
    "rows.csv": "subject,verdict,auditor,date,design,probability,batch,note\n"
    "k1,contradicted,karimi,1404-10-08,random,1.0,b1,\n"
    "p1,contradicted,karimi,1404-10-08,random,1.0,b1,\n"
    "p2,verified,karimi,1404-10-08,random,1.0,b1,the form opens\n",
    "replies.csv": "reply,agency,subject,date,by,stance,text\n"
    "113-45,parvaneh,p1,2026-01-02,مدیر فناوری,mended,The form is back at the same address.\n"
    "113-52,karyabi,k1,2026-01-03,معاون,disputes,The page has always been there.\n",
}


@dataclass(frozen=True)
class Step:
    """One command of a page, and the lines that it is shown to print."""

    command: str
    shown: tuple[str, ...]


def steps(page: Path) -> list[Step]:
    found = []
    fences = re.findall(
        r"^( *)```(\w+)\n(.*?)^\1```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    assert {language for _, language, _ in fences} <= {"console", "toml", "csv"}, (
        "commands stand in console blocks"
    )
    for _, _, block in (fence for fence in fences if fence[1] == "console"):
        for part in re.split(r"^\$ ", textwrap.dedent(block), flags=re.MULTILINE)[1:]:
            command, *shown = part.rstrip("\n").split("\n")
            if set(shown) == {"…"}:  # prints something, and nothing of it is shown
                shown = []
            found.append(Step(re.sub(r"\s+# .*", "", command), tuple(shown)))
    return found


def prints(shown: tuple[str, ...], printed: str) -> bool:
    """Whether the lines shown are those printed; a line that is … alone stands for any number of them."""
    pattern, gap = "", False
    for line in shown:
        if line.strip() == "…":
            gap = True
            continue
        words = r"\s+".join(re.escape(word).replace("…", ".*") for word in line.split())
        pattern += (r"(?:.*\n)*?" if gap else "") + rf"\s*{words}\s*\n"
        gap = False
    return re.fullmatch(pattern + (r"(?:.*\n?)*" if gap else ""), printed) is not None


class Portals:
    """Two agencies and a control target. The first claimed page is gone until the agency mends it."""

    def __init__(self) -> None:
        self.site = Site({
            "parvaneh.test/": answer(HOME.format("سازمان پروانه‌ها")),
            "karyabi.test/": answer(HOME.format("ادارهٔ کاریابی")),
            "/p2": answer(FORM.format("تمدید")),
            "control.test/": answer("control"),
        })  # fmt: skip

    def silent(self) -> None:
        self.site.answers["control.test/"] = lambda connection: connection.close()

    def sound(self) -> None:
        self.site.answers["control.test/"] = answer("control")

    def mended(self) -> None:
        self.site.answers["/p1"] = answer(FORM.format("صدور"))


class Shell:
    """A shell that keeps its folder and its variables from one command to the next."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._folder, self._environment = folder, environment
        self._process = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )

    def run(self, command: str) -> tuple[int, str]:
        """Exit status, and all that was printed."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(f"{command}\n_status=$?; printf '\\036%s\\n' $_status; (exit $_status)\n")
        self._process.stdin.flush()
        printed = ""
        for line in self._process.stdout:
            text, mark, status = line.partition("\036")
            printed += text
            if mark:
                return int(status), printed
        raise AssertionError(f"the shell ended at {command}: {printed}")

    def run_until_it_serves(self, command: str, language: str) -> tuple[int, str]:
        """A command that serves until Ctrl+C, which comes once it has shown a page."""
        with subprocess.Popen(
            shlex.split(command),
            cwd=self._folder,
            env={**self._environment, "GOVAH_LANG": language},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        ) as process:
            assert process.stdout is not None
            printed = ""
            try:
                while not (found := re.findall(r"http://\S+", printed)):
                    printed += (line := process.stdout.readline())
                    assert line, printed
                browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
                with browser.open(found[0]) as page:
                    assert page.status == 200
            finally:  # whatever failed: nobody would end it
                process.send_signal(signal.SIGINT)
            printed += process.stdout.read()
        return process.returncode, printed

    def close(self) -> None:
        self._process.communicate("exit\n")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Shell, Portals, Path]]:
    """An auditor's shell. The editor does what a person would: it writes what the page tells of into the files."""
    folder = tmp_path_factory.mktemp("desk")
    portals = Portals()
    names = ("parvaneh.test", "karyabi.test", "control.test")
    hosts = ", ".join(f'"{name}:80" = "{portals.site.target}"' for name in names)
    tutorial = (ROOT / "scoring" / "models" / "tutorial.toml").read_text(encoding="utf-8")
    written = {**SHEETS, "round.toml": ROUND.format(hosts=hosts), "my-model.toml": tutorial}
    (folder / "written").mkdir()
    for name, text in written.items():
        (folder / "written" / name).write_text(text, encoding="utf-8")
    editor = folder / "editor"
    editor.write_text(f'#!/bin/sh\nfor file; do cp "{folder}/written/${{file##*/}}" "$file"; done\n')
    editor.chmod(0o755)
    (folder / "bin").mkdir()
    command_server.install(folder / "bin")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GOVAH_")}
    shell = Shell(
        folder,
        kept
        | {
            "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "EDITOR": str(editor),
            "HOME": str(folder),
            "XDG_DATA_HOME": str(folder / "data"),
        },
    )
    yield shell, portals, folder
    shell.close()


def meanwhile(command: str, portals: Portals, folder: Path) -> None:
    """What happens in the world before a command."""
    happens: dict[str, Callable[[], None]] = {
        "govah crawl 1404-2 --control-timeout 1": portals.silent,
        "govah crawl 1404-2": portals.sound,
        "govah retest 1404-2 p1 --by N.Karimi": portals.mended,
    }
    happens.get(command, lambda: None)()
    if command.startswith("govah init "):  # for the other language again
        shutil.rmtree(folder / command.split()[2], ignore_errors=True)


@pytest.mark.parametrize("name", PAGES)
def test_both_languages_show_the_same_commands(name: str) -> None:
    english, persian = ([step.command for step in steps(page)] for page in PAGES[name])
    assert english == persian and english


def test_what_is_not_run_is_shown_and_there() -> None:
    shown = {step.command for pages in PAGES.values() for page in pages for step in steps(page)}
    assert set(NOT_RUN) <= shown
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = [command.removeprefix("make ") for command in NOT_RUN if command.startswith("make ")]
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in targets)


@pytest.mark.parametrize("name", PAGES)
def test_every_command_does_what_the_page_says(name: str, desk: tuple[Shell, Portals, Path]) -> None:
    shell, portals, folder = desk
    pages = [steps(page) for page in PAGES[name]]
    for number, both in enumerate(zip(*pages, strict=True)):
        command = both[0].command
        if command in NOT_RUN:
            continue
        after = pages[0][number + 1].command if number + 1 < len(pages[0]) else ""
        wanted = [language for language, step in zip(LANGUAGES, both, strict=True) if step.shown] or ["en"]
        if not command.startswith("govah "):
            wanted = wanted[:1]  # speaks no language of ours
        assert len(wanted) == 1 or not command.startswith(ONCE), f"{command} cannot be shown twice"
        for language in wanted:
            meanwhile(command, portals, folder)
            if command.startswith("govah serve "):
                status, printed = shell.run_until_it_serves(command, language)
            else:
                shell.run(f"export GOVAH_LANG={language}") if command != "echo $?" else None
                status, printed = shell.run(command)
            assert status == 0 or after == "echo $?", f"{command}: {status}\n{printed}"
            for shown_in, step in zip(LANGUAGES, both, strict=True):
                if step.shown and (shown_in == language or not command.startswith("govah ")):
                    assert prints(step.shown, printed), f"{command}: {step.shown}\n{printed}"


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        (("a", "b"), "a\nb\n", True),
        (("a", "b"), "a\nx\nb\n", False),
        (("a", "…", "b"), "a\nx\ny\nb\n", True),
        (("…", "b"), "a\nb\n", True),
        (("a",), "a\nb\n", False),
        (("a", "…"), "a\nb\n", True),
        (("a … c",), "a b c\n", True),
        (("a … c",), "a b d\n", False),
        (("a  b",), "  a b  \n", True),
    ],
)
def test_what_is_shown_is_held_against_what_is_printed(
    shown: tuple[str, ...], printed: str, same: bool
) -> None:
    assert prints(shown, printed) is same
