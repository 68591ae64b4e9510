"""`govah diff` over real crawls of a small portal: each kind of change, with the cause that has to be named.

One service changes by the portal, one by its claim, one by a rule; in the last crawl nobody answers us.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from checks.services.entry.check import ServiceEntry
from tests import command_server
from tests.keys import made_key

pytestmark = pytest.mark.sockets

ROOT = Path(__file__).parents[3]
SERVICES = {
    "permit": "صدور پروانه زنبورداری",
    "renew": "تمدید کارت ملوانی",
    "moved": "صدور گواهی سفال",
    "lease": "اجاره باغ انار",
    "asleep": "تحویل سهمیه کاغذ",
    "steady": "ثبت علامت نجاری",
}
FORM = (
    '<form method="post" action="/send"><label>نام متقاضی <input name="n"></label><label>کد ملی <input name="id">'
    '</label><label>شرح درخواست <textarea name="t"></textarea></label><button>ثبت درخواست</button></form>'
)
PROSE = (
    "<p>این خدمت برای متقاضیانی است که شرایط آیین‌نامه را دارند. مدارک لازم در همین صفحه آمده است و هزینه‌ای ندارد.</p>"
    * 3
)
ASLEEP = "سامانه به خواب زمستانی رفته است"


def page(title: str, body: str) -> bytes:
    text = f'<!doctype html><html lang="fa"><head><title>{title}</title></head><body><main><h1>{title}</h1>{body}</main></body></html>'
    return text.encode()


def service(name: str, body: str = FORM) -> bytes:
    return page(SERVICES[name], PROSE + body)


def home(*links: str) -> bytes:
    listed = "".join(f'<li><a href="{path}">سند {path}</a></li>' for path in links)
    return page("سازمان آزمون", f"<ul>{listed}</ul>")


FIRST: Mapping[str, bytes] = {
    "/": home("/permit", "/renew", "/stays", "/goes", "/comes"),
    "/permit": service("permit"),
    "/moved-old": service("moved", ""),
    "/moved-new": service("moved"),
    "/lease": service("lease"),
    "/asleep": page(SERVICES["asleep"], f"<p>{ASLEEP}</p>"),
    "/steady": service("steady"),
    "/stays": page("سند", PROSE),
    "/goes": page("سندی دیگر", PROSE),
}
LATER: Mapping[str, bytes] = {
    **{path: body for path, body in FIRST.items() if path not in ("/permit", "/goes")},
    "/renew": service("renew"),
    "/fresh": page("صدور مجوز کندوی شهری", PROSE + FORM),
    "/comes": page("سندی تازه", PROSE),
}


class Portal:
    """Serves the pages of the day, and a control that always answers. `down`: the portal closes every connection."""

    def __init__(self) -> None:
        self.pages: Mapping[str, bytes] = {}
        self.down = False
        portal = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                control = self.headers["Host"].startswith("control.")
                if portal.down and not control:
                    self.close_connection = True
                    return
                body = b"up" if control else portal.pages.get(self.path)
                self.send_response(404 if body is None else 200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body or b"")))
                self.end_headers()
                self.wfile.write(body or b"")

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def write(self, folder: Path, id: str, **claims: tuple[str, str]) -> Path:
        """A round's files. claims: title and address of services that are claimed otherwise, or are new."""
        folder.mkdir()
        (folder / "round.toml").write_text(
            f'''[round]
id = "{id}"
as_of = 2025-12-01T00:00:00Z
[crawl]
delay = 0.0
retry_after = 0.2
render = "never"
robots = false
[network]
allow_private = true
controls = ["http://control.test/"]
hosts = {{ "portal.test:80" = "127.0.0.1:{self.port}", "control.test:80" = "127.0.0.1:{self.port}" }}
''',
            encoding="utf-8",
        )
        (folder / "agencies.csv").write_text(
            "agency,name,name_en,kind,portal\nkar,سازمان آزمون,Trial Body,main,http://portal.test/\n",
            encoding="utf-8",
        )
        rows = []
        stated = {name: (title, f"/{name}") for name, title in SERVICES.items()}
        stated["moved"] = (SERVICES["moved"], "/moved-old")
        for name, (title, path) in {**stated, **claims}.items():
            rows.append(f"kar,{name},{title},http://portal.test{path},yes\n")
        (folder / "services.csv").write_text(
            "agency,service,title,url,electronic\n" + "".join(rows), encoding="utf-8"
        )
        return folder


