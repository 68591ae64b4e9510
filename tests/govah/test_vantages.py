"""A round that two places crawl: portals answer by where they are asked from. One crawl from each serves all tests."""

from __future__ import annotations

import csv
import json
import os
import re
import shlex
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from evidence.signing.keys import load
from tests import command_server
from tests.keys import made_key

pytestmark = [pytest.mark.processes, pytest.mark.sockets]

HERE, THERE = "127.0.0.1", "127.0.0.2"
UNIT = Path(__file__).parents[2] / "deploy/govah-vantage.service"
FORM = (
    "<title>صدور پروانه کسب</title><h1>صدور پروانه کسب</h1><p>درخواست خود را در فرم زیر ثبت کنید.</p>"
    "<form method=post action=/send><label>کد ملی <input name=nid></label><label>نام <input name=name></label>"
    "<button>ثبت درخواست</button></form>"
)
HOME = "<title>سازمان</title><h1>سازمان</h1><p>به درگاه خوش آمدید.</p><p>نشانی: خیابان آزادی</p><a href=/s>صدور پروانه کسب</a>"
OTHER = (
    "<title>Agency</title><h1>The agency</h1><p>Welcome to the portal.</p><p>News</p><a href=/s>Licence</a>"
)
Answers = Mapping[str, tuple[int, str]]
OPEN: Answers = {"/": (200, HOME), "/s": (200, FORM)}
FILTERED: Answers = {"/": (403, "<h1>403 Forbidden</h1>"), "/s": (403, "<h1>403 Forbidden</h1>")}
CHALLENGED: Answers = dict.fromkeys(
    ("/", "/s"), (503, "<title>Just a moment...</title><form id=challenge-form></form>")
)
VERSION: Answers = {"/": (200, OTHER), "/s": (200, FORM)}
GONE: Answers = {"/": (200, HOME), "/s": (404, "<h1>404</h1>")}
ALIVE: Answers = {"/": (200, "alive")}
DEAD: Answers = {}  # the connection is cut

# By agency: what each place is answered; the finding about its claim, from where, and that about its home page.
TRUTH: dict[str, tuple[Answers, Answers, tuple[str, str, str | None], tuple[str, str | None]]] = {
    "open": (OPEN, OPEN, ("verified", "transaction_entry", None), ("verified", None)),
    "filtered": (FILTERED, OPEN, ("verified", "transaction_entry", "tabriz"), ("partial", "closed_to_some")),
    "challenged": (OPEN, CHALLENGED, ("verified", "transaction_entry", None), ("partial", "closed_to_some")),
    "version": (OPEN, VERSION, ("verified", "transaction_entry", None), ("partial", "vantages_differ")),
    "dead": (DEAD, OPEN, ("verified", "transaction_entry", "tabriz"), ("partial", "closed_to_some")),
    "gone": (GONE, GONE, ("contradicted", "dead_link", None), ("verified", None)),
    "moved": (GONE, OPEN, ("inconclusive", "vantages_differ", None), ("verified", None)),
}


class _Portals(BaseHTTPRequestHandler):
    """Answers by the address that it is asked at, which stands for the network of who asks."""

    def do_GET(self) -> None:
        agency = self.headers["Host"].partition(".")[0]
        here, there = TRUTH.get(agency, (ALIVE, ALIVE))[:2]
        answers = here if self.connection.getsockname()[0] == HERE else there
        if not answers:
            self.close_connection = True
            return
        status, page = answers.get(self.path, (404, "<h1>404</h1>"))
        body = page.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing is written of what was asked."""


@dataclass
class Places:
    """round: of the auditor, who crawled here and judged. other: the evidence of the second place. key: the auditor's."""

    round: Path
    other: Path
    key: Path
    env: dict[str, str]

    def govah(self, *words: object, status: int = 0) -> subprocess.CompletedProcess[str]:
        done = command_server.govah(*words, env=self.env)
        assert done.returncode == status, done.stdout + done.stderr
        return done

    def findings(self) -> dict[tuple[str, str], dict[str, object]]:
        lines = (self.round / "results/findings.jsonl").read_text(encoding="utf-8").splitlines()
        return {(one["agency"], one["check"]): one for one in map(json.loads, lines)}


