"""A record or a finding as it may leave the house.

A record in which no rule finds anything stays as it is, byte for byte. Any other is given as text: its heads with
values replaced, and its body with codings undone, or left out where it is no text or too large. Rules for text are
in `evidence.redaction.text`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from evidence.canonical import canonical
from evidence.kind import kinds
from evidence.redaction.bodies import Body, LeftOut, redacted_body
from evidence.redaction.heads import HEAD_END, header_pairs, http_head, walked
from evidence.redaction.text import RedactionRules, Redactor
from evidence.store.recording import HEADER
from web import entity

_PROBES = tuple(f"urn:{kind.name}:" for kind in kinds().values() if kind.probe)
_READABLE = 16 << 20  # bytes of a body that rules are held against; no larger text leaves the house


@dataclass(frozen=True, slots=True)
class RedactedRecord:
    """What takes a record's place. text: None when the record stays as it is.

    body: what became of it; "unread": it stays as it came, and no rule could read it. left_out: why it is not there. redactions: how many, by kind, sorted.
    """

    text: bytes | None
    body: Body
    left_out: LeftOut
    redactions: Mapping[str, int]


def redact_record(
    content: bytes, rules: RedactionRules, largest: int | None, known: Collection[str] = ()
) -> RedactedRecord:
    """known: keys of sessions that go wherever they stand, as `keys_in` finds them in what is handed on along. largest: bytes that a body may have to be given; None for everything that there is.

    With None a body that is no text is given too, as it came and unread, when nothing else is redacted.
    """
    redactor = Redactor(rules, known)
    redacted = _redacted(content, redactor, largest)
    if len(redactor.known) > len(known):  # they may stand before the place that says what they are
        redacted = _redacted(content, Redactor(rules, redactor.known), largest)
    return redacted


def keys_in(content: bytes, rules: RedactionRules, largest: int | None) -> Collection[str]:
    """Keys of sessions in a record, in order."""
    redactor = Redactor(rules)
    _redacted(content, redactor, largest)
    return redactor.known


def _redacted(content: bytes, redactor: Redactor, largest: int | None) -> RedactedRecord:
    rules = redactor.rules
    head_end = content.index(b"\r\n\r\n") + 4
    warc_head, block = content[:head_end], content[head_end:-4]
    head = _warc_head(warc_head.decode("ascii", "replace"), redactor)
    kind, media, body = _field(warc_head, "WARC-Type"), _field(warc_head, "Content-Type"), block
    final, rest = entity.split_head(block) if kind == "response" else (b"", b"")
    if kind == "response":
        head += http_head(block[: len(block) - len(rest)], redactor, own=False)
        body = entity.entity(block, _READABLE)
        media = b"".join(entity.header_values(final, b"content-type")[:1]).decode("latin-1")
    elif kind == "request":
        end = match.end() if (match := HEAD_END.search(block)) else len(block)
        head += http_head(block[:end], redactor, own=True)
        body, media = block[end:], ""
    most = _READABLE - 1 if largest is None else min(largest, _READABLE - 1)
    probe = kind == "resource" and _field(warc_head, "WARC-Target-URI").startswith(_PROBES)
    text, state, why = redacted_body(
        body, media, redactor, large=max(len(body), len(block)) > most, probe=probe
    )
    if state == "left_out" and (largest is not None or why == "size" or redactor.counts):
        redactor.counted("body")
    if not redactor.counts and state != "left_out" and _hides(final, rest, rules):
        redactor.counted("rest")
    if not redactor.counts:
        return RedactedRecord(None, "unread" if state == "left_out" else "as_it_came", "", {})
    return RedactedRecord(
        head.encode("utf-8", "replace") + text, state, why, dict(sorted(redactor.counts.items()))
    )


def _hides(head: bytes, rest: bytes, rules: RedactionRules) -> bool:
    """Whether there is something in what no reader of the body sees: behind its end, in trailers, between chunks."""
    chunked, coded = entity.is_chunked(head), bool(entity.header_values(head, b"content-encoding"))
    behind = rest[entity.body_end(head, rest) :]
    redactor = Redactor(rules)
    http_head(behind, redactor, own=False)
    if chunked or coded:
        # Packed bytes read as text look like addresses now and then; like the other kinds they never do.
        bytewise = Redactor(rules.keeping(rules.kept | {"email"}) if coded else rules)
        bytewise.text(rest.decode("utf-8", "replace"))
        return bool(redactor.counts or bytewise.counts)
    return bool(redactor.counts)


def redact_finding(line: bytes, rules: RedactionRules, known: Collection[str] = ()) -> RedactedRecord:
    """line: of findings.jsonl, without its end. What was observed and the subject are read, names of ours are not.

    known: as of `redact_record`.
    """
    redactor = Redactor(rules, known)
    values = json.loads(line)
    parts = {name: values[name] for name in ("observed", "subject") if name in values}
    changed = walked(parts, redactor)
    if len(redactor.known) > len(known):
        redactor = Redactor(rules, redactor.known)
        changed = walked(parts, redactor)
    values |= changed
    if not redactor.counts:
        return RedactedRecord(None, "as_it_came", "", {})
    return RedactedRecord(canonical(values).encode(), "none", "", dict(sorted(redactor.counts.items())))


def _field(head: bytes, name: str) -> str:
    match = re.search(rb"\r\n" + name.encode("ascii") + rb": ([^\r\n]*)", head)
    return match.group(1).decode("ascii", "replace") if match else ""


def _warc_head(head: str, redactor: Redactor) -> str:
    """The head of the WARC record; what is known of the capture is read as the JSON that it is."""
    lines = []
    for line in head.split("\r\n"):
        name, _, value = line.partition(": ")
        if name == HEADER:
            capture = json.loads(value)
            capture["url"] = redactor.text(capture["url"])
            capture["facts"] = {
                key: header_pairs(part, redactor) if key == "headers" else walked(part, redactor, key)
                for key, part in capture["facts"].items()
            }
            line = f"{name}: " + canonical(capture)
        elif name in ("WARC-Target-URI", "Content-Type"):
            line = f"{name}: {redactor.text(value)}"
        lines.append(line)
    return "\r\n".join(lines)
