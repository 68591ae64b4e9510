"""A crawl with time-stamping authorities, from round.toml to `govah verify`, as the auditor types it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from evidence.timestamps import authority_id
from fixtures.authority import Authority, AuthorityServer, Identity, replies, serve
from tests import command_server
from tests.keys import key_at_home

pytestmark = pytest.mark.sockets


class Stamped:
    """A round of one small portal and the authorities of its round.toml."""

    def __init__(self, kit: Any, authority: Authority, signer: Identity, server: AuthorityServer) -> None:
        self.site = kit.site(
            {"/": kit.answer('<h1>سامانه</h1><a href="/a">خدمت</a>'), "/a": kit.answer("خدمت")}
        )
        self.folder: Path = kit.folder / "round"
        self.evidence = self.folder / "evidence"
        self.authority, self.signer, self.server = authority, signer, server
        self.folder.mkdir()
        (self.folder / "agencies.csv").write_text("agency,name,kind,portal\na,الف,main,http://a.test/\n")
        (self.folder / "services.csv").write_text("agency,service,title,electronic\n")
        (self.folder / "tsa.pem").write_bytes(authority.root.certificate.read_bytes())
        self.settings(server.address)

    def settings(
        self, *authorities: str, roots: str = 'authority_roots = "tsa.pem"', network: str = ""
    ) -> None:
        (self.folder / "round.toml").write_text(
            '[round]\nid = "stamped"\n[crawl]\ndelay = 0.0\nretry_after = 0.1\nrender = "never"\n'
            f'[network]\nallow_private = true\nhosts = {{ "a.test:80" = "{self.site.target}" }}\n'
            f"[seal]\nauthorities = {json.dumps(authorities)}\n{roots}\n"
        )

    def stamp(self, query: bytes) -> bytes:
        return self.authority.stamp(query, self.signer)

    def govah(self, *arguments: object, status: int = 0) -> subprocess.CompletedProcess[str]:
        key_at_home(self.folder.parent / "key")
        environment = {**os.environ, "XDG_DATA_HOME": str(self.folder.parent / "key"), "GOVAH_LANG": "en"}
        environment |= {"NO_COLOR": "1", "COLUMNS": "160"}
        done = command_server.govah(*arguments, env=environment)
        assert done.returncode == status, done.stdout + done.stderr
        return done

    def json(self, *arguments: object, status: int = 0) -> Any:
        return json.loads(self.govah(*arguments, "--json", status=status).stdout)

    def files(self) -> set[str]:
        return {path.name for path in self.evidence.iterdir() if path.suffix in (".tsr", ".tsq")}


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Authority, Identity]:
    made = Authority(tmp_path_factory.mktemp("authority"))
    return made, made.issue("Stamper", kind="ec")


@pytest.fixture
def stamped(kit: Any, authority: tuple[Authority, Identity]) -> Iterator[Stamped]:
    made, signer = authority
    with serve(replies(lambda query: made.stamp(query, signer))) as server:
        yield Stamped(kit, made, signer, server)


def test_the_authority_and_the_sealing_are_named_while_they_are_waited_for(stamped: Stamped) -> None:
    done = stamped.govah("crawl", stamped.folder, "--progress", "json")
    events = [json.loads(line) for line in done.stderr.splitlines()]
    waits = [(wait["kind"], wait["where"]) for one in events for wait in one.get("waits", ())]
    ends = [wait for wait in dict.fromkeys(waits) if wait[0] in ("sealing", "timestamp")]
    assert ends == [("timestamp", stamped.server.address), ("sealing", "")]
    assert waits[-1] == ("timestamp", stamped.server.address), "over the seal as well"
    assert waits.index(("sealing", "")) > waits.index(ends[0])


def test_the_opening_is_stamped_before_the_first_request_and_the_seal_at_its_end(stamped: Stamped) -> None:
    asked_before: list[int] = []
    checkpoints: list[int] = []

    def answer(request: bytes, handler: BaseHTTPRequestHandler) -> None:
        asked_before.append(len(stamped.site.asked))
        checkpoints.append(len((stamped.evidence / "checkpoints.jsonl").read_bytes().splitlines()))
        replies(stamped.stamp)(request, handler)

    stamped.server.behaviour = answer
    said = stamped.json("crawl", stamped.folder)
    assert said["state"] == "complete"
    assert [(s["over"], s["authority"], s["outcome"]) for s in said["timestamps"]] == [
        ("opening", stamped.server.address, "stamped"),
        ("manifest", stamped.server.address, "stamped"),
    ]
    assert asked_before[0] == 0 and asked_before[1] >= 2
    assert checkpoints[0] == 1
    own = authority_id(stamped.server.address)
    assert stamped.files() == {f"{over}.{own}.ts{end}" for over in ("opening", "manifest") for end in "qr"}
    plan = json.loads((stamped.evidence / "plan.json").read_bytes())["plan"]
    assert plan["authorities"] == [stamped.server.address]

    stamped.json("check", stamped.folder)
    verified = stamped.json("verify", stamped.folder)
    assert verified["intact"] and verified["missing_timestamps"] == []
    assert [(s["over"], s["signer"], s["trusted"]) for s in verified["timestamps"]] == [
        ("manifest", "CN=Stamper", True),
        ("opening", "CN=Stamper", True),
    ]
    shown = stamped.govah("verify", stamped.folder).stdout
    assert "Time stamp over the seal" in shown and "Time stamp over the opening checkpoint" in shown

    requests, pages = len(stamped.server.requests), len(stamped.site.asked)
    again = stamped.json("crawl", stamped.folder)
    assert (again["state"], again["timestamps"]) == ("complete", [])
    assert (len(stamped.server.requests), len(stamped.site.asked)) == (requests, pages)


def test_a_refusing_authority_stops_nothing_and_is_asked_again(stamped: Stamped) -> None:
    def refuse(request: bytes, handler: BaseHTTPRequestHandler) -> None:
        handler.send_error(503)

    stamped.server.behaviour = refuse
    crawled = stamped.govah("crawl", stamped.folder)
    assert "gave no time stamp over the opening checkpoint" in crawled.stderr
    assert "gave no time stamp over the seal" in crawled.stderr and "HTTP status 503" in crawled.stderr
    assert stamped.files() == set()
    stamped.json("check", stamped.folder)
    verified = stamped.json("verify", stamped.folder)
    assert verified["intact"] and verified["timestamps"] == []
    assert {m["over"] for m in verified["missing_timestamps"]} == {"opening", "manifest"}
    assert f"govah crawl {stamped.folder}" in stamped.govah("verify", stamped.folder).stdout

    stamped.server.behaviour = replies(stamped.stamp)
    pages = len(stamped.site.asked)
    said = stamped.json("crawl", stamped.folder)
    assert [(s["over"], s["outcome"]) for s in said["timestamps"]] == [("manifest", "stamped")]
    assert len(stamped.site.asked) == pages
    verified = stamped.json("verify", stamped.folder)
    assert verified["intact"]
    assert [m["over"] for m in verified["missing_timestamps"]] == ["opening"]


def test_who_is_trusted_is_said_by_round_or_by_who_verifies(stamped: Stamped, tmp_path: Path) -> None:
    stamped.settings(stamped.server.address, roots="")
    said = stamped.json("crawl", stamped.folder)
    assert {s["outcome"] for s in said["timestamps"]} == {"untrusted"}
    stamped.json("check", stamped.folder)
    verified = stamped.json("verify", stamped.folder)
    assert verified["intact"] and {s["trusted"] for s in verified["timestamps"]} == {False}
    assert "that authority is not verified" in stamped.govah("verify", stamped.folder).stdout
    roots = stamped.folder / "tsa.pem"
    verified = stamped.json("verify", stamped.folder, "--authority-roots", roots)
    assert verified["intact"] and {s["trusted"] for s in verified["timestamps"]} == {True}
    stranger = Authority(tmp_path / "stranger", "Other Root").root.certificate
    verified = stamped.json("verify", stamped.folder, "--authority-roots", stranger, status=4)
    assert {f["problem"] for f in verified["faults"]} == {"untrusted_timestamp"}
    refused = stamped.json("verify", stamped.folder, "--authority-roots", tmp_path / "none.pem", status=2)
    assert refused["error"]["code"] == "cli.bad_roots"
    moved = stamped.folder / "round.toml"
    moved.rename(tmp_path / "round.toml")  # who has the evidence alone can verify it too
    assert stamped.json("verify", stamped.folder)["intact"]


def test_no_authority_no_request_and_the_plan_as_it_was(stamped: Stamped) -> None:
    stamped.settings()
    assert stamped.json("crawl", stamped.folder)["timestamps"] == []
    assert stamped.server.requests == []
    assert "authorities" not in json.loads((stamped.evidence / "plan.json").read_bytes())["plan"]


def test_an_authority_on_a_private_address_is_not_asked_by_a_public_round(stamped: Stamped) -> None:
    settings = (stamped.folder / "round.toml").read_text()
    (stamped.folder / "round.toml").write_text(settings.replace("allow_private = true", ""))
    said = stamped.json("crawl", stamped.folder)
    assert {(s["outcome"], s["detail"].partition(":")[0]) for s in said["timestamps"]} == {
        ("failed", "private_address")
    }
    assert stamped.server.requests == []
