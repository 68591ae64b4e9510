"""The pages about all agencies that are made for one reader each: the sheet, the map of indicators, the table for quoting, the
auditor's. Each is a template with what it is told; nothing is judged here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

from markupsafe import Markup

from checks.finding import Finding, is_listed
from reports.distinct import by_kind
from reports.finding_counts import FindingCounts, count_findings
from reports.hosts.report_lines import TimeValue, UntrustedText
from reports.html.formatter import Formatter
from reports.html.heat_map import CreditSpread, HeatMapAxis, heat_maps, spreads
from reports.html.plots import claim_plot, verdicts_plot
from reports.html.summary import Summary, summary
from scoring.distinct import RankIntervals, pairs
from scoring.model import Contents

Record = Mapping[str, Any]

# What lies in the report's folder for machines, and the text that says what it is. `findings.jsonl` quotes pages word by
# word and is signed as it is, so that no personal data can be taken out of it: it stays with the auditor.
DOWNLOADS = {
    "results.json": "file_results",
    "rankings.csv": "file_rankings",
    "results.xlsx": "file_xlsx",
    "tables.zip": "file_csv",
    "findings.sarif": "file_sarif",
    "junit.xml": "file_junit",
    "earl.jsonld": "file_earl",
}
HELD = frozenset({"services.entry", "datasets.freshness", "datasets.usability"})
_VERDICTS = ("verified", "partial", "contradicted", "inconclusive", "not_applicable")


@dataclass(frozen=True)
class NationalContext:
    """What the pages about all agencies tell, in any language; what no page asks for is not made.

    held: findings that hold claims to be false; None where there are more agencies than one page takes.
    downloads: folder where files for machines may lie.
    """

    results: Record
    contents: Contents
    tally: FindingCounts
    held: Callable[[], Iterable[Finding]] | None
    downloads: Path

    @cached_property
    def ranks(self) -> dict[str, RankIntervals]:
        return by_kind(self.results)

    @cached_property
    def summary(self) -> Summary:
        return summary(self.results, self.ranks)

    @cached_property
    def spreads(self) -> tuple[CreditSpread, ...]:
        return spreads(self.results["agencies"], axes_of(self.contents, rtl=False))

    @cached_property
    def held_by_agency(self) -> dict[str, list[Finding]]:
        held: dict[str, list[Finding]] = {entry["id"]: [] for entry in self.results["agencies"]}
        for finding in self.held() if self.held is not None else ():
            if finding.verdict == "contradicted" and finding.check in HELD and not is_listed(finding):
                held[finding.agency].append(finding)
        return held

    @property
    def held_count(self) -> int:
        return sum(
            n
            for said, n in self.tally.counts.items()
            if said.verdict == "contradicted" and said.check in HELD and not said.listed
        )


def axes_of(contents: Contents, rtl: bool) -> list[HeatMapAxis]:
    return [
        HeatMapAxis(axis.id, _in(axis.name, rtl), tuple(
            (one.id, _in(one.name, rtl)) for one in contents.indicator if one.axis == axis.id
        ))
        for axis in contents.axis
    ]  # fmt: skip


def national_pages(
    country: NationalContext, formatter: Formatter, name: Callable[[str], str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """(file of the page, which is its template too; what the template is told). name: of an agency, harmless, by id."""
    results, kinds = country.results, country.ranks
    text, show, rtl = formatter.text, formatter.number, formatter.rtl
    told = country.summary
    ratio = results["national"]["electronic_ratio"]
    about = text("one_page.plot_about")
    if ratio["estimate"]:
        about += " " + text("one_page.plot_estimate")
    yield (
        "summary.html",
        {
            "told": told,
            "claim_plot": claim_plot(
                "claim",
                ratio,
                ratio["estimate"],
                text("one_page.plot"),
                about,
                rtl,
                show,
            ),
            "claim_about": about,
            "verdicts_plot": services_plot("verdicts", told.verdicts, formatter),
        },
    )
    axes = axes_of(country.contents, rtl)
    if country.held is None:
        maps, spread = [], [replace(one, axes=tuple(axes)) for one in country.spreads]
    else:
        maps, spread = list(heat_maps(results["agencies"], axes, name, text, show, rtl)), []
    yield "indicators.html", {"maps": maps, "spread": spread}
    files = [(file, key) for file, key in DOWNLOADS.items() if (country.downloads / file).is_file()]
    moment = TimeValue(results["round"]["as_of"])
    yield (
        "press.html",
        {"told": told, "examples": _examples(kinds), "files": files,
         "workbook": any(key in ("file_xlsx", "file_csv") for _, key in files), "name": name, "moment": moment, "foreign": UntrustedText},
    )  # fmt: skip
    yield (
        "audit.html",
        {"rules": _by_rule(country.tally), "held": country.held_by_agency, "held_count": country.held_count, "name": name},
    )  # fmt: skip


def services_plot(name: str, counts: Mapping[str, int], formatter: Formatter) -> Markup:
    title = formatter.text("one_page.counts", n=sum(counts.values()))
    return verdicts_plot(
        name, counts, title, formatter.text("one_page.counts_about"), formatter.rtl, formatter.number
    )


def _in(names: Any, rtl: bool) -> str:
    return str(names.fa if rtl else names.en)


def _examples(kinds: Mapping[str, RankIntervals]) -> dict[str, Any]:
    """Two agencies of this round that can be told apart (apart), and two neighbours that cannot (alike): None without any.

    alike: with how many pairs of the kind cannot, and how many there are.
    """
    apart, alike = None, None
    for intervals in kinds.values():
        order, ranks = intervals.order, intervals.ranks
        if apart is None:
            apart = next(
                ((order[0], other) for other in order if ranks[other].low > ranks[order[0]].high), None
            )
        if alike is None:
            near = next(
                (
                    (a, b)
                    for a, b in pairwise(order)
                    if ranks[b].low <= ranks[a].high and ranks[a].place < ranks[b].place
                ),
                None,
            )
            alike = near and (*near, *pairs(ranks))
    return {"apart": apart, "alike": alike}


def _by_rule(tally: FindingCounts) -> list[tuple[str, int, dict[str, int]]]:
    """(check, version, findings by verdict), by check."""
    found = count_findings(
        ((said.check, said.version, str(said.verdict)), n) for said, n in tally.counts.items()
    )
    rules = sorted({(check, version) for check, version, _ in found})
    return [
        (check, version, {word: found[check, version, word] for word in _VERDICTS})
        for check, version in rules
    ]
