"""What speaks with a cluster runs in a process of its own, which holds no key and makes nothing of a pickle but plain values.

Dask unpickles what workers and the scheduler send, and a pickle may run anything. Here no pickle comes to name a class or a
function: the interpreter itself refuses that (`crawler.fleet.no_pickles`). Between this process and the
command goes JSON alone, of bounded size. Not here: what is done with a cluster (`crawler.fleet.cluster`, `govah.cluster_checks`).
"""

from __future__ import annotations

import ctypes
import json
import logging
import os
import resource
import signal
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, Protocol

from crawler.fleet.dask_link import ClusterUnusable
from crawler.fleet.no_pickles import refuse_pickles

MOST = 256 << 20  # bytes of a message
_TICK = 0.2
_PR_SET_PDEATHSIG = 1
_NOT_OURS = ("GOVAH_KEY", "GOVAH_TOKEN")


class CancelSignal(Protocol):
    """What asks the work to end."""

    def is_set(self) -> bool: ...


Tell = Callable[[str, Any], None]
Work = Callable[..., Any]
"""Is called in the process with what tells the command something (name and a JSON value), a Stop, and its arguments; gives a
JSON value."""


def run_without_key(
    work: Work,
    *arguments: object,
    hear: Callable[[str, Any], None] = lambda name, value: None,
    stop: CancelSignal | None = None,
    every: Callable[[], None] = lambda: None,
) -> Any:
    """What `work` gives in a process of its own. hear: is told what it tells. every: called now and then, from here.

    Raises ClusterUnusable, as `work` did or where the process ends without a word, and what `hear` raises.
    """
    context = get_context("spawn")
    heard, tell = context.Pipe(duplex=False)
    process = context.Process(
        target=_begin, args=(work, arguments, tell, os.getpid()), name="govah cluster", daemon=False
    )
    process.start()
    tell.close()
    asked = False
    try:
        while True:
            if heard.poll(_TICK):
                kind, name, value = _message(heard)
                if kind == "done":
                    return value
                if kind == "unusable":
                    raise ClusterUnusable(name, **{str(key): str(one) for key, one in value.items()})
                hear(name, value)
            if stop is not None and stop.is_set() and not asked:
                asked = True
                process.terminate()
            every()
    finally:
        heard.close()
        process.kill()
        process.join()


def _message(heard: Connection) -> tuple[str, str, Any]:
    """Raises ClusterUnusable where none comes that is one."""
    try:
        kind, name, value = parse_json(heard.recv_bytes(MOST))
    except (EOFError, OSError, ValueError, RecursionError) as error:
        raise ClusterUnusable("client_died", detail=f"{type(error).__name__}: {error}") from None
    if not isinstance(name, str) or (kind == "unusable" and not isinstance(value, dict)):
        raise ClusterUnusable("client_died", detail="no message")
    return str(kind), name, value


def parse_json(text: str | bytes) -> Any:
    """What a text of JSON says. Raises ValueError, also for NaN and infinities, and RecursionError."""
    return json.loads(text, parse_constant=_no_number)


def _no_number(word: str) -> float:
    raise ValueError(word)


Note = Callable[[str, Mapping[str, object]], None]


def note_sender(tell: Tell) -> Note:
    """For what is noted in the process apart: it is told to the command as a "note"."""

    def note(code: str, params: Mapping[str, object]) -> None:
        tell("note", {"code": code, "params": {name: str(value) for name, value in params.items()}})

    return note


def forward_note(note: Note, value: Any) -> None:
    """A "note" that the command hears. Raises KeyError, TypeError or AttributeError where it is none."""
    note(str(value["code"]), {str(name): str(one) for name, one in value["params"].items()})


def _begin(work: Work, arguments: tuple[object, ...], tell: Connection, parent: int) -> None:
    """What the process does. A key pressed at the terminal is not for it."""
    os.setsid()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        return
    for name in _NOT_OURS:
        os.environ.pop(name, None)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda number, frame: stop.set())
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):  # workers may have a client print; nothing of theirs reaches the terminal
        os.dup2(nothing, number)
    logging.disable(logging.CRITICAL)

    def send(kind: str, name: str, value: Any) -> None:
        tell.send_bytes(json.dumps([kind, name, value]).encode())

    try:
        refuse_pickles()
        send("done", "", work(lambda name, value: send("told", name, value), stop, *arguments))
    except ClusterUnusable as unusable:
        send("unusable", unusable.code, {name: str(value) for name, value in unusable.params.items()})
    except BaseException as error:
        with suppress(OSError):
            send("unusable", "client_died", {"detail": f"{type(error).__name__}: {error}"[:1000]})
    finally:
        tell.close()
        os._exit(0)  # threads of Dask may hang over a connection
