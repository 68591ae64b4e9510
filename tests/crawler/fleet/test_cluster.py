"""Workers of a real Dask cluster crawl a round: they find what one process finds, and any of its parts may die."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import signal
import socket
import ssl
import string
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from crawler.fleet.process_pool import ATTEMPTS
from evidence import layout
from evidence.store.lease import closed, process_started
from evidence.verify.folder import verify
from tests.crawler.conftest import Crawl
from tests.crawler.country import AGENCIES, SHARDS, account, accounts, meetings
from tests.keys import made_key
from tests.ports import spare

pytestmark = pytest.mark.sockets

ROOT = Path(__file__).parents[3]
DEPLOY = ROOT / "deploy"
WORKERS = 3


class Dask:
    """A scheduler and workers on loopback as the units of `deploy/` have them, each started again when it ends.

    files: CA, CERT and CERT_KEY; without them they speak tcp.
    """

    def __init__(
        self, folder: Path, *, workers: int, files: Mapping[str, Path] | None = None, **environment: str
    ) -> None:
        """environment: of the scheduler."""
        self.address = f"{'tls' if files else 'tcp'}://127.0.0.1:{spare()}"
        self._named = {"SCHEDULER": self.address, **(files or {})}
        self._loops: list[subprocess.Popen[bytes]] = []
        self._environment = {
            **os.environ,
            "DASK_TEMPORARY_DIRECTORY": str(folder),
            "DASK_LOGGING__DISTRIBUTED": "error",
        }
        self.scheduler = self._kept("govah-scheduler", environment)
        self.workers = [self.joined() for _ in range(workers)]

    def joined(self, **environment: str) -> subprocess.Popen[bytes]:
        """A worker more."""
        return self._kept("govah-worker@", environment)

    def _kept(
        self, unit: str, environment: Mapping[str, str] = MappingProxyType({})
    ) -> subprocess.Popen[bytes]:
        told = (DEPLOY / f"{unit}.service").read_text().partition("\nExecStart=")[2].partition("\n")[0]
        if "CA" not in self._named:
            told = told.partition(" --tls-")[0]
        arguments = [string.Template(word).substitute(self._named) for word in told.split()[1:]]
        again = ["sh", "-c", 'while true; do "$@"; sleep 0.1; done', "loop"]
        self._loops.append(
            subprocess.Popen(
                [*again, sys.executable, "-m", "dask", *arguments],
                env={**self._environment, **environment},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        )
        return self._loops[-1]

    def close(self) -> None:
        for loop in self._loops:
            os.killpg(loop.pid, signal.SIGKILL)
            loop.wait()


def children(pid: int) -> list[int]:
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def kept(loop: subprocess.Popen[bytes]) -> int:
    """The process that a loop has started last."""
    return children(loop.pid)[0]


def visiting(loop: subprocess.Popen[bytes]) -> list[int]:
    """Processes of a worker that visit a shard, whichever of its threads started them."""
    found = []
    for worker in children(loop.pid):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # gone meanwhile
            for task in Path(f"/proc/{worker}/task").iterdir():
                found += [
                    int(pid)
                    for pid in (task / "children").read_text().split()
                    if "spawn_main" in Path(f"/proc/{pid}/cmdline").read_text()
                ]
    return found


@pytest.fixture(scope="module")
def dask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dask]:
    running = Dask(tmp_path_factory.mktemp("dask"), workers=WORKERS)
    yield running
    running.close()


def as_files(crawl: Crawl, folder: Path, *, delay: float) -> Crawl:
    """The same round as a folder of files, for the command line."""
    folder.mkdir()
    options = crawl.options
    hosts = ", ".join(f'"{name}" = "{target}"' for name, target in options["hosts"].items())
    settings = {**options["crawl"], "delay": delay}
    (folder / "round.toml").write_text(
        '[round]\nid = "country"\n[crawl]\n'
        + "".join(f"{name} = {json.dumps(value)}\n" for name, value in settings.items())
        + f"[network]\nallow_private = true\ncontrols = []\nresolver = []\nhosts = {{ {hosts} }}\n"
    )
    agencies = "".join(f"{a['id']},{a['id']},main,{a['portal']}\n" for a in options["agencies"])
    services = "".join(
        f"{s['agency']},s{n},{s['title']},yes,{s['url']}\n" for n, s in enumerate(options["services"])
    )
    (folder / "agencies.csv").write_text("agency,name,kind,portal\n" + agencies)
    (folder / "services.csv").write_text("agency,service,title,electronic,url\n" + services)
    return Crawl(folder)


def begun(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "GOVAH_LANG": "en", "COLUMNS": "200", "NO_COLOR": "1"}
    environment["GOVAH_KEY"] = str(made_key(folder.parent / "signer.key"))
    return subprocess.Popen(
        [sys.executable, "-m", "govah", arguments[0], str(folder), *arguments[1:]],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def said(process: subprocess.Popen[str], status: int = 0) -> str:
    out, err = process.communicate(timeout=300)
    assert process.returncode == status, out + err
    return out + err


@pytest.fixture
def planned(country: Any, tmp_path: Path) -> Any:
    """A round in shards, not begun; the crawl of it by one process; its portals."""
    crawl, gateway, sites = country
    spread = as_files(crawl, tmp_path / "spread", delay=0.05)
    said(begun(spread.folder, "plan", "--shards", str(SHARDS)))
    return spread, crawl, (gateway, *sites.values())


def asked(sites: Any) -> int:
    return sum(len(site.asked) for site in sites)


def hold(sites: Any) -> None:
    """Each portal stops in the midst of its visit, so that no shard is over before the last one was begun."""
    for portal in sites[1:]:
        portal.hold(after=6)


def go_on(sites: Any) -> None:
    for portal in sites[1:]:
        portal.go_on()


def whole(spread: Crawl, before: Any) -> None:
    """Nothing committed was lost or fetched twice, and every agency is over."""
    found = account(spread)
    assert before <= found
    assert max(found.values()) == 1
    assert {state for state, *_ in accounts(spread).values()} == {"complete"}
    assert len(accounts(spread)) == AGENCIES
    assert verify(spread.folder / "evidence") == []
    assert not (spread.folder / "evidence" / layout.COORDINATOR).exists()


def results(folder: Path) -> dict[str, bytes]:
    """Without results.db, which names the files beside it by their inodes."""
    return {path.name: path.read_bytes() for path in (folder / "results").iterdir() if path.suffix != ".db"}


@pytest.mark.thorough
def test_workers_find_what_one_process_finds_and_never_meet(dask: Dask, planned: Any, kit: Any) -> None:
    spread, crawl, sites = planned
    assert crawl.run()["state"] == "complete"
    for site in sites:
        site.asked.clear()
        site.visits.clear()
    hold(sites)
    process = begun(spread.folder, "crawl", "--cluster", dask.address)
    kit.wait_for(lambda: sum(len(visiting(loop)) for loop in dask.workers) == SHARDS)
    go_on(sites)
    assert "complete" in said(process)
    assert account(spread) == account(crawl)
    assert accounts(spread) == accounts(crawl)
    for site in sites:
        assert meetings(site) == []
    whole(spread, account(crawl))
    here, elsewhere = (Path(f"{spread.folder}-{name}") for name in ("here", "elsewhere"))
    for copy, options in ((here, ()), (elsewhere, ("--cluster", dask.address))):
        subprocess.run(["cp", "-a", str(spread.folder), str(copy)], check=True)
        said(begun(copy, "check", *options))
        assert verify(copy / "evidence", findings=copy / "results" / "findings.jsonl") == []
    assert results(elsewhere) == results(here)


# What is refused to a worker of another version: test_dask_link.py.
@pytest.mark.thorough
def test_a_worker_of_another_version_that_joins_later_judges_nothing(planned: Any, tmp_path: Path) -> None:
    _, crawl, _ = planned
    assert crawl.run()["state"] == "complete"
    other = tmp_path / "other" / "govah-0.0.9.dist-info"
    other.mkdir(parents=True)
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: govah\nVersion: 0.0.9\n")
    spread = as_files(crawl, tmp_path / "judged", delay=0.05)
    subprocess.run(["cp", "-a", str(crawl.folder / "evidence"), str(spread.folder)], check=True)
    here = Path(f"{spread.folder}-here")
    subprocess.run(["cp", "-a", str(spread.folder), str(here)], check=True)
    said(begun(here, "check"))
    dask = Dask(tmp_path, workers=0)
    process = begun(spread.folder, "check", "--cluster", dask.address)
    try:
        assert process.stderr is not None
        heard = iter(process.stderr)  # ends with the command
        assert any("Waiting for one" in line for line in heard)
        dask.joined(PYTHONPATH=f"{other.parent}:{ROOT}")
        assert "0.0.9" in next(heard)
        dask.joined()
        said(process)
    finally:
        process.kill()
        process.communicate()
        dask.close()
    assert results(spread.folder) == results(here)


# What a killed process leaves to whoever follows: test_process_pool.py, test_crawl_killed.py.
@pytest.mark.thorough
@pytest.mark.parametrize("whom", ["worker", "leaving", "scheduler", "coordinator"])
def test_whoever_is_killed_nothing_is_lost_or_seen_twice(
    dask: Dask, planned: Any, kit: Any, whom: str
) -> None:
    spread, _, sites = planned
    hold(sites)
    process = begun(spread.folder, "crawl", "--cluster", dask.address)
    try:
        kit.wait_for(lambda: sum(len(visiting(loop)) for loop in dask.workers) == SHARDS)
        kit.wait_for(lambda: all(site.holds for site in sites[1:]) and bool(account(spread)))
        before = account(spread)
        loop = dask.scheduler if whom == "scheduler" else dask.workers[0]
        victim = process.pid if whom == "coordinator" else kept(loop)
        visitors = visiting(dask.workers[0])
        leases = [
            lease
            for lease in spread.folder.glob("evidence/shard-*/epoch-1")
            if json.loads(lease.read_bytes()).get("pid") in visitors
        ]
        os.kill(victim, signal.SIGTERM if whom == "leaving" else signal.SIGKILL)
        if whom == "leaving" and "\nKillMode=mixed\n" not in (DEPLOY / "govah-worker@.service").read_text():
            for (
                visitor
            ) in visitors:  # systemd asks all of a unit's processes then, and the worker asks its own again
                os.kill(visitor, signal.SIGTERM)
        if whom == "worker":
            kit.wait_for(lambda: not any(process_started(pid) for pid in visitors), 20)
        elif whom == "leaving":  # its run is closed by itself, not by who follows
            assert leases
            kit.wait_for(lambda: all(closed(lease) for lease in leases))
            assert not any(lease.with_name("epoch-2").exists() for lease in leases)
        go_on(sites)
        if whom == "coordinator":
            process.communicate()
            process = begun(spread.folder, "crawl", "--cluster", dask.address)
        told = said(process)
    finally:
        process.kill()
        process.communicate()
    assert "complete" in told and ("is back" in told) == (whom == "scheduler")
    assert "Traceback" not in told and "distributed." not in told
    whole(spread, before)


# The same of processes on one machine: test_process_pool.py.
@pytest.mark.thorough
def test_a_key_pressed_ends_all_of_them_wherever_they_are(dask: Dask, planned: Any, kit: Any) -> None:
    spread, _, sites = planned
    hold(sites)
    process = begun(spread.folder, "crawl", "--cluster", dask.address)
    kit.wait_for(lambda: any(site.holds for site in sites))
    second = begun(spread.folder, "crawl", "--cluster", dask.address)
    assert "Another crawl" in said(second, 2)
    process.send_signal(signal.SIGINT)
    assert "Interrupted" in said(process, 3)
    go_on(sites)
    assert not any(visiting(loop) for loop in dask.workers)
    before, requests = account(spread), asked(sites)
    assert f"{layout.STOP} tells every process" in said(
        begun(spread.folder, "crawl", "--shard", f"1/{SHARDS}"), 3
    )
    assert asked(sites) == requests
    assert "complete" in said(begun(spread.folder, "crawl", "--cluster", dask.address))
    whole(spread, before)


# The same of processes on one machine: test_process_pool.py.
@pytest.mark.thorough
def test_a_shard_that_kills_whoever_visits_it_ends_the_crawl(dask: Dask, planned: Any, kit: Any) -> None:
    spread, _, _ = planned
    process = begun(spread.folder, "crawl", "--cluster", dask.address)
    killed: set[int] = set()

    def all_killed() -> bool:
        for pid in [pid for loop in dask.workers for pid in visiting(loop) if pid not in killed]:
            killed.add(pid)
            os.kill(pid, signal.SIGKILL)
        return process.poll() is not None

    kit.wait_for(all_killed, 300)
    assert f"ended {ATTEMPTS} times, last with exit status -9" in said(process, 3)
    assert ATTEMPTS <= len(killed) <= SHARDS * ATTEMPTS
    assert "complete" in said(begun(spread.folder, "crawl", "--cluster", dask.address))
    whole(spread, Counter())


def certificates(folder: Path) -> dict[str, Path]:
    """An authority, and a certificate of it for this machine, as files in PEM."""
    folder.mkdir()
    now = dt.datetime.now(dt.UTC)
    authority, own = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))

    def made(name: str, key: Any, ca: bool) -> x509.Certificate:
        return (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]))
            .issuer_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "authority")]))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(hours=1))
            .not_valid_after(now + dt.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key()), critical=False
            )
            .sign(authority, hashes.SHA256())
        )

    files = {name: folder / f"{name}.pem" for name in ("CA", "CERT", "CERT_KEY")}
    pem = serialization.Encoding.PEM
    files["CA"].write_bytes(made("authority", authority, True).public_bytes(pem))
    files["CERT"].write_bytes(made("machine", own, False).public_bytes(pem))
    files["CERT_KEY"].write_bytes(
        own.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return files


def with_files(files: Mapping[str, Path]) -> list[str]:
    told = zip(("--cluster-ca", "--cluster-cert", "--cluster-key"), files.values(), strict=True)
    return [str(word) for pair in told for word in pair]


def test_nobody_without_a_certificate_is_heard(planned: Any, tmp_path: Path, kit: Any) -> None:
    spread, _, _ = planned
    ours, others = certificates(tmp_path / "ours"), certificates(tmp_path / "others")
    dask = Dask(tmp_path, workers=0, files=ours)
    try:
        port = int(dask.address.rpartition(":")[2])
        kit.wait_for(lambda: listens(port))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # whoever serves: it is about who asks
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with (
            socket.create_connection(("127.0.0.1", port)) as plain,
            context.wrap_socket(plain) as hidden,
            pytest.raises(ssl.SSLError, match="CERTIFICATE_REQUIRED"),
        ):
            hidden.recv(1)
        before = sorted(path.name for path in spread.folder.rglob("*"))
        strange = {**others, "CA": ours["CA"]}
        refused = begun(spread.folder, "crawl", "--cluster", dask.address, *with_files(strange))
        assert "rejects this certificate" in said(refused, 2)
        assert sorted(path.name for path in spread.folder.rglob("*")) == before
    finally:
        dask.close()


def listens(port: int) -> bool:
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0


# Who has one is heard as without TLS, which the tests above show.
@pytest.mark.thorough
def test_whoever_has_a_certificate_is_heard(planned: Any, tmp_path: Path) -> None:
    spread, _, _ = planned
    ours = certificates(tmp_path / "ours")
    dask = Dask(tmp_path, workers=1, files=ours)
    try:
        assert "complete" in said(begun(spread.folder, "crawl", "--cluster", dask.address, *with_files(ours)))
    finally:
        dask.close()
    assert verify(spread.folder / "evidence") == []
