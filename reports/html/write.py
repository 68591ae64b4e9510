"""Writes the report of a round: an index, a method page and one page per agency, in both languages.

The round's language lies in the report's folder itself, the other one in a folder of its own (`en/`, `fa/`).
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.resources import files
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from markupsafe import Markup

from checks.finding import Finding
from claims.model import Round
from evidence.store import EvidenceStore
from reports.catalogue import LANGUAGES, Catalogue, Language
from reports.distinct import by_kind, likeness
from reports.hosts.national import national_hosts
from reports.hosts.words import Moment
from reports.html.agencies import AgencyPages, Task
from reports.html.dress import Dress, brief, writable
from reports.html.environment import environment
from reports.html.national import national_pages
from reports.html.places import put
from reports.html.plots import Gap, bands_plot, bar, gap_plots
from reports.html.ranking import Ranking, rankings
from reports.html.running import running
from reports.replies import Told
from scoring.distinct import Intervals
from scoring.model import Attested, Claimed, Contents, Model, Names, Part
from scoring.score import Scores

_BANDS = ("100", "80-100", "50-80", "0-50")
_LEAST = 8  # agencies for which a process is worth its start
_MOST_SUBJECTS = 200  # rows of one table
_VERDICTS = ("verified", "partial", "contradicted", "inconclusive", "not_applicable")


def write_report(
    round: Round,
    results: Mapping[str, Any],
    findings: Sequence[Finding],
    scores: Scores,
    store: EvidenceStore,
    folder: Path,
    agencies: frozenset[str] | None = None,
    replies: Told = Told(),  # noqa: B008 (frozen)
    jobs: int = 1,
) -> Path:
    """Returns the index page. With `agencies`, only their pages are made anew. jobs: most processes that share these."""
    folder.mkdir(parents=True, exist_ok=True)
    by_agency: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        by_agency[finding.agency].append(finding)
    report = _Report(round, results, scores.model, replies, folder)
    languages = report.languages()
    for target, pages in languages.values():
        target.mkdir(exist_ok=True)
        pages.write(
            target / "index.html",
            "index.html",
            verdicts=_verdicts(findings),
            reasons=_reasons(findings),
            reply_states=replies.states(),
            ranks=pages.rankings(),
            national_hosts=national_hosts(findings, {agency.id: agency.kind for agency in round.agencies}),
        )
        pages.write(target / "method.html", "method.html")
        for name, told in pages.national(findings, folder.parent):
            pages.write(target / name, name, **told)
    tasks = [
        Task(entry, by_agency[entry["id"]], {name: pages.likeness(entry) for name, (_, pages) in languages.items()})
        for entry in results["agencies"]
        if agencies is None or entry["id"] in agencies
    ]  # fmt: skip
    jobs = min(jobs, len(tasks) // _LEAST)
    if jobs < 2:
        writer = report.agency_pages(store)
        for task in tasks:
            writer.write(task)
    else:
        with ProcessPoolExecutor(
            jobs,
            mp_context=get_context("spawn"),
            initializer=_start,
            initargs=(report.without_agencies(), store.folder),
        ) as pool:
            for _ in pool.map(_write_agency, tasks):
                pass
    return folder / "index.html"


@dataclass(frozen=True, slots=True)
class _Report:
    """What a process needs to write pages."""

    round: Round
    results: Mapping[str, Any]
    model: Model
    replies: Told
    folder: Path

    def without_agencies(self) -> _Report:
        """As it is handed to other processes, which get each agency with the task to write its page."""
        return replace(self, results={key: of for key, of in self.results.items() if key != "agencies"})

    def languages(self) -> dict[Language, tuple[Path, Pages]]:
        """For each the folder of its pages, and what writes them."""
        home = self.round.settings.language
        return {
            language: (
                self.folder if language == home else self.folder / language,
                Pages(
                    self.round,
                    self.results,
                    self.model,
                    language,
                    root="" if language == home else "../",
                    replies=self.replies,
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


_writer: AgencyPages  # of a process that shares the work


def _start(report: _Report, evidence: Path) -> None:
    global _writer
    _writer = report.agency_pages(EvidenceStore.open(evidence))


def _write_agency(task: Task) -> None:
    _writer.write(task)


def _verdicts(findings: Sequence[Finding]) -> dict[str, int]:
    """Verdicts of the claimed services."""
    found = Counter(f.verdict for f in findings if f.check == "services.entry")
    return {word: found.get(word, 0) for word in _VERDICTS}  # type: ignore[call-overload]


def _reasons(findings: Sequence[Finding]) -> list[tuple[str, str, int]]:
    """(verdict, reason, count) of the claimed services, the most frequent first in each verdict."""
    found = Counter((f.verdict, f.reason) for f in findings if f.check == "services.entry" and f.reason)
    order = {word: place for place, word in enumerate(_VERDICTS)}
    rows = [(str(verdict), str(reason), count) for (verdict, reason), count in found.items()]
    return sorted(rows, key=lambda row: (order[row[0]], -row[2], row[1]))


class Pages:
    """The pages of one language."""

    def __init__(
        self,
        round: Round,
        results: Mapping[str, Any],
        model: Model,
        language: Language,
        root: str,
        replies: Told,
    ) -> None:
        self._round = round
        self._model = model
        self._results = results
        self._titles = {service.id: service.title for service in round.services}
        self._titles |= {dataset.id: dataset.title for dataset in round.datasets}
        self._dress = Dress(Catalogue(language), language)
        self._environment = environment(self._dress, self._titles)
        style = _style()
        home = round.settings.language == language
        other = "en" if language == "fa" else "fa"
        self._common: dict[str, Any] = {
            "round": round,
            "results": results,
            "national": results["national"],
            "model": model,
            "measured": _measured(model),
            "node_names": node_names(model.contents),
            "titles": self._titles,
            "most_subjects": _MOST_SUBJECTS,
            "lang": language,
            "rtl": self._dress.rtl,
            "other": other,
            "other_path": f"{other}/" if home else "../",
            "root": root,
            "style": Markup(style),  # noqa: S704 - our own file, nothing crawled
            "style_hash": base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
            "bands": _BANDS,
            "bands_plot": self._bands_plot(results["national"]),
            "gap_plots": self._gap_plots,
            "bar": lambda verified, possible, declared: bar(verified, possible, declared, self._dress.rtl),
        }
        self._environment.globals.update(
            replied=replies.about,
            replies_until=None if replies.until is None else Moment(replies.until.isoformat()),
            replies_head=replies.head,
            agency_name=self._name,
            node_name=self._node_name,
            running=lambda title: running(
                brief(round.settings.title or round.settings.id), title, self._dress.text, self._dress.rtl
            ),
        )

    def write(self, path: Path, template: str, **context: Any) -> None:
        html = self._environment.get_template(template).render(**self._common, page=path.name, **context)
        put(path, writable(html).encode())

    @cached_property
    def _ranks(self) -> dict[str, Intervals]:
        return by_kind(self._results)

    def rankings(self) -> list[Ranking]:
        """Which ranks can be told apart, by kind of agency."""
        dress = self._dress
        return list(
            rankings(self._ranks, lambda id: brief(self._name(id)), dress.text, dress.number, dress.rtl)
        )

    def national(self, findings: Sequence[Finding], beside: Path) -> Iterator[tuple[str, dict[str, Any]]]:
        """Pages about all agencies, each for one reader. beside: folder where files for machines may lie."""
        contents, name = self._model.contents, lambda id: brief(self._name(id))
        return national_pages(self._results, contents, findings, self._ranks, self._dress, name, beside)

    def likeness(self, entry: Mapping[str, Any]) -> str | None:
        """Whom an agency's rank cannot be told from; None where it has none."""
        if entry["rank"] is None:
            return None
        dress = self._dress
        ranks = self._ranks[entry["kind"]]
        return likeness(ranks, entry["id"], dress.text, lambda id: brief(self._name(id)), dress.number)

    def _gap_plots(self, kind: str, agencies: Sequence[Mapping[str, Any]]) -> list[Markup]:
        """Of the agencies of a kind, the widest gap first."""
        dress = self._dress
        ratios = {entry["id"]: entry["electronic_ratio"] for entry in agencies if entry["kind"] == kind}
        gaps = [
            Gap(
                brief(self._name(id)),
                *(of[k] and of[k] * 100 for k in ("declared", "verified", "possible")),
            )
            for id, of in ratios.items()
        ]
        gaps.sort(key=lambda gap: ((gap.verified or 0) - (gap.declared or 0), gap.label))
        title = f"{dress.text('report.gap_title')}: {dress.text(f'report.kind_{kind}')}"
        return list(
            gap_plots(f"gap-{kind}", gaps, title, dress.text("report.gap_text"), dress.rtl, dress.number)
        )

    def _name(self, agency: str) -> str:
        claim = self._round.agency(agency)
        return claim.name if self._dress.rtl else claim.name_en or claim.name

    def _node_name(self, node: str) -> str:
        """The name of an axis, or of an indicator behind its id."""
        contents = self._model.contents
        for axis in contents.axis:
            if axis.id == node:
                return self._in(axis.name)
        return next(f"{node} {self._in(one.name)}" for one in contents.indicator if one.id == node)

    def _in(self, names: Names) -> str:
        return names.fa if self._dress.language == "fa" else names.en

    def _bands_plot(self, national: Mapping[str, Any]) -> Markup:
        rows = [
            (self._dress.text(f"band.{b}"), national["bands"][b], national["bands_verified"][b])
            for b in _BANDS
        ]
        title, about = self._dress.text("report.bands"), self._dress.text("report.bands_plot")
        return bands_plot("bands", rows, title, about, self._dress.rtl, self._dress.number)


def node_names(contents: Contents) -> dict[str, Names]:
    """Names of axes, groups and indicators by id."""
    names = {axis.id: axis.name for axis in contents.axis}
    names |= {group.id: group.name for group in contents.group}
    return names | {indicator.id: indicator.name for indicator in contents.indicator}


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