class Command:
    """The command line, with a key of its own; `program` runs another version of the checks."""

    def __init__(self, folder: Path) -> None:
        self.key = made_key(folder / "signer.key")

    def __call__(
        self, *arguments: object, program: Path | None = None, status: int = 0, language: str = "en"
    ) -> str:
        paths = [str(program)] if program else []
        environment = {
            **os.environ,
            "GOVAH_KEY": str(self.key),
            "GOVAH_LANG": language,
            "NO_COLOR": "1",
            "COLUMNS": "140",
            "PYTHONPATH": os.pathsep.join([*paths, os.environ.get("PYTHONPATH", "")]).strip(os.pathsep),
        }
        if program is None:
            done = command_server.govah(*arguments, env=environment)
        else:
            command = [sys.executable, "-P", "-m", "govah", *map(str, arguments)]
            done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=200)
        assert done.returncode == status, done.stdout[-2000:] + done.stderr[-4000:]
        return done.stdout + (done.stderr if status else "")


@pytest.fixture(scope="module")
def govah(tmp_path_factory: pytest.TempPathFactory) -> Command:
    return Command(tmp_path_factory.mktemp("key"))


@pytest.fixture(scope="module")
def portal() -> Iterator[Portal]:
    portal = Portal()
    yield portal
    portal.server.shutdown()
    portal.server.server_close()


@pytest.fixture(scope="module")
def rounds(tmp_path_factory: pytest.TempPathFactory, portal: Portal, govah: Command) -> dict[str, Path]:
    """first; later, when the portal had changed and two claims had; outage, when the portal let nobody in."""
    folder = tmp_path_factory.mktemp("rounds")
    claims = {
        "moved": (SERVICES["moved"], "/moved-new"),
        "lease": ("صدور شناسنامه اسب", "/lease"),
        "fresh": ("صدور مجوز کندوی شهری", "/fresh"),
    }
    portal.pages = FIRST
    found = {"first": portal.write(folder / "first", "1403-2")}
    govah("crawl", found["first"])
    portal.pages = LATER
    found["later"] = portal.write(folder / "later", "1404-1", **claims)
    govah("crawl", found["later"])
    portal.down = True
    found["outage"] = portal.write(folder / "outage", "1404-2")
    govah("crawl", found["outage"])
    portal.down = False
    for round_folder in found.values():
        govah("check", round_folder, "--jobs", 1)
    return found


@pytest.fixture(scope="module")
def other_rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program with one more wording of a page under construction, and the version of the check raised."""
    program = tmp_path_factory.mktemp("program")
    shutil.copytree(ROOT / "checks", program / "checks")
    edit(
        program / "checks/page/words/pages.toml",
        'under_construction = ["قيد الإنشاء",',
        f'under_construction = ["{ASLEEP}", "قيد الإنشاء",',
    )
    version = ServiceEntry.version
    edit(program / "checks/services/entry/check.py", f"version = {version}", f"version = {version + 1}")
    return program


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def causes(told: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """(kind, causes) by subject, of services and links."""
    return {
        change["subject"]["id"].removeprefix("http://portal.test"): (
            change["kind"],
            "+".join(change["causes"]),
        )
        for change in told["changed"]
        if change["check"] in ("services.entry", "links.target")
    }


def entry(told: dict[str, Any], service: str) -> dict[str, Any]:
    """The change in what is said of a service's entry."""
    change: dict[str, Any]
    (change,) = (
        change
        for change in told["changed"]
        if change["check"] == "services.entry" and change["subject"]["id"] == service
    )
    return change


