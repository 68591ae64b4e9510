"""Commands and options under the names of the version before: they work for one release, and the new name is said."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from govah.terminal.console import Speaker

COMMANDS: Mapping[str, str] = {"answer": "decide"}
OPTIONS: Mapping[str, str] = {"--patience": "--control-timeout", "--keep": "--no-redact"}


def command_of_today(name: str) -> str:
    new = COMMANDS.get(name, name)
    if new != name:
        _say(name, new)
    return new


def options_of_today(words: Sequence[str], known: Collection[str]) -> list[str]:
    """The words of a command line as they are spelled now. known: options that the command has."""
    spelled = []
    for word in words:
        old, sign, value = word.partition("=")
        new = OPTIONS.get(old, old)
        if new != old and new in known:
            _say(old, new)
            word = f"{new}{sign}{value}"
        spelled.append(word)
    return spelled


def _say(old: str, new: str) -> None:
    Speaker().note("cli.renamed", old=old, new=new)
