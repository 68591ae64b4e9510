"""The tables of a round, each defined once: which columns it has and what stands in them.

Not here: how a cell is written (`reports.export.formats.csv`, `reports.export.formats.xlsx`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from checks.finding import Finding
from reports.dates import jalali_day
from reports.export.export_context import ExportContext, ExportTexts

Kind = Literal["text", "code", "count", "score", "share", "day", "jalali"]
"""code: reads from left to right. score: one decimal. share: of 1. day: ISO 8601. jalali: the same, in Persian rounds."""
Value = str | int | float | None
_MOST_IDS = 20  # captures named in one cell; findings.jsonl has all


@dataclass(frozen=True, slots=True)
class TableColumn:
    """key: of its heading, `export_column.<key>`. width: in characters, as spreadsheets count."""

    key: str
    kind: Kind
    width: int


@dataclass(frozen=True, slots=True)
class ExportTable:
    """name: of its file; its title is `export_table.<name>`."""

    name: str
    columns: tuple[TableColumn, ...]
    rows: Callable[[], Iterator[list[Value]]]


def tables(context: ExportContext, results: Mapping[str, Any]) -> tuple[ExportTable, ...]:
    """results: of the whole round."""
    return _Tables(context, results).all()


class _Tables:
    def __init__(self, context: ExportContext, results: Mapping[str, Any]) -> None:
        self._context = context
        self._words = ExportTexts(context.round, context.language)
        wanted = {agency.id for agency in context.agencies}
        self._entries = [entry for entry in results["agencies"] if entry["id"] in wanted]
        self._results = results

    def all(self) -> tuple[ExportTable, ...]:
        return (
            self._table("about", "item text 30 value text 80", self._about),
            self._table(
                "rankings",
                "kind text 18 place count 8 best_place count 10 worst_place count 10 places count 8"
                " agency code 16 agency_name text 40 verified score 12 possible score 12 declared score 12"
                " electronic_verified share 14 electronic_possible share 14 electronic_declared share 14"
                " coverage share 10 reach text 30 cooperated text 10 not_ranked text 50",
                self._rankings,
            ),
            self._table(
                "services",
                "agency code 16 agency_name text 30 service code 18 title text 50 official_code code 16"
                " claimed_electronic text 12 claimed_level text 14 verdict text 14 reason text 50 reason_code code 22"
                " seen_level text 14 url code 60 window code 40 finding code 24",
                self._services,
            ),
            self._table(
                "datasets",
                "agency code 16 agency_name text 30 dataset code 18 title text 50 claimed text 10 freshness text 14"
                " freshness_reason text 50 newest day 12 newest_jalali jalali 12 age_days count 10 period_days count 10"
                " usability text 14 usability_reason text 50 format code 12 stars count 8 licence text 20 url code 60",
                self._datasets,
            ),
            self._table(
                "findings",
                "agency code 16 agency_name text 30 verdict text 14 reason text 50 reason_code code 22 check_name text 34"
                " check code 24 subject text 50 subject_id code 30 url code 60 criterion text 60 effect text 60"
                " attempts count 8 finding code 24 captures code 40",
                self._findings,
            ),
            self._table(
                "hosts",
                "agency code 16 agency_name text 30 host code 34 port count 8 verdict text 14 browser text 34"
                " problems text 60 problem_codes code 40 ends day 12 ends_jalali jalali 12",
                self._hosts,
            ),
        )

    def _table(self, name: str, columns: str, rows: Callable[[], Iterator[list[Value]]]) -> ExportTable:
        """columns: key, kind and width of each."""
        if mark := self._context.unsealed:
            return self._made(name, columns + " seal text 30", lambda: ([*row, mark] for row in rows()))
        return self._made(name, columns, rows)

    def _made(self, name: str, columns: str, rows: Callable[[], Iterator[list[Value]]]) -> ExportTable:
        words = iter(columns.split())
        every = [
            TableColumn(key, kind, int(width))  # type: ignore[arg-type]
            for key, kind, width in zip(words, words, words, strict=True)
        ]
        if self._context.language == "fa":
            return ExportTable(name, tuple(every), rows)
        kept = [number for number, column in enumerate(every) if column.kind != "jalali"]
        return ExportTable(
            name, tuple(every[n] for n in kept), lambda: ([row[number] for number in kept] for row in rows())
        )

    def _about(self) -> Iterator[list[Value]]:
        told, of = self._context, self._results["round"]
        text = self._words.text
        values: list[tuple[str, Value]] = [
            ("round", of["id"]),
            ("title", of["title"]),
            ("vantage", of["vantage"]),
            ("as_of", told.moment),
            ("as_of_jalali", jalali_day(told.as_of) if told.language == "fa" else ""),
            ("model", f"{of['model']['id']} {of['model']['version']}"),
            ("program", f"govah {told.version}"),
            ("manifest", of["evidence"]["manifest_sha256"] or text("report.unsealed")),
            ("seal", told.unsealed),
            ("agencies", f"{len(told.agencies)} / {len(told.round.agencies)}"),
            ("findings", sum(1 for _ in told.told())),
            ("network", "" if of["controlled"] else text("report.uncontrolled")),
            ("rules", text("export_about.how_to_read")),
        ]
        yield from ([text(f"export_about.{key}"), value] for key, value in values if value != "")

    def _rankings(self) -> Iterator[list[Value]]:
        def order(entry: Mapping[str, Any]) -> tuple[bool, bool, int, str]:
            rank = entry["rank"]
            return rank is None, entry["kind"] != "main", rank["place"] if rank else 0, entry["id"]

        for entry in sorted(self._entries, key=order):
            rank = entry["rank"] or {}
            score, ratio, reach = entry["score"], entry["electronic_ratio"], entry["reach"]
            yield [
                self._words.text(f"report.kind_{entry['kind']}"),
                *(rank.get(key) for key in ("place", "low", "high", "of")),
                *self._agency(entry),
                *(score[key] for key in ("verified", "possible", "declared")),
                *(ratio[key] for key in ("verified", "possible", "declared")),
                entry["coverage"],
                self._verdict(reach["verdict"], reach["reason"]),
                self._yes(entry["cooperated"]),
                self._words.named("not_ranked", entry["not_ranked_reason"]),
            ]

    def _services(self) -> Iterator[list[Value]]:
        for entry in self._entries:
            windows = {one.id: one.window for one in self._context.round.services_of(entry["id"])}
            own = self._context.of(entry["id"])
            found = {one.subject.id: one.id for one in own if one.check == "services.entry"}
            for service in entry["services"]:
                claimed = service["claimed"]
                yield [
                    *self._agency(entry),
                    service["id"],
                    service["title"],
                    service["code"],
                    self._yes(claimed["electronic"]),
                    self._words.named("level", claimed["level"]),
                    self._words.named("verdict", service["verdict"]),
                    self._words.named("reason", service["reason"]),
                    service["reason"],
                    self._words.named("level", service["level"]),
                    service["url"],
                    " ".join(windows[service["id"]]),
                    found.get(service["id"]),
                ]

    def _datasets(self) -> Iterator[list[Value]]:
        for entry in self._entries:
            for dataset in entry["datasets"]:
                fresh, usable = dataset["freshness"], dataset["usability"]
                yield [
                    *self._agency(entry),
                    dataset["id"],
                    dataset["title"],
                    self._yes(dataset["claimed"]),
                    self._words.named("verdict", fresh["verdict"]),
                    self._words.named("reason", fresh["reason"]),
                    *_days(fresh["newest"]),
                    fresh["age_days"],
                    fresh["period_days"],
                    self._words.named("verdict", usable["verdict"]),
                    self._words.named("reason", usable["reason"]),
                    usable["format"],
                    usable["stars"],
                    self._words.named("licence", usable["licence"]),
                    dataset["url"],
                ]

    def _findings(self) -> Iterator[list[Value]]:
        for finding in self._context.told():
            yield [
                finding.agency,
                self._words.agency(finding.agency),
                self._words.named("verdict", finding.verdict),
                self._words.named("reason", finding.reason),
                finding.reason,
                self._words.check(finding.check),
                finding.check,
                self._words.subject(finding),
                finding.subject.id,
                finding.subject.url,
                self._words.criterion(finding),
                self._words.effect(finding),
                finding.attempts,
                finding.id,
                _ids(finding),
            ]

    def _hosts(self) -> Iterator[list[Value]]:
        for entry in self._entries:
            for host in entry["hosts"]:
                chain = host["facts"].get("chain") or [{}]
                yield [
                    *self._agency(entry),
                    host["host"],
                    host["port"],
                    self._words.named("verdict", host["verdict"]),
                    self._words.named("host_glance", host["browser"]),
                    " · ".join(self._words.named("reason", code) for code in host["problems"]),
                    " ".join(host["problems"]),
                    *_days(chain[0].get("not_after")),
                ]

    def _agency(self, entry: Mapping[str, Any]) -> tuple[str, str]:
        return entry["id"], self._words.agency(entry["id"])

    def _verdict(self, verdict: str, reason: str | None) -> str:
        said = self._words.named("verdict", verdict)
        return f"{said}: {self._words.named('reason', reason)}" if reason else said

    def _yes(self, value: bool) -> str:
        return self._words.text("report.yes" if value else "report.no")


def _days(value: str | None) -> tuple[str | None, str | None]:
    """(the day in ISO 8601, the Jalali one); what is no date, as it came."""
    if not value:
        return None, None
    try:
        when = dt.datetime.fromisoformat(value)
    except ValueError:
        return value, None
    return when.date().isoformat(), jalali_day(when)


def _ids(finding: Finding) -> str:
    listed = " ".join(finding.captures[:_MOST_IDS])
    left = len(finding.captures) - _MOST_IDS
    return f"{listed} +{left}" if left > 0 else listed
