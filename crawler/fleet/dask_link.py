"""A Dask scheduler: where it is, who may speak to it, and which of its workers can be given work of a round.

`distributed` is an extra of the package: it is imported where it is used, and by no command without the option.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import platform
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from multiprocessing import current_process
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from crawler.fleet.no_pickles import PickleRefused
from web.urls import is_loopback

EXTRA = "govah[cluster]"
RESOURCE = "shard"  # what a worker offers, one each
_MOST = 10_000  # characters of what a worker says of itself
ANSWER = 10.0  # seconds for an answer of the scheduler or of a worker
_AGAIN = 0.5  # seconds until a scheduler that is lost is tried again

Note = Callable[[str, Mapping[str, object]], None]
"""Is told a code with what it names: `no_workers`, `lost`, `found`, or why a worker is left out."""


class ClusterUnusable(Exception):
    """Why nothing can be given to a cluster. code: of a text; params: what it names."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(f"{code} {params}")
        self.code = code
        self.params = params


@dataclass(frozen=True, slots=True)
class DaskScheduler:
    """address: `tls://host:port` with three files in PEM, or `tcp://host:port`. unsafe: tcp beyond this machine as well.

    Whoever reaches a port of Dask runs what he likes on every worker, as their user.
    """

    address: str
    ca: Path | None = None
    cert: Path | None = None
    key: Path | None = None
    unsafe: bool = False

    def refuse_unusable(self) -> None:
        """Raises ClusterUnusable for what cannot be right, and where the extra is not installed. Connects to nobody."""
        try:
            parts = urlsplit(self.address)
            host, port = parts.hostname, parts.port
        except ValueError:
            host = port = None
        if not host or not port or parts.scheme not in ("tcp", "tls") or parts.path.strip("/"):
            raise ClusterUnusable("bad_address", address=self.address)
        files = (self.ca, self.cert, self.key)
        if parts.scheme == "tls" and None in files:
            raise ClusterUnusable("no_certificates", address=self.address)
        if parts.scheme == "tcp" and any(files):
            raise ClusterUnusable("not_tls", address=self.address)
        if parts.scheme == "tcp" and not self.unsafe and not is_loopback(host):
            raise ClusterUnusable("plain", address=self.address)
        for file in files:
            if file is not None and not file.is_file():
                raise ClusterUnusable("no_file", path=file)
        if find_spec("distributed") is None:
            raise ClusterUnusable("no_extra", extra=EXTRA, detail="distributed")

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[Any]:
        """A client of the scheduler, for the running event loop of a process that has no key. Raises ClusterUnusable."""
        self.refuse_unusable()
        from distributed import Client

        for name in ("distributed", "distributed.client"):  # Dask gives either a level of its own
            logging.getLogger(name).setLevel(logging.CRITICAL)  # we say what happens ourselves
        client = Client(
            self.address,
            security=self._security(),
            timeout=ANSWER,
            asynchronous=True,
            set_as_default=False,
            direct_to_workers=False,
            name="govah",
        )
        try:
            try:
                await asyncio.wait_for(client, 2 * ANSWER)
            except Exception as error:  # whatever Dask makes of what another program answers at that port
                if isinstance(error, PickleRefused):
                    raise
                raise ClusterUnusable("unreachable", address=self.address, detail=_words(error)) from None
            yield client
        finally:
            with suppress(OSError, asyncio.CancelledError):
                await asyncio.wait_for(client.close(), ANSWER)

    def _security(self) -> Any:
        """None without certificates. Raises ClusterUnusable for files that are none, or do not belong together."""
        if self.ca is None or self.cert is None or self.key is None:
            return None
        from distributed.security import Security

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        try:
            context.load_verify_locations(self.ca)
        except OSError as error:
            raise ClusterUnusable("bad_certificate", path=self.ca, detail=_words(error)) from None
        try:
            context.load_cert_chain(self.cert, self.key, password="")  # else OpenSSL asks at the terminal
        except (OSError, ValueError) as error:
            pair = f"{self.cert}, {self.key}"
            raise ClusterUnusable("bad_certificate", path=pair, detail=_words(error)) from None
        return Security(
            tls_ca_file=str(self.ca),
            tls_client_cert=str(self.cert),
            tls_client_key=str(self.key),
            require_encryption=True,
        )

    def examine(self, round_folder: Path) -> int:
        """Connects once and looks at every worker there is by now; how many can be given work. In a process without a key.

        Raises ClusterUnusable when one of them is not made for this round.
        """
        return asyncio.run(self._examine(round_folder))

    async def _examine(self, round_folder: Path) -> int:
        with self.heard_as_data():
            return await self._look_at_all(round_folder)

    @contextmanager
    def heard_as_data(self) -> Iterator[None]:
        """Around what is done with a client. Raises ClusterUnusable when the scheduler sends what would run here."""
        try:
            yield
        except PickleRefused:
            raise ClusterUnusable("hostile_scheduler", address=self.address) from None

    async def _look_at_all(self, round_folder: Path) -> int:
        async with self.connected() as client:
            found = await workers(client)
            looks = await asyncio.gather(*(describe_worker(client, worker, round_folder) for worker in found))
            for worker, seen in zip(found, looks, strict=True):
                if seen is not None:
                    refuse_unfit(worker, seen, round_folder)
            return sum(seen is not None for seen in looks)


