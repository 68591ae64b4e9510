"""Facts of a host in words, by topic: what was measured, without saying whether it is good.

Each fact has a text of its own in the table `host_fact`; a fact that was not seen has no line, and a topic of which
nothing was seen says so. Not here: policies, files and cookies of the web server (`reports.hosts.web`), DNS
(`reports.hosts.names`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reports.hosts.words import Code, Line, Moment, Value, Values, Word, address, foreign, listed

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
class Topic:
    """lines: may be empty, where nothing was seen."""

    id: str
    lines: tuple[Line, ...]


def certificate(facts: Mapping[str, Any]) -> Iterator[Line]:
    if not facts.get("chain"):
        return
    names = facts.get("san") or ()
    if names:
        yield Line("host_fact.names", {"names": listed(names, of=_count(facts.get("san_count"), names))})
    elif facts.get("name"):
        yield Line("host_fact.names_none")
    if facts.get("key"):
        yield Line(
            "host_fact.key", {"key": foreign(facts["key"], latin=True), "hash": _hash(facts.get("signature"))}
        )
    if facts.get("completeness") in COMPLETENESS:
        yield Line(f"host_fact.chain_{facts['completeness']}")
    if reason := facts.get("path_reason"):
        yield Line("host_fact.no_way", {"why": Word(f"host_path.{reason}", str(reason)[:40])})
    lifetime = facts.get("lifetime") or {}
    if lifetime.get("limit") is not None:
        key = "lifetime_over" if lifetime.get("over") else "lifetime_within"
        yield Line(f"host_fact.{key}", {"days": int(lifetime["days"]), "limit": int(lifetime["limit"])})
    elif lifetime.get("days") is not None:
        yield Line("host_fact.lifetime", {"days": int(lifetime["days"])})
    if facts.get("leaves") is not None and facts["leaves"] > 1:
        yield Line("host_fact.leaves", {"n": int(facts["leaves"])})
    yield from _said(facts, "must_staple")
    if facts.get("without_sni") in ("same", "other", "refused"):
        yield Line(f"host_fact.without_sni_{facts['without_sni']}")


def _count(count: object, names: Sequence[object]) -> int:
    """How many there are; earlier versions of the check did not count them."""
    return count if isinstance(count, int) else len(names)


def _hash(name: object) -> Code | Word:
    return Code(str(name).upper()[:20]) if name else Word("host_fact.hash_none")


def revocation(facts: Mapping[str, Any]) -> Iterator[Line]:
    said = facts.get("revocation")
    if not isinstance(said, Mapping):
        return
    if said.get("state") == "unknown":
        detail = said.get("detail")
        detail = detail if detail in REVOCATION_DETAILS else "failed"
        yield Line("host_fact.revocation_unknown", {"why": Word(f"host_revocation.{detail}")})
        return
    values: dict[str, Value | Values] = {
        "source": Word(f"host_revocation.{said.get('source')}", str(said.get("source"))),
        "updated": Moment(str(said.get("updated"))),
        "age": int(said.get("age_days") or 0),
    }
    if said.get("state") == "good":
        yield Line("host_fact.revocation_good", values)
        return
    key = "revocation_revoked_issuer" if said.get("of") == "issuer" else "revocation_revoked"
    yield Line(f"host_fact.{key}", values | {"since": Moment(str(said.get("revoked_at")))})
    if against := [source for source in said.get("against") or () if source in REVOCATION_SOURCES]:
        sources = tuple(Word(f"host_revocation.{source}") for source in against)
        yield Line("host_fact.revocation_against", {"sources": sources})


def connection(facts: Mapping[str, Any]) -> Iterator[Line]:
    versions = [VERSIONS[version] for version in facts.get("versions") or () if version in VERSIONS]
    if not versions:
        return
    yield Line("host_fact.versions", {"versions": tuple(Code(version) for version in versions)})
    if facts.get("cipher"):
        group = foreign(facts["group"], latin=True) if facts.get("group") else Word("host_fact.group_unknown")
        yield Line("host_fact.cipher", {"cipher": foreign(facts["cipher"], latin=True), "group": group})
    if suites := facts.get("suites"):
        yield Line("host_fact.suites", {"suites": listed(suites)})
    for family in facts.get("families") or ():
        if family in FAMILIES:
            yield Line(f"host_fact.family_{family}")
    if facts.get("dh_bits") is not None:
        yield Line("host_fact.dh_bits", {"bits": int(facts["dh_bits"])})
    yield from _said(
        facts, "compression", "secure_renegotiation", "extended_master_secret", "client_certificate"
    )
    yield from _open(facts)


def _open(facts: Mapping[str, Any]) -> Iterator[Line]:
    if still := facts.get("open"):
        yield Line("host_fact.open", {"what": tuple(_asked(tag) for tag in still)})
    elif unsettled := [tag for tag in facts.get("unsettled") or () if tag != "control"]:
        yield Line("host_fact.unsettled", {"what": tuple(_asked(tag) for tag in unsettled)})


def _asked(tag: object) -> Code | Word:
    """What a hello asked for."""
    name = str(tag)
    return Code(VERSIONS[name]) if name in VERSIONS else Word(f"host_hello.{name}", name[:20])


def _said(facts: Mapping[str, Any], *names: str) -> Iterator[Line]:
    for name in names:
        value = facts.get(name)
        if isinstance(value, bool) and value in SAID[name]:
            yield Line(f"host_fact.{name}_{'yes' if value else 'no'}")


@dataclass(frozen=True, slots=True)
class Step:
    """One hop of a way. status: of its answer."""

    status: int | None
    url: Values
    last: bool


def steps(hops: object) -> tuple[Step, ...]:
    """Of `facts.http.http` or `facts.http.https`, twelve at most."""
    found = [hop for hop in hops if isinstance(hop, list) and len(hop) == 2] if isinstance(hops, list) else []
    shown = found[:12]
    return tuple(
        Step(status if isinstance(status, int) else None, (address(url),), place == len(found))
        for place, (status, url) in enumerate(shown, 1)
    )
