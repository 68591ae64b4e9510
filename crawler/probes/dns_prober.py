"""A look at one host in the DNS: what is asked of a resolver, bounded, every answer kept as its bytes.

Reads of the answers only what decides the next question: where the zone begins, who signs, which names follow.
Whether anything is signed, valid or good is read from the capture later. Not here: asking (`crawler.probes.dns_client`).
"""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import dns.exception
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

from crawler.probes.dns_client import DnsAnswer, DnsClient
from evidence.canonical import canonical_ascii
from evidence.kinds.dns import DnsFacts
from evidence.kinds.http import Failure

LOOK_SECONDS = 20.0
MOST_QUESTIONS = 60
MOST_BYTES = 256 * 1024
_AT_ONCE = 4
_MOST_LABELS = 10  # of a name whose chain of trust is asked for
_MOST_ALIASES = 4
_MOST_SERVERS = 6
_MOST_DMARC = 4
_ROOT = dns.name.root


@dataclass(frozen=True, slots=True)
class DnsCapture:
    """A capture in the making: its facts, and its body as canonical JSON. time: when it began."""

    facts: DnsFacts
    body: bytes
    time: dt.datetime


class _Limit(Exception):
    """No more questions in this look."""


async def probe_host(host: str, client: DnsClient, attempt: int, began: dt.datetime) -> DnsCapture:
    """Never raises for what comes over the wire; takes at most LOOK_SECONDS."""
    prober = _DnsProbe(dns.name.from_text(host), client, attempt)
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            await prober.run()
    except (_Limit, TimeoutError):
        prober.limited = True
    return prober.result(host, began)


def _up(name: dns.name.Name) -> list[dns.name.Name]:
    """The name and those above it, without the root."""
    found = []
    while name != _ROOT:
        found.append(name)
        name = name.parent()
    return found


def _rrset(asked: DnsAnswer, name: dns.name.Name, kind: str) -> dns.rrset.RRset | None:
    if asked.message is None:
        return None
    wanted = dns.rdatatype.from_text(kind)
    return next((r for r in asked.message.answer if r.name == name and r.rdtype == wanted), None)


def _of_kind(asked: DnsAnswer, kind: str) -> list[dns.rrset.RRset]:
    wanted = dns.rdatatype.from_text(kind)
    return [rrset for rrset in (asked.message.answer if asked.message else ()) if rrset.rdtype == wanted]


def _targets(asked: DnsAnswer) -> list[dns.name.Name]:
    """Names that others in the answer are aliases of."""
    return [item.target for rrset in _of_kind(asked, "CNAME") for item in rrset]


