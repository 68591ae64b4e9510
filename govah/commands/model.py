"""`govah model`: show a model, and check one with all its errors at once."""

from __future__ import annotations

from pathlib import Path

from rich.table import Table

from govah.exits import Exit
from govah.round_loading import model_problems
from govah.terminal.console import Speaker, text, visible
from govah.terminal.suggestions import hint
from scoring.load import load_model, parse, shipped
from scoring.model import Contents, Model
from scoring.problems import ModelError


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
    path = Path(name)
    try:
        model = load_model(name, Path()) if name in shipped() else load_model(path.name, path.parent)
    except ModelError as error:
        if name not in shipped() and not path.exists():
            speaker.fail(Exit.USAGE, "cli.unknown_model", name=name, hint=hint(name, shipped()))
        model_problems(speaker, error)
        raise SystemExit(int(Exit.USAGE)) from None
    _model_summary(speaker, model)


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
