"""`govah serve`: opens the auditor's desk on a socket. What the desk shows and records is `reports.desk`."""

from __future__ import annotations

import asyncio
import secrets
import socket
import time
from pathlib import Path
from typing import NoReturn

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from claims.model import Round
from evidence.store import EvidenceStore
from govah import given, replying, stages
from govah.console import Speaker
from govah.exits import Exit
from govah.lists import next_batch
from govah.places import Places
from govah.replies import replies_of
from reports.desk.app import Desk
from reports.desk.room import Handed, NotSealed, Refusal, Room
from reports.desk.security import LEAST_TOKEN, MOST_HEAD, Attempts, Guard, Sessions, is_loopback

_MOST_AT_ONCE = 64  # connections
_MOST_OF_ONE = 24  # connections of one address beyond this machine
_KEEP_ALIVE = 5  # seconds
_ARRIVES = 10  # seconds in which a request has to be here whole
_TAKEN = 60  # seconds in which its answer has to be made and taken
_SHUTDOWN = 3  # seconds for what is under way


class _Recording(Speaker):
    """The commands that record say what is wrong to whoever calls them, and print nothing."""

    def __init__(self) -> None:
        super().__init__(quiet=True)

    def fail(self, status: Exit, key: str, **params: object) -> NoReturn:
        raise Refusal(key, **params)


class _Bounded(H11Protocol):
    """A connection that ends: uvicorn itself waits without bound for a request, its body, and for who takes no answer."""

    _due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await(_ARRIVES)
        own = self._address
        same = sum(isinstance(one, _Bounded) and one._address == own for one in self.connections)
        if same > _MOST_OF_ONE and not is_loopback(own):
            transport.abort()

    @property
    def _address(self) -> str:
        return self.client[0] if self.client else ""

    def _await(self, seconds: float, *, taken: bool = False) -> None:
        self._over()
        self._due = self.loop.call_later(seconds, self._late, taken)

    def _late(self, taken: bool) -> None:
        asked = self.cycle is not None and not self.cycle.more_body and not self.cycle.response_complete
        if (asked or self.transport.get_write_buffer_size()) and not taken:
            self._await(_TAKEN, taken=True)
        else:
            self.transport.abort()

    def _over(self) -> None:
        if self._due is not None:
            self._due.cancel()

    def on_response_complete(self) -> None:
        self._await(_ARRIVES)
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._over()
        super().connection_lost(exc)


def serve(
    speaker: Speaker,
    round: Round,
    host: str,
    port: int,
    token: str | None,
    auditor: str,
    key: Path | None,
    unsealed: bool = False,
) -> None:
    """Until it is interrupted. unsealed: findings that are not as they were sealed are shown all the same, and marked."""
    if not token and not is_loopback(host):
        speaker.fail(Exit.USAGE, "serve.needs_token", host=host, port=port or "PORT")
    if token and (len(token) < LEAST_TOKEN or not token.isascii() or not token.isprintable()):
        speaker.fail(Exit.USAGE, "serve.short_token", least=LEAST_TOKEN)
    room = _room(speaker, round, key, unsealed)
    listening = _listen(speaker, host, port)
    bound = listening.getsockname()[1]
    desk = Desk(room, auditor, guarded=bool(token))
    desk.guard = Guard(
        desk.routes(),
        host,
        token or None,
        Sessions(secrets.token_bytes(32), lambda: secrets.token_urlsafe(32)),
        Attempts(time.monotonic),
        cookie=f"govah-desk-{bound}",  # browsers share cookies among the ports of a host
    )
    shown = f"[{host}]" if ":" in host else host
    if not is_loopback(host):
        speaker.note("serve.plain")
    speaker.json({"url": f"http://{shown}:{bound}/"})
    speaker.say("serve.ready", url=f"http://{shown}:{bound}/")
    speaker.out.file.flush()  # whoever waits for this line may read from a pipe
    try:
        _server(desk.guard).run(sockets=[listening])
    except KeyboardInterrupt:  # raised again by the server, once all is closed
        pass
    finally:
        listening.close()
    speaker.say("serve.closed")


def _server(guard: Guard) -> uvicorn.Server:
    return uvicorn.Server(
        uvicorn.Config(
            guard,
            http=_Bounded,
            ws="none",
            loop="asyncio",
            lifespan="off",
            log_level="error",
            access_log=False,
            server_header=False,
            date_header=False,
            proxy_headers=False,
            limit_concurrency=_MOST_AT_ONCE,
            h11_max_incomplete_event_size=MOST_HEAD,
            timeout_keep_alive=_KEEP_ALIVE,
            timeout_graceful_shutdown=_SHUTDOWN,
        )
    )


def _listen(speaker: Speaker, host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, protocol)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(_MOST_AT_ONCE)
    except OSError as error:
        speaker.fail(Exit.USAGE, "serve.no_listening", host=host, port=port, detail=error.strerror or error)
    return listening


def _room(speaker: Speaker, round: Round, key: Path | None, unsealed: bool) -> Room:
    store = given.evidence(speaker, round)
    places = Places(round.folder)
    given.findings_file(speaker, round, unsealed)  # says so when there are none, or not as they were sealed
    if not places.results_json.is_file():
        speaker.fail(Exit.USAGE, "serve.no_results", folder=round.folder)
    try:
        return Room(handed(round, store, key, unsealed))
    except NotSealed:  # the findings are: that was seen to above
        speaker.fail(Exit.TAMPERED, "serve.results_unsealed", folder=round.folder)
    except (OSError, ValueError, KeyError, TypeError) as error:
        speaker.fail(Exit.TAMPERED, "serve.broken_results", detail=error, folder=round.folder)


def handed(round: Round, store: EvidenceStore, key: Path | None, unsealed: bool = False) -> Handed:
    """What the desk is given: the same functions that the commands call."""
    recording = _Recording()

    def take_in(now: Round) -> None:
        replying.take_in(recording, now, store, replying.signer_of(recording, now, key))

    def answer(now: Round, reply: str, decision: str, by: str, said: str) -> None:
        replying.answer(recording, now, reply, decision, by, said, key)

    return Handed(
        round=round,
        contents=stages.model_of(round.settings, round.folder).contents,
        store=store,
        results=Places(round.folder).results,
        replies=replies_of,
        batch=next_batch,
        take_in=take_in,
        answer=answer,
        today=lambda: stages.now().date(),
        unsealed=unsealed,
    )
