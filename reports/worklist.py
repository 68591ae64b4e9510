"""A batch of the worklist for machines, and the sentence that says why a case is on it. The pages are `reports.html.cases`."""

from __future__ import annotations

from typing import Any

from scoring.worklist import AuditBatch, AuditCase


def as_data(batch: AuditBatch) -> dict[str, Any]:
    return {
        "batch": batch.name,
        "seed": batch.seed,
        "audit": [
            {
                "service": case.service.id,
                "agency": case.service.agency,
                "title": case.service.title,
                "url": case.service.url,
                "outcome": case.stratum,
                "design": case.design,
                "probability": case.probability,
                "priority": _short(case.priority),
                "why": {
                    "expected_confirmed": _short(case.why.share),
                    "services_of_agency": case.why.services,
                    "audited_of_agency": case.why.audited,
                    "annual_requests": case.service.annual_requests,
                    "drawn": case.why.drawn,
                    "of": case.why.of,
                    "failed": case.why.failed,
                },
            }
            for case in batch.cases
        ],
        "rebuttal": [
            {
                "finding": f.id,
                "agency": f.agency,
                "subject": f.subject.id,
                "check": f.check,
                "reason": f.reason,
            }
            for f in batch.disputed
        ],
    }


def reason_of(case: AuditCase) -> tuple[str, dict[str, object]]:
    """Key and values of the sentence that says why a case is on the list; shares in per cent, whole."""
    why = case.why
    if case.design == "random":
        return "worklist.why_random", {"drawn": why.drawn, "of": why.of}
    if why.failed is not None:
        return "worklist.why_failed", {"n": why.failed}
    values: dict[str, object] = {
        "share": round(100 * why.share),
        "services": why.services,
        "audited": why.audited,
    }
    if case.service.annual_requests is None:
        return "worklist.why_targeted", values
    return "worklist.why_asked_for", {**values, "requests": case.service.annual_requests}


def _short(value: float) -> float:
    return float(f"{value:.6g}")
