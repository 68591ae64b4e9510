"""Who is let in to the desk, and what may come with a request: over real sockets."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from reports.desk.security import Attempts, address_of, host_of
from tests import command_server
from tests.reports.desk.rounds import Client, id_of, served

pytestmark = pytest.mark.sockets

TOKEN = "0123456789abcdef-token"
PAGES = (
    "/",
    "/findings?q=x",
    "/worklist",
    "/agency/a1",
    "/case/s1",
    "/capture/c0/source",
    "/login",
    "/nothing",
)


@pytest.fixture(scope="module")
def closed(shared_round: Path) -> Iterator[Client]:
    """A desk that asks for a token."""
    with served(shared_round, token=TOKEN) as client:
        yield client


def started(round: Path, *options: str, token: str = "") -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "GOVAH_LANG": "en", "GOVAH_TOKEN": token}
    return command_server.govah("serve", round, *options, env=env, timeout=60)


@pytest.mark.parametrize("host", ["0.0.0.0", "desk.test"])
def test_beyond_this_machine_nothing_is_opened_without_a_token(shared_round: Path, host: str) -> None:
    done = started(shared_round, "--host", host)
    assert done.returncode == 2 and "GOVAH_TOKEN" in done.stderr and "ssh -L" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("token", ["short", "رمز-رمز-رمز-رمز-رمز"])
def test_a_token_that_is_easily_guessed_or_cannot_be_sent_is_refused(shared_round: Path, token: str) -> None:
    done = started(shared_round, token=token)
    assert done.returncode == 2 and token not in done.stderr and "16" in done.stderr


def test_a_port_that_is_taken_is_told(shared_round: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = started(shared_round, "--port", str(taken.getsockname()[1]))
    assert done.returncode == 2 and "--port 0" in done.stderr


@pytest.mark.parametrize("path", PAGES)
def test_every_answer_carries_the_policy(desk: Client, path: str) -> None:
    headers = desk.get(path).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "unsafe" not in policy and "frame-ancestors 'none'" in policy and "base-uri 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff" and headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert {headers[f"cross-origin-{name}-policy"] for name in ("opener", "resource")} == {"same-origin"}
    assert "server" not in headers and "date" not in headers


@pytest.mark.parametrize("path", ["/", "/findings", "/agency/a1"])
def test_pages_hold_nothing_inline_and_nothing_from_elsewhere(desk: Client, path: str) -> None:
    page = desk.get(path).text
    assert re.findall(r"<script[^>]*>", page) == ['<script src="/static/desk.js" defer>']
    assert "<style" not in page and not re.search(r"\s(?:style|on\w+)=", re.sub(r">[^<]*<", "><", page))
    # links that lead out are the claimed addresses, and tell nobody where they came from
    out = r'<a href="https?://[^"]*" rel="noopener noreferrer external" target="_blank" class="out">'
    page = re.sub(out, "", page)
    assert all(url.startswith(("/", "#")) for url in re.findall(r'(?:href|src|action)="([^"]*)"', page))


@pytest.mark.parametrize(
    "host", ["evil.test", "evil.test:80", "127.0.0.1.evil.test", "localhost.", "", "[::1", "192.0.2.1"]
)
def test_a_name_of_elsewhere_reaches_nothing(desk: Client, host: str) -> None:
    for method, path in (
        ("GET", "/"),
        ("GET", "/static/desk.js"),
        ("POST", f"/finding/{id_of('s1')}/verdict"),
    ):
        answer = desk.ask(method, path, Host=host)
        assert answer.status in (400, 421) and b"a1.test" not in answer.body and not answer.cookies


@pytest.mark.parametrize("host", ["localhost:9000", "127.0.0.1", "[::1]:8000", "127.0.0.9:1"])
def test_names_of_this_machine_are_the_desk_s(desk: Client, host: str) -> None:
    assert desk.get("/", Host=host).status == 200


def test_two_hosts_in_one_request_are_none(desk: Client) -> None:
    came = desk.raw(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.test\r\nConnection: close\r\n\r\n")
    assert came.split(b" ")[1] in (b"400", b"421")


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.test"},
        {"Origin": "null", "Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "none"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
    ],
)
def test_forms_of_elsewhere_are_refused_even_with_the_mark(
    desk: Client, shared_round: Path, headers: dict[str, str]
) -> None:
    values = {"mark": desk.mark(), "verdict": "verified", "auditor": "x"}
    answer = desk.post(f"/finding/{id_of('s1')}/verdict", values, **headers)
    assert answer.status == 403 and not (shared_round / "verdicts.csv").exists()


@pytest.mark.parametrize("mark", [None, "", "0" * 64, "\ud800"])
@pytest.mark.parametrize(
    "path",
    [
        "/finding/{}/verdict",
        "/finding/{}/reply",
        "/finding/{}/answer",
        "/case/s1/verdict",
        "/logout",
        "/login",
    ],
)
def test_a_form_without_the_mark_of_its_session_is_refused(desk: Client, path: str, mark: str | None) -> None:
    given = {} if mark is None else {"mark": mark.encode("utf-8", "replace").decode()}
    answer = desk.post(path.format(id_of("s1")), {**given, "verdict": "verified", "auditor": "x"})
    assert answer.status == 403


def test_the_mark_of_another_browser_is_worth_nothing(desk: Client) -> None:
    other = desk.other()
    values = {"mark": other.mark(), "verdict": "verified", "auditor": "x"}
    assert desk.get("/").status == 200
    assert other.cookies and other.cookies != desk.cookies
    assert desk.post(f"/finding/{id_of('s1')}/verdict", values).status == 403


def test_cookies_are_for_this_desk_alone(desk: Client) -> None:
    (cookie,) = Client(desk.port).get(f"/?token={desk.token}").cookies
    assert (
        cookie.startswith(f"govah-desk-{desk.port}=") and "HttpOnly" in cookie and "SameSite=Strict" in cookie
    )
    assert "Domain" not in cookie


@pytest.mark.parametrize("cookie", ["govah-desk-{}=x", "govah-desk-{}=" + "a" * 5000, "a=b; \x01=;;;="])
def test_cookies_that_are_none_of_ours_get_a_new_session(desk: Client, cookie: str) -> None:
    answer = Client(desk.port).get("/login", Cookie=cookie.format(desk.port))
    assert answer.status == 200 and len(answer.cookies) == 1


def test_bodies_heads_and_fields_are_bounded(desk: Client) -> None:
    path = f"/finding/{id_of('s1')}/verdict"
    mark = desk.mark()
    assert desk.post(path, {"mark": mark, "note": "x" * 70_000}).status == 413
    chunks = b"".join(b"8000\r\n" + b"x" * 0x8000 + b"\r\n" for _ in range(3)) + b"0\r\n\r\n"
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n"
        f"Authorization: Bearer {desk.token}\r\n\r\n"
    )
    assert b" 413 " in desk.raw(head.encode() + chunks).partition(b"\r\n")[0]
    assert desk.post(path, {"mark": mark, **{f"f{n}": "" for n in range(40)}}).status == 400
    for line in (b"GET /" + b"a" * 70_000 + b" HTTP/1.1", b"GET / HTTP/1.1\r\nX: " + b"a" * 70_000):
        came = desk.raw(line + b"\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert came.split(b" ")[1] in (b"400", b"431") and len(came) < 2000
    assert desk.get("/findings?" + "&".join(f"q{n}=1" for n in range(900))).status == 200


def test_forms_alone_are_read(desk: Client) -> None:
    path = f"/finding/{id_of('s1')}/verdict"
    assert desk.post(path, {"mark": desk.mark()}, Content_Type="text/plain").status == 415
    assert desk.ask("POST", path, b"mark=%ff", Content_Type="application/x-www-form-urlencoded").status == 400


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "POST"])
def test_pages_take_no_other_methods(desk: Client, method: str) -> None:
    assert desk.ask(method, "/findings", b"" if method != "TRACE" else None).status == 405
    assert desk.get(f"/finding/{id_of('s1')}/verdict").status == 405


@pytest.mark.parametrize(
    "what", ["capture/{}/source", "capture/{}/picture", "static/{}", "finding/{}", "agency/{}", "case/{}"]
)
@pytest.mark.parametrize(
    "name",
    [
        "..%2f..%2f..%2fround.toml",
        "%2e%2e%2fround.toml",
        "..",
        "%00",
        "c0%00",
        "c0/../../round.toml",
        "/etc/passwd",
        "%252e%252e%252f",
        "..\\..\\round.toml",
    ],
)
def test_no_path_leads_to_a_file(desk: Client, what: str, name: str) -> None:
    answer = desk.get("/" + what.format(name))
    assert answer.status == 404 and b"vantage =" not in answer.body and b"root:" not in answer.body


def test_pictures_and_texts_are_never_taken_for_each_other(desk: Client) -> None:
    assert desk.get("/capture/c2/picture").headers["content-type"] == "image/png"
    assert desk.get("/capture/c0/picture").status == 404
    assert desk.get("/capture/c2/source").status == 404
    assert desk.get(f"/finding/{id_of('s1')}?capture=c3").status == 404, "no capture of that finding"


@pytest.mark.parametrize(
    "path",
    [
        "/findings?q={}",
        "/findings?agency={}",
        "/finding/{}",
        "/nothing/{}",
        "/findings?lang={}",
        "/case/{}",
        "/?done={}",
    ],
)
def test_what_was_asked_comes_back_as_text_alone(desk: Client, path: str) -> None:
    page = desk.get(path.format("%22%3E%3Cscript%3Ealert(1)%3C/script%3E%7B%7B7*7%7D%7D")).text
    assert (
        "<script>" not in page
        and "alert(1)</script>" not in page
        and "49" not in re.findall(r'value="([^"]*)"', page)
    )


@pytest.mark.parametrize(
    "target", ["//evil.test/x", "///evil.test", "http://evil.test/x", "//evil.test/%2e%2e"]
)
def test_no_target_makes_a_page_link_elsewhere(desk: Client, target: str) -> None:
    head = f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    page = desk.raw(head.encode()).decode()
    links = re.findall(r'(?:href|src|action)="([^"]*)"', page)
    assert links and all(re.match(r"/(?!/)|#", link) for link in links)


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_page_of_elsewhere_leads_here_and_loads_nothing(desk: Client, site: str) -> None:
    for path in ("/findings?q=x", "/capture/c2/picture", "/static/desk.js"):
        answer = desk.get(path, Sec_Fetch_Site=site, Sec_Fetch_Mode="no-cors")
        assert answer.status == 403 and len(answer.body) < 400 and b"a1" not in answer.body
    assert desk.get("/findings", Sec_Fetch_Site=site, Sec_Fetch_Mode="navigate").status == 200


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("fe80::1%eth0", "fe80::2%eth0", True),
        ("192.0.2.1", "192.0.2.2", False),
    ],
)
def test_addresses_whose_attempts_are_counted_together(one: str, other: str, same: bool) -> None:
    assert (address_of({"client": (one, 1)}) == address_of({"client": (other, 1)})) is same


def test_without_the_token_nothing_is_told(closed: Client) -> None:
    for path in ("/", "/findings", f"/finding/{id_of('s1')}", "/capture/c2/picture", "/nothing"):
        answer = Client(closed.port).get(path)
        assert answer.status == 401 and answer.headers["www-authenticate"] == "Bearer"
    for page in (Client(closed.port).get("/login").text, Client(closed.port).get("/static/none").text):
        assert "آزمون" not in page and "loopback" not in page and "sha256" not in page, (
            "the round is not named to who did not enter"
        )
    assert Client(closed.port).post(f"/finding/{id_of('s1')}/verdict", {}).status == 401


def test_a_program_shows_the_token_each_time(closed: Client) -> None:
    client = Client(closed.port)
    assert client.get("/", Authorization=f"Bearer {TOKEN}").status == 200
    assert client.get("/").status == 401
    assert client.get("/", Authorization=f"Basic {TOKEN}").status == 401


def test_a_browser_shows_the_token_once_and_leaves(closed: Client) -> None:
    client = Client(closed.port)
    mark = client.mark("/login")
    before = dict(client.cookies)
    entered = client.post("/login", {"mark": mark, "token": TOKEN})
    assert entered.status == 303 and entered.headers["location"] == "/"
    assert client.cookies != before, "a name that somebody else may know is worth nothing afterwards"
    assert client.get("/").status == 200
    assert Client(closed.port, before).get("/").status == 401
    assert client.post("/logout", {"mark": client.mark(f"/finding/{id_of('s1')}")}).status == 303
    assert client.get("/").status == 401


def test_guessing_is_slow(shared_round: Path) -> None:
    with served(shared_round, token=TOKEN) as client:
        mark = client.mark("/login")
        told = [client.post("/login", {"mark": mark, "token": f"{n}"}) for n in range(6)]
        assert [answer.status for answer in told] == [401] * 5 + [429]
        assert 0 < int(told[-1].headers["retry-after"]) <= 60
        assert client.post("/login", {"mark": mark, "token": TOKEN}).status == 429
        assert client.get("/", Authorization=f"Bearer {TOKEN}").status == 429


def test_attempts_are_forgotten_and_kept_for_few_addresses() -> None:
    now = [0.0]
    attempts = Attempts(lambda: now[0])
    for _ in range(5):
        attempts.failed("a")
    assert attempts.wait("a") == 60 and attempts.wait("b") == 0
    now[0] = 59.5
    assert attempts.wait("a") == 1
    now[0] = 60.0
    assert attempts.wait("a") == 0
    for number in range(5000):
        attempts.failed(str(number))
    assert len(attempts._failures) <= 1024


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET / HTTP/1.1\r\nHost: local",
        b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n",
    ],
)
def test_silent_visitors_keep_nobody_out(desk: Client, sent: bytes) -> None:
    """Three times as many as the desk takes at once, and more while it is asked."""
    silent: list[socket.socket] = []
    try:
        for _ in range(8):
            for _ in range(24):
                silent.append(socket.create_connection(("127.0.0.1", desk.port), 5))
                with contextlib.suppress(OSError):  # given up already
                    silent[-1].sendall(sent)
            assert desk.get("/").status == 200
    finally:
        for connection in silent:
            connection.close()


def test_a_refusal_is_told_in_both_languages(desk: Client) -> None:
    long = desk.post(f"/finding/{id_of('s1')}/verdict", {"mark": desk.mark(), "note": "x" * 70_000})
    for answer in (
        desk.get("/", Host="evil.test"),
        long,
        desk.post("/logout", {}, Origin="http://evil.test"),
    ):
        fa, en = answer.text.splitlines()
        assert fa.startswith(str(answer.status)) and re.search("[آ-ی]{3}", fa)
        assert en.startswith(str(answer.status)) and en.endswith(".") and en.isascii()


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("a.test:80", "a.test"),
        ("A.test", "a.test"),
        ("[::1]:80", "::1"),
        ("[::1]", "::1"),
        ("a:b", None),
        ("[::1]x", None),
        (":80", None),
        ("", None),
    ],
)
def test_the_name_in_a_host_header(header: str, name: str | None) -> None:
    assert host_of(header) == name
