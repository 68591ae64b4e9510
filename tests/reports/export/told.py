"""A round of hostile texts, declared and crawled, as every export has to take it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from checks.finding import Finding, Subject, Verdict
from claims.model import Agency, Dataset, Round, Service, Settings
from reports.export.export_context import ExportContext
from reports.export.tables import ExportTable, tables
from scoring.load import load_model
from scoring.score import score
from tests.hostile import HOSTILE, MEGABYTE
from tests.records import build

AS_OF = dt.datetime(2025, 12, 1, 9, 30, tzinfo=dt.UTC)
TEXTS = {**HOSTILE, "megabyte": MEGABYTE}
_OUTCOMES: tuple[tuple[Verdict, str | None], ...] = (
    ("verified", "transaction_entry"),
    ("partial", "login_wall"),
    ("contradicted", "dead_link"),
    ("inconclusive", "blocked"),
    ("inconclusive", "own_error"),
    ("not_applicable", None),
)


def hostile_round(folder: Path, language: Any = "fa") -> Round:
    """Its files hold the ids alone, a line each; what they declare is in the record."""
    services, datasets = [], []
    for number, text in enumerate(TEXTS.values()):
        services.append(Service("a", f"s{number:02}", text, True, f"https://a.test/{text}", "transaction"))
        datasets.append(Dataset("b", f"d{number:02}", text, f"https://b.test/{text}", licence=text))
    (folder / "agencies.csv").write_text("agency\na\nb\nc\n")
    (folder / "services.csv").write_text("service\n" + "".join(f"{s.id}\n" for s in services))
    (folder / "datasets.csv").write_text("dataset\n" + "".join(f"{d.id}\n" for d in datasets))
    agencies = (
        Agency("a", "سازمان", "main", "https://a.test/", name_en="=Agency"),
        Agency("b", HOSTILE["override"], "main", "https://b.test/"),
        Agency("c", HOSTILE["cdata"], "executive", "https://c.test/", cooperated=False),
    )
    settings = Settings(id="r{1}", title=HOSTILE["formula"], vantage=HOSTILE["colour"], language=language)
    return Round(folder, settings, agencies, tuple(services), tuple(datasets))


def hostile_findings(round: Round) -> list[Finding]:
    found = []
    for number, (service, text) in enumerate(zip(round.services, TEXTS.values(), strict=True)):
        verdict, reason = _OUTCOMES[number % len(_OUTCOMES)]
        ids = (f"c{number}", f"d{number}")
        about = Subject("service", service.id, service.url)
        found.append(_finding("a", about, "services.entry", verdict, reason, {"level": "transaction"}, ids))
        link = Subject("link", text, None)
        found.append(
            _finding("b", link, "links.target", "contradicted", "not_found", {"found_on": [text]}, ids)
        )
    for dataset, text in zip(round.datasets, TEXTS.values(), strict=True):
        about = Subject("dataset", dataset.id, dataset.url)
        seen = {"newest": text, "age_days": 3}
        found.append(_finding("b", about, "datasets.freshness", "inconclusive", "not_attempted", seen))
        usable = {"format": text, "stars": 3, "licence": text}
        found.append(_finding("b", about, "datasets.usability", "verified", "usable", usable))
    for port, end in ((443, "2026-08-28T00:00:00Z"), (8443, "9999-12-31T23:59:59Z")):
        host = Subject("host", f"c.test:{port}", "https://c.test/")
        seen = {"problems": ["expired"], "facts": {"chain": [{"not_after": end}]}}
        found.append(_finding("c", host, "hosts.security", "contradicted", "expired", seen))
    return sorted(found, key=lambda one: one.id)


def _finding(
    agency: str,
    subject: Subject,
    check: str,
    verdict: Verdict,
    reason: str | None,
    observed: Mapping[str, Any],
    captures: tuple[str, ...] = (),
) -> Finding:
    return Finding(
        agency, subject, check, 1, verdict, reason, observed, captures, 2, "own_error", "links_share"
    )


def context_of(round: Round) -> ExportContext:
    return ExportContext(round, round.agencies, hostile_findings(round), AS_OF, "1.2.3")


def tables_of(context: ExportContext) -> tuple[ExportTable, ...]:
    round, findings = context.round, findings_of(context)
    scores = score(round, findings, load_model("ir-portals", round.folder), as_of=AS_OF)
    results = build(round, findings, scores, manifest_sha256=None, as_of=AS_OF, version="1.2.3")
    return tables(context, results)


def findings_of(context: ExportContext) -> list[Finding]:
    """In the order in which they were handed over."""
    assert not isinstance(context.findings, Mapping)
    return list(context.findings)
