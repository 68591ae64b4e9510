"""Every finding against a claim that a browser can show has a picture in the report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from checks.finding import Finding
from claims.model import Dataset
from evidence.store import EvidenceStore
from govah.stages import read_round
from reports.html.finding_view import FindingViews, ScreenshotGallery

# No address is claimed for it: the checks found its page by its title, and pages that are met are visited once.
WITHOUT_CLAIMED_ADDRESS = {"sofal-42"}
CLAIM_CHECKS = ("services.entry", "services.login", "services.window", "datasets.usability")


@pytest.fixture(scope="module")
def pictured(audit: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], bool]:
    """Whether the report shows a picture, by check and claim."""
    found, folder = {}, tmp_path_factory.mktemp("report")
    against = [
        Finding.from_json(finding)
        for finding in audit.findings
        if finding["verdict"] in ("contradicted", "partial") and finding["check"] in CLAIM_CHECKS
    ]
    with EvidenceStore.open(audit.round / "evidence") as store:
        for agency in sorted({finding.agency for finding in against}):
            mine = [finding for finding in against if finding.agency == agency]
            gallery = ScreenshotGallery(store, Path(folder))
            gallery.learn(store.captures(agency, "screenshot"))
            views = FindingViews(store, gallery, mine)
            for finding in mine:
                shown = {view.finding.id: view for view in views.of(finding.subject.kind, finding.subject.id)}
                found[finding.check, finding.subject.id] = shown[finding.id].picture is not None
    return found


def test_contradicted_and_partial_claims_have_pictures(
    audit: Any, pictured: dict[tuple[str, str], bool]
) -> None:
    files = {dataset.id for dataset in read_round(audit.round).round.datasets if _is_file(dataset)}
    missing = {subject for (_, subject), shown in pictured.items() if not shown}
    assert missing - files == WITHOUT_CLAIMED_ADDRESS
    assert sum(pictured.values()) > 70


def _is_file(dataset: Dataset) -> bool:
    """A browser would load it down, and draw nothing."""
    return (dataset.url or "").rpartition(".")[2] in ("csv", "xlsx", "pdf", "png")
