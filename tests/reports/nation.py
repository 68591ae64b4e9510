"""The pages about all agencies for as many agencies as wanted: those of the stored round, over and over, with other scores and
intervals, and with names as long as names of agencies are."""

from __future__ import annotations

import copy
import datetime as dt
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from checks.finding import Finding
from claims.model import Agency, Round
from evidence.store import EvidenceStore
from govah.stages import read_round
from reports.catalogue import LANGUAGES, Language
from reports.finding_counts import FindingCounts
from reports.html.formatter import brief
from reports.html.national import NationalContext, national_pages
from reports.html.write import ReportPages
from reports.replies import RepliesReport
from scoring.load import load_model
from scoring.model import Model
from scoring.score import score
from tests.govah.stored import FINDINGS, unpack
from tests.records import build

CLOCK = dt.datetime(2025, 12, 1, tzinfo=dt.UTC)
NAMES = (
    ("سازمان ملی استاندارد و آزمایشگاه‌های مرجع کشور", "National Organization for Standards and Reference Laboratories"),
    ("وزارت میراث فرهنگی، گردشگری و صنایع دستی کشور", "MINISTRY OF CULTURAL HERITAGE, TOURISM AND HANDICRAFTS"),
    ("ستاد هماهنگی امور آب و برق و گاز استان‌ها", "Headquarters for the Coordination of Water and Power in Provinces"),
)  # fmt: skip

_RATE = {"value": 0.0, "low": 0.0, "high": 0.561, "of": 3}
ERRORS = {
    "check": "services.entry",
    "version": 9,
    "random": {"contradicted": 3, "false_contradictions": 0, "wrong_contradictions": _RATE},
}


@dataclass(frozen=True)
class Nation:
    round: Round
    results: Mapping[str, Any]
    findings: tuple[Finding, ...]
    model: Model

    def write(self, folder: Path, beside: Path) -> None:
        """Into a folder a language."""
        country = self._country(beside)
        for language in LANGUAGES:
            (folder / language).mkdir(parents=True, exist_ok=True)
            pages = self._pages(language)
            named = partial(_brief, pages)
            for name, told in national_pages(country, pages.formatter, named):
                pages.write(folder / language / name, name, **told)

    def write_first_page(self, path: Path, language: Language) -> None:
        """Without hosts and replies."""
        country, pages = self._country(path.parent), self._pages(language)
        pages.write(
            path,
            "index.html",
            verdicts=Counter(),
            reasons=(),
            reply_states={},
            ranks=pages.rankings(country.ranks, drawn=True),
            national_hosts=None,
            without_rank=country.summary.unranked,
        )

    def _country(self, beside: Path) -> NationalContext:
        counts = FindingCounts.of(self.findings)
        return NationalContext(self.results, self.model.contents, counts, lambda: self.findings, beside)

    def _pages(self, language: Language) -> ReportPages:
        return ReportPages(self.round, self.results, self.model, language, root="", replies=RepliesReport())


def _brief(pages: ReportPages, id: str) -> str:
    return brief(pages.name(id))


@cache
def _stored() -> tuple[Round, dict[str, Any], tuple[Finding, ...], Model]:
    with TemporaryDirectory() as folder:
        round_ = read_round(unpack(Path(folder))).round
        findings = tuple(
            Finding.from_json(json.loads(line)) for line in FINDINGS.read_text("utf-8").splitlines()
        )
        model = load_model("ir-portals", round_.folder)
        scores = score(round_, findings, model, as_of=CLOCK)
        with EvidenceStore.open(round_.folder / "evidence") as store:
            manifest = store.manifest_sha256
    results = build(round_, findings, scores, manifest_sha256=manifest, as_of=CLOCK, version="0")
    return round_, results, findings, model


def nation(count: int) -> Nation:
    """A third of the agencies are main ones, one in nine has no rank; intervals are as wide as a fifth of their kind."""
    stored, results, findings, model = _stored()
    results = copy.deepcopy(results)
    entries, agencies = [], []
    for number in range(count):
        source = results["agencies"][number % len(results["agencies"])]
        entry = copy.deepcopy(source)
        entry |= {
            "id": f"a{number}",
            "kind": "executive" if number % 3 else "main",
            "rank": None,
            "ranked": False,
        }
        entry["not_ranked_reason"] = "did_not_cooperate" if number % 2 else "low_coverage"
        if number % 9:
            entry |= {"ranked": True, "not_ranked_reason": None}
            entry["score"] = {"verified": 90 - number / 2, "possible": 95 - number / 3, "declared": 97.5}
        for service in entry["services"]:
            service["id"] = f"a{number}-{service['id']}"
            if service["verdict"] == "inconclusive" and number % 5 == 0:
                service["reason"] = "blocked"
        entries.append(entry)
        persian, english = NAMES[number % len(NAMES)]
        agencies.append(
            Agency(
                entry["id"],
                f"{persian} {number}",
                entry["kind"],
                "https://a.test/",
                name_en=f"{english} {number}",
            )
        )
    for kind in ("main", "executive"):
        ranked = [entry for entry in entries if entry["kind"] == kind and entry["ranked"]]
        wide = len(ranked) // 5
        for place, entry in enumerate(ranked, 1):
            low, high = max(1, place - wide // 2), min(len(ranked), place + wide // 2)
            entry["rank"] = {"place": place, "low": low, "high": high, "of": len(ranked)}
    results["agencies"] = entries
    results["national"]["agencies"] = count
    results["national"]["electronic_ratio"]["estimate"] = {
        "value": 0.53,
        "low": 0.14,
        "high": 0.93,
        "audits": 6,
    }
    results["national"]["error_rates"] = [ERRORS]
    renamed = tuple(
        replace(finding, agency="a0" if finding.agency == "mahi" else "a1") for finding in findings
    )
    return Nation(replace(stored, agencies=tuple(agencies)), results, renamed, model)
