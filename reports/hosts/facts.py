"""Facts of a host in words, by topic: what was measured, without saying whether it is good.

Each fact has a text of its own in the table `host_fact`; a fact that was not seen has no line, and a topic of which
nothing was seen says so. Not here: policies, files and cookies of the web server (`reports.hosts.web`), DNS
(`reports.hosts.names`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reports.hosts.report_lines import (
    Code,
    CodeText,
    ReportLine,
    TimeValue,
    Value,
    Values,
    listed,
    untrusted_address,
    untrusted_text,
)

VERSIONS = {
    "ssl2": "SSL 2.0", "ssl3": "SSL 3.0", "tls1.0": "TLS 1.0", "tls1.1": "TLS 1.1", "tls1.2": "TLS 1.2",
    "tls1.3": "TLS 1.3",
}  # fmt: skip
FAMILIES = ("rc4", "3des", "null", "anon", "export", "dhe")
REVOCATION_DETAILS = (
    "no_source", "not_fetched", "unusable", "no_answer", "other_certificate", "bad_signature", "stale", "unknown", "failed",
)  # fmt: skip
REVOCATION_SOURCES = ("crl", "ocsp", "staple")
COMPLETENESS = ("complete", "misordered", "incomplete_aia_ok", "incomplete")
# Facts that are yes or no, and said where they are this.
SAID = {
    "compression": (True, False), "secure_renegotiation": (True, False), "extended_master_secret": (True, False),
    "client_certificate": (True,), "must_staple": (True,),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class HostTopic:
    """lines: may be empty, where nothing was seen."""

    id: str
    lines: tuple[ReportLine, ...]


def certificate(facts: Mapping[str, Any]) -> Iterator[ReportLine]:
    if not facts.get("chain"):
        return
    names = facts.get("san") or ()
    if names:
        yield ReportLine(
            "host_fact.names", {"names": listed(names, of=_count(facts.get("san_count"), names))}
        )
    elif facts.get("name"):
        yield ReportLine("host_fact.names_none")
    if facts.get("key"):
        yield ReportLine(
            "host_fact.key",
            {"key": untrusted_text(facts["key"]), "hash": _hash(facts.get("signature"))},
        )
    if facts.get("completeness") in COMPLETENESS:
        yield ReportLine(f"host_fact.chain_{facts['completeness']}")
    if reason := facts.get("path_reason"):
        yield ReportLine("host_fact.no_way", {"why": CodeText(f"host_path.{reason}", str(reason)[:40])})
    lifetime = facts.get("lifetime") or {}
    if lifetime.get("limit") is not None:
        key = "lifetime_over" if lifetime.get("over") else "lifetime_within"
        yield ReportLine(f"host_fact.{key}", {"days": int(lifetime["days"]), "limit": int(lifetime["limit"])})
    elif lifetime.get("days") is not None:
        yield ReportLine("host_fact.lifetime", {"days": int(lifetime["days"])})
    if facts.get("leaves") is not None and facts["leaves"] > 1:
        yield ReportLine("host_fact.leaves", {"n": int(facts["leaves"])})
    yield from _said(facts, "must_staple")
    if facts.get("without_sni") in ("same", "other", "refused"):
        yield ReportLine(f"host_fact.without_sni_{facts['without_sni']}")


def _count(count: object, names: Sequence[object]) -> int:
    """How many there are; earlier versions of the check did not count them."""
    return count if isinstance(count, int) else len(names)


def _hash(name: object) -> Code | CodeText:
    return Code(str(name).upper()[:20]) if name else CodeText("host_fact.hash_none")


def revocation(facts: Mapping[str, Any]) -> Iterator[ReportLine]:
    said = facts.get("revocation")
    if not isinstance(said, Mapping):
        return
    if said.get("state") == "unknown":
        detail = said.get("detail")
        detail = detail if detail in REVOCATION_DETAILS else "failed"
        yield ReportLine("host_fact.revocation_unknown", {"why": CodeText(f"host_revocation.{detail}")})
        return
    values: dict[str, Value | Values] = {
        "source": CodeText(f"host_revocation.{said.get('source')}", str(said.get("source"))),
        "updated": TimeValue(str(said.get("updated"))),
        "age": int(said.get("age_days") or 0),
    }
    if said.get("state") == "good":
        yield ReportLine("host_fact.revocation_good", values)
        return
    key = "revocation_revoked_issuer" if said.get("of") == "issuer" else "revocation_revoked"
    yield ReportLine(f"host_fact.{key}", values | {"since": TimeValue(str(said.get("revoked_at")))})
    if against := [source for source in said.get("against") or () if source in REVOCATION_SOURCES]:
        sources = tuple(CodeText(f"host_revocation.{source}") for source in against)
        yield ReportLine("host_fact.revocation_against", {"sources": sources})


def connection(facts: Mapping[str, Any]) -> Iterator[ReportLine]:
    versions = [VERSIONS[version] for version in facts.get("versions") or () if version in VERSIONS]
    if not versions:
        return
    yield ReportLine("host_fact.versions", {"versions": tuple(Code(version) for version in versions)})
    if facts.get("cipher"):
        group = untrusted_text(facts["group"]) if facts.get("group") else CodeText("host_fact.group_unknown")
        yield ReportLine("host_fact.cipher", {"cipher": untrusted_text(facts["cipher"]), "group": group})
    if suites := facts.get("suites"):
        yield ReportLine("host_fact.suites", {"suites": listed(suites)})
    for family in facts.get("families") or ():
        if family in FAMILIES:
            yield ReportLine(f"host_fact.family_{family}")
    if facts.get("dh_bits") is not None:
        yield ReportLine("host_fact.dh_bits", {"bits": int(facts["dh_bits"])})
    yield from _said(
        facts, "compression", "secure_renegotiation", "extended_master_secret", "client_certificate"
    )
    yield from _open(facts)


def _open(facts: Mapping[str, Any]) -> Iterator[ReportLine]:
    if still := facts.get("open"):
        yield ReportLine("host_fact.open", {"what": tuple(_asked(tag) for tag in still)})
    elif unsettled := [tag for tag in facts.get("unsettled") or () if tag != "control"]:
        yield ReportLine("host_fact.unsettled", {"what": tuple(_asked(tag) for tag in unsettled)})


def _asked(tag: object) -> Code | CodeText:
    """What a hello asked for."""
    name = str(tag)
    return Code(VERSIONS[name]) if name in VERSIONS else CodeText(f"host_hello.{name}", name[:20])


def _said(facts: Mapping[str, Any], *names: str) -> Iterator[ReportLine]:
    for name in names:
        value = facts.get(name)
        if isinstance(value, bool) and value in SAID[name]:
            yield ReportLine(f"host_fact.{name}_{'yes' if value else 'no'}")


@dataclass(frozen=True, slots=True)
class RedirectStep:
    """One hop of a way. status: of its answer."""

    status: int | None
    url: Values
    last: bool


def steps(hops: object) -> tuple[RedirectStep, ...]:
    """Of `facts.http.http` or `facts.http.https`, twelve at most."""
    found = [hop for hop in hops if isinstance(hop, list) and len(hop) == 2] if isinstance(hops, list) else []
    shown = found[:12]
    return tuple(
        RedirectStep(
            status if isinstance(status, int) else None, (untrusted_address(url),), place == len(found)
        )
        for place, (status, url) in enumerate(shown, 1)
    )
