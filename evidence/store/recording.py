"""How a capture travels in WARC records, so that the index can be rebuilt from them alone.

An HTTP exchange is a request and a response record (a metadata record when no byte of a response came),
everything else a resource record. The last record of a capture carries all that is known of it in one
header, `Govah-Capture`, as ASCII JSON.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import ipaddress
import json
import uuid
from collections.abc import Sequence
from functools import lru_cache
from json.encoder import encode_basestring_ascii as _quoted
from typing import Any

from evidence.canonical import canonical_ascii
from evidence.kind import Facts, kinds
from evidence.kinds.http import HttpFacts
from evidence.records import Capture, CaptureKind
from evidence.store import warc
from web import entity

HEADER = "Govah-Capture"
FIDELITY = "Govah-Fidelity"
_NAMESPACE = uuid.UUID("6f1a3f0e-6c0b-5d57-9d0e-2b8a6e0f4c11")
_FIELDS = {name: kind.fields for name, kind in kinds().items()}


@dataclasses.dataclass(frozen=True, slots=True)
class SerializedRecord:
    """A serialised record: type, uncompressed bytes, compressed member."""

    type: str
    record: bytes
    member: bytes


@lru_cache(maxsize=16)
def time_text(time: dt.datetime) -> str:
    """UTC with microseconds. Raises ValueError for a time without zone."""
    if time.tzinfo is None:
        raise ValueError("a capture's time needs a zone")
    return time.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def parse_time(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def strict_time(text: object) -> dt.datetime:
    """A time in the one form of `time_text`: of other forms, two programs may read two times. Raises ValueError.

    Years are those that dates of a seal can have, in whatever program.
    """
    if not isinstance(text, str):
        raise ValueError(f"no time: {str(text)[:50]}")
    time = parse_time(text)
    if time.tzinfo is None or not 2000 <= time.year < 9000 or time_text(time) != text:
        raise ValueError(f"not as a seal writes a time: {text[:50]}")
    return time


def facts_text(kind: CaptureKind, facts: Facts) -> str:
    """ASCII JSON of the facts. Raises TypeError when they are of another kind."""
    if not isinstance(facts, kinds()[kind].facts):
        raise TypeError(f"{type(facts).__name__} are no facts of a capture of kind {kind}")
    return canonical_ascii({name: getattr(facts, name) for name in _FIELDS[kind]})


def parse_facts(kind: str, text: str) -> Facts:
    values = json.loads(text)
    facts: Facts = kinds()[kind].facts(**{name: _tuples(value) for name, value in values.items()})
    return facts


def capture_text(capture: Capture) -> str:
    """ASCII JSON of the whole capture; the value of the WARC header."""
    values = {name: getattr(capture, name) for name in _CAPTURE_FIELDS}
    values["time"] = time_text(capture.time)
    values["facts"] = {name: getattr(capture.facts, name) for name in _FIELDS[capture.kind]}
    return canonical_ascii(values)


def parse_capture(text: str) -> Capture:
    return parse_recorded(text)[0]


def parse_recorded(text: str) -> tuple[Capture, str]:
    """The capture, and ASCII JSON of its facts as they were recorded: what was not known then is not in it."""
    values = json.loads(text)
    kind, recorded = values["kind"], values.pop("facts")
    facts = {name: _tuples(value) for name, value in recorded.items()}
    capture = Capture(
        **(values | {"time": parse_time(values["time"]), "facts": kinds()[kind].facts(**facts)})
    )
    return capture, canonical_ascii(recorded)


def recorded_text(row: Sequence[Any]) -> str:
    """What a record says of the capture that a row of the index holds: the inverse of reading a record.

    Raises TypeError or ValueError for a row whose values are not of the types that they should have.
    """
    sequence, id_, kind, agency, url, time, vantage, purpose, attempt, sha256, facts, *_ = row
    return (
        f'{{"agency":{_quoted(agency)},"attempt":{attempt:d},"facts":{facts},"id":{_quoted(id_)},'
        f'"kind":{_quoted(kind)},"purpose":{_quoted(purpose)},"sequence":{sequence:d},"sha256":{_quoted(sha256)},'
        f'"time":{_quoted(time)},"url":{_quoted(url)},"vantage":{_quoted(vantage)}}}'
    )


_CAPTURE_FIELDS = tuple(field.name for field in dataclasses.fields(Capture))


def _tuples(value: Any) -> Any:
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value


def record_id(name: str) -> str:
    """A record's identifier, from the capture's own."""
    return f"<urn:uuid:{uuid.uuid5(_NAMESPACE, name)}>"


def warcinfo(*, name: str, vantage: str, time: dt.datetime) -> SerializedRecord:
    """The record that opens a segment. name: unique in the world."""
    block = f"software: govah\r\nformat: WARC File Format 1.1\r\nisPartOf: {warc.uri(vantage)}\r\n"
    headers = [
        ("WARC-Type", "warcinfo"),
        ("WARC-Record-ID", record_id(name)),
        ("WARC-Date", time_text(time)),
        ("Content-Type", "application/warc-fields"),
    ]
    return _written("warcinfo", headers, block.encode("ascii"))


def exchange(
    capture: Capture, request: bytes, response: bytes, text: str | None = None
) -> list[SerializedRecord]:
    """Records of an HTTP exchange. Either side may be empty; the capture rides on the last record.

    text: `capture_text`, when the caller has it already.
    """
    facts = capture.facts
    assert isinstance(facts, HttpFacts)
    target = warc.uri(capture.url)
    request_id = record_id(capture.id + "/request")
    answer_id = record_id(capture.id)
    records: list[SerializedRecord] = []
    if request:
        headers = [*opening("request", request_id, capture, target), ("WARC-Concurrent-To", answer_id)]
        records.append(
            _written("request", [*headers, ("Content-Type", "application/http; msgtype=request")], request)
        )
    headers = opening("response" if response else "metadata", answer_id, capture, target)
    if request:
        headers.append(("WARC-Concurrent-To", request_id))
    if facts.address and (address := _ip(facts.address)):
        headers.append(("WARC-IP-Address", address))
    if not response:
        block = canonical_ascii({"detail": facts.detail, "failure": facts.failure}).encode("ascii")
        headers += [("Content-Type", "application/json"), (HEADER, text or capture_text(capture))]
        return [*records, _written("metadata", headers, block)]
    if facts.truncated:
        headers.append(("WARC-Truncated", facts.truncated))
    headers += [
        ("Content-Type", "application/http; msgtype=response"),
        (FIDELITY, capture.fidelity),
        (HEADER, text or capture_text(capture)),
    ]
    head, body = entity.split_head(response)
    return [*records, _written("response", headers, response, len(body) if entity.is_encoded(head) else 0)]


def resource(capture: Capture, body: bytes, text: str | None = None) -> list[SerializedRecord]:
    """The record of a page, picture, handshake, answer or account."""
    facts = capture.facts
    kind = kinds()[capture.kind]
    headers = [
        *opening("resource", record_id(capture.id), capture, warc.uri(f"urn:{capture.kind}:{capture.url}")),
        ("Content-Type", warc.uri(kind.media_type_of(facts)).replace("%20", " ")),
        (FIDELITY, capture.fidelity),
        (HEADER, text or capture_text(capture)),
    ]
    return [_written("resource", headers, body, len(body) if kind.packed else 0)]


def opening(kind: str, identifier: str, capture: Capture, target: str) -> list[tuple[str, str]]:
    """The fields that every record of a capture begins with."""
    return [
        ("WARC-Type", kind),
        ("WARC-Record-ID", identifier),
        ("WARC-Target-URI", target),
        ("WARC-Date", time_text(capture.time)),
    ]


@lru_cache(maxsize=256)
def _ip(text: str) -> str | None:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None


def _written(kind: str, headers: list[tuple[str, str]], block: bytes, encoded: int = 0) -> SerializedRecord:
    """encoded: so many bytes at the end of the block are said to be packed already."""
    record = warc.serialise(headers, block)
    end = len(record) - len(warc.RECORD_END)
    member = warc.member_around(record, end - encoded, end) if encoded else warc.member(record)
    return SerializedRecord(kind, record, member)
