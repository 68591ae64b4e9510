"""A batch of the worklist for machines. The pages are `reports.html.cases`."""

from __future__ import annotations

from typing import Any

from scoring.worklist import AuditBatch


def as_data(batch: AuditBatch) -> dict[str, Any]:
    return {
        "batch": batch.name,
        "seed": batch.seed,
        "audit": [
            {
                "service": service.id,
                "agency": service.agency,
                "title": service.title,
                "url": service.url,
                "annual_requests": service.annual_requests,
            }
            for service in batch.services
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
