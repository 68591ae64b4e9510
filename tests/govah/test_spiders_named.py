"""What `govah crawl` says of spiders that cannot be used, before anything is asked for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from evidence.signing.keys import load_or_create
from govah.commands.init import write_example
from tests.command_server import govah

pytestmark = pytest.mark.processes

CASES = {
    "missing.Spider": ("", "it cannot be imported (ModuleNotFoundError: No module named 'missing')"),
    "quits.Spider": ("import sys; sys.exit(7)", "it cannot be imported (SystemExit: 7)"),
    "plain.Thing": ("class Thing: pass", "it is not a subclass of scrapy.Spider"),
    "named.One": (
        "from scrapy import Spider\nclass One(Spider): name = 'portal'",
        "another spider is also called portal",
    ),
    "nameless.One": ("from scrapy import Spider\nclass One(Spider): pass", "a spider needs a name"),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("language", ["en", "fa"])
def test_a_spider_that_cannot_be_used_is_said(tmp_path: Path, name: str, language: str) -> None:
    source, words = CASES[name]
    folder, key = tmp_path / "round", tmp_path / "key"
    write_example(folder)
    load_or_create(key)
    settings = (folder / "round.toml").read_text(encoding="utf-8")
    named = settings.replace("[crawl]\n", f'[crawl]\nspiders = ["{name}"]\n')
    (folder / "round.toml").write_text(named, encoding="utf-8")
    if source:
        (folder / f"{name.partition('.')[0]}.py").write_text(source)
    told = govah("crawl", folder, "--key", key, env={**os.environ, "GOVAH_LANG": language})
    said = " ".join(told.stderr.split())
    assert told.returncode == 2 and name in said, said
    assert "crawl.spiders" in said and (words in said) == (language == "en")
    assert not (folder / "evidence").exists()
