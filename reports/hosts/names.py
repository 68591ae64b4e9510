"""What the DNS says of a host in words, from the findings of `checks.dns`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from checks.finding import Finding
from reports.hosts.report_lines import CodeText, ReportLine, Value, Values, listed, untrusted_text

# Observed values that are told with a check, in this order: figures, lists of foreign words, codes with texts.
_TOLD = {
    "dns.dnssec": ("dnssec", "dnssec_fault", "decided_at"),
    "dns.addresses": ("ipv4", "ipv6", "alias"),
    "dns.servers": ("name_servers", "networks"),
    "dns.caa": ("caa_at", "issuers", "wildcard_issuers"),
    "dns.mail": ("mail_domain", "mail_servers", "spf", "dmarc"),
}
_CODED = ("dnssec", "dnssec_fault", "spf", "dmarc")


def names(findings: Iterable[Finding]) -> Iterator[ReportLine]:
    """Lines of the findings about one host that rest on an answer."""
    by_check = {finding.check: finding for finding in findings if finding.captures}
    for check in _TOLD:
        if (finding := by_check.get(check)) is not None:
            yield from _lines(finding)


def faults(findings: Iterable[Finding]) -> tuple[str, ...]:
    """Codes of `dns_fault`, in the order of the checks."""
    by_check = {finding.check: finding for finding in findings}
    told = (by_check[check].observed.get("dns_fault") or () for check in _TOLD if check in by_check)
    return tuple(dict.fromkeys(str(code) for codes in told for code in codes))


def _lines(finding: Finding) -> Iterator[ReportLine]:
    what = CodeText(f"check.{finding.check}")
    if finding.verdict == "inconclusive":
        yield ReportLine(
            "host_fact.dns_untold",
            {"what": what, "why": CodeText(f"reason.{finding.reason}", str(finding.reason))},
        )
    elif finding.verdict == "not_applicable":
        yield ReportLine("host_fact.dns_no_question", {"what": what})
    else:
        codes = finding.observed.get("dns_fault") or ()
        said = tuple(CodeText(f"dns_fault.{code}", str(code)[:40]) for code in codes)
        yield ReportLine("host_fact.dns", {"what": what, "said": said or (CodeText("host_fact.dns_well"),)})
    for name in _TOLD.get(finding.check, ()):
        value = finding.observed.get(name)
        if value not in (None, "", [], {}):
            yield ReportLine(
                "host_fact.dns_value", {"name": CodeText(f"observed.{name}"), "value": _value(name, value)}
            )


def _value(name: str, value: Any) -> Value | Values:
    if isinstance(value, list):
        return listed(value)
    if name in _CODED:
        return CodeText(f"{name}.{value}", str(value)[:40])
    return untrusted_text(value)
