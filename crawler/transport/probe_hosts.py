"""`python -m crawler.transport.probe_hosts HOST...`: probes hosts as a crawl does and tells what each cost, one JSON line a host.

To look into what a host says to the prober, and to measure what probing costs. Keeps nothing, judges nothing. The
last line is the cost of it all.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from claims.model import NetworkSettings
from crawler.politeness.policy import AddressPolicy
from crawler.transport.host_probe import HostProbe
from crawler.transport.tls_probes import TlsProbes


class _Printer:
    """Stands where a crawl has its evidence writer."""

    def __init__(self) -> None:
        self.connections = 0

    def add(self, *, url: str, facts: Any, body: bytes, **_: Any) -> None:
        read = json.loads(body)
        self.connections += facts.connections
        told = {
            "host": url,
            "failure": read["failure"],
            "connections": facts.connections,
            "results": {one["tag"]: one["result"] for one in read["connections"]},
            "certificates": len(read["certificates"]),
            "fetched": [[one["url"], one["failure"] or one["status"]] for one in read["fetched"]],
            "bytes": len(body),
        }
        sys.stdout.write(json.dumps(told) + "\n")


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@asynccontextmanager
async def _at_once(_: str) -> AsyncIterator[None]:
    yield


async def _probe(hosts: list[str], network: NetworkSettings) -> int:
    printer: Any = _Printer()
    began, cpu = time.monotonic(), time.process_time()
    probes = TlsProbes(AddressPolicy(network), _now, _at_once, "govah (probe_hosts)")
    # each as an agency of its own, so that none waits for another's
    targets = [HostProbe(host, host, 443, attempt=1, wait=0.0) for host in hosts]
    kept = await asyncio.gather(*map(probes.probe, targets))
    for keep in kept:
        if keep is not None:
            keep(printer)
    probes.close()
    lost = kept.count(None)
    cost = {
        "hosts": len(hosts),
        "lost": lost,
        "connections": printer.connections,
        "seconds": round(time.monotonic() - began, 2),
        "cpu": round(time.process_time() - cpu, 2),
    }
    sys.stdout.write(json.dumps(cost) + "\n")
    return 1 if lost else 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m crawler.transport.probe_hosts", description=__doc__)
    parser.add_argument("hosts", nargs="+", metavar="HOST")
    parser.add_argument("--map", action="append", default=[], metavar="NAME=ADDRESS:PORT")
    parser.add_argument("--allow-private", action="store_true", help="addresses inside this network too")
    given = parser.parse_args()
    mapping = dict(entry.split("=", 1) for entry in given.map if "=" in entry)
    network = NetworkSettings(allow_private=given.allow_private, hosts=mapping)
    return asyncio.run(_probe(given.hosts, network))


if __name__ == "__main__":
    raise SystemExit(main())
