"""The desk's pages in one language: what stands on each, from the view of this moment. Knows no request."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlencode

from jinja2 import PackageLoader

from checks.finding import VERDICTS, Finding, is_listed, title_of
from claims.audits import StandingRow
from claims.model import Agency, AuditorVerdict
from claims.records import COULD_NOT_TELL
from evidence.records import Capture
from evidence.redaction import secrets
from reports.catalogue import Language, TextCatalogue
from reports.desk.desk_round import CLAIM, DeskRound, RoundSnapshot
from reports.desk.listed_csv import lines
from reports.desk.pictures import DeskGallery
from reports.desk.replay import visits_of
from reports.desk.saved_filters import saved
from reports.desk.security import Session
from reports.desk.sources import CaptureSource, captures_of, source_of, words_of
from reports.export.export_context import ExportTexts
from reports.html.crop import crop_of
from reports.html.environment import environment
from reports.html.finding_view import FindingViews
from reports.html.formatter import Formatter
from reports.html.plots import bar
from reports.replies import DECISIONS, STATES
from reports.results_db.finding_filter import SORTS, FindingFilter
from reports.results_db.rows import ORDER
from reports.results_db.search_text import squeezed
from scoring.worklist import SIZE
from web.document import Document

PAGE = 50  # findings of one page
AGENCIES = 200  # of one page of the overview
OFFERED = 200  # values of one filter: a list of thirty thousand agencies is a page of megabytes
SOURCE_ROWS = 60
WHOLE_ROWS = 400
_MOST_TITLE = 300  # characters
_TABS = 8  # captures of a finding whose source is offered
STANCES = ("accepts", "disputes", "mended", "explains")
_OF_CLAIMS = (CLAIM, "datasets.usability", "datasets.freshness")
WORDS = ("verified", "partial", "contradicted")
TWICE = 10  # every so many cases are given to two auditors, unless somebody says otherwise


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Of a request, what every page needs. path: with its query, to come back to in the other language. inside: whether
    the token was shown. done: what was recorded just before, "" for nothing; of: the claim that it was about.
    """

    path: str
    session: Session
    auditor: str
    inside: bool
    done: str
    of: str = ""


@dataclass(frozen=True, slots=True)
class RejectedForm:
    """What was typed into a form that was not recorded, and why not. name: of the form."""

    name: str = ""
    values: Mapping[str, str] | None = None
    problems: Sequence[str] = ()

    def value(self, field: str, otherwise: str = "") -> str:
        return otherwise if self.values is None else self.values.get(field, "")


