"""What was measured of a page, for people with disabilities and for telephones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from evidence.kind import EvidenceKind, Facts


@dataclass(frozen=True, slots=True)
class AccessibilityFacts(Facts):
    """A page measured for people with disabilities and for telephones, in a visit of its own.

    The capture's body is canonical JSON (see crawler.browser.accessibility.measurer), `{}` when nothing was measured.
    status, final_url, finished, failure, browser: as in PageFacts. source: the http capture of the same URL.
    challenge: mark of a firewall's page that came in place of the portal's; None when there is none.
    axe: "done", or why axe-core gave nothing: "too_large" (elements), "timeout", "failed", "not_run".
    fidelity: numbers and names that were read off the rendered page.
    """

    status: int | None
    final_url: str
    finished: bool
    failure: str | None
    challenge: str | None = None
    axe: str = "not_run"
    axe_version: str = ""
    source: str | None = None
    browser: str = ""
    fidelity: Literal["measured"] = "measured"


KIND = EvidenceKind("accessibility", AccessibilityFacts, "application/json")