def _write(folder: Path, address: str) -> None:
    """The round's files; `address` is where the portals are for who crawls it."""
    folder.mkdir()
    names = [f"{name}.test" for name in (*TRUTH, "control")]
    hosts = "".join(f'"{name}" = "{address}"\n' for name in names)
    (folder / "round.toml").write_text(
        f"""[round]
id = "places"
title = "دو نقطه"
vantage = "tehran"

[crawl]
contact = "http://control.test/bot"
delay = 0.0
max_pages = 5
retry_after = 0.5
render = "never"

[network]
allow_private = true
controls = ["http://control.test/"]
resolver = []

[network.hosts]
{hosts}""",
        encoding="utf-8",
    )
    sheets = {
        "agencies": [["agency", "name", "kind", "portal"]]
        + [[name, f"سازمان {name}", "main", f"http://{name}.test/"] for name in TRUTH],
        "services": [["agency", "service", "title", "url", "electronic", "level"]]
        + [
            [name, f"s-{name}", "صدور پروانه کسب", f"http://{name}.test/s", "yes", "transaction"]
            for name in TRUTH
        ],
    }
    for name, rows in sheets.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)


def _unit(**values: object) -> list[str]:
    """What the template for systemd runs, with these values of its environment."""
    line = next(line for line in UNIT.read_text().splitlines() if line.startswith("ExecStart="))
    words = shlex.split(line.removeprefix("ExecStart="))
    return [str(values[word[2:-1]]) if word.startswith("${") else word for word in words[1:]]


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    base = tmp_path_factory.mktemp("places")
    here = ThreadingHTTPServer((HERE, 0), _Portals)
    there = ThreadingHTTPServer((THERE, here.server_port), _Portals)
    for server in (here, there):
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    _write(base / "round", f"{HERE}:{here.server_port}")
    _write(base / "second", f"{THERE}:{here.server_port}")
    keys = [made_key(base / f"{name}.key") for name in ("auditor", "second")]
    env = {**os.environ, "GOVAH_LANG": "en", "NO_COLOR": "1", "COLUMNS": "200", "GOVAH_KEY": str(keys[0])}
    made = Places(base / "round", base / "second/evidence", keys[0], env)
    second = Places(base / "second", made.other, keys[1], {**env, "GOVAH_KEY": str(keys[1])})
    second.govah(*_unit(ROUND=base / "second", VANTAGE="tabriz"))
    made.govah("crawl", made.round)
    for server in (here, there):
        server.shutdown()
        server.server_close()
    settings = made.round / "round.toml"
    also = f'[evidence]\nalso = [{{ path = "../second/evidence", key = "{load(keys[1]).fingerprint}" }}]\n'
    settings.write_text(settings.read_text(encoding="utf-8") + also, encoding="utf-8")
    made.govah("check", made.round)
    made.govah("score", made.round)
    yield made


def test_each_portal_is_judged_from_where_it_was_let_in(places: Places) -> None:
    found = places.findings()
    for agency, (_, _, claim, home) in TRUTH.items():
        entry, vantage = found[agency, "services.entry"], found[agency, "reach.vantage"]
        told = (entry["verdict"], entry["reason"], entry["observed"].get("vantage"))  # type: ignore[attr-defined]
        assert (agency, *told) == (agency, *claim)
        assert (agency, vantage["verdict"], vantage["reason"]) == (agency, *home)


def test_what_is_shown_of_a_finding_names_the_place_of_each_capture(places: Places) -> None:
    said = places.govah("explain", places.round, "filtered/s-filtered").stdout
    assert "vantage point tabriz" in said and str(places.other) in said
    told = json.loads(places.govah("explain", places.round, "filtered/s-filtered", "--json").stdout)
    assert {one["vantage"] for one in told["story"]["captures"]} == {"tabriz"}
    said = places.govah("explain", places.round, "moved/s-moved").stdout
    assert "vantage point tehran" in said and "vantage point tabriz" in said
    begun = said.partition("Claim")[0]  # with the finding, not with what one place saw
    finding, alone = (begun.find(word) for word in ("the answers differ by vantage point", "contradicted"))
    assert 0 < finding < alone and "of vantage point tehran alone: contradicted" in begun
    places.govah("report", places.round)
    page = next(
        path for path in (places.round / "results/report").rglob("filtered.html") if "/en/" in str(path)
    )
    text = page.read_text(encoding="utf-8").replace("<bdi>", "").replace("</bdi>", "")
    assert "vantage point tabriz" in text
    # commands that read a segment are those of the round's own evidence
    assert f"govah pack ROUND {places.findings()['filtered', 'services.entry']['id']}" in text
    for offset, file in re.findall(r"tail -c \+(\d+) evidence/(\S+)", text):
        lines = (places.round / "evidence/records.txt").read_text().splitlines()
        assert any(line.split()[1:3] == [file, str(int(offset) - 1)] for line in lines)


