"""Hosts of all agencies counted: in all, and by what is wrong with them; each count with the hosts behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from checks.finding import Finding
from reports.hosts.sight import Sight, sight
from reports.hosts.told import CHECK

_OPENS = frozenset({"safe", "safe_open", "quiet"})
_WEAK = {
    "weak_protocol": ("obsolete_protocol", "no_modern_protocol"),
    "weak_cipher": ("weak_cipher", "anonymous_cipher", "no_forward_secrecy"),
    "weak_key": ("weak_key", "weak_signature"),
    "weak_dh": ("weak_dh",),
}
_CODES: Mapping[str, tuple[str, ...]] = {
    "no_https": ("no_https",),
    "expired": ("expired", "intermediate_expired"),
    "other_warning": (
        "not_yet_valid", "name_mismatch", "cn_only", "self_signed", "untrusted", "incomplete_chain", "revoked",
        "wrong_usage",
    ),
    "national_only": ("national_only",),
    **_WEAK,
    "not_redirected": ("http_not_redirected", "https_downgrade", "redirect_loop"),
    "hsts_absent": ("hsts_missing", "hsts_invalid", "hsts_short"),
    "open_parts": ("mixed_content", "form_to_http", "insecure_cookie"),
}  # fmt: skip
ROWS = ("all", "opens", *_CODES, "untold")


@dataclass(frozen=True, slots=True)
class Counted:
    """One host of an agency. anchor: its place on the agency's page."""

    agency: str
    host: str
    anchor: str
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """id: with a text in `host_count`. by_kind: number of hosts for each kind of agency."""

    id: str
    hosts: tuple[Counted, ...]
    by_kind: Mapping[str, int]


def national_hosts(findings: Iterable[Finding], kinds: Mapping[str, str]) -> tuple[Row, ...]:
    """A row for each of `ROWS`; none at all without hosts. kinds: of agencies, by id."""
    found = sorted(
        (finding for finding in findings if finding.check == CHECK and finding.subject.kind == "host"),
        key=lambda finding: (finding.agency, finding.subject.id),
    )
    seen = [(finding, sight(finding)) for finding in found]
    return tuple(_row(row, seen, kinds) for row in ROWS) if seen else ()


def host_counts(by_agency: Mapping[str, Iterable[Finding]]) -> dict[str, int]:
    """Number of hosts by row, as `results.json` has it; empty without hosts."""
    findings = [finding for found in by_agency.values() for finding in found]
    return {row.id: len(row.hosts) for row in national_hosts(findings, {})}


def _row(row: str, seen: Iterable[tuple[Finding, Sight]], kinds: Mapping[str, str]) -> Row:
    belongs = _belongs(row)
    hosts = tuple(_counted(finding, row) for finding, at in seen if belongs(finding, at))
    by_kind = {kind: sum(kinds.get(one.agency) == kind for one in hosts) for kind in ("main", "executive")}
    return Row(row, hosts, by_kind)


def _belongs(row: str) -> Callable[[Finding, Sight], bool]:
    if row == "all":
        return lambda finding, at: True
    if row == "opens":
        return lambda finding, at: at.kind in _OPENS
    if row == "untold":
        return lambda finding, at: finding.verdict == "inconclusive"
    codes = frozenset(_CODES[row])
    return lambda finding, at: not codes.isdisjoint(finding.observed.get("problems", ()))


def _counted(finding: Finding, row: str) -> Counted:
    told = [str(code) for code in finding.observed.get("problems", ())]
    codes = [code for code in told if code in _CODES.get(row, ())]
    if row == "untold" and finding.reason:
        codes = [finding.reason]
    return Counted(
        finding.agency, finding.subject.id.removesuffix(":443"), f"host-{finding.id}", tuple(codes)
    )
