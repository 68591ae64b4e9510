"""Help: typer's own words in the language of the reader, flags that take no value, an example below each command."""

from __future__ import annotations

from typing import Any

from typer import core
from typer.core import TyperCommand, TyperGroup

from govah.terminal.console import text
from govah.terminal.renamed import command_of_today, options_of_today

# What typer says of itself in a plain help, with the field that it fills; and the constants of a help that is drawn.
_SAID = {
    "Arguments": ("arguments", ""),
    "Options": ("options", ""),
    "Commands": ("commands", ""),
    "required": ("required", ""),
    "default: {default}": ("default", "{default}"),
    "env var: {var}": ("variable", "{var}"),
}
_DRAWN = {
    "ARGUMENTS_PANEL_TITLE": ("arguments", "{}"),
    "OPTIONS_PANEL_TITLE": ("options", "{}"),
    "COMMANDS_PANEL_TITLE": ("commands", "{}"),
    "REQUIRED_LONG_STRING": ("required", "[{}]"),
    "DEFAULT_STRING": ("default", "[{}]"),
    "ENVVAR_STRING": ("variable", "[{}]"),
}
_COMPLETION = ("install_completion", "show_completion")


def _word(key: str, value: str = "") -> str:
    return text(f"help_words.{key}", value=value)


def _said(message: str) -> str:
    return _word(*_SAID[message]) if message in _SAID else message


class _InTheReadersLanguage:
    """typer has its words by `gettext`, which follows the locale alone and not `GOVAH_LANG`, and ships none but English."""

    params: list[Any]
    rich_markup_mode: Any

    def format_help(self, ctx: Any, formatter: Any) -> Any:
        for param in self.params:
            if param.name in _COMPLETION:
                param.help = _word(param.name)
            if getattr(param, "is_flag", False) and param.metavar is None:
                param.metavar = ""  # else `<bool>`, as if it took a value
        vars(core)["_"] = _said
        if self.rich_markup_mode is not None:
            from typer import rich_utils

            vars(rich_utils).update(
                {name: shape.format(_word(key, "{}")) for name, (key, shape) in _DRAWN.items()}
            )
        return super().format_help(ctx, formatter)  # type: ignore[misc]

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        pieces = self.collect_usage_pieces(ctx)  # type: ignore[attr-defined]
        formatter.write_usage(ctx.command_path, " ".join(pieces), prefix=f"{_word('usage')} ")

    def get_help_option(self, ctx: Any) -> Any:
        option = super().get_help_option(ctx)  # type: ignore[misc]
        option.help, option.metavar = _word("help"), ""
        return option


class LocalizedCommand(_InTheReadersLanguage, TyperCommand):
    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        known = {name for param in self.params for name in param.opts}
        return super().parse_args(ctx, options_of_today(args, known))


class LocalizedGroup(_InTheReadersLanguage, TyperGroup):
    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        return super().resolve_command(ctx, [command_of_today(args[0]), *args[1:]])


class GovahCommands(LocalizedGroup):
    """All of them. Every command takes `--plain`, before its name and after it, and its help ends with an example."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        common = [option for option in self.params if option.name == "plain"]
        within = list(self.commands.items())
        while within:
            name, command = within.pop()
            if isinstance(command, TyperGroup):
                within += [(f"{name}_{inner}", one) for inner, one in command.commands.items()]
                continue
            command.params += common
            command.epilog = f"{text('example.heading')}\n\n{text(f'example.{name}')}"
