"""Run inside a network namespace of its own: gives it public addresses, listens there, and asks every door of the crawl to go in.

Prints one JSON object: what each door said, and how many connections the listeners saw.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import ipaddress
import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

from claims.model import NetworkSettings
from crawler.browser.guard_proxy import GuardProxy
from crawler.politeness.own_addresses import is_own
from crawler.politeness.policy import AddressPolicy, AddressRefused
from crawler.probes.certificate_documents import fetch
from crawler.probes.tls import probe
from evidence.kinds.http import HttpFacts
from evidence.signing.keys import load_or_create
from evidence.store import EvidenceStore

FOUR, SIX, LATER, RANGE = "5.6.7.8", "2a00:1::8", "5.6.9.9", "5.7.0.0/24"
ELSEWHERE = "9.9.9.9"
NOTATIONS = {
    "plain": FOUR,
    "number": "84281096",
    "octal": "05.06.07.010",
    "mapped": f"[::ffff:{FOUR}]",
    "nat64": f"[64:ff9b::{FOUR}]",
    "6to4": "[2002:506:708::1]",
    "teredo": "[2001:0:506:708::1]",
    "six": f"[{SIX}]",
    "range": "5.7.0.77",  # a local route, which no interface lists
}


class Listener:
    """Answers as a page on a port of all the machine's addresses, and counts who comes."""

    def __init__(self) -> None:
        self.connections = 0
        self._socket = socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True)
        self.port = int(self._socket.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            client, _ = self._socket.accept()
            with client:
                self.connections += 1
                client.recv(65536)
                client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nsecret")


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


def asked(policy: AddressPolicy, host: str) -> str:
    try:
        return str(policy.resolve(host, 80).address)
    except AddressRefused as refusal:
        return refusal.failure


async def through_the_guard(host: str, port: int) -> str:
    """What the browser's proxy answers to CONNECT."""
    guard = GuardProxy(AddressPolicy(NetworkSettings()))
    await guard.start()
    account = guard.open_account(1_000_000)
    reader, writer = await asyncio.open_connection("127.0.0.1", guard.port)
    target = f"{host}:{port}"
    writer.write(
        f"CONNECT {target} HTTP/1.1\r\nProxy-Authorization: Basic {account.credential}\r\n\r\n".encode()
    )
    line = (await reader.readline()).decode().strip()
    writer.close()
    await guard.close()
    return f"{line} {account.refused}"


def crawled(folder: Path, port: int) -> dict[str, str | None]:
    """Failures of a whole crawl of a portal that lies on this machine, by URL."""
    hosts = {**NOTATIONS, "named": "own.ir"}
    folder.mkdir()
    key = folder.parent / "signer.key"
    load_or_create(key)
    (folder / "round.toml").write_text(
        f'[round]\nid = "own"\n[crawl]\nrender = "never"\ndelay = 0\nretry_after = 0\n[network]\nhosts = {{ "own.ir" = "{FOUR}" }}\n'
    )
    (folder / "agencies.csv").write_text(f"agency,name,kind,portal\nown,own,main,http://{FOUR}:{port}/\n")
    rows = (f"own,own-{name},{name},yes,http://{host}:{port}/{name}\n" for name, host in hosts.items())
    (folder / "services.csv").write_text("agency,service,title,electronic,url\n" + "".join(rows))
    subprocess.run(
        [sys.executable, "-m", "govah", "crawl", str(folder)],
        check=False,
        stdout=sys.stderr,
        env=os.environ | {"GOVAH_KEY": str(key)},
    )
    with EvidenceStore.open(folder / "evidence") as store:
        captures = list(store.captures())
    return {
        capture.url: capture.facts.failure for capture in captures if isinstance(capture.facts, HttpFacts)
    }


def main() -> None:
    ip("link", "set", "lo", "up")
    for address in (f"{FOUR}/32", f"{SIX}/128"):
        ip("address", "add", address, "dev", "lo")
    ip("route", "add", "local", RANGE, "dev", "lo")
    listener = Listener()
    policy = AddressPolicy(NetworkSettings(), lookup=lambda _: [ipaddress.ip_address(LATER)])
    doors = {}
    for name, host in NOTATIONS.items():
        bare = AddressPolicy(NetworkSettings())
        url = f"http://{host}:{listener.port}/"
        doors[name] = {
            "policy": asked(bare, host),
            "guard": asyncio.run(through_the_guard(host, listener.port)),
            "tls": probe(host, listener.port, bare, now=now, full=True).failure,
            "document": fetch("ocsp", url, bare, user_agent="govah", now=now).failure,
        }
    before = [asked(policy, "later.ir"), is_own(ipaddress.ip_address(ELSEWHERE))]
    ip("address", "add", f"{LATER}/32", "dev", "lo")
    after = [asked(policy, "later.ir")]
    ip("address", "del", f"{LATER}/32", "dev", "lo")
    after.append(asked(policy, "later.ir"))
    print(
        json.dumps(
            {
                "doors": doors,
                "before": before,
                "after": after,
                "crawl": crawled(Path(sys.argv[1]) / "round", listener.port),
                "connections": listener.connections,
            }
        )
    )


if __name__ == "__main__":
    main()