async def serve(
    scheduler: DaskScheduler,
    over: Callable[[Any], Awaitable[None]],
    wanted: Callable[[], bool],
    note: Note,
) -> None:
    """As long as it is wanted: connection after connection, for a scheduler that is lost may come back.

    over: what is done with a client; raises OSError when the scheduler is lost. wanted: asked before each.
    Raises ClusterUnusable when it cannot be reached to begin with, or sends what would run here.
    """
    known = lost = False
    with scheduler.heard_as_data():
        while wanted():
            try:
                async with scheduler.connected() as client:
                    if lost:
                        note("found", {"address": scheduler.address})
                    known, lost = True, False
                    await over(client)
            except (ClusterUnusable, OSError) as error:
                if not known:
                    raise
                if not lost:
                    why = str(error) or type(error).__name__  # a time-out has no words
                    note("lost", {"address": scheduler.address, "detail": why})
                lost = True
                await asyncio.sleep(_AGAIN)


@dataclass(frozen=True, slots=True)
class DaskWorker:
    """One that offers the resource. start: tells it from a later one at the same address."""

    address: str
    start: str


async def workers(client: Any) -> list[DaskWorker]:
    """Raises OSError when the scheduler does not answer, PickleRefused when it sends what would run here."""
    listening = client._handle_report_task
    if listening.done() and not listening.cancelled() and (error := listening.exception()) is not None:
        raise error
    if client.status != "running":
        raise ConnectionError("the scheduler is gone")
    told = await asyncio.wait_for(client.scheduler.identity(), ANSWER)
    return [
        DaskWorker(address, str(one.get("local_directory")))
        for address, one in told["workers"].items()
        if one.get("resources", {}).get(RESOURCE, 0) >= 1
    ]


def submit(
    client: Any, worker: DaskWorker, key: str, function: Callable[..., object], *arguments: object
) -> Any:
    """A future of this worker and no other, which is not started again by the scheduler where it dies."""
    return client.submit(
        function,
        *arguments,
        key=key,
        workers=[worker.address],
        resources={RESOURCE: 1},
        retries=0,
        pure=False,
    )


async def describe_worker(client: Any, worker: DaskWorker, round_folder: Path) -> Mapping[str, Any] | None:
    """What a worker says of itself; `error` where it cannot, None where it is gone. Raises OSError as `workers`."""
    asking = client.run(describe_self, str(round_folder), workers=[worker.address], on_error="return")
    try:
        seen = (await asyncio.wait_for(asking, ANSWER)).get(worker.address)
    except PickleRefused:
        raise
    except Exception as error:  # whatever its version of Dask makes of not having ours
        seen = error
    with suppress(ValueError, RecursionError):
        if isinstance(seen, str) and len(seen) <= _MOST and isinstance(told := json.loads(seen), dict):
            return told
    return {"error": _words(seen)} if worker in await workers(client) else None


def describe_self(round_folder: str) -> str:
    """Runs on a worker. JSON, so that another version can read it too, and nothing is unpickled."""
    from crawler.fleet import worker_task

    return json.dumps(
        {
            **_versions(),
            "round": _digest(Path(round_folder)),
            "children": not current_process().daemon,
            "free": not worker_task.has_shard(),
        }
    )


def refuse_unfit(worker: DaskWorker, seen: Mapping[str, Any], round_folder: Path) -> None:
    """Raises ClusterUnusable for a worker that cannot be given work of this round."""
    name = worker.address
    if "error" in seen:
        raise ClusterUnusable("mute", worker=name, extra=EXTRA, detail=seen["error"])
    ours = _versions()
    theirs = {part: seen.get(part) for part in ours}
    if theirs != ours:
        raise ClusterUnusable("other_version", worker=name, theirs=_listed(theirs), ours=_listed(ours))
    if seen.get("round") != _digest(round_folder):
        raise ClusterUnusable("other_round", worker=name, folder=round_folder)
    if not seen.get("children"):
        raise ClusterUnusable("nanny", worker=name)


def _versions() -> dict[str, str]:
    major, minor, _ = platform.python_version_tuple()
    return {"govah": version("govah"), "python": f"{major}.{minor}", "distributed": version("distributed")}


def _listed(versions: Mapping[str, object]) -> str:
    return ", ".join(f"{part} {number or '–'}" for part, number in versions.items())


def _digest(round_folder: Path) -> str | None:
    try:
        return hashlib.sha256((round_folder / "round.toml").read_bytes()).hexdigest()
    except OSError:
        return None


def _words(error: object) -> str:
    return f"{type(error).__name__}: {error}"[:300].removesuffix(": ")