Differ = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def diff(govah: Command) -> Differ:
    def differ(*arguments: object, **options: Any) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(govah("diff", *arguments, "--json", **options))
        return told

    return differ


BETWEEN_CRAWLS = {
    "permit": ("accused", "portal"),
    "renew": ("cleared", "portal"),
    "moved": ("cleared", "claim"),
    "lease": ("lost", "claim"),
    "/goes": ("accused", "portal"),
    "/permit": ("accused", "portal"),
    "/comes": ("cleared", "portal"),
    "/renew": ("cleared", "portal"),
    "fresh": ("new", "claim"),
}


def test_what_changed_between_two_crawls(rounds: dict[str, Path], diff: Differ) -> None:
    told = diff(rounds["first"], rounds["later"])
    assert causes(told) == BETWEEN_CRAWLS
    assert (told["same_evidence"], told["rules_known"], told["rules"], told["settings"]) == (
        False,
        True,
        {},
        {},
    )
    assert {(claim["kind"], claim["id"]) for claim in told["claims"]} == {
        ("service", "moved"),
        ("service", "lease"),
        ("service", "fresh"),
    }
    moved, lease = entry(told, "moved"), entry(told, "lease")
    assert moved["claim"] == {
        "url": {"old": "http://portal.test/moved-old", "new": "http://portal.test/moved-new"}
    }
    assert lease["same_content"] is True


def test_the_heaviest_come_first(rounds: dict[str, Path], diff: Differ) -> None:
    kinds = [change["kind"] for change in diff(rounds["first"], rounds["later"])["changed"]]
    order = ["accused", "lost", "cleared", "gained", "moved", "reason", "new", "gone"]
    assert kinds == sorted(kinds, key=order.index)
    assert kinds[0] == "accused"


def test_an_outage_is_never_the_portals_change(rounds: dict[str, Path], diff: Differ) -> None:
    told = diff(rounds["first"], rounds["outage"])
    changed = causes(told)
    assert {changed[name] for name in ("permit", "lease", "steady")} == {("lost", "ours")}
    others = [change for change in told["changed"] if change["causes"][-1] != "ours"]
    assert others == []
    back = causes(diff(rounds["outage"], rounds["first"]))
    assert {back[name] for name in ("permit", "lease", "steady")} == {("gained", "ours")}
    assert back["renew"] == ("accused", "ours")


def test_a_rule_that_changed_and_nothing_else(
    rounds: dict[str, Path], other_rules: Path, tmp_path: Path, diff: Differ, govah: Command
) -> None:
    again = shutil.copytree(rounds["first"], tmp_path / "again")
    govah("check", again, program=other_rules)
    earlier = again / "results" / "earlier" / "1"
    told = diff(earlier, again)
    assert causes(told) == {"asleep": ("reason", "rule")}
    assert told["same_evidence"]
    assert "services.entry" in told["rules"]
    assert "hosts.security" not in told["rules"]
    (change,) = told["changed"]
    assert [change[side]["check_version"] for side in ("before", "after")] == [
        ServiceEntry.version,
        ServiceEntry.version + 1,
    ]
    assert change["after"]["reason"] == "under_construction"
    assert govah("verify", again, program=other_rules)


def test_a_program_that_changed_without_saying_so(
    rounds: dict[str, Path], tmp_path: Path, diff: Differ, govah: Command
) -> None:
    program = tmp_path / "program"
    shutil.copytree(ROOT / "checks", program / "checks")
    entry = program / "checks/services/entry/check.py"
    edit(
        entry,
        "reason: str | None = seen.reason",
        'reason = "hollow" if seen.reason == "information_only" else seen.reason',
    )
    again = shutil.copytree(rounds["first"], tmp_path / "again")
    govah("check", again, program=program)
    told = diff(rounds["first"], again)
    assert told["rules"] == {}
    assert set(causes(told).values()) == {("reason", "program")}


