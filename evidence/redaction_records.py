"""A record or a finding as it may leave the house.

A record in which no rule finds anything stays as it is, byte for byte. Any other is given as text: its heads with
values replaced, and its body with codings undone, or left out where it is no text or too large. Rules for text are
in `evidence.redaction`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from evidence import charset, entity
from evidence.recording import HEADER
from evidence.redaction import Redactor, Rules

Body = Literal["as_it_came", "unread", "none", "decoded", "redacted", "left_out"]
LeftOut = Literal["", "size", "binary", "picture"]

_TEXTS = re.compile(r"text/|json|xml|javascript|ecmascript|html|urlencoded|csv|message/|warc-fields", re.I)
_PICTURES = re.compile(r"image/(?!svg)", re.I)
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
_LINE = re.compile(rb"[^\n]*\n(?:[ \t][^\n]*\n)*|[^\n]+")
_CHUNK = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\n]*)?\r?\n")
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_FOLD = re.compile(r"\r?\n[ \t]+")
_READABLE = 16 << 20  # bytes of a body that rules are held against; no larger text leaves the house


@dataclass(frozen=True, slots=True)
class Redacted:
    """What takes a record's place. text: None when the record stays as it is.

    body: what became of it; "unread": it stays as it came, and no rule could read it. left_out: why it is not there. redactions: how many, by kind, sorted.
    """

    text: bytes | None
    body: Body
    left_out: LeftOut
    redactions: Mapping[str, int]


def redact_record(content: bytes, rules: Rules, largest: int | None) -> Redacted:
    """largest: bytes that a body may have to be given; None for everything that there is.

    With None a body that is no text is given too, as it came and unread, when nothing else is redacted.
    """
    redactor = Redactor(rules)
    head_end = content.index(b"\r\n\r\n") + 4
    warc_head, block = content[:head_end], content[head_end:-4]
    head = _warc_head(warc_head.decode("ascii", "replace"), redactor)
    kind, media, body = _field(warc_head, "WARC-Type"), _field(warc_head, "Content-Type"), block
    final, rest = entity.split_head(block) if kind == "response" else (b"", b"")
    if kind == "response":
        head += _http_head(block[: len(block) - len(rest)], redactor, own=False)
        body = entity.entity(block, _READABLE)
        media = b"".join(entity.header_values(final, b"content-type")[:1]).decode("latin-1")
    elif kind == "request":
        end = match.end() if (match := _HEAD_END.search(block)) else len(block)
        head += _http_head(block[:end], redactor, own=True)
        body, media = block[end:], ""
    most = _READABLE - 1 if largest is None else min(largest, _READABLE - 1)
    text, state, why = _body(body, media, redactor, large=max(len(body), len(block)) > most)
    if state == "left_out" and (largest is not None or why == "size" or redactor.counts):
        redactor.counted("body")
    if not redactor.counts and state != "left_out" and _hides(final, rest, rules):
        redactor.counted("rest")
    if not redactor.counts:
        return Redacted(None, "unread" if state == "left_out" else "as_it_came", "", {})
    return Redacted(head.encode("utf-8", "replace") + text, state, why, dict(sorted(redactor.counts.items())))


def _hides(head: bytes, rest: bytes, rules: Rules) -> bool:
    """Whether there is something in what no reader of the body sees: behind its end, in trailers, between chunks."""
    chunked, coded = entity.is_chunked(head), bool(entity.header_values(head, b"content-encoding"))
    behind = rest[_end(head, rest, chunked=chunked) :]
    redactor = Redactor(rules)
    _http_head(behind, redactor, own=False)
    if chunked or coded:
        # Packed bytes read as text look like addresses now and then; like the other kinds they never do.
        bytewise = Redactor(rules.keeping(rules.kept | {"email"}) if coded else rules)
        bytewise.text(rest.decode("utf-8", "replace"))
        return bool(redactor.counts or bytewise.counts)
    return bool(redactor.counts)


def _end(head: bytes, rest: bytes, *, chunked: bool) -> int:
    """Where the body ends in the bytes that follow the head."""
    if not chunked:
        lengths = set(entity.header_values(head, b"content-length"))
        length = lengths.pop() if len(lengths) == 1 else b""
        return int(length) if length.isdigit() and len(length) < 16 else len(rest)
    at = 0
    while size := _CHUNK.match(rest, at):
        at = size.end() + int(size.group(1), 16) + 2
        if int(size.group(1), 16) == 0:
            return size.end()
    return at


def redact_finding(line: bytes, rules: Rules) -> Redacted:
    """line: of findings.jsonl, without its end. What was observed and the subject are read, names of ours are not."""
    redactor = Redactor(rules)
    values = json.loads(line)
    for name in ("observed", "subject"):
        if name in values:
            values[name] = _walked(values[name], redactor.text)
    if not redactor.counts:
        return Redacted(None, "as_it_came", "", {})
    text = json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return Redacted(text.encode("utf-8", "replace"), "none", "", dict(sorted(redactor.counts.items())))


def _body(body: bytes, media: str, redactor: Redactor, *, large: bool) -> tuple[bytes, Body, LeftOut]:
    if not body:
        return b"", "none", ""
    if _PICTURES.search(media):
        return b"", "left_out", "picture"
    if not _is_text(body, media):
        return b"", "left_out", "binary"
    if large:
        return b"", "left_out", "size"
    text, _ = charset.decode(body, media)
    found = redactor.text(text)
    return (body, "decoded", "") if found == text else (found.encode("utf-8", "replace"), "redacted", "")


def _is_text(body: bytes, media: str) -> bool:
    """By what it is said to be, or by what it is: a list of persons may be sent as an octet-stream."""
    return bool(_TEXTS.search(media)) or not _CONTROL.search(body[:4096])


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
                key: _headers(part, redactor) if key == "headers" else _walked(part, redactor.text)
                for key, part in capture["facts"].items()
            }
            line = f"{name}: " + json.dumps(
                capture, ensure_ascii=False, sort_keys=True, separators=(",", ":")
            )
        elif name in ("WARC-Target-URI", "Content-Type"):
            line = f"{name}: {redactor.text(value)}"
        lines.append(line)
    return "\r\n".join(lines)


def _headers(headers: list[list[str]], redactor: Redactor) -> list[list[str]]:
    return [[name, _value(name, value, redactor, own=False)] for name, value in headers]


def _http_head(head: bytes, redactor: Redactor, *, own: bool) -> str:
    """The head of a message, interim heads and all, line by line; a folded line that is redacted is unfolded."""
    lines = []
    for line in _LINE.findall(head):
        text = _decoded(line)
        name, colon, value = text.partition(":")
        bare = value.rstrip("\r\n")
        if not colon or "\n" in name or " " in name.strip():  # a start line, or none that we know
            changed = redactor.text(text)
        else:
            shown = _FOLD.sub(" ", bare)
            redacted = _value(name, shown, redactor, own=own)
            changed = text if redacted == shown else name + colon + redacted + value[len(bare) :]
        lines.append(changed)
    return "".join(lines)


def _decoded(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("latin-1")


def _value(name: str, value: str, redactor: Redactor, *, own: bool) -> str:
    """A header's value. own: of a request, in which some headers are what we say of ourselves."""
    rules, name = redactor.rules, name.strip().lower()
    if name in rules.cookies and "cookie" not in rules.kept:
        return _cookie(name, value, redactor)
    if name in rules.secrets and "secret" not in rules.kept:
        scheme, blank, secret = value.strip().partition(" ")
        if not blank:
            scheme, secret = "", scheme
        shown = f"{_indent(value)}{scheme}{blank}{_hashed(secret, 'secret', redactor)}"
        return shown if secret else value
    if name in rules.technical or (own and name in rules.own):
        return value
    return redactor.text(value)


