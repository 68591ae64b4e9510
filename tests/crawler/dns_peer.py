"""DNSSEC of the signed tree as unbound has it, beside ours: `python -m tests.crawler.dns_peer UNBOUND [DAYS]`.

UNBOUND: its program. DAYS: moves the time of judgement. unbound validates on its own, with the tree's root as its
anchor and the tree's server as its forwarder; ours is judged from one recorded look at each host. Prints every answer
of which the two think differently, and how many there are. Status 1 when there is one.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
import os
import socket
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode

from checks.dns.anchors import of_file
from checks.dns.look import read_look
from checks.dns.signatures import SignatureVerifier
from checks.dns.status import Security, security
from crawler.probes.dns_client import DnsClient
from crawler.probes.dns_prober import probe_host
from crawler.probes.resolvers import ResolverAddress, ResolverList
from evidence.kinds.dns import DnsFacts
from evidence.records import Capture
from fixtures.dns.server import DnsServer
from fixtures.dns.zones import AS_OF

_CASES = Path(__file__).parents[2] / "fixtures" / "dns" / "cases.toml"
_CONFIGURATION = """server:
  interface: 127.0.0.1
  port: {port}
  username: ""
  chroot: ""
  directory: "{folder}"
  pidfile: "{folder}/pid"
  use-syslog: no
  logfile: "{folder}/log"
  do-daemonize: no
  do-not-query-localhost: no
  trust-anchor-file: "{anchor}"
  val-override-date: "{date:%Y%m%d%H%M%S}"
  module-config: "validator iterator"
  local-zone: "test." nodefault
  qname-minimisation: no
  aggressive-nsec: no
forward-zone:
  name: "."
  forward-addr: {address}@{forward}
"""


@contextmanager
def unbound(program: str, folder: Path, anchor: Path, date: dt.datetime, tree: DnsServer) -> Iterator[int]:
    """Its port, once it answers."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = folder / "unbound.conf"
    settings.write_text(
        _CONFIGURATION.format(
            port=port, folder=folder, anchor=anchor, date=date, address=tree.address, forward=tree.port
        ),
        encoding="utf-8",
    )
    with subprocess.Popen([program, "-c", str(settings)], env=dict(os.environ)) as process:
        try:
            for _ in range(100):
                try:
                    dns.query.udp(dns.message.make_query(".", "SOA"), "127.0.0.1", port=port, timeout=1)
                    break
                except (OSError, dns.exception.Timeout):
                    time.sleep(0.1)
            yield port
        finally:
            process.terminate()


def theirs(port: int, name: dns.name.Name, kind: str) -> str:
    """secure, insecure, bogus (refused, but there with checking disabled) or failed."""
    query = dns.message.make_query(name, kind, use_edns=0, want_dnssec=True)
    answer, _ = dns.query.udp_with_fallback(query, "127.0.0.1", port=port, timeout=60)
    if answer.rcode() != dns.rcode.SERVFAIL:
        return "secure" if answer.flags & dns.flags.AD else "insecure"
    query.flags |= dns.flags.CD
    answer, _ = dns.query.udp_with_fallback(query, "127.0.0.1", port=port, timeout=60)
    return "failed" if answer.rcode() == dns.rcode.SERVFAIL else "bogus"


async def ours(hosts: list[str], tree: DnsServer, anchor: Path, date: dt.datetime) -> dict[str, Security]:
    ids = itertools.count(1)
    resolvers = ResolverList("round", (ResolverAddress(tree.address, tree.port),))
    client = DnsClient(resolvers, now=lambda: AS_OF, message_id=lambda: next(ids) % 65536, seconds=20)
    found = {}
    for host in hosts:
        seen = await probe_host(host, client, 1, AS_OF)
        facts = DnsFacts(host, None)
        capture = Capture("c", 1, "dns", "a", host, AS_OF, "here", "host", 1, "", facts)
        read = read_look(capture, seen.body)
        found[host] = security(read, of_file(anchor), date.timestamp(), SignatureVerifier())
    return found


def main(program: str, days: int) -> int:
    cases = tomllib.loads(_CASES.read_text(encoding="utf-8"))
    hosts = [host for host, case in cases.items() if "all" not in case]  # a resolver that fails says nothing
    date = AS_OF + dt.timedelta(days=days)
    with tempfile.TemporaryDirectory() as temporary, DnsServer() as tree:
        folder = Path(temporary)
        anchor = tree.write_anchor(folder / "anchor")
        own = asyncio.run(ours(hosts, tree, anchor, date))
        answers = different = 0
        with unbound(program, folder, anchor, date, tree) as port:
            for host, found in own.items():
                for (name, kind), result in found.answers.items():
                    answers += 1
                    if (peer := theirs(port, name, kind)) != result.status:
                        different += 1
                        print(f"{host}: {name} {kind}: ours {result.status} {result.fault}, unbound {peer}")
    print(f"{len(own)} hosts, {answers} answers, {different} different")
    return 1 if different else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0))
