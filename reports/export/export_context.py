"""What a table, a list or a graph for others is made of, and what its parts are called. Nothing is written here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from operator import attrgetter
from typing import Any

from checks.finding import Finding, Verdict, title_of
from claims.model import Agency, Round
from claims.persian import persian_digits
from evidence.redaction import personal
from evidence.signing.findings_seal_state import State
from reports.catalogue import Language, TextCatalogue
from reports.unsealed import unsealed_mark
from reports.visible import visible
from scoring.facts import by_agency

# Worst first: what is cut off at the end is what nobody has to act on.
WORST_FIRST: tuple[Verdict, ...] = ("contradicted", "partial", "inconclusive", "not_applicable", "verified")
_WEIGHT = {verdict: weight for weight, verdict in enumerate(WORST_FIRST)}
_KEPT = 64  # agencies whose titles are kept: lists go agency by agency
_LONGEST = 1_000  # characters of a line; findings.jsonl has all of them


@dataclass(frozen=True)
class ExportContext:
    """A round as it is told. findings: as they count, about any agencies; by agency where they are too many for the memory. agencies: those that are
    told of, in order.

    seal: how the findings stand to it. Every format writes `unsealed` into its file where there is one.
    """

    round: Round
    agencies: tuple[Agency, ...]
    findings: Sequence[Finding] | Mapping[str, Sequence[Finding]]
    as_of: dt.datetime
    version: str
    seal: State = "sealed"

    @property
    def language(self) -> Language:
        return self.round.settings.language

    @cached_property
    def _own(self) -> Mapping[str, Sequence[Finding]]:
        return self.findings if isinstance(self.findings, Mapping) else by_agency(self.findings)

    def of(self, agency: str) -> list[Finding]:
        """Of an agency, the worst first."""
        order = attrgetter("check", "subject.id", "id")
        return sorted(self._own.get(agency, ()), key=lambda one: (_WEIGHT[one.verdict], *order(one)))

    def told(self) -> Iterator[Finding]:
        """Agency by agency, of each the worst first. Each call reads them anew."""
        for agency in self.agencies:
            yield from self.of(agency.id)

    def worst_first(self, verdicts: Collection[Verdict]) -> Iterator[Finding]:
        """Those with one of these verdicts, the worst of all agencies first."""
        for verdict in (one for one in WORST_FIRST if one in verdicts):
            yield from (finding for finding in self.told() if finding.verdict == verdict)

    @cached_property
    def unsealed(self) -> str:
        """The mark of what is made from findings that are not as the auditor sealed them; "" when they are."""
        return unsealed_mark(self.seal, TextCatalogue(self.language).text)

    @cached_property
    def moment(self) -> str:
        """The clock of the judgements, ISO 8601, UTC."""
        return self.as_of.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class ExportTexts:
    """What agencies, checks, subjects and codes are called in a language. Crawled text is made visible, and cut."""

    def __init__(self, round: Round, language: Language) -> None:
        self._catalogue = TextCatalogue(language)
        self._persian = language == "fa"
        self._names = {a.id: a.name if self._persian else a.name_en or a.name for a in round.agencies}
        self._titles = lru_cache(_KEPT)(round.titles_of)

    def text(self, key: str, **params: object) -> str:
        """Numbers among the parameters in the digits of the language."""
        if self._persian:
            params = {k: persian_digits(str(v)) if isinstance(v, int) else v for k, v in params.items()}
        return self._catalogue.text(key, **params)

    def named(self, prefix: str, code: str | None) -> str:
        """The text of a code; the code itself where there is none."""
        key = f"{prefix}.{code}"
        return "" if not code else self._catalogue.text(key) if self._catalogue.has(key) else line(code)

    def agency(self, agency: str) -> str:
        return line(self._names.get(agency, agency))

    def check(self, check: str) -> str:
        known = self._catalogue.has(f"check.{check}")
        return self.named("check", check) if known else self.named("element", check.partition(".")[2])

    def subject(self, finding: Finding) -> str:
        subject = finding.subject
        if subject.kind in ("service", "dataset"):
            return line(title_of(finding, self._titles(finding.agency)) or subject.id)
        if subject.kind == "element":
            known = self._catalogue.has(f"element.{subject.id}")
            return self.named("element" if known else "section", subject.id)
        return self.agency(subject.id) if subject.kind == "agency" else line(subject.id)

    def verdict(self, finding: Finding) -> str:
        """Verdict and, where it has one, its reason."""
        said = self.named("verdict", finding.verdict)
        return f"{said}: {self.named('reason', finding.reason)}" if finding.reason else said

    def effect(self, finding: Finding) -> str:
        return self.named("effect", finding.effect)

    def criterion(self, finding: Finding) -> str:
        return self.named("criterion", finding.criterion)


def line(value: Any, most: int = _LONGEST) -> str:
    """Text from outside on one line, nothing hidden in it, not longer than `most` characters."""
    text = str(value)
    shown = visible(personal.text(" ".join(text[: most + 1].split())))
    return shown if len(shown) <= most and len(text) <= most else f"{shown[: most - 1]}…"
