"""What opens somebody's session or account, taken out of everything that is derived from the evidence.

Findings, results, reports, exports, archives for replay, the desk and the terminal all come here. What goes: values of cookies
and of headers that hold keys, tokens and session ids in addresses and in text, a user's name and password in an address.
Names of headers and cookies stay, and attributes of cookies, for findings are about these. The rules are those of disclosure
packs (`data/redaction.toml`); what they say of persons (names of mail boxes, telephones) is left alone, for portals have to
publish it and findings quote it. The evidence itself stays whole.

The same secret has the same mark wherever it stands, so that findings and their ids stay as they are from one judgement to
the next, and what was redacted once is not redacted again.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache, lru_cache
from typing import Any

from evidence.redaction.heads import http_head
from evidence.redaction.text import RedactionRules, Redactor, load_rules

SECRETS = frozenset({"cookie", "secret", "token"})
_OFTEN = 300  # characters; what is shorter is worth remembering
# What no secret is without: most texts have none of it, and need not be read.
_PERHAPS = re.compile(r"""[=@&%\\"'`]|: |:\t|/\(|eyJ|bearer\s""", re.IGNORECASE)


@cache
def rules() -> RedactionRules:
    """The rules for secrets alone. Marks stay: here they are ours."""
    return load_rules().only(SECRETS)


def text(value: str) -> str:
    """A text without the secrets in it; itself when it has none."""
    if _PERHAPS.search(value) is None:
        return value
    return _remembered(value) if len(value) <= _OFTEN else _text(value)


def values(value: Any) -> Any:
    """The same of JSON values, keys included."""
    redactor = _redactor()
    changed = _walked(value, redactor)
    if redactor.known:  # a key may stand before the place that says what it is
        changed = _walked(value, _redactor(redactor))
    return changed


def answer(head: bytes, body: str = "") -> tuple[str, str]:
    """(head, body) of a message. head: as it was on the wire; a cookie that it sets goes from the body as well."""
    redactor = _redactor()
    shown = http_head(head, redactor, own=False)
    return shown, redactor.text(body)


def free(content: bytes) -> bool:
    """Whether bytes that are handed on as they are hold no secret, read as text."""
    shown = content.decode("utf-8", "replace")
    return text(shown) == shown


@lru_cache(16_384)
def _remembered(value: str) -> str:
    return _text(value)


def _text(value: str) -> str:
    redactor = _redactor()
    changed = redactor.text(value)
    return _redactor(redactor).text(value) if redactor.known else changed


def _redactor(before: Redactor | None = None) -> Redactor:
    return Redactor(rules(), () if before is None else before.known, _number)


def _number(kind: str, value: str) -> int:
    """Of a mark: nobody gets from these nine digits to the secret."""
    digest = hashlib.sha256(f"{kind}\x1f{value}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") % 1_000_000_000


def _walked(value: Any, redactor: Redactor, name: str = "") -> Any:
    """name: under which the value stands, for some say that it is a key."""
    if isinstance(value, str):
        if not redactor.known and _PERHAPS.search(value) is None and not _names_key(name):
            return value
        return redactor.text(value, f'"{name}":"' if name else "")
    if isinstance(value, dict):
        return {_walked(key, redactor): _walked(part, redactor, key) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_walked(part, redactor, name) for part in value]
    return value


@lru_cache(4_096)
def _names_key(name: str) -> bool:
    """Whether a value under this name would be taken for a key."""
    shown = _redactor().text("k0" * 20, f'"{name}":"') if name else ""
    return shown != ("k0" * 20 if name else "")
