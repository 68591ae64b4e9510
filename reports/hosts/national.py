"""Hosts of all agencies counted: in all, and by what is wrong with them; each count with the hosts behind it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from checks.finding import Finding
from reports.hosts.browser_view import browser_view
from reports.hosts.host_report import CHECK

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
_SETS = {row: frozenset(codes) for row, codes in _CODES.items()}
ROWS = ("all", "opens", *_CODES, "untold")


@dataclass(frozen=True, slots=True)
class CountedHost:
    """One host of an agency. anchor: its place on the agency's page."""

    agency: str
    host: str
    anchor: str
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HostCount:
    """id: with a text in `host_count`. by_kind: number of hosts for each kind of agency. hosts: none where they are only counted."""

    id: str
    count: int
    hosts: tuple[CountedHost, ...]
    by_kind: Mapping[str, int]


def national_hosts(findings: Iterable[Finding], kinds: Mapping[str, str]) -> tuple[HostCount, ...]:
    """A row for each of `ROWS`; none at all without hosts. kinds: of agencies, by id."""
    found = sorted(filter(_of_host, findings), key=lambda finding: (finding.agency, finding.subject.id))
    seen = [(finding, rows_of(finding)) for finding in found]
    return tuple(_row(row, seen, kinds) for row in ROWS) if seen else ()


def rows_of(finding: Finding) -> tuple[str, ...]:
    """The rows that a finding is counted in; none where it is about something else."""
    if not _of_host(finding):
        return ()
    codes = finding.observed.get("problems", ())
    belongs = {
        "all": True,
        "opens": browser_view(finding).kind in _OPENS,
        "untold": finding.verdict == "inconclusive",
    }
    return tuple(
        row for row in ROWS if (belongs[row] if row in belongs else not _SETS[row].isdisjoint(codes))
    )


def _of_host(finding: Finding) -> bool:
    return finding.check == CHECK and finding.subject.kind == "host"


def _row(row: str, seen: Iterable[tuple[Finding, tuple[str, ...]]], kinds: Mapping[str, str]) -> HostCount:
    hosts = tuple(_counted(finding, row) for finding, rows in seen if row in rows)
    by_kind = {kind: sum(kinds.get(one.agency) == kind for one in hosts) for kind in ("main", "executive")}
    return HostCount(row, len(hosts), hosts, by_kind)


def counted_hosts(counts: Mapping[tuple[str, str], int]) -> tuple[HostCount, ...]:
    """The same rows without the hosts. counts: by kind of agency and row."""
    rows = [{kind: count for (kind, name), count in counts.items() if name == row} for row in ROWS]
    kinds = ("main", "executive")
    return tuple(
        HostCount(row, sum(found.values()), (), {kind: found.get(kind, 0) for kind in kinds})
        for row, found in zip(ROWS, rows, strict=True)
        if counts
    )


def _counted(finding: Finding, row: str) -> CountedHost:
    told = [str(code) for code in finding.observed.get("problems", ())]
    codes = [code for code in told if code in _CODES.get(row, ())]
    if row == "untold" and finding.reason:
        codes = [finding.reason]
    return CountedHost(
        finding.agency, finding.subject.id.removesuffix(":443"), f"host-{finding.id}", tuple(codes)
    )
