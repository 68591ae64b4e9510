"""What the desk is about: the round, its results and what people said of them, as the files have it at this moment.

Files that other commands write meanwhile are read anew once they changed. Records verdicts and replies.
"""

from __future__ import annotations

import datetime as dt
import errno
import sqlite3
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from checks.finding import Finding, judgement_digest
from claims import records
from claims.aliases import AliasChoice
from claims.audits import StandingRow, VerdictRow, newest_draws, standing_rows, untold_of, verdicts_of
from claims.claims_by_id import Claim, ClaimsById
from claims.model import DrawnCase, Round
from claims.read import read_draws, read_replies, read_verdicts
from claims.records import MOST_NAME, MOST_TEXT
from claims.rows import RowReader
from claims.tables import WORKBOOK, RoundSheet
from evidence.errors import EvidenceError
from evidence.signing.findings_seal import FINDINGS
from evidence.signing.findings_seal_state import State, seal_state
from evidence.store import EvidenceStore
from reports.blinding import Withheld, drawn_in_work, told_of, withheld_of
from reports.desk.append import append
from reports.desk.batches import BatchProgress, assigned, batch_rows
from reports.desk.pictures import DeskGallery
from reports.desk.retest_run import RetestBusy, RetestRun
from reports.desk.saved_filters import MOST_NAME as MOST_FILTER_NAME
from reports.desk.saved_filters import save
from reports.export.replay_records import ArchivedAssets, archived_assets
from reports.replies import RepliesReport
from reports.results_db.current import open_for
from reports.results_db.findings_file import FindingsFile
from reports.results_db.results import Results
from reports.results_file import stored_rest
from scoring.error_rates import CLAIM_CHECKS
from scoring.model import Contents
from scoring.worklist import batch_in_work

CLAIM = "services.entry"
_RESULTS = "results.json"
_PATIENCE = 5.0  # seconds
_JUDGED = ("service", "dataset")


class RecordingRefused(Exception):
    """Nothing was recorded. key, params: of the text that says why."""

    def __init__(self, key: str, **params: object) -> None:
        self.key = key
        self.params = params
        super().__init__(key)


@dataclass(frozen=True, slots=True)
class DeskInputs:
    """What the front door hands in.

    results: folder of findings.jsonl and results.json. replies: what the ledger tells of a round. draw: the next batch of
    the worklist, of so many cases. open_store: the evidence as it is now. choices: pages that auditors chose, by service. choose: records (findings about a service, its id, page, none or cannot_tell, number of the page, by). take_in: takes new rows of replies.csv into the ledger. answer: records (reply,
    decision, by, text). The last two raise RecordingRefused. unkept: told when results.db cannot be written beside the results. user: of the operating system, who runs this desk. unsealed: whether
    findings are shown that are not as the auditor sealed them.
    """

    round: Round
    contents: Contents
    store: EvidenceStore
    results: Path
    replies: Callable[[Round], RepliesReport]
    draw: Callable[[Round, FindingsFile, int], Sequence[DrawnCase]]
    open_store: Callable[[], EvidenceStore]
    retest: RetestRun
    choices: Callable[[Round], Mapping[str, AliasChoice]]
    choose: Callable[[Round, Sequence[Finding], str, str, str, str], None]
    take_in: Callable[[Round], None]
    answer: Callable[[Round, str, str, str, str], None]
    unkept: Callable[[], None]
    today: Callable[[], dt.date]
    user: str
    unsealed: bool = False


@dataclass(frozen=True, slots=True)
class GivenVerdict:
    """What a form says. check: whose question was judged; "" for that of the claim. seen: rows about the subject when the
    form was opened.
    """

    subject: str
    check: str
    word: str
    auditor: str
    note: str
    seen: str


class FindingsNotSealed(ValueError):
    """The findings, or those that results.json was made from, are not as the auditor sealed them. state: how they are."""

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self.state = state