@pytest.fixture(scope="module")
def without_a_check(
    tmp_path_factory: pytest.TempPathFactory, rounds: dict[str, Path], govah: Command
) -> Path:
    """The first round, judged by a program that lacks one check."""
    folder = tmp_path_factory.mktemp("without")
    shutil.copytree(ROOT / "checks", folder / "checks")
    shutil.rmtree(folder / "checks/hosts/security")
    again = shutil.copytree(rounds["first"], folder / "again", ignore=shutil.ignore_patterns("results"))
    govah("check", again, program=folder)
    return again


@pytest.mark.parametrize("sealed", [True, False])
def test_a_check_that_is_new_is_a_rule_that_changed(
    rounds: dict[str, Path], without_a_check: Path, tmp_path: Path, diff: Differ, sealed: bool
) -> None:
    again = shutil.copytree(without_a_check, tmp_path / "again")
    if not sealed:  # as of a version that did not say by which rules
        (again / "results" / "findings.manifest.json").unlink()
    going_on = () if sealed else ("--unsealed",)
    told = diff(again, rounds["first"], *going_on)
    assert [(c["check"], c["kind"], c["causes"]) for c in told["changed"]] == [
        ("hosts.security", "new", ["rule"])
    ]
    assert diff(rounds["first"], again, *going_on)["kinds"] == {"gone": 1}


def test_portal_and_rule_are_told_apart(
    rounds: dict[str, Path], other_rules: Path, tmp_path: Path, diff: Differ, govah: Command
) -> None:
    later = shutil.copytree(rounds["later"], tmp_path / "later")
    govah("check", later, program=other_rules)
    unseparated = causes(diff(rounds["first"], later))
    assert unseparated["permit"] == ("accused", "portal+rule")
    assert unseparated["asleep"] == ("reason", "rule")
    assert unseparated["lease"] == ("lost", "rule+claim")
    assert "--rejudge" in govah("diff", rounds["first"], later)
    told = diff(rounds["first"], later, "--rejudge", program=other_rules)
    assert causes(told) == {**BETWEEN_CRAWLS, "asleep": ("reason", "rule")}
    assert told["rejudged"]
    refused = govah("diff", rounds["first"], later, "--rejudge", status=2)
    assert "govah check" in refused


def test_agencies_of_one_round_are_held_against_the_same_rules(
    rounds: dict[str, Path], other_rules: Path, tmp_path: Path, govah: Command
) -> None:
    copy = shutil.copytree(rounds["first"], tmp_path / "round")
    with (copy / "agencies.csv").open("a", encoding="utf-8") as file:
        file.write("dar,سازمان دیگر,Other,main,http://other.test/\n")
    govah("check", copy, "--jobs", 1)
    before = (copy / "results" / "findings.jsonl").read_bytes()
    refused = govah("check", copy, "--agency", "dar", program=other_rules, status=2)
    assert "accessibility.keyboard" in refused and "Judge the whole round" in refused
    assert (copy / "results" / "findings.jsonl").read_bytes() == before
    govah("check", copy, "--agency", "dar")


@pytest.mark.thorough
def test_sealed_findings_are_set_aside_once_each(
    rounds: dict[str, Path], other_rules: Path, tmp_path: Path, govah: Command
) -> None:
    copy = shutil.copytree(rounds["first"], tmp_path / "round")
    results = copy / "results"
    names = sorted(path.name for path in results.iterdir() if path.name != "results.db")  # made from them
    sealed = {name: (results / name).read_bytes() for name in names}
    govah("check", copy)
    assert not (results / "earlier").exists()
    govah("check", copy, program=other_rules)
    kept = results / "earlier" / "1"
    assert {path.name: path.read_bytes() for path in kept.iterdir()} == sealed
    govah("check", copy, program=other_rules)
    assert [path.name for path in (results / "earlier").iterdir()] == ["1"]
    govah("check", copy)
    assert (results / "findings.jsonl").read_bytes() == sealed["findings.jsonl"]
    assert sorted(path.name for path in (results / "earlier").iterdir()) == ["1", "2"]
    assert (results / "earlier" / "2" / "findings.jsonl").read_bytes() != sealed["findings.jsonl"]


