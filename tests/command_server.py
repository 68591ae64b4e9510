"""`govah` as a command in a process of its own, forked from one that has imported everything: starting Python takes most of a
short command's time.

What Python reads as it starts (encodings, the seed of hashes) is that of the server: tests of these start their own.
"""

from __future__ import annotations

import atexit
import os
import pkgutil
import subprocess
import sys
import time
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path

from tests.fork_server import Forked, ForkServer, orders, to_its_end

# What commands import when they come to it.
_IN_A_LANGUAGE = (
    "govah.__main__",
    "govah.cli",
    "govah.terminal.help",
)  # the help is made as they are imported
_LATE = (
    *("typer", "rich.markdown", "numpy.random", "uvicorn.protocols.http.h11_impl", "uvicorn.lifespan.on"),
    *("uvicorn.loops.asyncio", "anyio._backends._asyncio", "rich._emoji_codes"),
    *("checks.engine", "evidence.verify.rebuild", "evidence.verify.folder"),
    *("scoring.score", "scoring.sensitivity", "reports.html", "reports.results", "reports.results_file"),
    *("crawler.crawl", "crawler.fleet.one_shard", "crawler.fleet.shard_run", "crawler.retest"),
    *(
        "crawler.engine.runner",
        "crawler.spiders.visit",
        "crawler.transport.handlers",
        "reports.results_db.current",
    ),
    *("reports.results_db.build", "reports.results_db.results", "reports.terminal", "sqlite_utils"),
    *("pluggy", "dateutil.parser", "urllib.request"),
)


# Of each language one that has made all commands and their help in it, which takes half of a short command's time.
SERVERS = {language: f"tests.command_server {language}".rstrip() for language in ("", "en", "fa")}


@cache
def _server(language: str = "") -> ForkServer:
    server = ForkServer(SERVERS[language])
    atexit.register(server.close)
    return server


def _language(env: Mapping[str, str], before: str) -> str:
    """Of the commands that are made already. None are, for who changes more than the language before they are made."""
    if before or "GOVAH_PLAIN" in env:
        return ""
    language = env.get("GOVAH_LANG", "en" if env.get("LC_ALL") == "C.UTF-8" else "")
    return language if language in SERVERS else ""


def started(
    *words: str,
    env: Mapping[str, str],
    before: str = "",
    files: tuple[int, int, int] | None = None,
    terminal: bool = False,
) -> Forked:
    """The same, still running. files: its input and outputs. terminal: which they are, and whose keys it hears."""
    order = {"words": words, "env": dict(env), "cwd": str(Path.cwd()), "before": before}
    return _server(_language(env, before)).start(order, files, terminal)


def install(folder: Path) -> None:
    """Puts a `govah` into a folder, for a shell whose PATH begins there."""
    client = Path(__file__).with_name("forked.py")
    command = folder / "govah"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -ISE "{client}" "{_server().address}" "$@"\n')
    command.chmod(0o755)


def govah(
    *arguments: object,
    env: Mapping[str, str],
    before: str = "",
    timeout: float = 300,
) -> subprocess.CompletedProcess[str]:
    """Runs `python -m govah` to its end. env: all of its environment. before: code that is run first, in its process."""
    words = [str(word) for word in arguments]
    running = started(*words, env=env, before=before)
    try:
        out, err = running.communicate(timeout)
    finally:
        running.kill()
    assert running.returncode is not None
    return subprocess.CompletedProcess(["govah", *words], running.returncode, out, err)


def _prepare() -> None:
    """Reads and compiles once what every command would for itself: texts, word lists, suffixes of domains, templates of reports."""
    from checks import basis
    from evidence.redaction import secrets
    from govah.terminal.console import catalogue
    from reports.catalogue import LANGUAGES
    from reports.html.environment import environment
    from reports.html.formatter import Formatter
    from web.domains import registrable_domain

    texts = {language: catalogue(language) for language in LANGUAGES}
    secrets.rules()
    basis.rules()
    registrable_domain("a.test")
    templates = environment(Formatter(texts["en"], "en"), {})
    for name in templates.list_templates(["html"]):
        templates.get_template(name)


def _make_commands(language: str) -> None:
    import typer.main

    os.environ["GOVAH_LANG"] = language
    vars(typer.main)["get_command"] = cache(typer.main.get_command)
    typer.main.get_command(import_module("govah.cli").app)


def _serve(language: str, listening: int, life: int) -> None:
    import govah as package
    from govah import commands
    from reports.export import formats

    folders = (package, commands, formats)
    own = (
        module.name
        for folder in folders
        for module in pkgutil.iter_modules(folder.__path__, f"{folder.__name__}.")
    )
    for name in (*own, *_LATE):
        if name not in _IN_A_LANGUAGE:
            import_module(name)
    _prepare()
    if language:
        _make_commands(language)
    order = orders(listening, life)
    os.environ.clear()
    os.environ.update(order["env"])
    time.tzset()
    os.chdir(order["cwd"])
    program = import_module("govah.__main__")
    # as a script that was installed, or as `python -m govah`: what the help and the shell's completion call it
    sys.argv = [order.get("script", str(program.__file__)), *order["words"]]
    sys.modules["__main__"].__package__ = "" if "script" in order else "govah"
    exec(order["before"], {})
    to_its_end(program.main)


if __name__ == "__main__":
    *languages, _, listening, life = sys.argv[1:]
    _serve("".join(languages), int(listening), int(life))
