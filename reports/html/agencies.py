"""The pages of agencies: each agency is read from the evidence once, and written in every language."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from checks.finding import Finding
from claims.model import Round
from evidence.store import EvidenceStore
from reports.catalogue import Language
from reports.factsheets.agency import factsheet
from reports.hosts.host_report import host_reports
from reports.html.catalogue_table import catalogue_table
from reports.html.dataset_copies import DatasetCopies
from reports.html.dataset_table import dataset_table
from reports.html.dns_names import names_of
from reports.html.finding_view import FindingViews, ScreenshotGallery
from reports.html.measured_pages import page_table
from reports.html.places import factsheet_of, page_of
from reports.html.portal_table import portal_table
from reports.replies import RepliesReport
from scoring.explain import to_json
from scoring.facts import RoundFacts
from scoring.gains import gains
from scoring.model import Model
from scoring.score import tree_of


class PageWriter(Protocol):
    """What writes the pages of one language."""

    def write(self, path: Path, template: str, **context: Any) -> None: ...


@dataclass(frozen=True, slots=True)
class AgencyTask:
    """One agency. entry: its record of results.json. alike: by language, whom its rank cannot be told from."""

    entry: Mapping[str, Any]
    findings: Sequence[Finding]
    alike: Mapping[Language, str | None]


class AgencyPages:
    """pages: for each language the folder of its pages, below the report's, and what writes them."""

    def __init__(
        self,
        round: Round,
        model: Model,
        replies: RepliesReport,
        store: EvidenceStore,
        as_of: dt.datetime,
        folder: Path,
        pages: Mapping[Language, tuple[Path, PageWriter]],
    ) -> None:
        self._round = round
        self._model = model
        self._replies = replies
        self._store = store
        self._as_of = as_of
        self._folder = folder
        self._copies = DatasetCopies(round, store, folder)
        self._pages = pages
        self._findings: dict[str, Sequence[Finding]] = {}  # of the agency at hand
        self._facts = RoundFacts(round, self._findings, as_of)

    def write(self, task: AgencyTask) -> None:
        entry, findings, contents = task.entry, task.findings, self._model.contents
        id: str = entry["id"]
        claim = self._round.agency(id)
        self._findings.clear()
        self._findings[id] = findings
        facts = self._facts.of(id)
        by_id = {finding.id: finding for finding in findings}
        gallery = ScreenshotGallery(self._store, self._folder)
        gallery.learn(self._store.captures(id, "screenshot"))
        views = FindingViews(self._store, gallery, findings)
        steps = gains(contents, facts)
        home = gallery.of_url(id, claim.portal)
        told = {
            "agency": entry,
            "claim": claim,
            "replies": self._replies.of(id),
            "unasked": self._replies.unasked_of(id),
            "here": set(by_id),
            "by_id": by_id,
            "tree": to_json(tree_of(contents, facts), by_id),
            "gains": steps,
            "finding_views": views,
            "pages": page_table(findings, claim.portal, gallery.of_page),
            "names": names_of(findings),
            "catalogue": catalogue_table(findings),
            "portal": portal_table(findings, contents),
            "data": dataset_table(_those(entry, claimed=True), findings, self._copies),
            "listed_data": dataset_table(_those(entry, claimed=False), findings, self._copies),
            "hosts": host_reports(findings, self._as_of),
            "home": home,
        }
        sheet = {
            "agency": entry,
            "claim": claim,
            "home": home,
            "told": factsheet(entry, steps, lambda service: views.of("service", service)),
        }
        for language, (folder, pages) in self._pages.items():
            pages.write(folder / factsheet_of(id), "factsheet.html", **sheet)
            pages.write(folder / page_of(id), "agency.html", alike=task.alike[language], **told)


def _those(entry: Mapping[str, Any], *, claimed: bool) -> list[Mapping[str, Any]]:
    """Datasets of an agency in results.json that it declares, or that only its catalogues list."""
    return [dataset for dataset in entry["datasets"] if dataset["claimed"] is claimed]
