"""`govah serve`: opens the auditor's desk on a socket. What the desk shows and records is `reports.desk`."""

from __future__ import annotations

import asyncio
import ctypes
import hashlib
import os
import secrets
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, NoReturn, cast

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from checks.finding import Finding
from claims.aliases import Choice
from claims.model import Round
from evidence.errors import EvidenceError
from evidence.store import EvidenceStore
from govah import desk_sockets, file_modes, round_loading, stages
from govah.alias_recording import AliasRefused, ChosenPage, record
from govah.aliases import choices_of
from govah.commands import replies
from govah.commands.worklist import draw
from govah.desk_sockets import NotListening
from govah.exits import Exit
from govah.os_user import os_user
from govah.replies import replies_of
from govah.round_paths import RoundPaths
from govah.terminal.console import Speaker, copied, text, visible
from reports.desk.app import Desk
from reports.desk.desk_round import DeskInputs, DeskRound, FindingsNotSealed, RecordingRefused
from reports.desk.retest_run import RetestRun
from reports.desk.security import LEAST_TOKEN, MOST_HEAD, Attempts, Guard, Sessions
from web.urls import is_loopback

_MOST_AT_ONCE = 64  # connections
_CROWDED = 3 / 4  # of these; then the oldest that has asked for nothing yet gives way to the newest
_MOST_OF_ONE = 24  # connections of one address beyond this machine
_KEEP_ALIVE = 5  # seconds
_ARRIVES = 10  # seconds in which a request has to be here whole
_TAKEN = 60  # seconds in which its answer has to be made and taken
_SHUTDOWN = 3  # seconds for what is under way
_TOKEN = 24  # bytes of a token that is made here: nobody guesses it, so that guessing needs no bounds
_LOCALHOST = "127.0.0.1"
_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8  # of malloc.h
_LARGE = 1 << 20  # bytes


class _Recording(Speaker):
    """The commands that record say what is wrong to whoever calls them, and print nothing."""

    def __init__(self) -> None:
        super().__init__(quiet=True)

    def fail(self, status: Exit, key: str, **params: object) -> NoReturn:
        raise RecordingRefused(key, **params)


class _Bounded(H11Protocol):
    """A connection that ends: uvicorn itself waits without bound for a request, its body, and for who takes no answer."""

    _due: asyncio.TimerHandle | None = None
    _since = 0.0  # when it came, or was last answered
    _born = 0.0  # when it came

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await(_ARRIVES)
        self._born = self._since
        own = self._address
        others = [one for one in self.connections if isinstance(one, _Bounded)]
        same = sum(one._address == own for one in others)
        if own and same > _MOST_OF_ONE and not is_loopback(own):
            transport.abort()
        there = [one for one in others if not one.transport.is_closing()]
        silent = [one for one in there if one._is_silent and one is not self]
        if silent and len(there) > _MOST_AT_ONCE * _CROWDED:
            min(silent, key=lambda one: one._since).transport.abort()
        elif len(there) > _MOST_AT_ONCE:  # who is answered without end, or takes no answer, was here first
            min(there, key=lambda one: one._born).transport.abort()

    @property
    def _is_silent(self) -> bool:
        """Whether no request has come whole that is still to be answered."""
        return self.cycle is None or self.cycle.response_complete or self.cycle.more_body

    @property
    def _address(self) -> str:
        """ "" behind a Unix socket."""
        return self.client[0] if self.client else ""

    def _await(self, seconds: float, *, taken: bool = False) -> None:
        self._over()
        if not taken:
            self._since = self.loop.time()
        self._due = self.loop.call_later(seconds, self._late, taken)

    def _late(self, taken: bool) -> None:
        if (not self._is_silent or self.transport.get_write_buffer_size()) and not taken:
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


@dataclass(frozen=True, slots=True)
class DeskOptions:
    """Where the desk is opened, and to whom. socket: a file, in place of host and port. token: that whoever started it chose;
    None: one is made. seen: whether it stands in the list of processes.
    """

    host: str
    port: int
    socket: Path | None
    token: str | None
    seen: bool


def serve(
    speaker: Speaker,
    round: Round,
    opening: DeskOptions,
    auditor: str,
    key: Path | None,
    unsealed: bool = False,
) -> None:
    """Until it is interrupted. unsealed: findings that are not as they were sealed are shown all the same, and marked."""
    chosen, host = opening.token, opening.host
    if opening.socket is None and not chosen and not is_loopback(host):
        speaker.fail(Exit.USAGE, "serve.needs_token", host=host, port=opening.port or "PORT")
    if chosen and (len(chosen) < LEAST_TOKEN or not chosen.isascii() or not chosen.isprintable()):
        speaker.fail(Exit.USAGE, "serve.short_token", least=LEAST_TOKEN)
    file_modes.tell_exposed(speaker, round.folder)
    _map_large()
    desk_round = _desk_round(speaker, round, key, unsealed)
    desk = Desk(desk_round, auditor)
    token = chosen or secrets.token_urlsafe(_TOKEN)
    try:
        with _listening(opening) as bound:
            name, url = _address(opening, bound)
            guard = Guard(
                desk.routes(),
                desk.ask,
                desk.refused,
                desk.open,
                _LOCALHOST if opening.socket else host,
                token,
                Sessions(secrets.token_bytes(32), lambda: secrets.token_urlsafe(32)),
                Attempts(time.monotonic) if chosen else None,
                cookie=f"govah-desk-{name}",  # browsers share cookies among the ports of a host
            )
            _say(speaker, opening, url, None if chosen else token)
            _server(guard).run(sockets=[bound])
    except NotListening as error:
        speaker.fail(Exit.USAGE, error.key, **error.params)
    except KeyboardInterrupt:  # raised again by the server, once all is closed
        pass
    finally:
        desk_round.retest.close()
    speaker.say("serve.closed")


