"""Heads of messages and JSON of records as they may leave the house: by the names that headers and fields have.

Values of cookies and keys are replaced by their hash, all else is read as text. Rules for text are in
`evidence.redaction.text`.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

from evidence.redaction.text import Redactor

HEAD_END = re.compile(rb"\r?\n\r?\n")
_LINE = re.compile(rb"[^\n]*\n(?:[ \t][^\n]*\n)*|[^\n]+")
_FOLD = re.compile(r"\r?\n[ \t]+")


def header_pairs(headers: list[list[str]], redactor: Redactor) -> list[list[str]]:
    return [[name, _value(name, value, redactor, own=False)] for name, value in headers]


def http_head(head: bytes, redactor: Redactor, *, own: bool) -> str:
    """The head of a message, interim heads and all, line by line; a folded line that is redacted is unfolded."""
    lines = []
    for line in _LINE.findall(head):
        text = decoded(line)
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


def decoded(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("latin-1")


def _value(name: str, value: str, redactor: Redactor, *, own: bool) -> str:
    """A header's value. own: of a request, in which some headers are what we say of ourselves."""
    rules, name = redactor.rules, name.strip().lower()
    is_cookie, is_secret = rules.is_cookie(name), rules.is_secret(name)
    if is_cookie and "cookie" not in rules.kept:
        return _cookie(name, value, redactor)
    if is_secret and "secret" not in rules.kept:
        scheme, blank, secret = value.strip().partition(" ")
        if not blank:
            scheme, secret = "", scheme
        shown = f"{_indent(value)}{scheme}{blank}{_hashed(secret, 'secret', redactor)}"
        return shown if secret else value
    if name in rules.technical or (own and name in rules.own):
        return value
    return redactor.text(value, f"{name}: ", keys=not (is_cookie or is_secret))  # those are kept on purpose


def _cookie(name: str, value: str, redactor: Redactor) -> str:
    parts = []
    for number, part in enumerate(value.split(";")):
        key, equals, secret = part.partition("=")
        attribute = (
            number > 0 and name.startswith("set-") and key.strip().lower() in redactor.rules.attributes
        )
        if attribute and ("," not in secret or key.strip().lower() == "expires"):
            parts.append(redactor.text(part))
        elif not equals:
            parts.append(_indent(key) + _hashed(key, "cookie", redactor) if key.strip() else key)
        else:
            parts.append(f"{key}={_hashed(secret, 'cookie', redactor)}" if secret.strip() else part)
    return ";".join(parts)


def _indent(text: str) -> str:
    return text[: len(text) - len(text.lstrip())]


def _hashed(secret: str, kind: str, redactor: Redactor) -> str:
    """The SHA-256 of a value; a mark where the value is personal data, whose hash would give it away."""
    found = redactor.text(secret, keys=False)
    redactor.learn(secret.strip())
    if found != secret:
        return found
    redactor.counted(kind)
    try:
        original = secret.strip().encode("latin-1")
    except UnicodeEncodeError:
        original = secret.strip().encode("utf-8")
    return f"sha256:{hashlib.sha256(original).hexdigest()}"


def walked(value: Any, redactor: Redactor, name: str = "") -> Any:
    """JSON with every text changed, keys as well. name: the key, which tells what a number is; a number that goes
    leaves its mark as text.
    """
    if isinstance(value, str):
        return redactor.text(value, f'"{name}":"' if name else "")
    if isinstance(value, list):
        return [walked(part, redactor, name) for part in value]
    if isinstance(value, dict):
        return {redactor.text(key): walked(part, redactor, key) for key, part in value.items()}
    if type(value) is int and name:
        found = redactor.text(str(value), f'"{name}":')
        return value if found == str(value) else found
    return value
