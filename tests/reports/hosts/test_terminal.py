"""`govah explain` on a host: the same as on the page, in short, harmless to a terminal; lean JSON."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

import pytest

from checks.finding import Finding, Subject
from govah.commands.explanations import explain_subject
from govah.terminal.console import Speaker
from govah.terminal.host_lines import explain_hosts, names_of
from reports.catalogue import LANGUAGES, TextCatalogue

AS_OF = dt.datetime(2025, 12, 1, 8, tzinfo=dt.UTC)


def about(shown: Any, name: str) -> list[Any]:
    return [finding for finding in shown.findings if name in names_of(finding)]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", ["48", "120"])
def test_every_case_is_told(
    hosts_shown: Any,
    language: str,
    width: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("GOVAH_LANG", language)
    monkeypatch.setenv("COLUMNS", width)
    texts = TextCatalogue(language)  # type: ignore[arg-type]
    for case, told in hosts_shown.told.items():
        explain_hosts(Speaker(), hosts_shown.findings, about(hosts_shown, f"{case}.test"), AS_OF)
        said = capsys.readouterr().out
        flat = re.sub(r"\s+", "", said)
        assert re.sub(r"\s+", "", texts.text(f"host_glance.{told.sight.kind}")) in flat
        assert all(re.sub(r"\s+", "", texts.text(f"reason.{code}")) in flat for code in told.problems)
        assert "\x1b" not in said and "\u202e" not in said
        assert len(said) < 30_000


def test_json_names_what_a_browser_shows(hosts_shown: Any, capsys: pytest.CaptureFixture[str]) -> None:
    explain_hosts(Speaker(as_json=True), hosts_shown.findings, about(hosts_shown, "well.test"), AS_OF)
    told = json.loads(capsys.readouterr().out)
    assert [finding["check"] for finding in told["findings"]] == [
        "hosts.security", "dns.caa", "dns.mail", "dns.servers",
    ]  # fmt: skip
    assert told["hosts"] == [
        {
            "host": "well.test", "browser": "safe", "because": [], "page": None, "problems": [], "unproven": [],
            "to_do": [], "better": ["security_txt_absent", "dns_caa_missing"],
        }
    ]  # fmt: skip


def test_a_host_is_named_with_its_port_or_without(hosts_shown: Any) -> None:
    assert about(hosts_shown, "expired.test") == about(hosts_shown, "expired.test:443") != []
    assert about(hosts_shown, "443") == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_finding_about_the_dns_is_told_in_words(
    language: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GOVAH_LANG", language)
    monkeypatch.setenv("COLUMNS", "200")
    texts = TextCatalogue(language)  # type: ignore[arg-type]
    observed = {
        "dns_fault": ["spf_missing", "of_the_future"], "dmarc": "none", "mail_servers": ["mail.a.test"], "null_mx": False,
    }  # fmt: skip
    finding = Finding(
        "a", Subject("host", "a.test"), "dns.mail", 2, "partial", None, observed, (), 2, "dns_mail", ""
    )
    explain_subject(Speaker(), None, [finding])  # type: ignore[arg-type]  # without captures nothing is read
    said = capsys.readouterr().out
    labels = [texts.text(f"observed.{name}") for name in observed]
    for words in (*labels, texts.text("dns_fault.spf_missing"), texts.text("dmarc.none"), "of_the_future"):
        assert re.sub(r"\s+", "", words) in re.sub(r"\s+", "", said)
    assert not any(name in said for name in ("dns_fault", "mail_servers", "null_mx", "spf_missing"))
