"""`govah model`: show a model, check one with all its errors at once, and ask one of published figures what a rank needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table

from claims.persian import fold
from claims.problems import RoundError
from govah.exits import Exit
from govah.round_loading import model_problems
from govah.terminal.console import Speaker, text, visible
from govah.terminal.suggestions import hint
from scoring.load import load_model, parse, shipped
from scoring.model import Contents, Model
from scoring.problems import ModelError

if TYPE_CHECKING:
    from reports.trend import TrendPoint
    from scoring.published.table import PublishedTable
    from scoring.published.what_if import WhatIf


def model_check(speaker: Speaker, file: Path) -> None:
    """Every error of a model file, or its counts."""
    if not file.is_file():
        speaker.fail(Exit.USAGE, "cli.no_such_file", path=file)
    from checks.registry import finding_ids  # a crawl starts without the checks and their word lists

    try:
        model = parse(file.read_bytes(), file.name, finding_ids())
    except ModelError as error:
        model_problems(speaker, error)
        raise SystemExit(int(Exit.USAGE)) from None
    _model_summary(speaker, model)


def model_show(speaker: Speaker, name: str) -> None:
    _model_summary(speaker, _loaded(speaker, name))


def _loaded(speaker: Speaker, name: str) -> Model:
    """A shipped model by name, or the one of a file."""
    path = Path(name)
    try:
        return load_model(name, Path()) if name in shipped() else load_model(path.name, path.parent)
    except ModelError as error:
        if name not in shipped() and not path.exists():
            speaker.fail(Exit.USAGE, "cli.unknown_model", name=name, hint=hint(name, shipped()))
        model_problems(speaker, error)
        raise SystemExit(int(Exit.USAGE)) from None


def model_what_if(
    speaker: Speaker,
    name: str,
    country: str,
    wanted: int,
    table_file: Path | None,
    only: Sequence[str],
    plot: Path | None,
    round_folder: Path | None,
) -> None:
    """What a country needs for a rank, of the table's last survey. only: ids of indicators, in any case."""
    from reports.what_if.tables import as_data, tables
    from scoring.published.what_if import what_if

    model = _published(speaker, name)
    table = _table(speaker, model, table_file)
    survey, rows = table.years[-1], table.last
    known = {fold(one): one for one in rows}
    if fold(country) not in known:
        like = [name for one, name in known.items() if fold(country) in one]
        offered = hint(country, like or rows)
        speaker.fail(Exit.USAGE, "what_if.unknown_country", survey=survey, name=country, hint=offered)
    if wanted > len(rows):
        speaker.fail(Exit.USAGE, "what_if.no_such_place", survey=survey, of=len(rows))
    ids = {id.casefold(): id for id in model.indicator_ids}
    for one in only:
        if one.casefold() not in ids:
            speaker.fail(Exit.USAGE, "what_if.unknown_only", name=one, hint=hint(one, model.indicator_ids))
    found = what_if(
        model.contents, table, known[fold(country)], wanted, [ids[one.casefold()] for one in only]
    )
    measured = _measured(speaker, round_folder) if round_folder is not None else ()
    language = "fa" if text("cli.language") == "fa" else "en"
    names = {one.id: visible(getattr(one.name, language)) for one in model.contents.indicator}
    speaker.json(as_data(model, found, measured))
    speaker.say(
        "what_if.standing",
        country=found.country,
        survey=survey,
        rank=found.rank,
        of=found.of,
        value=found.value,
        wanted=wanted,
    )
    if found.rank <= wanted:
        speaker.say("what_if.there")
    for one_table in tables(found, measured, names, text):
        speaker.show(one_table)
    _tell_band(speaker, found, names)
    speaker.say("what_if.limits")
    if table_file is None:
        speaker.say("what_if.source")
    if plot is not None:
        _draw(speaker, plot, found, {one.id: getattr(one.name, language) for one in model.contents.indicator})


