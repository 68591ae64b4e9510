"""The socket of the desk: whoever only holds a connection does not keep others out."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn

from govah.commands import serve

pytestmark = pytest.mark.sockets

HELD = 8
SILENT = b""
HALF_A_HEAD = b"GET / HTTP/1.1\r\nHost: x"
HALF_A_BODY = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\na"
TAKES_NOTHING = b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n"
NEVER_ANSWERED = b"GET /never HTTP/1.1\r\nHost: x\r\n\r\n"
LARGE = b"x" * (16 << 20)


async def app(scope: Any, receive: Any, send: Any) -> None:
    more = scope["method"] == "POST"
    while more:
        more = (message := await receive()).get("more_body", False) and message["type"] == "http.request"
    while scope["path"] == "/never" and (await receive())["type"] != "http.disconnect":
        pass
    body = LARGE if scope["path"] == "/large" else b"here"
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": 200, "headers": [length]})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr(serve, "_MOST_AT_ONCE", HELD)
    monkeypatch.setattr(serve, "_MOST_OF_ONE", HELD // 2)
    monkeypatch.setattr(serve, "_ARRIVES", 0.3)
    monkeypatch.setattr(serve, "_TAKEN", 0.6)
    server: uvicorn.Server = serve._server(app)  # type: ignore[arg-type]
    with socket.create_server(("127.0.0.1", 0), backlog=2 * HELD) as listening:
        running = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        running.start()
        try:
            yield listening.getsockname()[1]
        finally:
            server.should_exit = True
            running.join()


def ask(port: int) -> bytes:
    """What comes; nothing from a server that hangs up, as this one does on whoever is slow."""
    came = b""
    with (
        contextlib.suppress(ConnectionError),
        socket.create_connection(("127.0.0.1", port), 20) as connection,
    ):
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        while piece := connection.recv(1 << 16):
            came += piece
    return came


@pytest.mark.parametrize("held", [SILENT, HALF_A_HEAD, HALF_A_BODY, TAKES_NOTHING])
def test_who_holds_all_connections_does_not_hold_them_for_long(port: int, held: bytes) -> None:
    connections = []
    try:
        for _ in range(HELD):
            connections.append(socket.create_connection(("127.0.0.1", port)))
            connections[-1].sendall(held)
            threading.Event().wait(
                0.02
            )  # one after the other: the last ones are turned away, the others are in
        answers = (ask(port) for _ in range(200) if not threading.Event().wait(0.05))
        assert any(answer.endswith(b"here") for answer in answers)
    finally:
        for connection in connections:
            connection.close()


@pytest.mark.parametrize("held", [HALF_A_HEAD, TAKES_NOTHING, NEVER_ANSWERED])
def test_who_holds_a_place_gives_it_to_who_comes(
    port: int, monkeypatch: pytest.MonkeyPatch, held: bytes
) -> None:
    monkeypatch.setattr(serve, "_ARRIVES", 600)
    monkeypatch.setattr(serve, "_TAKEN", 600)
    with contextlib.ExitStack() as connections:
        for _ in range(2 * HELD):
            connection = connections.enter_context(socket.create_connection(("127.0.0.1", port)))
            connection.sendall(held)
            assert ask(port).endswith(b"here")


def test_a_flood_of_connections_is_read_between_the_accepted() -> None:
    server: uvicorn.Server = serve._server(app)  # type: ignore[arg-type]
    assert server.config.backlog <= 64


def test_an_address_of_elsewhere_has_its_share_of_connections_and_no_more(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "is_loopback", lambda host: host == "127.0.0.1")
    monkeypatch.setattr(serve, "_ARRIVES", 60)
    held = []
    try:
        for _ in range(HELD):
            connection = socket.socket()
            connection.bind(("127.0.0.2", 0))
            connection.connect(("127.0.0.1", port))
            held.append(connection)
        assert ask(port).endswith(b"here")
    finally:
        for connection in held:
            connection.close()