@dataclass(frozen=True)
class RoundSnapshot:
    """The round at one moment. unread: files that cannot be read as they are now; what they said before counts.

    told, index: without what is withheld. seal: how the findings stand to it; of those that results.json was made from,
    when these are as sealed. results: what results.json says of the round; of agencies says the index. rows, draws: of verdicts.csv and
    of batches.csv, all of them.
    """

    round: Round
    results: Mapping[str, Any]
    told: RepliesReport
    index: Results
    unread: tuple[str, ...]
    seal: State
    rows: Sequence[VerdictRow]
    draws: Sequence[DrawnCase]
    withheld: Withheld
    choices: Mapping[str, AliasChoice]
    claims: Mapping[str, Claim]

    @cached_property
    def said(self) -> Sequence[StandingRow]:
        """What auditors said, in the order of the sheet; of the batch in work nothing."""
        hidden = {case.subject for case in self.batch.cases} if self.withheld.subjects else set()
        rows = standing_rows(self.rows, self.round.drawn)
        return [row for row in rows if row.subject not in hidden]

    @cached_property
    def verdicts(self) -> Mapping[str, Sequence[StandingRow]]:
        """The same by subject."""
        found: dict[str, list[StandingRow]] = defaultdict(list)
        for row in self.said:
            found[row.subject].append(row)
        return found

    def last_of(self, subject: str, auditor: str, check: str) -> StandingRow | None:
        """The last that stands of what an auditor said to a question. check: "" for that of the claim."""
        rows = standing_rows(self.rows, self.round.drawn)
        mine = [r for r in rows if (r.subject, r.auditor, r.check or "") == (subject, auditor, check)]
        return mine[-1] if mine else None

    def said_of(self, finding: Finding) -> list[StandingRow]:
        """Auditors' verdicts that answer the question of a finding."""
        if finding.subject.kind not in _JUDGED:
            return []
        return [
            verdict
            for verdict in self.verdicts.get(finding.subject.id, ())
            if finding.check in checks_of(verdict)
        ]

    @cached_property
    def batch(self) -> BatchProgress:
        """The batch in work, else the last one."""
        name = batch_in_work(self.round) or (self.round.drawn[-1].batch if self.round.drawn else "")
        return BatchProgress.of(self.round, name)

    def case_of(self, service: str) -> DrawnCase | None:
        """Of the batch in work, judged or not."""
        return self.batch.case(service) if service in self.withheld.subjects else None

    def rows_about(self, subject: str) -> str:
        """What a form about it was opened with: rows are only ever added, and a case is drawn once."""
        case = self.case_of(subject)
        return f"{sum(row.subject == subject for row in self.rows)}{f' {case.batch}' if case else ''}"


def checks_of(verdict: StandingRow) -> tuple[str, ...]:
    """Whose questions a verdict answers."""
    return CLAIM_CHECKS if verdict.check is None else (verdict.check,)