def _published(speaker: Speaker, name: str) -> Model:
    """A model whose inputs are published figures."""
    model = _loaded(speaker, name)
    if model.contents.model.inputs != "published":
        fitting = [one for one in shipped() if load_model(one, Path()).contents.model.inputs == "published"]
        speaker.fail(Exit.USAGE, "what_if.not_published", name=name, hint=", ".join(fitting))
    return model


def _table(speaker: Speaker, model: Model, file: Path | None) -> PublishedTable:
    from scoring.published.table import read_table, shipped_table

    try:
        table = shipped_table(model) if file is None else read_table(file, model.contents)
    except RoundError as error:
        speaker.problems(error.problems)
        raise SystemExit(int(Exit.USAGE)) from None
    except OSError as error:
        speaker.fail(Exit.USAGE, "cli.cannot_be_read", path=file, detail=error.strerror)
    if table is None:
        speaker.fail(Exit.USAGE, "what_if.no_table", name=model.id)
    return table


def _measured(speaker: Speaker, folder: Path) -> Sequence[TrendPoint]:
    """The round and the one before it, as far as they weigh services."""
    from govah.commands.trend import trend_of
    from govah.round_loading import read

    points = trend_of(speaker, read(speaker, folder).round, same_model=False).points
    return [point for point in points[-2:] if point.ratio]


def _tell_band(speaker: Speaker, found: WhatIf, names: Mapping[str, str]) -> None:
    from reports.what_if.tables import band, way_of

    spans = band(found)
    if spans is None:
        speaker.say("what_if.no_band")
        return
    for rise, span in zip(found.scenarios[0].rises, spans.values(), strict=True):
        low, high = (
            text("what_if.not_enough") if end is None else f"+{end:.4f}"
            for end in (span["low"], span["high"])
        )
        speaker.say("what_if.band", way=way_of(rise, names, text), low=low, high=high)


def _draw(speaker: Speaker, path: Path, found: WhatIf, names: Mapping[str, str]) -> None:
    from claims.persian import persian_digits
    from reports.what_if.plot import what_if_plot

    rtl = text("cli.language") == "fa"

    def show(value: object) -> str:
        return persian_digits(str(value).replace(".", "٫")) if rtl else str(value)

    drawn = what_if_plot(found, names, text, rtl, show)
    try:
        path.write_text(drawn, encoding="utf-8")
    except OSError as error:
        speaker.fail(Exit.USAGE, "cli.export_not_written", path=path, detail=error.strerror or error)
    speaker.say("what_if.written", path=path)


def _model_summary(speaker: Speaker, model: Model) -> None:
    contents = model.contents
    speaker.json({"sha256": model.sha256, "model": contents.model_dump(mode="json", by_alias=True)})
    names = "fa" if text("cli.language") == "fa" else "en"
    speaker.say(
        "cli.model_title",
        title=getattr(contents.model.title, names),
        id=model.id,
        version=model.version,
        sha256=model.sha256,
    )
    table = Table()
    for column in ("indicator", "title", "weight", "class", "checks"):
        table.add_column(text(f"cli.column_{column}"), overflow="fold")
    for axis in contents.axis:
        table.add_section()
        table.add_row("", f"[bold]{visible(getattr(axis.name, names))}[/]", f"{axis.weight:g}", "", "")
        _rows(table, contents, names, axis.id, None)
    speaker.show(table)


def _rows(table: Table, contents: Contents, names: str, axis: str, group: str | None) -> None:
    """What stands in an axis or in a group of it: groups first, as they are put together."""
    for inner in contents.groups_in(axis, group):
        table.add_row("", f"[italic]{visible(getattr(inner.name, names))}[/]", f"{inner.weight:g}", "", "")
        _rows(table, contents, names, axis, inner.id)
    for indicator in contents.indicators_in(axis, group):
        checks = sorted({part.check for part in indicator.part if hasattr(part, "check")})
        table.add_row(
            indicator.id,
            visible(getattr(indicator.name, names)),
            f"{indicator.weight:g}",
            indicator.evidence_class,
            visible(", ".join(checks)),
        )
