"""Wrong usage of a command, said in the user's language, with what was probably meant."""

from __future__ import annotations

import re
from typing import Any

from govah.exits import Exit
from govah.terminal.console import Speaker
from govah.terminal.suggestions import hint

_NUMBERS = ("N", "SECONDS", "PORT")  # metavars
_NO_COMMAND = re.compile(r"No such command '(.*?)'", re.DOTALL)


def tell(speaker: Speaker, error: Any) -> int:
    """Prints it; the exit status. The help, where nothing was asked for."""
    kind, ctx = type(error).__name__, getattr(error, "ctx", None)
    if kind == "NoArgsIsHelpError":
        error.show()
        return int(Exit.USAGE)
    command = ctx.command_path if ctx is not None else "govah"
    key, params = _said(kind, error, ctx)
    try:
        speaker.fail(Exit.USAGE, key, command=command, **params)
    finally:
        speaker.note("usage.help", command=command)


def _said(kind: str, error: Any, ctx: Any) -> tuple[str, dict[str, object]]:
    """Key of the text and its values."""
    if kind == "NoSuchOption":
        options = [name for one in ctx.command.get_params(ctx) for name in one.opts if name.startswith("--")]
        return "usage.no_option", {"option": error.option_name, "hint": hint(error.option_name, options)}
    if found := _NO_COMMAND.match(error.message or ""):
        known = getattr(ctx.command, "commands", {})
        return "usage.no_command", {"name": found[1], "hint": hint(found[1], known)}
    if kind == "MissingParameter" and error.param is not None:
        return "usage.missing", {"name": _name(error.param)}
    if kind == "BadParameter" and error.param is not None:
        if error.param.metavar in _NUMBERS:
            return "usage.bad_number", {"name": _name(error.param)}
        return "usage.bad_value", {"name": _name(error.param), "detail": error.message}
    return "usage.other", {"detail": error.format_message()}


def _name(param: Any) -> str:
    """As the help has it: an option by its long name, an argument by its word in capitals."""
    return str(max(param.opts, key=len) if param.param_type_name == "option" else param.metavar or param.name)