class _DnsProbe:
    """One look. Every question counts, also one whose answer was there from another look."""

    def __init__(self, host: dns.name.Name, client: DnsClient, attempt: int) -> None:
        self._host = host
        self._client = client
        self._attempt = attempt
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._asked: dict[tuple[dns.name.Name, str], DnsAnswer] = {}
        self._begun: set[tuple[dns.name.Name, str]] = set()
        self._size = 0
        self._apex: dns.name.Name | None = None
        self.limited = False

    async def run(self) -> None:
        if (await self._ask(_ROOT, "DNSKEY")).failure is not None:
            return  # a resolver that does not say this says nothing
        first = await self._all((self._host, kind) for kind in ("SOA", "A", "AAAA", "CAA"))
        if all(asked.failure is not None for asked in first):
            return  # nobody answers for this name: more questions would only be waited for
        await self._chain(self._host)
        self._apex = await self._find_apex()
        await self._aliases()
        if self._apex is not None:
            await self._all((self._apex, kind) for kind in ("SOA", "NS", "MX", "TXT"))
            await self._mail()
            await self._servers(self._apex)
        await self._authorities()

    async def _ask(self, name: dns.name.Name, kind: str) -> DnsAnswer:
        key = (name, kind)
        if key in self._asked:
            return self._asked[key]
        if (key not in self._begun and len(self._begun) >= MOST_QUESTIONS) or self._size > MOST_BYTES:
            raise _Limit
        self._begun.add(key)
        async with self._slots:
            asked = await self._client.ask(name, kind, self._attempt)
        if key not in self._asked:
            self._asked[key] = asked
            self._size += len(asked.reply.sent) + len(asked.reply.received)
        return asked

    async def _all(self, questions: Iterable[tuple[dns.name.Name, str]]) -> list[DnsAnswer]:
        """Side by side. A limit that one of them meets ends them all."""
        work = [asyncio.ensure_future(self._ask(*question)) for question in questions]
        try:
            return list(await asyncio.gather(*work))
        finally:
            for task in work:
                task.cancel()
            await asyncio.gather(*work, return_exceptions=True)

    async def _chain(self, name: dns.name.Name) -> None:
        """What a validator needs down to a name: who vouches for each zone, and the keys of those vouched for."""
        path = _up(name)[-_MOST_LABELS:]
        answers = await self._all((step, "DS") for step in path)
        await self._all(
            (step, "DNSKEY")
            for step, asked in zip(path, answers, strict=True)
            if _rrset(asked, step, "DS") is not None
        )

    async def _find_apex(self) -> dns.name.Name | None:
        """The zone that the host lies in, by the SOA that answers for it; None when that cannot be told."""
        for name in _up(self._host)[:_MOST_LABELS]:
            asked = await self._ask(name, "SOA")
            if asked.failure is not None:
                return None  # a zone may begin here, so none above may be taken for it
            for rrset in (*asked.message.answer, *asked.message.authority) if asked.message else ():
                if rrset.rdtype == dns.rdatatype.SOA and self._host.is_subdomain(rrset.name):
                    return rrset.name
        return None

    async def _aliases(self) -> None:
        """Names that the host's addresses are taken from, with what vouches for them."""
        met = [name for kind in ("A", "AAAA") for name in _targets(self._asked[self._host, kind])]
        for name in list(dict.fromkeys(met))[:_MOST_ALIASES]:
            await self._chain(name)

    async def _mail(self) -> None:
        """Of the zone, and of the host's own name where that is another: a registry's zone is not the agency's."""
        assert self._apex is not None
        bare = self._host.parent() if self._host.labels[0] == b"www" else self._host
        if bare not in (self._apex, _ROOT):
            await self._all((bare, kind) for kind in ("MX", "TXT"))
        for start in dict.fromkeys((bare, self._apex)):
            for name in _up(start)[:_MOST_DMARC]:
                if await self._policy(name):
                    break

    async def _policy(self, name: dns.name.Name) -> bool:
        """Whether a name has a DMARC record, perhaps under another name; with what vouches for it."""
        try:
            policy = dns.name.from_text("_dmarc", name)
        except dns.exception.DNSException:  # too long a name to have one
            return False
        asked, vouched = await self._all(((policy, "TXT"), (policy, "DS")))
        if _rrset(vouched, policy, "DS") is not None:
            await self._ask(policy, "DNSKEY")
        for alias in _targets(asked)[:_MOST_ALIASES]:
            await self._chain(alias)
        texts = [item for rrset in _of_kind(asked, "TXT") for item in rrset]
        return any(b"".join(item.strings)[:8].lower() == b"v=dmarc1" for item in texts)

    async def _servers(self, apex: dns.name.Name) -> None:
        """Addresses of the zone's name servers."""
        found = _rrset(self._asked[apex, "NS"], apex, "NS")
        names = sorted(item.target for item in found)[:_MOST_SERVERS] if found is not None else []
        await self._all((name, kind) for name in names for kind in ("A", "AAAA"))

    async def _authorities(self) -> None:
        """CAA of the names above, as RFC 8659 climbs: up to the first that has any."""
        for name in _up(self._host)[:_MOST_LABELS]:
            asked = await self._ask(name, "CAA")
            kinds = {rrset.rdtype for rrset in asked.message.answer} if asked.message else set()
            if dns.rdatatype.CAA in kinds or asked.failure is not None:
                return

    def _failure(self) -> Failure | None:
        """Why the look says nothing of the host's addresses; `dns`: the resolver says that there is no such name."""
        root = self._asked.get((_ROOT, "DNSKEY"))
        if root is None:
            return "timeout"
        if root.failure is not None:
            return root.failure
        asked = self._asked.get((self._host, "A"))
        if asked is None:
            return "timeout"
        missing = asked.message is not None and asked.message.rcode() == dns.rcode.NXDOMAIN
        return asked.failure or ("dns" if missing else None)

    def result(self, host: str, began: dt.datetime) -> DnsCapture:
        failure = self._failure()
        body: dict[str, Any] = {
            "name": host,
            "source": self._client.resolvers.source,
            "resolvers": [str(server) for server in self._client.resolvers.servers],
            "apex": self._apex.to_text() if self._apex is not None else None,
            "failure": failure,
            "limited": self.limited,
            "answers": [_as_json(asked) for asked in self._asked.values()],
        }
        encoded = canonical_ascii(body).encode()
        return DnsCapture(DnsFacts(host, failure), encoded, began)


def _as_json(asked: DnsAnswer) -> dict[str, Any]:
    return {
        "name": asked.name.to_text(),
        "type": asked.kind,
        "resolver": str(asked.server),
        "via": asked.reply.via,
        "sent": base64.b64encode(asked.reply.sent).decode("ascii"),
        "received": base64.b64encode(asked.reply.received).decode("ascii"),
        "failure": asked.failure,
        "time": asked.time.astimezone(dt.UTC).isoformat(),
        "ms": round(asked.ms, 1),
    }
