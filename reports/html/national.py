"""The pages about all agencies that are made for one reader each: the sheet, the map of indicators, the table for quoting, the
auditor's. Each is a template with what it is told; nothing is judged here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from markupsafe import Markup

from checks.finding import Finding
from reports.hosts.words import Foreign, Moment
from reports.html.dress import Dress
from reports.html.heat_map import Axis, heat_maps
from reports.html.plots import claim_plot, verdicts_plot
from reports.html.summary import summary
from scoring.distinct import Intervals, pairs
from scoring.model import Contents

Record = Mapping[str, Any]

# What lies beside the report for machines, and the text that says what it is.
_FILES = {
    "results.json": "file_results",
    "findings.jsonl": "file_findings",
    "results.xlsx": "file_xlsx",
    "tables.zip": "file_csv",
    "findings.sarif": "file_sarif",
    "junit.xml": "file_junit",
    "earl.jsonld": "file_earl",
}
_HELD = frozenset({"services.entry", "datasets.freshness", "datasets.usability"})
_VERDICTS = ("verified", "partial", "contradicted", "inconclusive", "not_applicable")


def national_pages(
    results: Record,
    contents: Contents,
    findings: Sequence[Finding],
    kinds: Mapping[str, Intervals],
    dress: Dress,
    name: Callable[[str], str],
    beside: Path,
) -> Iterator[tuple[str, dict[str, Any]]]:
    """(file of the page, which is its template too; what the template is told).

    name: of an agency, harmless, by id. beside: the folder where files for machines may lie.
    """
    text, show, rtl = dress.text, dress.number, dress.rtl
    told = summary(results, kinds)
    ratio = results["national"]["electronic_ratio"]
    yield (
        "summary.html",
        {
            "told": told,
            "claim_plot": claim_plot(
                "claim",
                ratio,
                ratio["estimate"],
                text("one_page.plot"),
                text("one_page.plot_about"),
                rtl,
                show,
            ),
            "verdicts_plot": _verdicts_plot("verdicts", told.verdicts, dress),
        },
    )
    axes = [
        Axis(axis.id, _in(axis.name, rtl), tuple(
            (one.id, _in(one.name, rtl)) for one in contents.indicator if one.axis == axis.id
        ))
        for axis in contents.axis
    ]  # fmt: skip
    yield "indicators.html", {"maps": list(heat_maps(results["agencies"], axes, name, text, show, rtl))}
    files = [(file, key) for file, key in _FILES.items() if (beside / file).is_file()]
    moment = Moment(results["round"]["as_of"])
    yield (
        "press.html",
        {"told": told, "examples": _examples(kinds), "files": files,
         "workbook": any(key in ("file_xlsx", "file_csv") for _, key in files), "name": name, "moment": moment, "foreign": Foreign},
    )  # fmt: skip
    held: dict[str, list[Finding]] = {entry["id"]: [] for entry in results["agencies"]}
    for finding in findings:
        if finding.verdict == "contradicted" and finding.check in _HELD:
            held[finding.agency].append(finding)
    yield "audit.html", {"rules": _by_rule(findings), "held": held, "name": name}


def _verdicts_plot(name: str, counts: Mapping[str, int], dress: Dress) -> Markup:
    title = dress.text("one_page.counts", n=sum(counts.values()))
    return verdicts_plot(name, counts, title, dress.text("one_page.counts_about"), dress.rtl, dress.number)


def _in(names: Any, rtl: bool) -> str:
    return str(names.fa if rtl else names.en)


def _examples(kinds: Mapping[str, Intervals]) -> dict[str, Any]:
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


def _by_rule(findings: Sequence[Finding]) -> list[tuple[str, int, dict[str, int]]]:
    """(check, version, findings by verdict), by check."""
    found = Counter((f.check, f.check_version, f.verdict) for f in findings)
    rules = sorted({(check, version) for check, version, _ in found})
    return [
        (check, version, {word: found[check, version, word] for word in _VERDICTS})  # type: ignore[index]
        for check, version in rules
    ]
