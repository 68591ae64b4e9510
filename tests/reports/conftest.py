"""A report over a table of hosts: real certificates, judged by the real rules, shown in both languages."""

from __future__ import annotations

import datetime as dt
import itertools
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from playwright.sync_api import Browser, sync_playwright

import fixtures.hosts.pki
from checks.finding import Finding, Subject
from checks.hosts.certificates.chain_path import Trust
from checks.hosts.certificates.faults import judge_chain
from checks.hosts.certificates.revocation import RevocationEvidence
from checks.hosts.certificates.trust import Bundle, ChainVerifier
from checks.hosts.problems import PROBLEMS, SERIOUS
from claims.model import Agency, NetworkSettings, Round, Settings
from crawler.browser.renderer import find_browser
from evidence.kinds.dns import DnsFacts
from evidence.signing.keys import Signer
from evidence.store import EvidenceStore, EvidenceWriter
from fixtures.hosts.pki import AS_OF, Authorities, pem
from reports.hosts.host_report import HostReport, host_reports
from reports.html.write import write_report
from scoring.load import load_model
from scoring.score import score
from tests.records import build, to_bytes

HOSTILE = "<script>alert(1)</script>\u202egnp.exe\x1b[31m{{7*7}}" + "ی" * 10_000
FOR_EVER = (dt.datetime(1950, 1, 1, tzinfo=dt.UTC), dt.datetime(9999, 12, 31, 23, 59, 59, tzinfo=dt.UTC))
CONNECTION = {
    "reach": "ok", "versions": ["tls1.2", "tls1.3"], "cipher": "TLS_AES_256_GCM_SHA384", "group": "x25519",
    "suites": ["TLS_AES_256_GCM_SHA384"], "families": [], "unsettled": [], "compression": False,
    "secure_renegotiation": True, "extended_master_secret": True, "client_certificate": False,
    "without_sni": "same", "leaves": 1,
}  # fmt: skip
SILENT = {"reach": "timeout", "versions": [], "unsettled": ["default"], "families": []}
POLICIES = {
    "content_policy": {"inline": True, "evaluates": False, "anywhere": False, "plugins": True, "protects": False},
    "content_policy_tried": True, "framing": "anybody", "sniffing_off": False, "referrer_policy": "unsafe-url",
    "banners": [{"header": "server", "value": "nginx/1.2.3", "version": True}],
}  # fmt: skip


def web(host: str, **more: Any) -> dict[str, Any]:
    """As `checks.hosts.http` has it of a host where all is well."""
    return {
        "http": [[301, f"http://{host}/"], [200, f"https://{host}/"]],
        "https": [[200, f"https://{host}/"]],
        "hsts": {"value": "max-age=31536000", "max_age": 31_536_000, "subdomains": False, "preload": False},
        "policies": None,
        "security_txt": {"state": "absent"},
        "cookies": [],
        "insecure": [],
    } | more


@dataclass(frozen=True)
class Row:
    """leaf: as in the tables of host cases; None without a certificate. more: problems beside the certificate's."""

    id: str
    leaf: Mapping[str, Any] | None = field(default_factory=dict)
    more: tuple[str, ...] = ()
    unproven: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    http: Mapping[str, Any] = field(default_factory=dict)
    unknown: str | None = None


ROWS = (
    Row("well"),
    Row("expired", {"begins": -100, "ends": -3}),
    Row("early", {"begins": 5}),
    Row("soon", {"ends": 6}),
    Row("national", {"issuer": "national"}),
    Row("incomplete", {"send": (), "fetched": "public"}),
    Row("alone", {"send": (), "aia": "/gone"}),
    Row("self", {"issuer": "self"}),
    Row("nobody", {"issuer": "nobody"}),
    Row("othername", {"names": ("other.test",)}),
    Row("aged", {"issuer": "expired"}),
    Row("order", {"issuer": "public_second", "send": ("public", "public_second")}),
    Row("http", None, ("no_https",), facts={"reach": "refused"}),
    Row("silent", None, facts=SILENT, unknown="unreachable"),
    Row("ours", None, facts={}, unknown="own_error"),
    Row("once", {"begins": -100, "ends": -3}, unproven=("expired",), unknown="not_attempted"),
    Row("rc4", more=("weak_cipher",), facts={"families": ["rc4"], "dh_bits": 1024}),
    Row("firewall", facts={"open": ["rc4", "ssl3"]}, unknown="blocked"),
    Row("loop", more=("redirect_loop",), http={"https": [[302, "https://loop.test/"]] * 3}),
    Row("back", more=("https_downgrade",), http={"https": [[302, "https://back.test/"], [200, "http://back.test/"]]}),
    Row("open", more=("mixed_content", "form_to_http", "insecure_cookie"), http={
        "policies": POLICIES, "security_txt": {"state": "invalid", "faults": ["no_expires"], "contact": ["a@b"]},
        "cookies": [{"name": HOSTILE, "secure": False, "http_only": True}],
        "insecure": [["form", "https://open.test/" + HOSTILE, "http://open.test/send", "form"]],
        "http": [[301, "http://open.test/" + HOSTILE]] * 40,
    }),
    Row("hostile", {"hostile": True}, http={
        "hsts": {"value": HOSTILE, "max_age": None, "subdomains": False, "preload": False},
        "policies": POLICIES | {"banners": [{"header": "server", "value": HOSTILE, "version": True}]},
        "security_txt": {"state": "expired", "faults": [], "contact": [HOSTILE] * 5, "expires": "2020-01-01T00:00:00+00:00"},
    }),
)  # fmt: skip


