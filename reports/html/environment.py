"""What every page is written with, in the report and at the desk: the templates' filters and what they may call."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from functools import partial
from urllib.parse import quote

from jinja2 import BaseLoader, BytecodeCache, ChoiceLoader, Environment, PackageLoader, StrictUndefined
from jinja2.bccache import Bucket
from markupsafe import Markup

from checks.finding import Finding, title_of
from reports.datasets import direction, inert
from reports.edits import KINDS
from reports.edits import lines as edits
from reports.html.formatter import Formatter
from reports.html.places import factsheet_of, indicator_link, link_to
from reports.html.plots import stack
from reports.unsealed import unsealed_mark


class _Compiled(BytecodeCache):
    """Templates are compiled once for both languages."""

    def __init__(self) -> None:
        self._code: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if (code := self._code.get(bucket.key)) is not None:
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._code[bucket.key] = bucket.bytecode_to_string()


_COMPILED = _Compiled()


def environment(
    formatter: Formatter, titles: Mapping[str, str], first: BaseLoader | None = None
) -> Environment:
    """titles: of services and datasets by id. first: where templates are looked for before those of the report."""
    shared = PackageLoader("reports.html")
    made = Environment(
        loader=shared if first is None else ChoiceLoader([first, shared]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        bytecode_cache=_COMPILED,
    )
    made.globals.update(
        t=formatter.text,
        verdict=formatter.verdict,
        mark=formatter.mark,
        stack=lambda counts: stack(counts, formatter.rtl),
        observed=formatter.observed,
        named=formatter.named,
        round_title=lambda round: round.settings.title_in(formatter.language),
        has=formatter.catalogue.has,
        fill=formatter.fill,
        subject=lambda finding: _subject(formatter, titles, finding),
        direction=direction,
        has_page=lambda agency: True,
        between=lambda low, high: _between(formatter, low, high),
        edits=partial(edits, kinds=[kind for kind in KINDS if kind != "relabelled"]),
        relabelled=partial(edits, kinds=["relabelled"]),  # on every page
        unsealed=lambda seal: unsealed_mark(seal, formatter.text),
    )
    made.filters.update(
        num=formatter.number,
        score=formatter.score,
        pct=formatter.percent,
        whole=formatter.whole,
        date=formatter.date,
        day=formatter.day,
        crawled=formatter.crawled,
        url=formatter.url,
        said=formatter.value,
        line=formatter.line,
        visible=formatter.brief,
        inert=inert,
        shell=shlex.quote,
        link_to=link_to,
        indicator_link=indicator_link,
        factsheet_link=lambda agency: quote(factsheet_of(agency)),
    )
    return made


def _between(formatter: Formatter, low: int, high: int) -> str:
    """The interval of a rank in words; one place where nothing could move it."""
    return (
        formatter.number(low) if low == high else formatter.text("branch.value_range", lower=low, upper=high)
    )


def _subject(formatter: Formatter, titles: Mapping[str, str], finding: Finding) -> Markup:
    """What a finding is about, as people call it."""
    subject = finding.subject
    if subject.kind in ("service", "dataset"):
        return formatter.crawled(title_of(finding, titles) or subject.id)
    if subject.kind == "element":
        known = formatter.catalogue.has(f"element.{subject.id}")
        return formatter.named("element" if known else "section", subject.id)
    if subject.kind == "agency":
        return Markup("{}").format(formatter.text("report.rests_agency"))
    return formatter.url(subject.id) if subject.kind == "page" else formatter.crawled(subject.id)
