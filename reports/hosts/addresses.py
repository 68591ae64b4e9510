"""What a host's other addresses showed, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reports.hosts.browser_view import REACHES
from reports.hosts.report_lines import CodeText, ReportLine, untrusted_text

_MOST = 4


def addresses(facts: Mapping[str, Any]) -> Iterator[ReportLine]:
    """Nothing where the name stands for one address, or nobody looked."""
    known, others = facts.get("addresses"), facts.get("other_addresses")
    if not isinstance(known, list) or not isinstance(others, list) or len(known) < 2:
        return
    yield ReportLine(
        "host_fact.address_probed",
        {"address": untrusted_text(facts.get("address")), "n": len(known)},
    )
    for other in others[:_MOST]:
        if isinstance(other, Mapping):
            yield _line(other)


def _line(other: Mapping[str, Any]) -> ReportLine:
    at = untrusted_text(other.get("address"))
    if other.get("certificate") == "same":
        return ReportLine("host_fact.address_same", {"address": at})
    if other.get("certificate") == "other":
        problems = [str(code) for code in other.get("problems") or ()]
        if not problems:
            return ReportLine("host_fact.address_other", {"address": at})
        said = tuple(CodeText(f"reason.{code}", code[:40]) for code in problems)
        return ReportLine("host_fact.address_bad", {"address": at, "problems": said})
    reach = other.get("reach")
    why = CodeText(f"host_reach.{reach if reach in REACHES else 'not_told'}")
    return ReportLine("host_fact.address_silent", {"address": at, "why": why})