def _cookie(name: str, value: str, redactor: Redactor) -> str:
    parts = []
    for number, part in enumerate(value.split(";")):
        key, equals, secret = part.partition("=")
        attribute = (
            number > 0 and name.startswith("set-") and key.strip().lower() in redactor.rules.attributes
        )
        if attribute and ("," not in secret or key.strip().lower() == "expires"):
            parts.append(part)
        elif not equals:
            parts.append(_indent(key) + _hashed(key, "cookie", redactor) if key.strip() else key)
        else:
            parts.append(f"{key}={_hashed(secret, 'cookie', redactor)}" if secret.strip() else part)
    return ";".join(parts)


def _indent(text: str) -> str:
    return text[: len(text) - len(text.lstrip())]


def _hashed(secret: str, kind: str, redactor: Redactor) -> str:
    """The SHA-256 of a value; a mark where the value is personal data, whose hash would give it away."""
    found = redactor.text(secret)
    if found != secret:
        return found
    redactor.counted(kind)
    try:
        original = secret.strip().encode("latin-1")
    except UnicodeEncodeError:
        original = secret.strip().encode("utf-8")
    return f"sha256:{hashlib.sha256(original).hexdigest()}"


def _walked(value: Any, change: Callable[[str], str]) -> Any:
    """JSON with every text changed, keys as well."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_walked(part, change) for part in value]
    if isinstance(value, dict):
        return {change(key): _walked(part, change) for key, part in value.items()}
    return value
