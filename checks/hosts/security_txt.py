"""`security.txt` of a host (RFC 9116): where a finder of a weakness can write to. Pure functions of a recorded answer.

A fact for the auditor, no problem code. Signatures are not checked: whose key it should be is not known here.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from evidence.kinds.http import HttpFacts
from web.urls import absolute, host, is_web

PATH = "/.well-known/security.txt"
_MOST_BYTES = 64_000  # Bytes of a file that are read. The rest is not looked at.
_MOST_LINES = 500  # Lines of a file that are read. The rest is not looked at.
_SHOWN = 200  # Characters of a value that a finding quotes
_FIELD = re.compile(r"([A-Za-z0-9-]{1,40}):(.*)")
_DATE = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)")
_SIGNED = "-----BEGIN PGP SIGNED MESSAGE-----"
_SIGNATURE = "-----BEGIN PGP SIGNATURE-----"
_ONCE = ("expires", "preferred-languages")
_ADDRESSES = ("contact", "encryption", "acknowledgments", "policy", "hiring", "canonical")


def security_txt(facts: HttpFacts, body: bytes, asked: str, url: str, as_of: dt.datetime) -> dict[str, Any]:
    """What stands at a host's fixed address. facts, body: of the answer; asked: that address; url: where it came from.

    from: the other host that it came from, which a finder should look at twice (RFC 9116, 5.2); None for none.

    state: "absent", "unknown" (no answer that says), "valid", "expired" or "invalid", with what is wrong in `faults`.
    """
    if facts.status in (404, 410):
        return {"state": "absent"}
    if facts.status != 200 or facts.failure is not None or facts.truncated is not None:
        return {"state": "unknown", "status": facts.status}
    kind = (facts.header("content-type") or "").lower()
    if kind.partition(";")[0].strip() == "text/html":
        return {"state": "absent"}  # a page for whatever is asked for is no such file
    fields, faults = _fields(body[:_MOST_BYTES].decode("utf-8", "replace"))
    if "contact" not in fields and "expires" not in fields:
        return {"state": "absent"}
    expires = _time(fields.get("expires", [""])[0])
    faults += _faults(fields, kind, expires)
    if not url.startswith("https:"):
        faults.append("not_https")
    if "canonical" in fields and not {asked, url} & {absolute(value, "") for value in fields["canonical"]}:
        faults.append("not_canonical")
    state = "invalid" if faults else "expired" if expires is not None and expires <= as_of else "valid"
    return {
        "state": state,
        "faults": sorted(set(faults)),
        "contact": [value[:_SHOWN] for value in fields.get("contact", [])[:5]],
        "expires": expires.isoformat() if expires is not None else None,
        "from": host(url)[:_SHOWN] if host(url) != host(asked) else None,
    }


def _fields(text: str) -> tuple[dict[str, list[str]], list[str]]:
    """Values by name in lower case, and what is wrong with lines."""
    lines = re.split(r"\r?\n", text.removeprefix("\ufeff"))
    if lines[0].strip() == _SIGNED:
        head = lines.index("") + 1 if "" in lines else len(lines)
        tail = lines.index(_SIGNATURE) if _SIGNATURE in lines else len(lines)
        lines = [line.removeprefix("- ") for line in lines[head:tail]]
    fields: dict[str, list[str]] = {}
    faults: list[str] = []
    for line in lines[:_MOST_LINES]:
        if not line.strip() or line.startswith("#"):
            continue
        match = _FIELD.fullmatch(line)
        if match is None:
            faults.append("no_field")
        else:
            fields.setdefault(match.group(1).lower(), []).append(match.group(2).strip(" \t"))
    return fields, faults


def _faults(fields: dict[str, list[str]], kind: str, expires: dt.datetime | None) -> list[str]:
    faults = []
    if kind.partition(";")[0].strip() != "text/plain":
        faults.append("content_type")
    if "contact" not in fields:
        faults.append("no_contact")
    if expires is None:
        faults.append("bad_expires" if "expires" in fields else "no_expires")
    faults += [f"{name.replace('-', '_')}_twice" for name in _ONCE if len(fields.get(name, [])) > 1]
    for name in _ADDRESSES:
        if any(not _is_address(value) for value in fields.get(name, [])):
            faults.append(f"bad_{name}")
    return faults


def _is_address(value: str) -> bool:
    """A URI; those of the web over https (RFC 9116, 2.5)."""
    if not re.match(r"[A-Za-z][A-Za-z0-9+.-]*:\S+$", value):
        return False
    target = absolute(value, "")
    return target is None or not is_web(target) or target.startswith("https:")


def _time(text: str) -> dt.datetime | None:
    """A date and time of RFC 3339; None when it is none."""
    if not _DATE.fullmatch(text):
        return None
    try:
        return dt.datetime.fromisoformat(text.upper())
    except ValueError:
        return None
