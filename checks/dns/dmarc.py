"""DMARC (RFC 7489): the record of a name, or of the nearest name above it that has one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_LONGEST = 4_096  # Characters of a record. A longer one is malformed, as in spf.py.
_TAG = re.compile(r"\s*([A-Za-z]+)\s*=\s*([!-:<-~](?:[!-:<-~ \t]*[!-:<-~])?)\s*")
_POLICIES = ("none", "quarantine", "reject")
_MILDER = {"quarantine": "none", "reject": "quarantine"}


@dataclass(frozen=True, slots=True)
class Dmarc:
    """found: records that call themselves DMARC. policy: for mail in the name's own right, as it is applied: one that is only
    tried, or applied to nothing of it, is the next milder. reports: asked for.
    """

    found: int
    valid: bool
    policy: str
    reports: bool

    @property
    def fault(self) -> str:
        """Code; "" where there is none."""
        if self.found == 0:
            return "dmarc_missing"
        if self.found > 1:
            return "dmarc_many"
        if not self.valid:
            return "dmarc_invalid"
        return "dmarc_none" if self.policy == "none" else ""


def read_dmarc(texts: Sequence[bytes], *, inherited: bool) -> Dmarc:
    """inherited: the record is of a name above, whose `sp` speaks for names below it."""
    records = [text for text in texts if re.match(rb"v\s*=\s*DMARC1\s*(?:;|\Z)", text)]
    if len(records) != 1:
        return Dmarc(len(records), False, "", False)
    record = records[0]
    if len(record) > _LONGEST or not record.isascii():
        return Dmarc(1, False, "", False)
    tags: dict[str, str] = {}
    valid = True
    for part in record.decode("ascii").split(";"):
        if not part.strip():
            continue
        tag = _TAG.fullmatch(part)
        if tag is None:
            valid = False
            continue
        tags.setdefault(tag[1].lower(), tag[2])
    policy, below = tags.get("p", "").lower(), tags.get("sp", "").lower()
    reports = "rua" in tags
    # without a policy that is known, a record counts only as a wish for reports
    if policy not in _POLICIES:
        valid = False
    if inherited and below in _POLICIES:
        policy = below
    if re.fullmatch("0+", tags.get("pct", "")) or tags.get("t", "").lower() == "y":
        policy = _MILDER.get(policy, policy)  # RFC 7489, 6.6.4; its successor, 4.7
    return Dmarc(1, valid, policy if policy in _POLICIES else "", reports)
