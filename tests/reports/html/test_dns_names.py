"""What the DNS says, in full for each host and in both languages; hostile values harmless."""

from __future__ import annotations

import datetime as dt
import html
from pathlib import Path

from checks.finding import Finding, Subject
from checks.registry import of_family
from claims.model import Agency, NetworkSettings, Round, Settings
from evidence.kinds.dns import DnsFacts
from evidence.signing.keys import Signer
from evidence.store import EvidenceStore, EvidenceWriter
from reports.catalogue import LANGUAGES, TextCatalogue
from reports.html.dns_names import DnsNames, names_of
from reports.html.write import write_report
from scoring.load import load_model
from scoring.score import score
from tests.records import build

NOW = dt.datetime(2025, 12, 1, 8, 30, tzinfo=dt.UTC)
IDS = tuple(rule.id for rule in of_family("dns"))


def finding(
    check: str, host: str, capture: str | None, verdict: str = "verified", **observed: object
) -> Finding:
    reason = {"inconclusive": "unreachable" if capture else "not_attempted"}.get(verdict)
    code = check.replace(".", "_")
    captures = (capture,) if capture else ()
    return Finding(
        "a", Subject("host", host), check, 1, verdict, reason, observed, captures, len(captures), code,  # type: ignore[arg-type]
        code if verdict == "partial" else "",
    )  # fmt: skip


def test_findings_of_each_host_in_both_languages(tmp_path: Path) -> None:
    round_ = Round(
        tmp_path, Settings(id="r", title="r", network=NetworkSettings()), (Agency("a", "سازمان", "main", "http://a.test/"),)
    )  # fmt: skip
    with EvidenceWriter.open(
        tmp_path / "evidence", vantage="v", now=lambda: NOW, new_id=iter(("c1",)).__next__, plan={}, signer=Signer.generate()
    ) as writer:  # fmt: skip
        capture = writer.add(
            kind="dns", agency="a", url="a.test", purpose="host", attempt=1, time=NOW,
            facts=DnsFacts("a.test", "timeout"), body=b"{}",
        ).id  # fmt: skip
        writer.commit()
    findings = [
        finding("dns.dnssec", "a.test", capture, "partial", dnssec="insecure", dns_fault=["dnssec_insecure"]),
        finding("dns.addresses", "a.test", capture, "inconclusive"),
        finding("dns.mail", "a.test", capture, mail_servers=["<script>alert(1)</script>"], spf="fail"),
        *(finding(check, "b.test", None, "inconclusive") for check in IDS),
    ]
    scores = score(round_, findings, load_model("ir-portals", tmp_path), as_of=NOW)
    results = build(round_, findings, scores, manifest_sha256=None, as_of=NOW, version="0")
    with EvidenceStore.open(tmp_path / "evidence") as store:
        report = write_report(round_, results, findings, scores, store, tmp_path / "report").parent
    for language in LANGUAGES:
        texts = TextCatalogue(language)
        page = (report / ("a.html" if language == "fa" else "en/a.html")).read_text()
        assert "<script>alert" not in page
        page = html.unescape(page)
        for check in ("dns.dnssec", "dns.addresses", "dns.mail"):
            assert texts.text(f"check.{check}") in page
        assert texts.text("dns_fault.dnssec_insecure") in page and texts.text("spf.fail") in page
        assert texts.text("reason.unreachable") in page and "timeout" in page
        assert texts.text("report.dns_none") in page and page.count("b.test") == 1


def test_without_a_question_nothing_is_shown() -> None:
    assert names_of([finding(check, "b.test", None, "inconclusive") for check in IDS]) is None
    assert names_of([]) is None


def test_a_host_that_nobody_asked_about_is_named_as_such() -> None:
    names = names_of([finding("dns.caa", "b.test", "c"), finding("dns.caa", "a.test", None, "inconclusive")])
    assert names == DnsNames(("b.test",), ("a.test",))