class DeskPages:
    """One language. The round gives the view. titles: of claims by id, as they are shown."""

    def __init__(self, desk_round: DeskRound, language: Language, titles: Mapping[str, str]) -> None:
        self._round = desk_round
        self._language = language
        self._formatter = Formatter(TextCatalogue(language), language)
        self.text = self._formatter.text
        round = desk_round.view().round
        self._environment = environment(self._formatter, titles, PackageLoader("reports.desk"))
        self._environment.filters["short"] = short
        self._environment.filters["redacted"] = secrets.text
        self._agencies = {agency.id: agency for agency in round.agencies}
        self._nodes = {
            id: names.fa if language == "fa" else names.en
            for id, names in desk_round.contents.names().items()
        }
        self._environment.globals.update(
            agency_name=self._name,
            node_name=lambda id: self._nodes.get(id, id),
            bar=lambda verified, possible, declared: bar(verified, possible, declared, self._formatter.rtl),
            check_name=self._check,
            address=_address,
            plain_address=lambda path, fields: f"{path}?{urlencode(fields)}",
        )
        self._common: dict[str, Any] = {
            "lang": language,
            "rtl": self._formatter.rtl,
            "other": "en" if language == "fa" else "fa",
            "root": "/",
            "here": frozenset(),
            "words": WORDS,
            "order": ORDER,
        }

    def overview(self, view: RoundSnapshot, asked: PageRequest, start: int) -> str:
        index = view.index
        agencies = index.scores.count()
        start = _page_start(start, AGENCIES, agencies)
        entries = index.scores.listed(view.withheld.agencies, start, AGENCIES)
        services = index.counts("verdict", FindingFilter(check=CLAIM))
        reasons = [
            ((verdict, reason), count)
            for verdict in services
            for reason, count in index.counts("reason", FindingFilter(check=CLAIM, verdict=verdict)).items()
            if reason
        ]
        return self._page(
            "overview.html",
            view,
            asked,
            counts=index.by_agency(entry["id"] for entry in entries),
            services=[(word, services[word]) for word in VERDICTS if word in services],
            reasons=sorted(reasons, key=lambda item: (-item[1], item[0])),
            entries=entries,
            agencies=agencies,
            start=start,
            size=AGENCIES,
            all=index.count(),
            waiting=[one for one in view.told.answers if one.state == "received"],
            latest=view.said[-5:][::-1],
        )

    def findings(
        self,
        view: RoundSnapshot,
        asked: PageRequest,
        wanted: FindingFilter,
        start: int,
        form: RejectedForm = RejectedForm(),
    ) -> str:
        counts = view.index.counts("verdict", wanted)
        of = sum(counts.values())
        start = _page_start(start, PAGE, of)
        return self._page(
            "findings.html",
            view,
            asked,
            wanted=wanted,
            counts=counts,
            of=of,
            start=start,
            size=PAGE,
            rows=[self._row(view, finding) for finding in view.index.find(wanted, start, PAGE)],
            options=self._options(view, wanted),
            offered=OFFERED,
            sorts=SORTS,
            saved=saved(view.round.folder),
            form=form,
        )

    def listed(self, view: RoundSnapshot, wanted: FindingFilter) -> Iterator[bytes]:
        """All of a list as CSV."""

        def said(finding: Finding) -> str:
            return "; ".join(f"{row.auditor}: {_word(row)}" for row in view.said_of(finding))

        return lines(view.index.every(wanted), ExportTexts(view.round, self._language), said)

    def finding(
        self,
        view: RoundSnapshot,
        asked: PageRequest,
        finding: Finding,
        wanted: FindingFilter,
        form: RejectedForm,
        capture: str,
        row: int | None,
    ) -> str:
        store, gallery = self._round.store, self._round.gallery(finding.agency)
        (item,) = FindingViews(store, gallery, [finding]).of(finding.subject.kind, finding.subject.id)
        source, span = source_of(store, finding, capture)
        check = "" if finding.check == CLAIM else finding.check
        places = (finding.observed.get("url"), finding.subject.url, *(seen.url for seen in item.seen))
        return self._page(
            "finding.html",
            view,
            asked,
            item=item,
            same_address=None
            if item.picture
            else next((p for url in places if url and (p := gallery.of_url(finding.agency, str(url)))), None),
            f=finding,
            agency={"id": finding.agency},
            claim=view.claims.get(finding.subject.id)
            if finding.subject.kind in ("service", "dataset")
            else None,
            wanted=wanted,
            around=view.index.neighbours(finding.id, wanted),
            source=source,
            stretch=None if source is None else source.stretch(row, SOURCE_ROWS, span),
            sources=captures_of(store, finding)[:_TABS],
            form=form,
            verdicts=view.said_of(finding),
            settles=self._settles(finding),
            candidates=self._candidates(finding, gallery),
            choice=view.choices.get(finding.subject.id) if finding.check == CLAIM else None,
            asks=check,
            siblings=[
                one
                for one in view.index.about(finding.subject.kind, finding.subject.id)
                if one.id != finding.id
            ],
            answers=view.told.about(finding.id),
            decisions=DECISIONS,
            stances=STANCES,
        )

    def visits(self, view: RoundSnapshot, asked: PageRequest, finding: Finding) -> str:
        """The first and the last visit beside each other: picture and page as they were, the words of the finding boxed."""
        gallery, words = self._round.gallery(finding.agency), words_of(finding)
        shown = []
        for capture in visits_of(self._round.store, finding, words):
            facts = gallery.facts_of(capture.id)
            crop = None
            if facts is not None and (selector := str(finding.observed.get("selector") or "")):
                excerpt = str(finding.observed.get("excerpt") or "")
                crop = crop_of(facts, selector, excerpt, partial(self._document, capture))
            shown.append((capture, gallery.of_page(capture.id), crop))
        return self._page("visits.html", view, asked, f=finding, visits=shown)

    def _document(self, page: Capture) -> Document:
        return Document(self._round.store.body(page.id), page.url, "text/html; charset=utf-8")

    def retest(self, view: RoundSnapshot, asked: PageRequest) -> str:
        state = self._round.retest.state()
        claim = view.claims.get(state.subject) if state is not None else None
        if claim is not None and claim.agency in view.withheld.agencies:
            state = None  # it says what was found
        about = (
            []
            if state is None or state.status is None
            else [
                finding
                for kind in ("service", "dataset")
                for finding in view.index.about(kind, state.subject)
            ]
        )
        return self._page("retest.html", view, asked, state=state, about=about)

    def source(
        self, view: RoundSnapshot, asked: PageRequest, capture: Capture, row: int, finding: Finding | None
    ) -> str:
        source = CaptureSource.of(self._round.store, capture)
        span = None
        if finding is not None:
            shown, span = source_of(self._round.store, finding, capture.id)
            source = shown or source
        return self._page(
            "source.html",
            view,
            asked,
            source=source,
            f=finding,
            stretch=source.stretch(row, WHOLE_ROWS, span),
        )

    def agency(self, view: RoundSnapshot, asked: PageRequest, entry: Mapping[str, Any]) -> str:
        """entry: its row of `agencies` in results.db."""
        by_subject: dict[str, list[Finding]] = {}
        for finding in view.index.of_agency(entry["id"], _OF_CLAIMS):
            by_subject.setdefault(finding.subject.id, []).append(finding)
        listed = {
            id: {"id": id, "title": title_of(found[0], {})}
            for id, found in by_subject.items()
            if is_listed(found[0])
        }
        return self._page(
            "agency.html",
            view,
            asked,
            entry=entry,
            agency=self._agency(entry["id"]),
            counts=view.index.by_agency([entry["id"]])[entry["id"]],
            by_subject=by_subject,
            services=view.round.services_of(entry["id"]),
            datasets=view.round.datasets_of(entry["id"]),
            listed=[listed[id] for id in sorted(listed)],
            indicators=view.index.scores.indicators(entry["id"]),
            rests_on=view.index.by_indicator(entry["id"]),
            replies=view.told.of(entry["id"]),
        )

    def worklist(self, view: RoundSnapshot, asked: PageRequest, whose: str, form: RejectedForm) -> str:
        """whose: auditor whose cases are shown; "" for all."""
        batch = view.batch
        shown = [case for case in batch.cases if not whose or whose in case.auditors]
        return self._page(
            "worklist.html",
            view,
            asked,
            batch=batch,
            cases=shown,
            whose=whose,
            form=form,
            following=batch.next_case(asked.auditor),
            pace=batch.pace(self._round.today()),
            batch_rows=len(view.draws),
            size=SIZE,
            twice=TWICE,
        )

    def case(self, view: RoundSnapshot, asked: PageRequest, service: str, form: RejectedForm) -> str:
        """Of a case in work, nothing is read that was found: the page is made of the claim alone."""
        batch, case = view.batch, view.case_of(service)
        ids = [one.subject for one in batch.cases] if case else []
        following = batch.next_case(asked.auditor, service) if case else None
        hidden = service in view.withheld.subjects
        # under whose name the desk was opened says nothing of who sits here
        named = asked.session.auditor
        return self._page(
            "case.html",
            view,
            asked,
            service=view.claims[service],
            case=case,
            waits=case is not None and (batch.waits_for(case, named) if named else case in batch.open),
            number=ids.index(service) + 1 if case else None,
            of=len(ids),
            following=following.subject if following else None,
            batch=batch,
            hidden=hidden,
            agency=self._agency(view.claims[service].agency),
            entry=None
            if hidden
            else next((f for f in view.index.about("service", service) if f.check == CLAIM), None),
            form=form,
            asks="",
            verdicts=(batch.said_by(service, named) if named else [])
            if case
            else [v for v in view.verdicts.get(service, ()) if v.check is None or v.check == CLAIM],
        )

    def login(self, asked: PageRequest, problem: str, elsewhere: str) -> str:
        """elsewhere: what it says, in the other language, for who cannot read this one."""
        return self._page("login.html", None, asked, problem=problem, elsewhere=elsewhere)

    def error(self, view: RoundSnapshot | None, asked: PageRequest, status: int, key: str) -> str:
        return self._page("error.html", view, asked, status=status, key=key)

    def _page(self, template: str, view: RoundSnapshot | None, asked: PageRequest, **context: Any) -> str:
        """view: None for pages to who is outside."""
        other = "en" if self._language == "fa" else "fa"
        self_and_other = {"asked": asked, "other_address": _with(asked.path, lang=other)}
        told: dict[str, Any] = {}
        if view is not None:
            told = {
                "replied": view.told.about,
                "withheld": view.withheld,
                "undoable": self._undoable(view, asked),
                "view": view,
                "round": view.round,
                "results": view.results,
            }
        return self._environment.get_template(template).render(
            **self._common, **self_and_other, **told, **context
        )

    def _undoable(self, view: RoundSnapshot, asked: PageRequest) -> StandingRow | None:
        """What was recorded just before, as long as it may be taken back."""
        if asked.done != "verdict" or asked.of not in view.claims or not asked.session.auditor:
            return None
        last = view.last_of(asked.of, asked.session.auditor, "")
        ended = last is not None and last.batch and view.case_of(asked.of) is None
        return None if ended else last

    def _candidates(
        self, finding: Finding, gallery: DeskGallery
    ) -> list[tuple[Mapping[str, Any], str | None]]:
        """Pages that may be those of an open claim, the best first, with their pictures."""
        offered = finding.observed.get("candidates", ()) if finding.check == CLAIM else ()
        return [(one, gallery.of_page(one["capture"]) if one["capture"] else None) for one in offered]

    def _settles(self, finding: Finding) -> str | None:
        """What a person may do about a finding of a claim."""
        if finding.check != CLAIM:
            return None
        by_reason = f"settles.{finding.reason}"
        known = self._formatter.catalogue.has(by_reason)
        return self.text(by_reason if known else f"settles.{finding.verdict}")

    def _row(self, view: RoundSnapshot, finding: Finding) -> dict[str, Any]:
        said = view.said_of(finding)
        answers = view.told.about(finding.id)
        return {
            "f": finding,
            "picture": self._thumbnail(finding),
            "said": said[-1] if said else None,
            "reply": answers[-1].state if answers else None,
        }

    def _thumbnail(self, finding: Finding) -> str | None:
        """The first picture of the pages that a finding rests on."""
        gallery = self._round.gallery(finding.agency) if finding.captures else None
        found = (gallery.of_page(name) for name in finding.captures) if gallery else ()
        return next((picture for picture in found if picture), None)

    def _options(self, view: RoundSnapshot, wanted: FindingFilter) -> dict[str, list[tuple[str, str]]]:
        """(value, text) of each filter, as people call it, with the number of findings that the other filters leave."""

        facets = view.index.facets(wanted, OFFERED)

        def counted(column: str, named: Callable[[str], str]) -> list[tuple[str, str]]:
            counts = facets[column]
            if (chosen := getattr(wanted, column)) and chosen not in counts:
                counts[chosen] = 0
            there = [(code, named(code), count) for code, count in counts.items() if code]
            ordered = sorted(there, key=lambda one: (squeezed(one[1]), one[0]))
            return [(code, f"{name} ({self._formatter.number(count)})") for code, name, count in ordered]

        contents = self._round.contents
        indicators = [
            one
            for axis in contents.axis
            for one in [
                (axis.id, self._nodes[axis.id]),
                *((i.id, f"{i.id} {self._nodes[i.id]}") for i in contents.indicator if i.axis == axis.id),
            ]
        ]
        return {
            "verdict": counted(
                "verdict", lambda word: self.text(f"verdict.{word}") if word in ORDER else word
            ),
            "agency": counted("agency", self._name),
            "indicator": indicators,
            "check": counted("check", self._check),
            "reason": counted("reason", self._reason),
            "reply": [(word, self.text(f"desk.reply_{word}")) for word in ("any", "none")]
            + [(state, self.text(f"reply_state.{state}")) for state in STATES],
            "audited": [(word, self.text(f"desk.audited_{word}")) for word in ("yes", "no")],
        }

    def _reason(self, code: str) -> str:
        known = self._formatter.catalogue.has(f"reason.{code}")
        return str(self._formatter.named("reason", code).striptags()) if known else code

    def _check(self, id: str) -> str:
        element = id.removeprefix("elements.")
        catalogue = self._formatter.catalogue
        if element != id and catalogue.has(f"element.{element}"):
            return self.text("desk.element", name=self.text(f"element.{element}"))
        return self.text(f"check.{id}") if catalogue.has(f"check.{id}") else id

    def _name(self, id: str) -> str:
        agency = self._agencies.get(id)
        if agency is None:  # findings of a round whose sheets changed since
            return id
        return agency.name if self._formatter.rtl else agency.name_en or agency.name

    def _agency(self, id: str) -> Agency:
        return self._agencies[id]


def _page_start(start: int, size: int, of: int) -> int:
    """Of the page with the start-th row, or of the last one."""
    return min(max(0, start - start % size), max(0, (of - 1) // size * size))


def short(text: str) -> str:
    return text if len(text) <= _MOST_TITLE else f"{text[:_MOST_TITLE]}…"


def _word(row: StandingRow) -> str:
    return row.verdict if isinstance(row, AuditorVerdict) else COULD_NOT_TELL


def _address(path: str, wanted: FindingFilter | None = None, **more: object) -> str:
    """A path with a filter and further fields; those that are empty are left out."""
    fields = {} if wanted is None else wanted.given()
    fields |= {name: str(value) for name, value in more.items() if value not in (None, "")}
    return f"{path}?{urlencode(fields)}" if fields else path


def _with(path: str, **more: str) -> str:
    return path + ("&" if "?" in path else "?") + urlencode(more)
