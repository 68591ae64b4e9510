"""Writes the report of a round: an index, a method page and one page per agency, in both languages.

The round's language lies in the report's folder itself, the other one in a folder of its own (`en/`, `fa/`).
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.resources import files
from operator import attrgetter
from pathlib import Path
from typing import Any

from markupsafe import Markup

from checks.finding import Finding
from claims.model import Round
from evidence.pack.format import VERIFIER
from evidence.store import EvidenceStore
from evidence.vantages import opened
from reports.catalogue import LANGUAGES, Language, TextCatalogue
from reports.distinct import likeness
from reports.finding_counts import FindingCounts, count_findings
from reports.hosts.national import counted_hosts, national_hosts, rows_of
from reports.hosts.report_lines import TimeValue
from reports.html.agencies import AgencyPages, AgencyTask
from reports.html.agency_lists import AgencyList, lists
from reports.html.environment import environment
from reports.html.formatter import Formatter, brief, writable
from reports.html.national import DOWNLOADS, NationalContext, national_pages, services_plot
from reports.html.page_margins import page_margins
from reports.html.places import page_of, publish, put
from reports.html.plots import GapRow, bands_plot, bar, gap_plots
from reports.html.ranking import KindRanking, rankings
from reports.replies import RepliesReport
from reports.verifier.page import verify_page
from scoring.distinct import RankIntervals
from scoring.facts import by_agency
from scoring.model import Attested, Claimed, Model, Names, Part
from scoring.score import Scores
from scoring.work_sharing import Processes, in_this_process

MOST_AGENCIES = 1_000
"""That one table shows. The report of more is that of a country: lists of half as many a page, and pages of agencies when they are
asked for."""
_BANDS = ("100", "80-100", "50-80", "0-50")
_LEAST = 8  # agencies for which a process is worth its start
_MOST_SUBJECTS = 200  # rows of one table
_VERDICTS = ("verified", "partial", "contradicted", "inconclusive", "not_applicable")


def write_report(
    round: Round,
    results: Mapping[str, Any],
    findings: Sequence[Finding] | Mapping[str, Sequence[Finding]],
    scores: Scores,
    store: EvidenceStore,
    folder: Path,
    agencies: frozenset[str] | None = None,
    replies: RepliesReport = RepliesReport(),  # noqa: B008 (frozen)
    jobs: int = 1,
    *,
    counted: FindingTotals | None = None,
    every_page: bool = False,
    most: int = MOST_AGENCIES,
) -> Path:
    """Returns the index page. With `agencies`, only their pages are made anew. jobs: most processes that share these.

    findings: of the round, or by agency. counted: what is known of all of them, where somebody has counted.
    every_page: those of all agencies, though there are more than `most`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    own = findings if isinstance(findings, Mapping) else by_agency(findings)
    kinds = {agency.id: agency.kind for agency in round.agencies}
    if counted is None:
        counted = FindingTotals.of(own, kinds)
    plain = len(results["agencies"]) <= most
    if agencies is None:
        agencies = frozenset(e["id"] for e in results["agencies"]) if plain or every_page else frozenset()
    there = None if plain or every_page else agencies | _with_page(kinds, folder)
    report = _Report(round, results, scores.model, replies, folder, there)
    country = NationalContext(
        results,
        scores.model.contents,
        counted.tally,
        (lambda: _in_order(own)) if plain else None,
        folder / "data",
    )
    hosts = national_hosts(_in_order(own), kinds) if plain else counted_hosts(counted.hosts)
    languages = report.languages()
    put(folder / VERIFIER, verify_page())
    publish(DOWNLOADS, folder.parent, country.downloads)
    for target, pages in languages.values():
        target.mkdir(exist_ok=True)
        listed = () if plain else tuple(lists(results["agencies"], pages.name, most // 2))
        pages.write(
            target / "index.html",
            "index.html",
            verdicts=_verdicts(counted.tally),
            reasons=_reasons(counted.tally),
            reply_states=replies.states(),
            ranks=pages.rankings(country.ranks, drawn=plain),
            national_hosts=hosts,
            without_rank=country.summary.unranked,
            lists=listed,
        )
        pages.write(target / "method.html", "method.html", lists=listed)
        for name, told in national_pages(country, pages.formatter, lambda id, of=pages: brief(of.name(id))):  # type: ignore[misc]
            pages.write(target / name, name, lists=listed, **told)
        _write_lists(target, pages, listed)
    tasks = (
        AgencyTask(
            dict(entry),
            own.get(entry["id"], ()),
            {name: pages.likeness(entry, country.ranks) for name, (_, pages) in languages.items()},
        )
        for entry in results["agencies"]
        if entry["id"] in agencies
    )
    jobs = min(jobs, len(agencies) // _LEAST)
    share = in_this_process if jobs < 2 else Processes(jobs)
    folders = [store.folder, *(one.folder for one in store.also)]
    for _ in share(_PageWriter(report, folders, None if jobs > 1 else store), tasks):
        pass
    return folder / "index.html"


@dataclass(frozen=True, slots=True)
class FindingTotals:
    """Of all findings. hosts: by kind of agency and row of `reports.hosts.national`."""

    tally: FindingCounts
    hosts: Mapping[tuple[str, str], int]

    @classmethod
    def of(cls, findings: Mapping[str, Sequence[Finding]], kinds: Mapping[str, str]) -> FindingTotals:
        hosts = Counter(
            (kinds.get(agency, ""), row)
            for agency, own in findings.items()
            for one in own
            for row in rows_of(one)
        )
        return cls(FindingCounts.of(_in_order(findings)), hosts)


def _in_order(findings: Mapping[str, Sequence[Finding]]) -> Iterator[Finding]:
    """By id, as their file has them."""
    yield from sorted((one for own in findings.values() for one in own), key=attrgetter("id"))


def _with_page(ids: Iterable[str], folder: Path) -> frozenset[str]:
    """Agencies whose page lies there from before."""
    present = {path.name for path in folder.glob("*.html")}
    return frozenset(id for id in ids if page_of(id) in present)


def _write_lists(target: Path, pages: ReportPages, listed: Sequence[AgencyList]) -> None:
    known = {leaf.file for list in listed for leaf in list.pages}
    for old in target.glob("list *.html"):
        if old.name not in known:
            old.unlink()
    for list in listed:
        for leaf in list.pages:
            pages.write(target / leaf.file, "list.html", list=list, leaf=leaf)


@dataclass(frozen=True, slots=True)
class _Report:
    """What a process needs to write pages. there: agencies with a page; None for all."""

    round: Round
    results: Mapping[str, Any]
    model: Model
    replies: RepliesReport
    folder: Path
    there: frozenset[str] | None

    def without_agencies(self) -> _Report:
        """As it is handed to other processes, which get each agency with the task to write its page."""
        return replace(self, results={key: of for key, of in self.results.items() if key != "agencies"})

    def languages(self) -> dict[Language, tuple[Path, ReportPages]]:
        """For each the folder of its pages, and what writes them."""
        home = self.round.settings.language
        return {
            language: (
                self.folder if language == home else self.folder / language,
                ReportPages(
                    self.round,
                    self.results,
                    self.model,
                    language,
                    root="" if language == home else "../",
                    replies=self.replies,
                    there=self.there,
                ),
            )
            for language in LANGUAGES
        }

    def agency_pages(self, store: EvidenceStore) -> AgencyPages:
        as_of = dt.datetime.fromisoformat(self.results["round"]["as_of"])
        return AgencyPages(
            self.round,
            self.model,
            self.replies,
            store,
            as_of,
            self.folder,
            self.without_agencies().languages(),
        )


class _PageWriter:
    """Writes the page of an agency in both languages. Goes to other processes without the evidence, which they open themselves.

    evidence: folders, the round's own first.
    """

    def __init__(self, report: _Report, evidence: Sequence[Path], store: EvidenceStore | None = None) -> None:
        self._made_of = (report.without_agencies(), evidence)
        self._report = report
        self._evidence = evidence
        self._store = store

    def __reduce__(self) -> tuple[type[_PageWriter], tuple[Any, ...]]:
        return _PageWriter, self._made_of

    def __call__(self, task: AgencyTask) -> None:
        self._pages.write(task)

    @cached_property
    def _pages(self) -> AgencyPages:
        return self._report.agency_pages(self._store or opened(self._evidence[0], self._evidence[1:]))


def _verdicts(tally: FindingCounts) -> dict[str, int]:
    """Verdicts of the claimed services."""
    found = count_findings(
        (str(said.verdict), n) for said, n in tally.counts.items() if said.check == "services.entry"
    )
    return {word: found[word] for word in _VERDICTS}


def _reasons(tally: FindingCounts) -> list[tuple[str, str, int]]:
    """(verdict, reason, count) of the claimed services, the most frequent first in each verdict."""
    found = count_findings(
        ((str(said.verdict), said.reason), n)
        for said, n in tally.counts.items()
        if said.check == "services.entry" and said.reason
    )
    order = {word: place for place, word in enumerate(_VERDICTS)}
    rows = [(verdict, str(reason), count) for (verdict, reason), count in found.items()]
    return sorted(rows, key=lambda row: (order[row[0]], -row[2], row[1]))


class ReportPages:
    """The pages of one language."""

    def __init__(
        self,
        round: Round,
        results: Mapping[str, Any],
        model: Model,
        language: Language,
        root: str,
        replies: RepliesReport,
        there: frozenset[str] | None = None,
        published: bool = True,
    ) -> None:
        """there: agencies with a page; None for all. published: see `Formatter`."""
        self._round = round
        self._model = model
        self._results = results
        self._titles = {service.id: service.title for service in round.services}
        self._titles |= {dataset.id: dataset.title for dataset in round.datasets}
        self.formatter = Formatter(TextCatalogue(language), language, published=published)
        self._environment = environment(self.formatter, self._titles)
        style = _style()
        home = round.settings.language == language
        unsealed = results["round"]["findings"]["seal"] != "sealed"
        mark = (
            f"{self.formatter.text('unsealed_mark.short')} · " if unsealed else ""
        )  # of printed pages, above each
        other = "en" if language == "fa" else "fa"
        self._common: dict[str, Any] = {
            "round": round,
            "results": results,
            "national": results["national"],
            "model": model,
            "measured": _measured(model),
            "node_names": model.contents.names(),
            "titles": self._titles,
            "most_subjects": _MOST_SUBJECTS,
            "lang": language,
            "rtl": self.formatter.rtl,
            "other": other,
            "other_path": f"{other}/" if home else "../",
            "root": root,
            "style": Markup(style),  # noqa: S704 - our own file, nothing crawled
            "style_hash": base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
            "bands": _BANDS,
            "lists": (),
            "every_page": there is None,
            "bands_plot": self._bands_plot(results["national"]),
            "by_gap": self._by_gap,
            "gap_plots": self._gap_plots,
            "axis_bar": self._axis_bar,
            "counts_plot": lambda name, counts: services_plot(name, counts, self.formatter),
            "bar": lambda verified, possible, declared: bar(verified, possible, declared, self.formatter.rtl),
        }
        self._environment.globals.update(
            replied=replies.about,
            replies_until=None if replies.until is None else TimeValue(replies.until.isoformat()),
            replies_head=replies.head,
            agency_name=self.name,
            has_page=lambda id: there is None or id in there,
            node_name=self._node_name,
            running=lambda title: page_margins(
                mark + brief(round.settings.title_in(language) or round.settings.id),
                title,
                self.formatter.text,
                self.formatter.rtl,
            ),
        )

    def write(self, path: Path, template: str, **context: Any) -> None:
        html = self._environment.get_template(template).render(self._common | context | {"page": path.name})
        put(path, writable(html).encode())

    def rankings(self, ranks: Mapping[str, RankIntervals], drawn: bool) -> list[KindRanking]:
        """Which ranks can be told apart, by kind of agency. drawn: with the interval of each."""
        formatter = self.formatter
        name = lambda id: brief(self.name(id))  # noqa: E731
        return list(rankings(ranks, name, formatter.text, formatter.number, formatter.rtl, drawn))

    def likeness(self, entry: Mapping[str, Any], kinds: Mapping[str, RankIntervals]) -> str | None:
        """Whom an agency's rank cannot be told from; None where it has none."""
        if entry["rank"] is None:
            return None
        formatter = self.formatter
        return likeness(
            kinds[entry["kind"]],
            entry["id"],
            formatter.text,
            lambda id: brief(self.name(id)),
            formatter.number,
        )

    def _axis_bar(self, node: Mapping[str, Any], width: int) -> Markup:
        shares = (node[word] for word in ("verified", "possible", "declared"))
        verified, possible, declared = (None if share is None else 100 * share for share in shares)
        return bar(verified, possible, declared, self.formatter.rtl, width)

    def _by_gap(self, kind: str, agencies: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """The agencies of a kind, the widest gap first."""

        def gap(entry: Mapping[str, Any]) -> tuple[float, str]:
            ratio = entry["electronic_ratio"]
            return (ratio["verified"] or 0) - (ratio["declared"] or 0), brief(self.name(entry["id"]))

        return sorted((entry for entry in agencies if entry["kind"] == kind), key=gap)

    def _gap_plots(self, kind: str, agencies: Sequence[Mapping[str, Any]]) -> list[Markup]:
        """agencies: in the order in which they are drawn."""
        formatter = self.formatter
        gaps = [
            GapRow(
                brief(self.name(entry["id"])),
                *(
                    of and of * 100
                    for of in map(entry["electronic_ratio"].get, ("declared", "verified", "possible"))
                ),
            )
            for entry in agencies
        ]
        title = f"{formatter.text('report.gap_title')}: {formatter.text(f'report.kind_{kind}')}"
        return list(
            gap_plots(
                f"gap-{kind}", gaps, title, formatter.text("report.gap_text"), formatter.rtl, formatter.number
            )
        )

    def name(self, agency: str) -> str:
        claim = self._round.agency(agency)
        return claim.name if self.formatter.rtl else claim.name_en or claim.name

    def _node_name(self, node: str) -> str:
        """The name of an axis, or of an indicator behind its id."""
        contents = self._model.contents
        for axis in contents.axis:
            if axis.id == node:
                return self._in(axis.name)
        return next(f"{node} {self._in(one.name)}" for one in contents.indicator if one.id == node)

    def _in(self, names: Names) -> str:
        return names.fa if self.formatter.language == "fa" else names.en

    def _bands_plot(self, national: Mapping[str, Any]) -> Markup:
        rows = [
            (self.formatter.text(f"band.{b}"), national["bands"][b], national["bands_verified"][b])
            for b in _BANDS
        ]
        title, about = self.formatter.text("report.bands"), self.formatter.text("report.bands_plot")
        return bands_plot("bands", rows, title, about, self.formatter.rtl, self.formatter.number)


def _measured(model: Model) -> float:
    """Points of the model's total that evidence can give in this version."""
    return math.fsum(
        indicator.weight
        * math.fsum(part.weight for part in indicator.part if _is_measured(part))
        / math.fsum(part.weight for part in indicator.part)
        for indicator in model.contents.indicator
    )


def _is_measured(part: Part) -> bool:
    return not isinstance(part, Attested | Claimed) and not part.planned


def _style() -> str:
    """The style sheet with the font embedded, so that a page stands alone."""
    assets = files("reports.html") / "assets"
    font = base64.b64encode((assets / "vazirmatn.woff2").read_bytes()).decode()
    face = (
        "@font-face { font-family: Vazirmatn; font-weight: 100 900; font-display: swap; "
        f'src: url("data:font/woff2;base64,{font}") format("woff2"); }}\n'
    )
    return face + (assets / "style.css").read_text(encoding="utf-8")
