"""Addresses of the desk, and what a request becomes. Who is let in at all is `reports.desk.security`.

GET   /  /findings  /findings.csv  /finding/ID  /agency/ID  /worklist  /case/SERVICE  /capture/ID/source  /capture/ID/picture
      /capture/ID/replay  /finding/ID/visits  /retest
POST  /finding/ID/verdict  /finding/ID/reply  /finding/ID/answer  /finding/ID/retest  /finding/ID/page  /case/SERVICE/verdict  /undo  /worklist/draw
      /worklist/assign  /findings/save  /findings/forget  /login  /logout
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from importlib.resources import files
from urllib.parse import parse_qsl, quote

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from checks.finding import Finding
from claims import cells
from claims.claims_by_id import Claim
from claims.model import Service
from claims.persian import digits
from claims.problems import Problem
from claims.records import MOST_NAME
from evidence.errors import EvidenceError
from evidence.kinds.screenshot import ScreenshotFacts
from evidence.records import Capture
from reports.blinding import Withheld
from reports.catalogue import LANGUAGES, Language
from reports.desk.append import RowRefused, inert
from reports.desk.desk_round import CLAIM, DeskRound, GivenVerdict, RecordingRefused, RoundSnapshot
from reports.desk.pages import DeskPages, PageRequest, RejectedForm, short
from reports.desk.pictures import MEDIA_TYPES
from reports.desk.replay import is_page, replayed
from reports.desk.security import Session, marked
from reports.desk.sources import words_of
from reports.results_db.finding_filter import FindingFilter

_FIELDS = 20  # of a form
_PROBLEMS = 10  # that are told
_ROWS = 10**7
_LANGUAGE = "govah-language"
# Forms are sent to addresses of their own. Where a page of these is shown again; of others one step up.
_SHOWN_AT = {"/undo": "/worklist", "/login": "/login", "/logout": "/login"}
_YEAR = 365 * 24 * 3600
_STATIC = {
    "style.css": ("reports.html", "text/css; charset=utf-8"),
    "desk.css": ("reports.desk", "text/css; charset=utf-8"),
    "desk.js": ("reports.desk", "text/javascript; charset=utf-8"),
    "vazirmatn.woff2": ("reports.html", "font/woff2"),
    "icon.svg": ("reports.desk", "image/svg+xml"),
}

Values = Mapping[str, str]


class _ShortTitles(Mapping[str, str]):
    """Of claims by id, as they are shown."""

    def __init__(self, claims: Mapping[str, Claim]) -> None:
        self._claims = claims

    def __getitem__(self, id: str) -> str:
        return short(self._claims[id].title)

    def __iter__(self) -> Iterator[str]:
        return iter(self._claims)

    def __len__(self) -> int:
        return len(self._claims)


class Desk:
    """The application. auditor: whose name stands in the forms until the browser has recorded something under another."""

    def __init__(self, desk_round: DeskRound, auditor: str) -> None:
        self._round = desk_round
        self._auditor = auditor
        self._home = desk_round.view().round.settings.language
        titles = _ShortTitles(desk_round.view().claims)
        self._pages = {language: DeskPages(desk_round, language, titles) for language in LANGUAGES}
        self._static = {
            name: ((files(where) / "assets" / name).read_bytes(), kind)
            for name, (where, kind) in _STATIC.items()
        }
        # without the token: the way in, and what its page is drawn with, which is the same for every round
        self.open = ("/login", *(f"/static/{name}" for name in _STATIC))

    def routes(self) -> Starlette:
        def get(path: str, reader: Callable[[Request], Response]) -> Route:
            return Route(path, reader, methods=["GET"])

        def post(path: str, reader: Callable[[Request, Values], Response]) -> Route:
            async def posted(request: Request) -> Response:
                values = await _values(request)
                session: Session = request.scope["desk_session"]
                if not marked(session, values.get("mark", "")):
                    raise HTTPException(403)
                return await run_in_threadpool(reader, request, values)

            return Route(path, posted, methods=["POST"])

        return Starlette(
            routes=[
                get("/", self.overview),
                get("/findings", self.findings),
                get("/findings.csv", self.listed),
                get("/finding/{id}", self.finding),
                get("/agency/{id}", self.agency),
                get("/worklist", self.worklist),
                get("/case/{id}", self.case),
                get("/capture/{id}/source", self.source),
                get("/capture/{id}/picture", self.picture),
                get("/capture/{id}/replay", self.replay),
                get("/finding/{id}/visits", self.visits),
                get("/retest", self.retest_state),
                get("/static/{name}", self.static),
                get("/login", self.login),
                post("/login", self.enter),
                post("/logout", self.leave),
                post("/finding/{id}/verdict", self.verdict),
                post("/finding/{id}/reply", self.reply),
                post("/finding/{id}/answer", self.answer),
                post("/finding/{id}/retest", self.retest),
                post("/finding/{id}/page", self.choose_page),
                post("/case/{id}/verdict", self.judge_case),
                post("/findings/save", self.save_filter),
                post("/findings/forget", self.forget_filter),
                post("/undo", self.undo),
                post("/worklist/draw", self.draw),
                post("/worklist/assign", self.assign),
            ],
            exception_handlers={
                HTTPException: self._failed,
                EvidenceError: self._damaged,
                Exception: self._failed,
            },
        )

    # What is read

    def overview(self, request: Request) -> Response:
        start = _number(request, "start") or 0
        return self._html(request, lambda pages, view, asked: pages.overview(view, asked, start))

    def findings(self, request: Request) -> Response:
        wanted, start = _filter(request), _number(request, "start") or 0
        return self._html(request, lambda pages, view, asked: pages.findings(view, asked, wanted, start))

    def listed(self, request: Request) -> Response:
        pages = self._pages[self._language(request)]
        rows = pages.listed(self._round.view(), _filter(request))
        named = {"content-disposition": 'attachment; filename="findings.csv"'}
        return StreamingResponse(rows, media_type="text/csv; charset=utf-8", headers=named)

    def finding(self, request: Request) -> Response:
        return self._finding(request, RejectedForm())

    def _finding(self, request: Request, form: RejectedForm, status: int = 200) -> Response:
        view = self._round.view()
        finding = self._found(view, request.path_params["id"])
        capture = request.query_params.get("capture", "")
        if capture and capture not in finding.captures:
            raise HTTPException(404)
        wanted, row = _filter(request), _number(request, "row")
        return self._html(
            request,
            lambda pages, view, asked: pages.finding(view, asked, finding, wanted, form, capture, row),
            status,
        )

    def agency(self, request: Request) -> Response:
        entry = self._round.view().index.scores.one(request.path_params["id"])
        if entry is None:
            raise HTTPException(404)
        return self._html(request, lambda pages, view, asked: pages.agency(view, asked, entry))

    def worklist(self, request: Request) -> Response:
        return self._worklist(request, RejectedForm())

    def _worklist(self, request: Request, form: RejectedForm, status: int = 200) -> Response:
        whose = request.query_params.get("auditor", "")
        return self._html(
            request, lambda pages, view, asked: pages.worklist(view, asked, whose, form), status
        )

    def case(self, request: Request) -> Response:
        return self._case(request, RejectedForm())

    def _case(self, request: Request, form: RejectedForm, status: int = 200) -> Response:
        service = request.path_params["id"]
        if not isinstance(self._round.view().claims.get(service), Service):
            raise HTTPException(404)
        return self._html(request, lambda pages, view, asked: pages.case(view, asked, service, form), status)

    def source(self, request: Request) -> Response:
        capture = self._capture(request)
        if capture.kind == "screenshot":
            raise HTTPException(404)
        finding, row = self._resting_on(request, capture), _number(request, "row") or 0
        return self._html(
            request, lambda pages, view, asked: pages.source(view, asked, capture, row, finding)
        )

    def picture(self, request: Request) -> Response:
        capture = self._capture(request)
        facts = capture.facts
        if not isinstance(facts, ScreenshotFacts) or facts.media_type not in MEDIA_TYPES:
            raise HTTPException(404)
        return Response(self._round.store.body(capture.id), media_type=facts.media_type)

    def replay(self, request: Request) -> Response:
        """A page of a portal, for a frame of the desk. finding: whose words are boxed."""
        request.scope["desk_replay"] = True
        capture = self._capture(request)
        if not is_page(capture):
            raise HTTPException(404)
        finding = self._resting_on(request, capture)
        page = replayed(
            self._round.store,
            capture,
            self._round.assets(capture.agency),
            words_of(finding) if finding is not None else (),
        )
        if page is None:
            raise HTTPException(404)
        return HTMLResponse(page.encode("utf-8", "replace"))

    def _capture(self, request: Request) -> Capture:
        try:
            capture = self._round.store.get(request.path_params["id"])
        except KeyError:
            raise HTTPException(404) from None
        if self._round.view().withheld.hides_capture(capture.agency, capture.url):
            raise HTTPException(404)
        return capture

    def _found(self, view: RoundSnapshot, id: str) -> Finding:
        """Without the captures of what is withheld: a finding may rest on pages of several claims."""
        finding = view.index.one(id)
        if finding is None:
            raise HTTPException(404)
        shown = (one for one in finding.captures if not self._is_of(view.withheld, one))
        return replace(finding, captures=tuple(shown))

    def _of_a_claim(self, view: RoundSnapshot, request: Request) -> Finding:
        """A dataset that only a catalogue lists is no claim."""
        finding = self._found(view, request.path_params["id"])
        if finding.subject.kind not in ("service", "dataset") or finding.subject.id not in view.claims:
            raise HTTPException(404)
        return finding

    def _is_of(self, withheld: Withheld, id: str) -> bool:
        try:
            capture = self._round.store.get(id)
        except KeyError:
            return False
        return withheld.hides_capture(capture.agency, capture.url)

    def _resting_on(self, request: Request, capture: Capture) -> Finding | None:
        """The finding that a request names; it rests on the capture."""
        of = request.query_params.get("finding", "")
        finding = self._found(self._round.view(), of) if of else None
        if finding is not None and capture.id not in finding.captures:
            raise HTTPException(404)
        return finding

    def visits(self, request: Request) -> Response:
        finding = self._found(self._round.view(), request.path_params["id"])
        return self._html(request, lambda pages, view, asked: pages.visits(view, asked, finding))

    def static(self, request: Request) -> Response:
        if (held := self._static.get(request.path_params["name"])) is None:
            raise HTTPException(404)
        return Response(held[0], media_type=held[1])

    # What is recorded

    def verdict(self, request: Request, values: Values) -> Response:
        view = self._round.view()
        finding = self._of_a_claim(view, request)
        check = "" if finding.check == CLAIM else finding.check
        following = view.index.neighbours(finding.id, _filter(request)).after
        given = _verdict(finding.subject.id, check, values)
        form = self._record(request, "verdict", values, partial(self._round.record_verdict, given))
        if form:
            return self._finding(request, form, 422)
        return self._done(
            request,
            f"/finding/{following or finding.id}",
            "verdict",
            given.auditor,
            "" if check else given.subject,
        )

    def judge_case(self, request: Request, values: Values) -> Response:
        service = request.path_params["id"]
        if service not in self._round.view().claims:
            raise HTTPException(404)
        given = _verdict(service, "", values)
        form = self._record(request, "verdict", values, partial(self._round.record_verdict, given))
        if form:
            return self._case(request, form, 422)
        view = self._round.view()
        following = view.batch.next_case(given.auditor, service) if view.case_of(service) else None
        path = f"/case/{quote(following.subject)}" if following else "/worklist"
        return self._done(request, path, "verdict", given.auditor, service)

    def save_filter(self, request: Request, values: Values) -> Response:
        name = " ".join(cells.text(values.get("name", "")).split())
        wanted = _filter(request)
        work = partial(self._save, name, wanted, self._asked(request).auditor)
        if form := self._record(request, "save", values, work):
            return self._html(
                request, lambda pages, view, asked: pages.findings(view, asked, wanted, 0, form), 422
            )
        return self._done(request, "/findings", "save")

    def _save(self, name: str, wanted: FindingFilter, by: str) -> None:
        if not wanted.given():
            raise RecordingRefused("desk.no_filter")
        self._round.save_filter(name, wanted.given(), by)

    def forget_filter(self, request: Request, values: Values) -> Response:
        work = partial(self._round.save_filter, values.get("name", ""), {}, self._asked(request).auditor)
        if form := self._record(request, "save", values, work):
            return self._html(
                request, lambda pages, view, asked: pages.findings(view, asked, FindingFilter(), 0, form), 422
            )
        return self._done(request, "/findings", "forget")

    def undo(self, request: Request, values: Values) -> Response:
        """Of a claim; the case is then to be judged again."""
        given = _verdict(values.get("subject", ""), values.get("check", ""), values)
        service = given.subject if given.subject in self._round.view().claims else ""
        path = f"/case/{quote(service)}" if service else "/worklist"
        form = self._record(request, "undo", values, partial(self._round.undo_verdict, given))
        return (
            self._worklist(request, form, 422) if form else self._done(request, path, "undo", given.auditor)
        )

    def draw(self, request: Request, values: Values) -> Response:
        number = _whole(values.get("size", "").strip()) or 0
        form = self._record(request, "draw", values, partial(self._draw, number))
        return self._worklist(request, form, 422) if form else self._done(request, "/worklist", "draw")

    def _draw(self, size: int) -> None:
        if not size:
            raise RecordingRefused("desk.no_number")
        self._round.draw_batch(size)

    def assign(self, request: Request, values: Values) -> Response:
        names = [
            inert(name)[:MOST_NAME] for name in re.split("[\\n;؛]", values.get("names", "")) if name.strip()
        ]
        unique, every = list(dict.fromkeys(names)), _whole((values.get("twice", "") or "0").strip())
        work = partial(self._assign, unique, every, values.get("seen", ""))
        form = self._record(request, "assign", values, work)
        return self._worklist(request, form, 422) if form else self._done(request, "/worklist", "assign")

    def _assign(self, names: Sequence[str], every: int | None, seen: str) -> None:
        if every is None:
            raise RecordingRefused("desk.no_whole_number")
        if acting := next((name for name in names if name.startswith("'")), None):
            raise RecordingRefused("desk.name_acts", name=acting[1:])
        self._round.assign(names, every, seen)

    def reply(self, request: Request, values: Values) -> Response:
        finding = self._found(self._round.view(), request.path_params["id"])
        row = {name: values.get(name, "") for name in ("date", "by", "stance", "text", "contact")}
        subject = finding.subject.id if values.get("about") == "claim" else finding.id
        row |= {"agency": finding.agency, "subject": subject}
        form = self._record(request, "reply", values, partial(self._round.record_reply, row))
        return (
            self._finding(request, form, 422)
            if form
            else self._done(request, f"/finding/{finding.id}", "reply")
        )

    def answer(self, request: Request, values: Values) -> Response:
        finding = self._found(self._round.view(), request.path_params["id"])
        given = (values.get(name, "") for name in ("reply", "decision", "by", "text"))
        form = self._record(request, "answer", values, partial(self._round.record_answer, *given))
        return (
            self._finding(request, form, 422)
            if form
            else self._done(request, f"/finding/{finding.id}", "answer", values.get("by", ""))
        )

    def choose_page(self, request: Request, values: Values) -> Response:
        view = self._round.view()
        finding = self._found(view, request.path_params["id"])
        if finding.check != CLAIM:
            raise HTTPException(404)
        following = view.index.neighbours(finding.id, _filter(request)).after
        by = values.get("by", "")
        work = partial(self._round.choose_page, finding, values.get("choice", ""), by)
        if form := self._record(request, "page", values, work):
            return self._finding(request, form, 422)
        return self._done(request, f"/finding/{following or finding.id}", "page", by)

    def retest(self, request: Request, values: Values) -> Response:
        finding = self._of_a_claim(self._round.view(), request)
        by = values.get("by", "")
        work = partial(self._round.begin_retest, finding.subject.id, by, self._language(request))
        form = self._record(request, "retest", values, work)
        return self._finding(request, form, 422) if form else self._done(request, "/retest", "retest", by)

    def retest_state(self, request: Request) -> Response:
        return self._html(request, lambda pages, view, asked: pages.retest(view, asked))

    def _record(
        self, request: Request, name: str, values: Values, work: Callable[[], object]
    ) -> RejectedForm | None:
        """None when it is recorded; else the form as it was filled in, with what is wrong."""
        text = self._pages[self._language(request)].text
        try:
            work()
        except RowRefused as refused:
            told = _of_sheet if refused.sheet else _told
            return RejectedForm(
                name, values, [told(problem, text) for problem in refused.problems[:_PROBLEMS]]
            )
        except RecordingRefused as refusal:
            return RejectedForm(name, values, [text(refusal.key, **refusal.params)])
        except OSError as error:
            return RejectedForm(name, values, [text("desk.not_written", detail=error.strerror or "")])
        return None

    def _done(self, request: Request, path: str, what: str, auditor: str = "", of: str = "") -> Response:
        """auditor: who recorded it, kept until the browser is closed, so that fifty cases ask for no name fifty times.

        of: the claim that it was about.
        """
        query = {**_filter(request).given(), "done": what} | ({"of": of} if of else {})
        if auditor:
            request.scope["desk_remember"](auditor[:MOST_NAME])
        return RedirectResponse(
            f"{path}?{'&'.join(f'{k}={quote(v)}' for k, v in query.items())}#recorded", 303
        )

    # Who comes in

    def login(self, request: Request) -> Response:
        return RedirectResponse("/", 303) if request.scope["desk_inside"] else self._login(request, "", 200)

    def enter(self, request: Request, values: Values) -> Response:
        wait = request.scope["desk_enter"](values.get("token", ""))
        return RedirectResponse("/", 303) if wait is None else self.ask(request, wait)

    def ask(self, request: Request, wait: int | None) -> Response:
        """Of who did not show the token. wait: seconds until another attempt is looked at; None when nothing was shown."""
        if wait is None:
            response = self._login(request, "", 401)
        else:
            text = self._pages[self._language(request)].text
            said = text("desk.login_wait", seconds=wait) if wait else text("desk.login_wrong")
            response = self._login(request, said, 429 if wait else 401)
        response.headers.update({"retry-after": str(wait)} if wait else {"www-authenticate": "Bearer"})
        return response

    def refused(self, status: int) -> str:
        """In both languages: before a request is known to be ours, nothing of it is read, its language neither."""
        languages = sorted(LANGUAGES, key=lambda language: language != self._home)
        return "".join(f"{status} {self._pages[one].text(f'desk.refused_{status}')}\n" for one in languages)

    def _login(self, request: Request, problem: str, status: int) -> Response:
        """Nothing of the round is read for it."""
        language = self._language(request)
        elsewhere = self._pages["en" if language == "fa" else "fa"].text("desk.login_text")
        html = self._pages[language].login(self._asked(request), problem, elsewhere)
        return self._sent(request, html, status)

    def leave(self, request: Request, values: Values) -> Response:
        request.scope["desk_leave"]()
        return RedirectResponse("/login", 303)

    # How it is shown

    def _language(self, request: Request) -> Language:
        for given in (request.query_params.get("lang"), request.cookies.get(_LANGUAGE)):
            if given in LANGUAGES:
                return "fa" if given == "fa" else "en"
        return self._home

    def _html(
        self,
        request: Request,
        page: Callable[[DeskPages, RoundSnapshot, PageRequest], str],
        status: int = 200,
    ) -> Response:
        pages = self._pages[self._language(request)]
        return self._sent(request, page(pages, self._round.view(), self._asked(request)), status)

    def _asked(self, request: Request) -> PageRequest:
        query = "&".join(
            f"{quote(k)}={quote(v)}"
            for k, v in request.query_params.multi_items()
            if k not in ("lang", "done", "of", "token")
        )
        # a form that was refused is told of at an address that only takes forms
        path = (
            request.url.path
            if request.method == "GET"
            else _SHOWN_AT.get(request.url.path) or request.url.path.rpartition("/")[0]
        )
        session: Session = request.scope["desk_session"]
        return PageRequest(
            path="/" + quote(path.lstrip("/")) + (f"?{query}" if query else ""),  # two strokes lead elsewhere
            session=session,
            inside=request.scope["desk_inside"],
            auditor=session.auditor or self._auditor,
            done=request.query_params.get("done", ""),
            of=request.query_params.get("of", ""),
        )

    def _sent(self, request: Request, html: str, status: int) -> Response:
        language = self._language(request)
        response = HTMLResponse(
            html.encode("utf-8", "replace"), status, headers={"content-language": language}
        )
        if request.query_params.get("lang") == language:
            response.set_cookie(_LANGUAGE, language, max_age=_YEAR, httponly=True, samesite="strict")
        return response

    def _failed(self, request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        key = f"desk.error_{status}" if status in (403, 404, 405, 415) else "desk.error"
        headers = getattr(error, "headers", None) or {}
        # who is outside learns nothing, and has nothing read
        view = self._round.view() if request.scope["desk_inside"] else None
        page = self._pages[self._language(request)].error(view, self._asked(request), status, key)
        response = self._sent(request, page, status)
        response.headers.update(headers)
        return response

    def _damaged(self, request: Request, error: Exception) -> Response:
        return self._html(
            request, lambda pages, view, asked: pages.error(view, asked, 500, "desk.damaged"), 500
        )


async def _values(request: Request) -> Values:
    """The fields of a form; the first of each name counts."""
    if (
        request.headers.get("content-type", "").partition(";")[0].strip()
        != "application/x-www-form-urlencoded"
    ):
        raise HTTPException(415)
    try:
        body = (await request.body()).decode("utf-8")
        pairs = parse_qsl(body, keep_blank_values=True, max_num_fields=_FIELDS, errors="strict")
    except ValueError:
        raise HTTPException(400) from None
    values: dict[str, str] = {}
    for name, value in pairs:
        values.setdefault(name, value)
    return values


def _verdict(subject: str, check: str, values: Values) -> GivenVerdict:
    word, auditor, note, seen = (values.get(name, "") for name in ("verdict", "auditor", "note", "seen"))
    return GivenVerdict(subject, check, word, inert(auditor), note, seen)  # a name as the sheet will have it


def _whole(given: str, most: int = 5) -> int | None:
    """A number of at most so many digits, of any script; None for anything else."""
    number = digits(given)
    return int(number) if number.isascii() and number.isdecimal() and len(number) <= most else None


def _filter(request: Request) -> FindingFilter:
    return FindingFilter.of(request.query_params)


def _number(request: Request, name: str) -> int | None:
    given = _whole(request.query_params.get(name, ""), 9)
    return None if given is None else min(given, _ROWS)


def _told(problem: Problem, text: Callable[..., str]) -> str:
    """A problem of a row that a form made, by the name of its field."""
    said = text(f"problem.{problem.code}", **problem.params)
    field = f"desk.field_{problem.column}"
    return text("desk.problem", field=text(field), said=said) if problem.column in _NAMED else said


def _of_sheet(problem: Problem, text: Callable[..., str]) -> str:
    """A problem that stands in the sheet already."""
    place = {"file": problem.file, "row": str(problem.row or "–"), "column": problem.column or "–"}
    return text("desk.sheet_problem", **place, said=text(f"problem.{problem.code}", **problem.params))


_NAMED = ("verdict", "auditor", "note", "date", "by", "stance", "text", "contact")
