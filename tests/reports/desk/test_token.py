"""The desk asks everybody for its token: whoever uses the machine reaches its loopback, and the key signs what comes in there."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from reports.catalogue import LANGUAGES, TextCatalogue
from reports.desk.app import _STATIC
from tests import command_server
from tests.reports.desk.rounds import Answer, Client, id_of, made, served

pytestmark = pytest.mark.sockets

FINDING = f"/finding/{id_of('s1')}"
PATHS = (
    "/", "/findings?q=x", "/worklist", "/agency/a1", "/case/s1", FINDING, "/capture/c0/source", "/capture/c2/picture",
    "/static/none", "/static/", "/nothing", "/login/", "/login/../findings", "//login", "/login%2f..%2ffindings",
    "/static/desk.css/..", "/static/%2e%2e/findings", "/loginx", "/;/login", "/%6cogin/x", "/LOGIN", "*",
)  # fmt: skip
METHODS = ("GET", "HEAD", "POST", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "get", "QUERY")


@pytest.fixture(scope="module")
def chosen(shared_round: Path) -> Iterator[Client]:
    with served(shared_round, token="0123456789abcdef-token") as client:
        yield client


def tells_what_to_do(answer: Answer) -> bool:
    texts = [TextCatalogue(language).text("desk.login_text") for language in LANGUAGES]
    return all(text in answer.text for text in texts) and 'name="token"' in answer.text


@pytest.mark.parametrize("method", METHODS)
def test_who_has_no_token_learns_what_to_do_and_nothing_else(desk: Client, method: str) -> None:
    for path in PATHS:
        answer = Client(desk.port).ask(method, path, b"" if method in ("POST", "PUT", "PATCH") else None)
        assert answer.status == 401, (method, path)
        assert method == "HEAD" or tells_what_to_do(answer), (method, path)
        for word in ("آزمون", "loopback", "sha256", "a1.test", "زهرا", desk.token):
            assert word not in answer.text, (method, path, word)


def test_another_user_of_the_machine_records_nothing(tmp_path: Path) -> None:
    round = made(tmp_path)
    with served(round, "--auditor", "Chief Auditor") as desk:
        stranger = Client(desk.port)
        page = stranger.get(FINDING)
        mark = re.findall(r'name="mark" value="([0-9a-f]{64})"', page.text)[0]
        for path, values in (
            (f"{FINDING}/verdict", {"verdict": "verified", "auditor": "Chief Auditor"}),
            ("/case/s1/verdict", {"verdict": "verified", "auditor": "Chief Auditor"}),
            (f"{FINDING}/reply", {"by": "m", "date": "1404/09/20", "stance": "disputes", "text": "t"}),
            (
                f"{FINDING}/answer",
                {"reply": "r1", "decision": "withdrawn", "by": "Chief Auditor", "text": "t"},
            ),
            ("/logout", {}),
        ):
            assert stranger.post(path, {"mark": mark, **values}).status == 401, path
        assert stranger.post("/login", {"mark": mark, "token": ""}).status == 401
    assert not (round / "verdicts.csv").exists() and not (round / "replies.jsonl").exists()


def test_the_link_lets_a_browser_in_and_the_token_leaves_the_address(desk: Client) -> None:
    assert len(desk.token) >= 32
    browser = Client(desk.port)
    before = browser.get("/login").cookies
    came = browser.get(f"/?token={desk.token}")
    assert came.status == 303 and came.headers["location"] == "/"
    (cookie,) = came.cookies
    assert cookie.startswith(f"govah-desk-{desk.port}=") and cookie.partition(";")[0] not in before[0]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and "Path=/" in cookie
    page = browser.get(FINDING)
    assert page.status == 200 and desk.token not in page.text
    assert browser.get("/login").headers["location"] == "/"
    again = browser.get("/?token=of-a-desk-that-was-closed")
    assert again.headers["location"] == "/", "who is inside needs no token"


@pytest.mark.parametrize(
    "token", ["", "x", "{}", "{}x", "{}&token=", "&token={}", "%00{}", "{}%00", "%ed%a0%80"]
)
def test_a_link_with_another_token_leads_nowhere(desk: Client, token: str) -> None:
    changed = desk.token[:-1] + ("y" if desk.token.endswith("x") else "x")
    target = f"/?token={token.format(changed)}"
    answer = Client(desk.port).raw(
        f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
    )
    head, _, page = answer.decode().partition("\r\n\r\n")
    assert " 401 " in head.splitlines()[0] and "token=" not in page


@pytest.mark.parametrize("path", ["/findings?token={}", "/login?token={}", "/static/desk.js?token={}"])
def test_the_token_is_taken_at_the_first_page_alone(desk: Client, path: str) -> None:
    stranger = Client(desk.port)
    stranger.get(path.format(desk.token))
    assert stranger.get("/").status == 401
    assert stranger.ask("HEAD", f"/?token={desk.token}").status == 401
    assert stranger.ask("POST", f"/?token={desk.token}", b"").status == 401


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_page_of_elsewhere_cannot_use_up_attempts_or_open_the_link(chosen: Client, site: str) -> None:
    for number in range(8):
        asked = {"Sec_Fetch_Site": site, "Sec_Fetch_Mode": "navigate"}
        assert Client(chosen.port).get(f"/?token=guess-{number}", **asked).status == 401
    assert Client(chosen.port).get("/?token=0123456789abcdef-token").status == 303


def test_nobody_is_kept_out_by_the_guesses_of_others(desk: Client) -> None:
    """On loopback all users have one address. A token that was made here cannot be guessed, so that guesses cost nobody anything."""
    for number in range(8):
        assert Client(desk.port).get("/", Authorization=f"Bearer {number}").status == 401
    assert Client(desk.port).get("/", Authorization=f"Bearer {desk.token}").status == 200
    assert desk.other().get("/").status == 200


def test_cookies_of_another_desk_of_this_host_are_worth_nothing(desk: Client, chosen: Client) -> None:
    """Browsers send a host's cookies to each of its ports."""
    own = desk.other()
    visitor = chosen.ask("GET", "/", Cookie="; ".join(f"{k}={v}" for k, v in own.cookies.items()))
    assert visitor.status == 401
    renamed = {f"govah-desk-{chosen.port}": next(iter(own.cookies.values()))}
    assert Client(chosen.port, renamed).get("/").status == 401
    assert set(own.cookies).isdisjoint(Client(chosen.port, chosen.cookies).cookies)
    odd = ["a[b]=1", '{"x":1}', "=", "z=" + "x" * 5000, *(f"{k}={v}" for k, v in own.cookies.items())]
    assert desk.ask("GET", "/", Cookie="; ".join(odd)).status == 200, "others hide none of the desk's own"
    both = {**own.cookies, f"govah-desk-{chosen.port}": "x" * 43}
    assert Client(desk.port, both).get("/").status == 200


def test_what_is_open_is_the_same_for_every_round(desk: Client) -> None:
    for name in _STATIC:
        answer = Client(desk.port).get(f"/static/{name}")
        assert answer.status == 200 and desk.token.encode() not in answer.body


def test_a_token_in_the_list_of_processes_is_told_of(shared_round: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        options = ("--port", port, "--token", "0123456789abcdef")
        env = {**os.environ, "GOVAH_LANG": "en"}
        done = command_server.govah("serve", shared_round, *options, env=env, timeout=60)
    assert done.returncode == 2 and "0123456789abcdef" not in done.stdout + done.stderr


def test_a_token_that_was_chosen_is_printed_nowhere(chosen: Client) -> None:
    assert chosen.token == ""
    mark = chosen.mark("/login")
    assert chosen.post("/login", {"mark": mark, "token": "0123456789abcdef-token"}).status == 303
    assert "0123456789abcdef-token" not in chosen.get("/").text
