"""Agencies whose answers make govah fail again and again.

Our own error refutes nothing, so that it leaves what is possible untouched. Where answers cause it, that would be a way
around the audit: so it is told in the first lines, and people are sent there first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from checks.finding import Finding

_FEWEST, _SHARE = 5, 0.05  # findings, and of all that there are of the agency


def is_ours(finding: Finding) -> bool:
    """Whether we failed; what was taken back after a reply is no failure of this kind."""
    return finding.reason == "own_error" and "withdrawn" not in finding.observed


def often_unread(findings: Iterable[Finding]) -> dict[str, int]:
    """Agency: number of its findings that are our own errors, where they are many."""
    every, ours = Counter[str](), Counter[str]()
    for finding in findings:
        every[finding.agency] += 1
        ours[finding.agency] += is_ours(finding)
    return {agency: n for agency, n in sorted(ours.items()) if n >= _FEWEST and n >= _SHARE * every[agency]}
