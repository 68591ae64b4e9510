"""The sheets of a round and their columns."""

from __future__ import annotations

REQUIRED: dict[str, tuple[str, ...]] = {
    "agencies": ("agency", "name", "kind", "portal"),
    "services": ("agency", "service", "title", "electronic"),
    "datasets": ("agency", "dataset", "title", "url"),
    "declarations": ("agency", "indicator", "value"),
    "verdicts": ("subject", "verdict", "auditor", "date"),
    "batches": ("batch", "subject", "design"),
    "window": ("service", "url"),
    "replies": ("reply", "agency", "subject", "date", "by", "stance", "text"),
}
OPTIONAL: dict[str, tuple[str, ...]] = {
    "agencies": ("name_en", "hosts", "catalogue", "cooperated", "parent"),
    "services": ("url", "level", "code", "phases", "fee", "annual_requests"),
    "datasets": ("format", "period", "modified", "licence"),
    "declarations": ("document", "document_date"),
    "verdicts": ("design", "probability", "batch", "check", "note", "recorded_by", "judged"),
    "batches": ("probability", "auditors"),
    "window": (),
    "replies": ("contact",),
}
MUST_EXIST = ("agencies", "services")

# Columns whose cells repeat from row to row, and mean the same in each sheet: what one came to is kept once for all rows.
REPEATED = frozenset((
    "agency", "electronic", "fee", "format", "indicator", "level", "licence", "modified", "period", "phases", "value",
))  # fmt: skip