def _map_large() -> None:
    """Columns of a country's findings go back to the system once they are free. The C library would keep them after a while:
    200 MB of a desk that is asked by several threads."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # of glibc
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, _LARGE)
        mallopt(_M_ARENA_MAX, 1)


def _listening(opening: DeskOptions) -> AbstractContextManager[socket.socket]:
    if opening.socket is not None:
        return desk_sockets.file(opening.socket.absolute(), _MOST_AT_ONCE)
    return desk_sockets.port(opening.host, opening.port, _MOST_AT_ONCE)


def _address(opening: DeskOptions, bound: socket.socket) -> tuple[str, str]:
    """(what tells this desk from others of its host, address of its first page)."""
    if opening.socket is not None:
        path = os.fsencode(opening.socket.absolute())
        return hashlib.sha256(path).hexdigest()[:16], f"http://{_LOCALHOST}:{opening.port}/"
    port = bound.getsockname()[1]
    shown = f"[{opening.host}]" if ":" in opening.host else opening.host
    return str(port), f"http://{shown}:{port}/"


def _say(speaker: Speaker, opening: DeskOptions, url: str, token: str | None) -> None:
    """token: that was made here; one that was chosen is printed nowhere."""
    if opening.seen:
        speaker.note("serve.seen_token")
    if opening.socket is None and not is_loopback(opening.host):
        speaker.note("serve.plain")
    file = None if opening.socket is None else str(opening.socket.absolute())
    speaker.json({"url": url, "socket": file}, own={"token": token})
    # a token in an address is otherwise taken out of whatever is printed; this one is there to be read
    link = visible(url) if token is None else f"{visible(url)}?token={token}"
    if file is None:
        speaker.line(text("serve.ready", url=link))
    else:
        speaker.line(text("serve.ready_socket", url=link, socket=copied(Path(file)), port=opening.port))
    speaker.out.file.flush()  # whoever waits for this line may read from a pipe


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
            backlog=_MOST_AT_ONCE,  # so many are accepted before any of them is read
            limit_concurrency=2 * _MOST_AT_ONCE,  # with those that are on their way out
            h11_max_incomplete_event_size=MOST_HEAD,
            timeout_keep_alive=_KEEP_ALIVE,
            timeout_graceful_shutdown=_SHUTDOWN,
        )
    )


def _desk_round(speaker: Speaker, round: Round, key: Path | None, unsealed: bool) -> DeskRound:
    store = round_loading.evidence(speaker, round)
    places = RoundPaths(round.folder)
    # says so when there are none, or not as they were sealed
    round_loading.findings_file(speaker, round, unsealed)
    if not places.results_json.is_file():
        speaker.fail(Exit.USAGE, "serve.no_results", folder=round.folder)
    try:
        return DeskRound(handed(speaker, round, store, key, unsealed))
    except FindingsNotSealed:  # the findings are: that was seen to above
        speaker.fail(Exit.TAMPERED, "serve.results_unsealed", folder=round.folder)
    except (OSError, sqlite3.Error, ValueError, KeyError, TypeError) as error:
        speaker.fail(Exit.TAMPERED, "serve.broken_results", detail=error, folder=round.folder)


def handed(
    speaker: Speaker, round: Round, store: EvidenceStore, key: Path | None, unsealed: bool = False
) -> DeskInputs:
    """What the desk is given: the same functions that the commands call."""
    recording = _Recording()

    def take_in(now: Round) -> None:
        replies.take_in(recording, now, store, replies.signer_of(recording, now, key))

    def answer(now: Round, reply: str, decision: str, by: str, said: str) -> None:
        replies.answer(recording, now, reply, decision, by, said, key)

    from govah.crawl_status import is_held

    places = RoundPaths(round.folder)

    def retest(subject: str, by: str, language: str, output: IO[bytes]) -> subprocess.Popen[bytes]:
        words = [sys.executable, "-m", "govah", "retest", f"--by={by}"]
        words += [] if key is None else [f"--key={key}"]
        return subprocess.Popen(  # noqa: S603 (our own program; what comes from a form is one argument, behind --)
            [*words, "--", str(round.folder), subject],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, "GOVAH_LANG": language, "NO_COLOR": "1", "PYTHONUNBUFFERED": "1"},
            start_new_session=True,  # it is ended by the desk, and not by the terminal besides
        )

    def choose(
        now: Round, findings: Sequence[Finding], service: str, choice: str, number: str, by: str
    ) -> None:
        chosen = ChosenPage(service, cast(Choice, choice), number)
        signer = replies.signer_of(recording, now, key)
        try:
            record(now, store, findings, signer, chosen, by=by, user=os_user(), now=stages.now())
        except AliasRefused as refused:
            raise RecordingRefused(f"alias.{refused.code}", **refused.params) from None
        except EvidenceError as error:
            raise RecordingRefused("desk.not_written", detail=error) from None

    @cache
    def unkept() -> None:
        """Once, however often the results change meanwhile."""
        speaker.note("serve.database_elsewhere", folder=places.results)

    return DeskInputs(
        round=round,
        contents=stages.model_of(round.settings, round.folder).contents,
        store=store,
        results=places.results,
        replies=replies_of,
        draw=draw,
        open_store=lambda: stages.evidence_of(round),
        retest=RetestRun(retest, lambda: is_held(places.evidence)),
        choices=choices_of,
        choose=choose,
        take_in=take_in,
        answer=answer,
        unkept=unkept,
        today=lambda: stages.now().date(),
        user=os_user(),
        unsealed=unsealed,
    )