def hostile_leaf() -> bytes:
    """A certificate whose names are whatever fits into one, and which never ends."""
    key = ec.generate_private_key(ec.SECP256R1())
    words = [(NameOID.COMMON_NAME, HOSTILE), (NameOID.ORGANIZATION_NAME, HOSTILE)]
    name = x509.Name([x509.NameAttribute(oid, text, _validate=False) for oid, text in words])
    names = ["<script>alert(2)</script>" + "a" * 10_000, *(f"n{n}.test" for n in range(90))]
    builder = x509.CertificateBuilder(name, name, key.public_key(), 7, *FOR_EVER).add_extension(
        x509.SubjectAlternativeName([x509.DNSName(one) for one in names]), critical=False
    )
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def chain_of(row: Row, pki: Authorities) -> tuple[Sequence[bytes], RevocationEvidence]:
    assert row.leaf is not None
    if row.leaf.get("hostile"):
        return [hostile_leaf()], RevocationEvidence(AS_OF)
    leaf = pki.leaf(row.id, f"{row.id}.test", row.leaf)
    fetched = (pki.authority(row.leaf["fetched"]).der,) if "fetched" in row.leaf else ()
    return [leaf.der, *pki.sent(row.leaf)], RevocationEvidence(AS_OF, issuers=fetched)


def finding_of(row: Row, pki: Authorities, trust: Trust, capture: str) -> Finding:
    host = f"{row.id}.test"
    facts: dict[str, Any] = {"http": web(host, **row.http)} if row.leaf is not None else {}
    problems = set(row.more)
    if row.leaf is not None:
        sent, seen = chain_of(row, pki)
        judged = judge_chain(sent, host, trust, AS_OF, seen)
        facts |= CONNECTION | judged.facts
        problems |= judged.problems
    told = sorted(problems - set(row.unproven), key=PROBLEMS.index)
    serious = [code for code in told if code in SERIOUS]
    verdict = (
        "contradicted" if serious else "inconclusive" if row.unknown else "partial" if told else "verified"
    )
    reason = told[0] if verdict in ("contradicted", "partial") else row.unknown
    observed = {"problems": told, "unproven": list(row.unproven), "facts": {**facts, **row.facts}}
    return Finding(
        "a", Subject("host", f"{host}:443", f"https://{host}/"), "hosts.security", 2, verdict, reason,  # type: ignore[arg-type]
        observed if facts or row.facts or told else {}, (capture,), 2, "host_is_safe", f"host_{told[0]}" if told else "",
    )  # fmt: skip


@dataclass(frozen=True)
class Shown:
    """folder: of the report; Persian lies in it, English in `en`."""

    folder: Path
    findings: tuple[Finding, ...]
    told: Mapping[str, HostReport]
    rows: tuple[Row, ...]


@pytest.fixture(scope="session")
def hosts_shown(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    folder = tmp_path_factory.mktemp("hosts-shown")
    rows = tomllib.loads((Path(fixtures.hosts.pki.__file__).with_name("issuers.toml")).read_text())
    pki = Authorities(rows)
    trust = Trust(
        ChainVerifier(Bundle.read([pem(pki.authority("public_root").der)]), AS_OF),
        ChainVerifier(Bundle.read([pem(pki.authority("national_root").der)]), AS_OF),
    )
    round_ = Round(
        folder, Settings(id="r", title="r", network=NetworkSettings()),
        (Agency("a", "سازمان", "main", "https://well.test/", name_en="Agency"),),
    )  # fmt: skip
    with EvidenceWriter.open(
        folder / "evidence", vantage="v", now=lambda: AS_OF, new_id=map("c{}".format, itertools.count()).__next__,
        plan={}, signer=Signer.generate(),
    ) as writer:  # fmt: skip
        capture = writer.add(
            kind="dns", agency="a", url="well.test", purpose="host", attempt=1, time=AS_OF,
            facts=DnsFacts("well.test", None), body=b"{}",
        ).id  # fmt: skip
        writer.commit()
    findings = [finding_of(row, pki, trust, capture) for row in ROWS]
    findings += [
        Finding("a", Subject("host", "well.test"), "dns.caa", 1, "partial", None, {"dns_fault": ["caa_missing"]},
                (capture,), 2, "dns_caa", "dns_caa"),
        Finding("a", Subject("host", "well.test"), "dns.mail", 1, "verified", None,
                {"spf": "fail", "mail_servers": [HOSTILE]}, (capture,), 2, "dns_mail", ""),
        Finding("a", Subject("host", "well.test"), "dns.servers", 1, "inconclusive", "unreachable", {}, (capture,), 1,
                "dns_servers", ""),
    ]  # fmt: skip
    scores = score(round_, findings, load_model("ir-portals", folder), as_of=AS_OF)
    results = build(round_, findings, scores, manifest_sha256=None, as_of=AS_OF, version="0")
    (folder / "results.json").write_bytes(to_bytes(results))
    with EvidenceStore.open(folder / "evidence") as store:
        report = write_report(round_, results, findings, scores, store, folder / "report").parent
    told = {one.host.removesuffix(".test"): one for one in host_reports(findings, AS_OF)}
    return Shown(report, tuple(findings), told, ROWS)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The real browser, one for all tests of a file."""
    executable = find_browser()
    assert executable is not None
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(executable), args=["--no-sandbox"])
        yield started
        started.close()