class DeskRound:
    """Read by several threads; recording is done by one at a time."""

    def __init__(self, handed: DeskInputs) -> None:
        """Raises OSError, ValueError, KeyError when the results cannot be read."""
        self._handed = handed
        self._store = handed.store
        self._lock = threading.Lock()
        self._recording = threading.Lock()
        self._galleries: dict[str, DeskGallery] = {}
        self._assets: dict[str, ArchivedAssets] = {}
        self._claims = ClaimsById(handed.round)
        self._seen: tuple[object, ...] = ()
        self._judged: object = None
        self._view: RoundSnapshot | None = None
        self.view()

    @property
    def store(self) -> EvidenceStore:
        return self._store

    @property
    def retest(self) -> RetestRun:
        return self._handed.retest

    @property
    def contents(self) -> Contents:
        return self._handed.contents

    def today(self) -> dt.date:
        return self._handed.today()

    def gallery(self, agency: str) -> DeskGallery:
        """Pictures of an agency's pages."""
        with self._lock:
            if agency not in self._galleries:
                gallery = DeskGallery(self.store)
                gallery.learn(self.store.captures(agency, "screenshot"))
                self._galleries[agency] = gallery
            return self._galleries[agency]

    def assets(self, agency: str) -> ArchivedAssets:
        """What the crawl fetched that an agency's pages load."""
        with self._lock:
            if agency not in self._assets:
                self._assets[agency] = archived_assets(self.store, agency)
            return self._assets[agency]

    def view(self) -> RoundSnapshot:
        """As the files have it now."""
        with self._lock:
            folder, results = self._handed.round.folder, self._handed.results
            judged = tuple(_state(results / name) for name in ("findings.jsonl", "results.json"))
            said = tuple(
                _state(folder / name)
                for name in ("verdicts.csv", "batches.csv", "replies.csv", "replies.jsonl", WORKBOOK)
            )
            if self._view is None or self._seen != (judged, said):
                fresh = self._judged != judged
                if fresh and self._view is not None:
                    self._reopen()
                self._view = self._now(self._view, fresh=fresh)
                self._judged = None if {_RESULTS, FINDINGS} & {*self._view.unread} else judged
                self._seen = (judged, said)
            return self._view

    def _reopen(self) -> None:
        """Results that are new may rest on evidence that is. Who reads from the old one goes on to do so."""
        try:
            self._store = self._handed.open_store()
        except (OSError, EvidenceError):  # whoever is at it writes its results again
            return
        self._galleries.clear()
        self._assets.clear()

    def _now(self, old: RoundSnapshot | None, fresh: bool) -> RoundSnapshot:
        """With what was read before in place of results that cannot be read: others are at them, or did not finish."""
        if old is None:
            return self._read(None, fresh=True)
        lost = _RESULTS
        for anew in (fresh, False):
            try:
                view = self._read(old, anew)
            except FindingsNotSealed:
                lost = FINDINGS
                continue
            except (OSError, sqlite3.Error, ValueError, KeyError, TypeError, AttributeError, RecursionError):
                continue
            return view if anew == fresh else replace(view, unread=(*view.unread, lost))
        return replace(old, unread=(lost,))

    def _read(self, old: RoundSnapshot | None, fresh: bool) -> RoundSnapshot:
        handed = self._handed
        given = old.round if old is not None else handed.round
        folder = given.folder
        rows, draws, replies = read_verdicts(folder), read_draws(folder), read_replies(folder)
        unread = tuple(
            f"{name}.csv"
            for name, read, before in (
                ("verdicts", rows, given.verdicts),
                ("batches", draws, given.drawn),
                ("replies", replies, given.replies),
            )
            if read is None and ((folder / f"{name}.csv").exists() or before)
        )
        if rows is None:
            rows = () if old is None else tuple(old.rows)
        if draws is None:
            draws = given.drawn if old is None else tuple(old.draws)
        drawn = newest_draws(draws)
        standing = standing_rows(rows, drawn)
        round = replace(
            given,
            verdicts=verdicts_of(standing),
            untold=untold_of(standing),
            drawn=drawn,
            replies=given.replies if replies is None else replies,
        )
        told = handed.replies(round)
        if old is None or fresh:
            results: Mapping[str, Any] = stored_rest(handed.results / _RESULTS)
            index = open_for(round, self._store, told, handed.results, handed.unkept)
            seal = self._seal(results, index)
        else:
            results, index, seal = old.results, old.index, old.seal
            if told.withdrawn != index.withdrawn:
                index.withdraw(told.withdrawn)
        same = old is not None and not fresh and drawn_in_work(round) == drawn_in_work(old.round)
        if old is not None and same:
            withheld = old.withheld
        else:
            claimed = withheld_of(round)
            withheld = claimed.having(index.met_by(claimed), round)
        index.tell(
            [(row.subject, checks_of(row)) for row in standing],
            [(answer.state, id) for answer in told.answers for id in answer.findings],
            withheld,
        )
        return RoundSnapshot(
            round,
            results,
            told_of(told, withheld),
            index,
            unread,
            seal,
            rows,
            draws,
            withheld,
            handed.choices(round),
            self._claims,
        )

    def _seal(self, results: Mapping[str, Any], index: Results) -> State:
        """Raises FindingsNotSealed, unless such findings may be shown."""
        stand = seal_state(self._handed.results, self._handed.round.folder / "evidence", index.sha256)
        made_of: State = results["round"]["findings"]["seal"]
        state = made_of if stand.state == "sealed" else stand.state
        if state != "sealed" and not self._handed.unsealed:
            raise FindingsNotSealed(state)
        return state

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Whoever waits here takes a thread from those who read, and so not for ever. Raises OSError."""
        if not self._recording.acquire(timeout=_PATIENCE):
            raise BlockingIOError(errno.EAGAIN, "something else is being recorded")
        try:
            yield
        finally:
            self._recording.release()

    def record_verdict(self, verdict: GivenVerdict) -> None:
        """A row of verdicts.csv. Raises RecordingRefused, append.RowRefused.

        Who runs this desk is added here, and comes from no form; how the case was drawn stands in batches.csv.
        """
        with self._alone():
            view = self.view()
            if verdict.subject not in view.claims:
                raise RecordingRefused("desk.unknown_subject", subject=verdict.subject)
            if verdict.word == records.UNDONE:
                raise RecordingRefused("desk.unknown_verdict")
            case = view.case_of(verdict.subject) if not verdict.check else None
            self._add_row(
                view,
                verdict,
                {
                    "design": "" if case is not None else "targeted",
                    "batch": "" if case is None else case.batch,
                    "note": verdict.note,
                    "recorded_by": self._handed.user,
                    "judged": _seen(view, verdict.subject, verdict.check),
                },
            )

    def undo_verdict(self, verdict: GivenVerdict) -> None:
        """Takes the last row of an auditor on a question back, by a further row. Raises the same."""
        with self._alone():
            view = self.view()
            last = view.last_of(verdict.subject, verdict.auditor, verdict.check)
            if last is None:
                raise RecordingRefused("desk.nothing_to_undo")
            if last.batch and view.case_of(verdict.subject) is None:
                raise RecordingRefused("desk.batch_ended", batch=last.batch)
            self._add_row(view, replace(verdict, word=records.UNDONE), {"recorded_by": self._handed.user})

    def _add_row(self, view: RoundSnapshot, verdict: GivenVerdict, more: Mapping[str, str]) -> None:
        values = {
            "subject": verdict.subject,
            "verdict": verdict.word,
            "auditor": verdict.auditor,
            "date": self.today().isoformat(),
            "check": verdict.check,
            **more,
        }
        read = _bounded(records.verdict, auditor=MOST_NAME, note=MOST_TEXT)
        case = view.case_of(verdict.subject)
        append(view.round.folder, "verdicts", [values], read, _unchanged(verdict, case.batch if case else ""))

    def choose_page(self, finding: Finding, choice: str, by: str) -> None:
        """choice: number of a candidate, counted from 1, `0` for none of them, `?` where nobody can tell. Raises the same."""
        name = " ".join(by.split())
        if not name or len(name) > MOST_NAME:
            raise RecordingRefused("desk.no_auditor")
        offered = [str(n) for n, _ in enumerate(finding.observed.get("candidates", ()), start=1)]
        if choice not in (*offered, "0", "?"):
            raise RecordingRefused("desk.no_choice")
        word = {"0": "none", "?": "cannot_tell"}.get(choice, "page")
        with self._alone():
            view = self.view()
            found = view.index.about(finding.subject.kind, finding.subject.id)
            number = choice if word == "page" else ""
            self._handed.choose(view.round, found, finding.subject.id, word, number, name)

    def begin_retest(self, subject: str, by: str, language: str) -> None:
        """Raises RecordingRefused and OSError."""
        name = " ".join(by.split())
        if not name or len(name) > MOST_NAME:
            raise RecordingRefused("desk.no_auditor")
        try:
            self.retest.begin(subject, name, language)
        except RetestBusy:
            raise RecordingRefused("desk.retest_busy") from None

    def save_filter(self, name: str, fields: Mapping[str, str], by: str) -> None:
        """fields: none to forget it. Raises RecordingRefused, OSError."""
        if not name or len(name) > MOST_FILTER_NAME:
            raise RecordingRefused("desk.no_name")
        with self._alone():
            save(self._handed.round.folder, name, fields, by)

    def draw_batch(self, size: int) -> None:
        """Draws the next batch and keeps it, unless one is in work. Raises RecordingRefused, append.RowRefused."""
        with self._alone():
            view = self.view()
            if batch_in_work(view.round) is not None:
                raise RecordingRefused("desk.batch_in_work", batch=view.batch.name)
            findings = FindingsFile(self._handed.results / FINDINGS, view.index.withdrawn)
            if findings.sha256 != view.index.sha256:  # others wrote it just now
                raise RecordingRefused("desk.changed_meanwhile")
            cases = self._handed.draw(view.round, findings, size)
            if not cases:
                raise RecordingRefused("desk.nothing_to_draw")
            append(
                view.round.folder,
                "batches",
                batch_rows(cases),
                records.drawn_case,
                _new_batch(cases[0].batch),
            )

    def assign(self, names: Sequence[str], twice: int, seen: str) -> None:
        """Gives the open cases of the batch in work to auditors, by turns. twice: every so many cases have two of them, 0
        for none. seen: rows of batches.csv when the form was opened. Raises the same.
        """
        with self._alone():
            view = self.view()
            cases = assigned(view.batch.open, names, twice)
            if not cases:
                raise RecordingRefused("desk.nothing_to_assign")
            append(view.round.folder, "batches", batch_rows(cases), records.drawn_case, _as_seen(seen))

    def record_reply(self, values: Mapping[str, str]) -> str:
        """A row of replies.csv, taken into the ledger at once; its mark. values: cells but for the mark. Raises the same."""
        with self._alone():
            round = self.view().round
            self._handed.take_in(
                round
            )  # what waits there, or what is in the way of a signed entry, comes first
            taken = {reply.id for reply in round.replies}
            mark = next(f"r{n}" for n in range(len(taken) + 1, len(taken) * 2 + 2) if f"r{n}" not in taken)
            append(round.folder, "replies", [{**values, "reply": mark}], records.reply, _unused(mark))
            self._handed.take_in(self.view().round)
            return mark

    def record_answer(self, reply: str, decision: str, by: str, text: str) -> None:
        """What the auditor says to a reply. Raises RecordingRefused."""
        with self._alone():
            self._handed.answer(self.view().round, reply, decision, by, text)


def _seen(view: RoundSnapshot, subject: str, check: str) -> str:
    """Digest of what the check, or those of the claim, find of the subject; "" of an answer that no check is asked about."""
    checks = (check,) if check else CLAIM_CHECKS
    found = [one for kind in _JUDGED for one in view.index.about(kind, subject) if one.check in checks]
    return judgement_digest(found) if found else ""


def _bounded(read: Callable[[RowReader], object], **limits: int) -> Callable[[RowReader], object]:
    def bounded(cells: RowReader) -> object:
        for column, limit in limits.items():
            if len(cells.raw(column)) > limit:
                cells.fault(column, "too_long", limit=str(limit))
        return read(cells)

    return bounded


def _unused(mark: str) -> Callable[[RoundSheet, RowReader], None]:
    def check(table: RoundSheet, cells: RowReader) -> None:
        for row in table.rows:
            if row.cells.get("reply") == mark:
                cells.fault("reply", "duplicate", first=str(row.number))

    return check


def _unchanged(verdict: GivenVerdict, batch: str) -> Callable[[RoundSheet, RowReader], None]:
    """Refuses a row about a subject of which others said something since the form was opened, or that was drawn since then.

    batch: in work, of which the subject is a case; "" for none.
    """

    def check(table: RoundSheet, _: RowReader) -> None:
        now = sum(row.cells.get("subject") == verdict.subject for row in table.rows)
        if f"{now} {batch}".rstrip() != verdict.seen:
            raise RecordingRefused("desk.changed_meanwhile")

    return check


def _new_batch(name: str) -> Callable[[RoundSheet, RowReader], None]:
    def check(table: RoundSheet, _: RowReader) -> None:
        if any(row.cells.get("batch") == name for row in table.rows):
            raise RecordingRefused("desk.batch_in_work", batch=name)

    return check


def _as_seen(seen: str) -> Callable[[RoundSheet, RowReader], None]:
    def check(table: RoundSheet, _: RowReader) -> None:
        if str(len(table.rows)) != seen:
            raise RecordingRefused("desk.changed_meanwhile")

    return check


def _state(path: Path) -> tuple[int, int, int] | None:
    """What changes with a file's content; None where there is none that can be read."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino
