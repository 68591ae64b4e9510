"""What the desk is about: the round, its results and what people said of them, as the files have it at this moment.

Files that other commands write meanwhile are read anew once they changed. Records verdicts and replies.
"""

from __future__ import annotations

import datetime as dt
import errno
import json
import math
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from checks.finding import Finding, judgement_digest
from claims import records
from claims.model import AuditorVerdict, Dataset, Round, Service
from claims.read import read_replies, read_verdicts
from claims.records import MOST_NAME, MOST_TEXT
from claims.rows import RowReader
from claims.tables import WORKBOOK, RoundSheet
from evidence.signing.findings_seal_state import State, seal_state
from evidence.store import EvidenceStore
from reports.catalogue import LANGUAGES, TextCatalogue
from reports.desk.append import append
from reports.desk.index import FindingsIndex, squeezed
from reports.desk.pictures import DeskGallery
from reports.replies import RepliesReport
from scoring.error_rates import CLAIM_CHECKS
from scoring.model import Contents
from scoring.worklist import AuditBatch, AuditCase

SIZE = 50  # cases of a worklist, as `govah worklist` has it
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

    results: folder of findings.jsonl and results.json. replies: what the ledger tells of a round. batch: the next
    worklist of a round. take_in: takes new rows of replies.csv into the ledger. answer: records (reply,
    decision, by, text). The last two raise RecordingRefused. user: of the operating system, who runs this desk. unsealed: whether
    findings are shown that are not as the auditor sealed them.
    """

    round: Round
    contents: Contents
    store: EvidenceStore
    results: Path
    replies: Callable[[Round], RepliesReport]
    batch: Callable[[Round, Sequence[Finding], int], AuditBatch]
    take_in: Callable[[Round], None]
    answer: Callable[[Round, str, str, str, str], None]
    today: Callable[[], dt.date]
    user: str
    unsealed: bool = False


class FindingsNotSealed(ValueError):
    """The findings, or those that results.json was made from, are not as the auditor sealed them. state: how they are."""

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self.state = state


@dataclass(frozen=True)
class RoundSnapshot:
    """The round at one moment. unread: files that cannot be read as they are now; what they said before counts.

    seal: how the findings stand to it; of those that results.json was made from, when these are as sealed.
    """

    round: Round
    results: Mapping[str, Any]
    told: RepliesReport
    index: FindingsIndex
    unread: tuple[str, ...]
    seal: State
    make_batch: Callable[[Round, Sequence[Finding], int], AuditBatch]

    @cached_property
    def claims(self) -> Mapping[str, Service | Dataset]:
        services = {service.id: service for service in self.round.services}
        return {**services, **{dataset.id: dataset for dataset in self.round.datasets}}

    @cached_property
    def agencies(self) -> Mapping[str, Mapping[str, Any]]:
        return {entry["id"]: entry for entry in self.results["agencies"]}

    @cached_property
    def verdicts(self) -> Mapping[str, Sequence[AuditorVerdict]]:
        """By subject, in the order of the sheet."""
        found: dict[str, list[AuditorVerdict]] = defaultdict(list)
        for verdict in self.round.verdicts:
            found[verdict.subject].append(verdict)
        return found

    def said_of(self, finding: Finding) -> list[AuditorVerdict]:
        """Auditors' verdicts that answer the question of a finding."""
        if finding.subject.kind not in _JUDGED:
            return []
        return [
            verdict
            for verdict in self.verdicts.get(finding.subject.id, ())
            if finding.check in checks_of(verdict)
        ]

    @cached_property
    def batch(self) -> AuditBatch:
        """The worklist that is being worked on: the last one while a case of it is open, else the next."""
        needed = {one.id: one for one in (*self.index.of_check(CLAIM), *self.index.disputed())}
        findings = list(needed.values())
        begun = max((v.batch for v in self.round.verdicts if v.batch), key=_number, default=None)
        if begun is not None:
            before = []
            for verdict in self.round.verdicts:
                if verdict.batch == begun:
                    break
                before.append(verdict)
            again = self.make_batch(replace(self.round, verdicts=tuple(before)), findings, SIZE)
            mine = [verdict for verdict in self.round.verdicts if verdict.batch == begun]
            cases = {case.service.id: case for case in again.cases}
            if again.name == begun and all(_drawn_so(verdict, cases) for verdict in mine):
                done = {verdict.subject for verdict in mine}
                if cases.keys() - done:
                    return again
        return self.make_batch(self.round, findings, SIZE)

    @cached_property
    def done(self) -> frozenset[str]:
        """Services of the worklist that were judged in it."""
        name = self.batch.name
        return frozenset(verdict.subject for verdict in self.round.verdicts if verdict.batch == name)

    def case_of(self, service: str) -> AuditCase | None:
        return next((case for case in self.batch.cases if case.service.id == service), None)


def titles_of(round: Round) -> dict[str, str]:
    """Of services and datasets, by id."""
    titles = {service.id: service.title for service in round.services}
    return titles | {dataset.id: dataset.title for dataset in round.datasets}


def checks_of(verdict: AuditorVerdict) -> tuple[str, ...]:
    """Whose questions a verdict answers."""
    return CLAIM_CHECKS if verdict.check is None else (verdict.check,)


def _number(batch: str) -> int:
    return int(batch[1:]) if batch[:1] == "b" and batch[1:].isdecimal() else 0


def _drawn_so(verdict: AuditorVerdict, cases: Mapping[str, AuditCase]) -> bool:
    """Whether a row tells of the draw that these cases are of."""
    case = cases.get(verdict.subject)
    if case is None or case.design != verdict.design:
        return False
    return math.isclose(case.probability or 0.0, verdict.probability or 0.0, rel_tol=1e-9)


class DeskRound:
    """Read by several threads; recording is done by one at a time."""

    def __init__(self, handed: DeskInputs) -> None:
        """Raises OSError, ValueError, KeyError when the results cannot be read."""
        self._handed = handed
        self._lock = threading.Lock()
        self._recording = threading.Lock()
        self._galleries: dict[str, DeskGallery] = {}
        self._catalogues = [TextCatalogue(language) for language in LANGUAGES]
        self._seen: tuple[object, ...] = ()
        self._judged: object = None
        self._view: RoundSnapshot | None = None
        self.view()

    @property
    def store(self) -> EvidenceStore:
        return self._handed.store

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

    def view(self) -> RoundSnapshot:
        """As the files have it now."""
        with self._lock:
            folder, results = self._handed.round.folder, self._handed.results
            judged = tuple(_state(results / name) for name in ("findings.jsonl", "results.json"))
            said = tuple(
                _state(folder / name) for name in ("verdicts.csv", "replies.csv", "replies.jsonl", WORKBOOK)
            )
            if self._view is None or self._seen != (judged, said):
                self._view = self._now(self._view, fresh=self._judged != judged)
                self._judged = None if _RESULTS in self._view.unread else judged
                self._seen = (judged, said)
            return self._view

    def _now(self, old: RoundSnapshot | None, fresh: bool) -> RoundSnapshot:
        """With what was read before in place of results that cannot be read: others are at them, or did not finish."""
        if old is None:
            return self._read(None, fresh=True)
        for anew in (fresh, False):
            try:
                view = self._read(old, anew)
            except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
                continue
            return view if anew == fresh else replace(view, unread=(*view.unread, _RESULTS))
        return replace(old, unread=(_RESULTS,))

    def _read(self, old: RoundSnapshot | None, fresh: bool) -> RoundSnapshot:
        handed = self._handed
        given = old.round if old is not None else handed.round
        verdicts, replies = read_verdicts(given.folder), read_replies(given.folder)
        unread = tuple(
            f"{name}.csv"
            for name, read, before in (
                ("verdicts", verdicts, given.verdicts),
                ("replies", replies, given.replies),
            )
            if read is None and ((given.folder / f"{name}.csv").exists() or before)
        )
        round = replace(
            given,
            verdicts=given.verdicts if verdicts is None else verdicts,
            replies=given.replies if replies is None else replies,
        )
        told = handed.replies(round)
        if old is None or fresh or told.withdrawn != old.told.withdrawn:
            results = json.loads((handed.results / "results.json").read_bytes())
            index = self._index(round, results, told)
            seal = self._seal(results, index)
        else:
            results, index, seal = old.results, old.index, old.seal
        index.tell(
            [(v.subject, checks_of(v)) for v in round.verdicts],
            [(answer.state, id) for answer in told.answers for id in answer.findings],
        )
        return RoundSnapshot(round, results, told, index, unread, seal, handed.batch)

    def _index(self, round: Round, results: Mapping[str, Any], told: RepliesReport) -> FindingsIndex:
        indicators: dict[str, list[str]] = defaultdict(list)
        for entry in results["agencies"]:
            for indicator in entry["indicators"]:
                indicators[indicator["id"]] += indicator["findings"]
                indicators[indicator["axis"]] += indicator["findings"]
        titles = titles_of(round)
        path = self._handed.results / "findings.jsonl"
        return FindingsIndex(path, titles, told.withdrawn, indicators, self._codes(round))

    def _seal(self, results: Mapping[str, Any], index: FindingsIndex) -> State:
        """Raises FindingsNotSealed, unless such findings may be shown."""
        stand = seal_state(self._handed.results, self._handed.round.folder / "evidence", index.sha256)
        made_of: State = results["round"]["findings"]["seal"]
        state = made_of if stand.state == "sealed" else stand.state
        if state != "sealed" and not self._handed.unsealed:
            raise FindingsNotSealed(state)
        return state

    def _codes(self, round: Round) -> dict[str, dict[str, str]]:
        """What codes mean, in every language, as it is searched."""
        texts: dict[str, dict[str, list[str]]] = {"reason": defaultdict(list), "check": defaultdict(list)}
        for catalogue in self._catalogues:
            for column, table, prefix in (
                ("reason", "reason", ""),
                ("check", "check", ""),
                ("check", "element", "elements."),
            ):
                for code, text in catalogue.table(table).items():
                    texts[column][prefix + code] += [code, text]
        names = {a.id: [a.id, a.name, a.name_en or ""] for a in round.agencies}
        return {
            column: {code: squeezed("\n".join(said)) for code, said in of.items()}
            for column, of in {**texts, "agency": names}.items()
        }

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Whoever waits here takes a thread from those who read, and so not for ever. Raises OSError."""
        if not self._recording.acquire(timeout=_PATIENCE):
            raise BlockingIOError(errno.EAGAIN, "something else is being recorded")
        try:
            yield
        finally:
            self._recording.release()

    def record_verdict(self, subject: str, check: str, word: str, auditor: str, note: str) -> None:
        """A row of verdicts.csv. check: whose question was judged; "" for that of the claim. Raises RecordingRefused, append.RowRefused.

        What the worklist says of the draw, and who runs this desk, is added here and comes from no form.
        """
        with self._alone():
            view = self.view()
            if subject not in view.claims:
                raise RecordingRefused("desk.unknown_subject", subject=subject)
            case = view.case_of(subject) if not check else None
            probability = None if case is None else case.probability
            values = {
                "subject": subject,
                "verdict": word,
                "auditor": auditor,
                "date": self.today().isoformat(),
                "design": "targeted" if case is None else case.design,
                "probability": "" if probability is None else repr(probability),
                "batch": "" if case is None else view.batch.name,
                "check": check,
                "note": note,
                "recorded_by": self._handed.user,
                "judged": _seen(view, subject, check),
            }
            append(
                view.round.folder,
                "verdicts",
                values,
                _bounded(records.verdict, auditor=MOST_NAME, note=MOST_TEXT),
            )

    def record_reply(self, values: Mapping[str, str]) -> str:
        """A row of replies.csv, taken into the ledger at once; its mark. values: cells but for the mark. Raises the same."""
        with self._alone():
            round = self.view().round
            self._handed.take_in(
                round
            )  # what waits there, or what is in the way of a signed entry, comes first
            taken = {reply.id for reply in round.replies}
            mark = next(f"r{n}" for n in range(len(taken) + 1, len(taken) * 2 + 2) if f"r{n}" not in taken)
            append(round.folder, "replies", {**values, "reply": mark}, records.reply, _unused(mark))
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


def _state(path: Path) -> tuple[int, int, int] | None:
    """What changes with a file's content; None where there is none that can be read."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def names_of(agencies: Iterable[str], name: Callable[[str], str]) -> list[tuple[str, str]]:
    """(id, name) by name."""
    return sorted(((id, name(id)) for id in agencies), key=lambda pair: (squeezed(pair[1]), pair[0]))