def test_all_verify_as_they_lie_and_packs_hold_captures_of_each_place(places: Places, tmp_path: Path) -> None:
    theirs = load(places.key.with_name("second.key")).fingerprint
    told = places.govah("verify", places.round).stdout
    assert f"key {theirs}" in told and "The records of tabriz are under that vantage point's own seal" in told
    (place,) = json.loads(places.govah("verify", places.round, "--json").stdout)["vantages"]
    assert (place["vantage"], place["key"]) == ("tabriz", theirs)
    for agency, vantages in (("filtered", {"tabriz"}), ("moved", {None, "tabriz"}), ("open", {None})):
        path = tmp_path / f"{agency}.zip"
        id_ = places.findings()[agency, "services.entry"]["id"]
        places.govah("pack", places.round, id_, "--output", path)
        told = json.loads(places.govah("verify", path, "--json").stdout)
        assert {record.get("vantage") for record in told["records"]} == vantages
        assert [one["key"] for one in told.get("vantages", ())] == [theirs] * ("tabriz" in vantages)
    assert f"key {theirs}" in places.govah("verify", tmp_path / "moved.zip").stdout


def test_a_crawl_goes_on_from_the_place_where_it_began(places: Places) -> None:
    """Else its folder is of two places, and cannot be joined any more."""
    before = sorted(path.name for path in places.other.iterdir())
    said = places.govah("crawl", places.other.parent, "--key", places.key.with_name("second.key"), status=2)
    assert "--vantage tabriz" in said.stderr
    assert sorted(path.name for path in places.other.iterdir()) == before


@pytest.mark.parametrize("command", ["check", "explain", "report", "verify"])
def test_a_second_place_with_another_key_is_refused(places: Places, tmp_path: Path, command: str) -> None:
    shutil.copytree(places.round, tmp_path / "round", symlinks=True)
    settings = tmp_path / "round/round.toml"
    fingerprint = settings.read_text(encoding="utf-8").rpartition('key = "')[2][:64]
    changed = settings.read_text(encoding="utf-8").replace(fingerprint, "0" * 64)
    settings.write_text(changed.replace("../second/evidence", str(places.other)), encoding="utf-8")
    words = [command, tmp_path / "round", *(["open"] if command == "explain" else [])]
    said = places.govah(*words, status=4)
    assert "Signed with another key" in said.stdout + said.stderr


@pytest.mark.parametrize("command", ["report", "explain", "verify"])
def test_findings_are_not_shown_without_the_place_that_they_rest_on(
    places: Places, tmp_path: Path, command: str
) -> None:
    shutil.copytree(places.round, tmp_path / "round", symlinks=True)
    settings = tmp_path / "round/round.toml"
    settings.write_text(settings.read_text(encoding="utf-8").partition("[evidence]")[0], encoding="utf-8")
    words = [command, tmp_path / "round", *(["open"] if command == "explain" else [])]
    said = places.govah(*words, status=4)
    assert "Findings rest on evidence of another vantage point" in " ".join(
        (said.stdout + said.stderr).split()
    )


def test_a_place_that_a_later_judgement_leaves_out_is_named(places: Places, tmp_path: Path) -> None:
    """Whoever does not like what another place was served may judge again without it."""
    shutil.copytree(places.round, tmp_path / "round", symlinks=True)
    settings = tmp_path / "round/round.toml"
    text, _, also = settings.read_text(encoding="utf-8").partition("[evidence]")
    settings.write_text(text, encoding="utf-8")
    places.govah("check", tmp_path / "round")
    key = also.rpartition('key = "')[2][:64]
    said = places.govah("verify", tmp_path / "round")
    assert key in said.stdout + said.stderr
    told = json.loads(places.govah("verify", tmp_path / "round", "--json").stdout)
    assert (told["intact"], told["vantages_left_out"]) == (True, [key])
    said = places.govah("diff", tmp_path / "round/results/earlier/1", tmp_path / "round")
    assert (
        "other evidence of other vantage points" in said.stdout
        and "Both judge the same records. " not in said.stdout
    )