@pytest.mark.parametrize("deed", ["changed", "removed"])
def test_the_claims_that_were_judged_are_under_the_seal(
    rounds: dict[str, Path], tmp_path: Path, govah: Command, deed: str
) -> None:
    copy = shutil.copytree(rounds["first"], tmp_path / "round")
    claims = copy / "results" / "findings.claims.jsonl"
    if deed == "changed":
        claims.write_bytes(claims.read_bytes().replace(b"/permit", b"/permiz", 1))
    else:
        claims.unlink()
    (fault,) = json.loads(govah("verify", copy, "--json", status=4).partition("\nError")[0])["faults"]
    assert (fault["file"], fault["problem"]) == (
        "findings.claims.jsonl",
        "changed_file" if deed == "changed" else "missing_file",
    )


@pytest.mark.thorough
def test_time_that_went_by_is_no_change_of_the_portal(
    rounds: dict[str, Path], tmp_path: Path, diff: Differ, govah: Command
) -> None:
    copy = shutil.copytree(rounds["first"], tmp_path / "round")
    edit(copy / "round.toml", "as_of = 2025-12-01", "as_of = 2026-03-01")
    edit(copy / "round.toml", "retry_after = 0.2", "retry_after = 3600")
    govah("check", copy)
    told = diff(rounds["first"], copy)
    assert told["settings"].keys() == {"as_of", "retry_after"}
    assert {"+".join(change["causes"]) for change in told["changed"]} == {"settings+clock"}


@pytest.mark.parametrize(
    ("level", "status"),
    [("never", 0), ("contradicted", 1), pytest.param("inconclusive", 1, marks=pytest.mark.thorough)],
)
def test_fail_on_counts_what_is_new(rounds: dict[str, Path], govah: Command, level: str, status: int) -> None:
    govah("diff", rounds["first"], rounds["later"], "--fail-on", level, status=status)
    govah("diff", rounds["first"], rounds["first"], "--fail-on", level)


@pytest.mark.thorough
def test_what_cannot_be_compared_is_said(rounds: dict[str, Path], tmp_path: Path, govah: Command) -> None:
    bare = shutil.copytree(rounds["first"], tmp_path / "bare", ignore=shutil.ignore_patterns("results"))
    assert "govah check" in govah("diff", rounds["first"], bare, status=2)
    broken = shutil.copytree(rounds["first"], tmp_path / "broken")
    (broken / "results" / "findings.claims.jsonl").write_text("[]\n", encoding="utf-8")
    govah("diff", rounds["first"], broken, status=4)
    old = shutil.copytree(rounds["first"], tmp_path / "old")
    manifest = old / "results" / "findings.manifest.json"
    values = json.loads(manifest.read_bytes())
    del values["judged"]
    manifest.write_text(json.dumps(values), encoding="utf-8")
    assert "only the versions" in govah("diff", old, rounds["later"], "--unsealed")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            (
                "Newly contradicted",
                "the portal changed",
                "the claim changed",
                SERVICES["permit"],
                "Trial Body",
            ),
        ),
        ("fa", ("تازه رد شده", "درگاه تغییر کرد", "ادعا تغییر کرد", SERVICES["permit"], "سازمان آزمون")),
    ],
)
def test_it_reads_in_both_languages(
    rounds: dict[str, Path], govah: Command, language: str, words: tuple[str, ...]
) -> None:
    told = govah("diff", rounds["first"], rounds["later"], language=language)
    assert all(word in told for word in words), told
    assert told.index(words[0]) < told.index(words[3])
