"""The handshake witnesses in a disclosure pack: records of TLS probes that were packed whole.

A pack holds those that its finding cites, and of each other host that served a cited capture over https the probe
nearest in time. In a redacted record a part of the handshake may be missing, and its text is not what was sealed; it counts as none.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator
from pathlib import Path

from evidence.fault import Faults
from evidence.kinds.http import HttpFacts
from evidence.kinds.page import PageFacts
from evidence.kinds.tls import TlsFacts
from evidence.pack.format import LARGEST_NUMBER, PackContents
from evidence.pack.zip_file import PackReader
from evidence.records import Capture
from evidence.store import EvidenceStore, warc
from evidence.store import plan as plans
from evidence.store.recording import HEADER, capture_text, parse_capture
from evidence.verify.witnesses import KIND, Witnesses, proves, witnesses_of
from web.urls import host_port

_LARGEST = 8 << 20  # bytes of a probe's record: its connections and certificates have a tenth of it
_MOST_HOSTS = 3  # a finding cites pages of one or two; more would be a pack of probes


def pack_witnesses(path: Path, contents: PackContents, faults: Faults) -> Witnesses:
    """contents: of this pack. Raises OSError, PackBroken."""
    with PackReader(path) as pack:
        return witnesses_of(_probes(pack, contents), (contents.round,), faults)


def is_probe(head: bytes) -> bool:
    """Whether a record, by its head, is one of a TLS probe: it may stand beside what a finding cites."""
    return (warc.header_in(head, "WARC-Target-URI") or "").startswith(f"urn:{KIND}:")


def nearest_witnesses(
    store: EvidenceStore, cited: Collection[str], largest: int | None, round_id: str
) -> list[str]:
    """Probes, by capture, of the first hosts that served what is cited, each with a witness; none of a host whose probe is cited.

    Whoever holds the key of another place may have sealed false witnesses, which would make the pack one that does not verify.
    largest: bytes of a body that is packed; None for any.
    """
    served: dict[str, dt.datetime] = {}
    for capture in map(store.get, cited):
        where = _host(capture)
        if where is not None:
            served.setdefault(where, capture.time)
    for capture in map(store.get, cited):
        if capture.kind == KIND:
            served.pop(capture.url, None)
    hosts = dict(list(served.items())[:_MOST_HOSTS])
    nearest: dict[str, tuple[float, str]] = {}
    names = plans.vantages(store.folder)
    for probe in store.captures(kind=KIND) if hosts else ():
        if probe.url in hosts and probe.vantage in names:
            apart = abs((probe.time - hosts[probe.url]).total_seconds())
            if probe.url not in nearest or apart < nearest[probe.url][0]:
                body = store.body(probe.id)
                if (largest is None or len(body) <= largest) and proves(probe, body, round_id):
                    nearest[probe.url] = apart, probe.id
    return [nearest[host][1] for host in hosts if host in nearest]


def _host(capture: Capture) -> str | None:
    """Host and port that a capture was served by over TLS; None where nothing was."""
    facts = capture.facts
    answered = isinstance(facts, PageFacts) or (isinstance(facts, HttpFacts) and facts.status is not None)
    if not answered or not capture.url.startswith("https://"):
        return None
    try:
        name, port = host_port(capture.url)
    except ValueError:
        return None
    return f"{name}:{port}"


def _probes(pack: PackReader, contents: PackContents) -> Iterator[tuple[str, Capture, bytes]]:
    members = {member.shown: member for member in pack.members}
    for record in contents.records:
        member = members[record.file]
        if record.state == "redacted" or record.type != "resource" or member.size > _LARGEST:
            continue
        head, _, block = b"".join(pack.chunks(member)).partition(warc.RECORD_END)
        capture = _capture(head)
        if capture is not None:
            yield record.file, capture, block.removesuffix(warc.RECORD_END)


def _capture(head: bytes) -> Capture | None:
    """None for one of another kind, or for what is not in the form that ours have: any key may have signed it."""
    text = warc.header_in(head, HEADER) or ""
    try:
        capture = parse_capture(text)
        same = capture_text(capture) == text
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None
    facts = capture.facts
    if not same or not isinstance(facts, TlsFacts):
        return None
    texts = [capture.id, capture.agency, capture.url, capture.vantage, capture.purpose, capture.sha256]
    counts = [capture.sequence, capture.attempt, facts.port, facts.connections]
    sound = all(isinstance(text, str) for text in (*texts, facts.host, facts.address or ""))
    return (
        capture
        if sound and all(type(count) is int and 0 <= count <= LARGEST_NUMBER for count in counts)
        else None
    )
