"""The finding: what one check concludes of one subject. The only thing `scoring` knows of the checks."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from evidence.canonical import canonical

Verdict = Literal["verified", "partial", "contradicted", "inconclusive", "not_applicable"]
VERDICTS: tuple[Verdict, ...] = ("verified", "partial", "contradicted", "inconclusive", "not_applicable")
SubjectKind = Literal["agency", "service", "dataset", "link", "host", "element", "page"]


@dataclass(frozen=True, slots=True)
class Subject:
    """What a finding is about. id: service or dataset id, link URL, `host:port`, element id, agency id."""

    kind: SubjectKind
    id: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check concludes of one subject.

    reason: a code of the contract's closed lists; None where a verdict needs none.
    observed: JSON values that say what was seen; sorted and rounded, free of clocks.
    captures: ids of the captures it rests on, in order of time.
    attempts: visits that had this outcome (a contradiction needs two).
    criterion, effect: codes whose texts are in the catalogues (`criterion.<code>`, `effect.<code>`).
    """

    agency: str
    subject: Subject
    check: str
    check_version: int
    verdict: Verdict
    reason: str | None
    observed: Mapping[str, Any] = field(default_factory=dict)
    captures: tuple[str, ...] = ()
    attempts: int = 0
    criterion: str = ""
    effect: str = ""

    # hashed once: files of findings are sorted and scored by it again and again
    id: str = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """The id is stable over crawls and runs: one check says one thing of one subject, which is what it depends on."""
        parts = (self.agency, self.check, self.subject.kind, self.subject.id)
        digest = hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
        object.__setattr__(self, "id", "f" + digest[:20])

    def to_json(self) -> dict[str, Any]:
        """As one line of findings.jsonl. `cause` is left to the agency and the auditor."""
        return {
            "id": self.id,
            "agency": self.agency,
            "subject": {"kind": self.subject.kind, "id": self.subject.id, "url": self.subject.url},
            "check": self.check,
            "check_version": self.check_version,
            "verdict": self.verdict,
            "reason": self.reason,
            "observed": dict(self.observed),
            "captures": list(self.captures),
            "attempts": self.attempts,
            "criterion": self.criterion,
            "effect": self.effect,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Finding:
        subject = data["subject"]
        return cls(
            agency=data["agency"],
            subject=Subject(subject["kind"], subject["id"], subject["url"]),
            check=data["check"],
            check_version=data["check_version"],
            verdict=data["verdict"],
            reason=data["reason"],
            observed=data["observed"],
            captures=tuple(data["captures"]),
            attempts=data["attempts"],
            criterion=data["criterion"],
            effect=data["effect"],
        )


def judgement_digest(findings: Iterable[Finding]) -> str:
    """SHA-256, in hex, of the lines that the findings have in findings.jsonl, without the last line's end; in order of ids.

    What an auditor judged is told from what is found later by it.
    """
    lines = [canonical(finding.to_json()) for finding in sorted(findings, key=lambda one: one.id)]
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()


def is_listed(finding: Finding) -> bool:
    """Whether it is about a dataset that the agency's catalogues list and nobody claims."""
    return finding.subject.kind == "dataset" and finding.observed.get("claimed") is False


def marks_of(finding: Finding) -> dict[str, Any]:
    """What tells such a dataset from a claimed one, whatever was found of it; {} of any other finding."""
    observed = finding.observed
    return (
        {name: observed[name] for name in ("claimed", "title") if name in observed}
        if is_listed(finding)
        else {}
    )


def title_of(finding: Finding, titles: Mapping[str, str]) -> str:
    """What the service or dataset is called that it is about; "" where nobody says. titles: of claims by id."""
    if is_listed(finding):
        return str(finding.observed.get("title", ""))
    return titles.get(finding.subject.id, "") if finding.subject.kind in ("service", "dataset") else ""


def tied_by_alias(finding: Finding) -> bool:
    """Whether the page that the finding rests on was chosen by an auditor."""
    matched = finding.observed.get("matched")
    return isinstance(matched, Mapping) and matched.get("how") == "alias"


AT_CRAWL = "at_crawl"
"""Among the observed values of a finding that rests on a re-test: what the crawl had found, see `as_crawled`."""


def as_crawled(finding: Finding) -> tuple[Finding, dt.date] | None:
    """What the crawl had found, without its captures, and the day (UTC) of the re-test that first found anew; None where none did."""
    before = finding.observed.get(AT_CRAWL)
    if not isinstance(before, Mapping):
        return None
    day = dt.date.fromisoformat(before["until"])
    return replace(finding, verdict=before["verdict"], reason=before["reason"], captures=()), day
