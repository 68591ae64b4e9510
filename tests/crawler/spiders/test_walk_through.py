"""The walk-through of docs/spiders.md, done as it says."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.crawler.conftest import Kit, answer
from tests.crawler.spiders.rounds import written_round

pytestmark = [pytest.mark.sockets, pytest.mark.processes]
ROOT = Path(__file__).parents[3]
_BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)


@pytest.mark.thorough
def test_the_walk_through_does_what_it_says(kit: Kit, tmp_path: Path) -> None:
    text = (ROOT / "docs/spiders.md").read_text(encoding="utf-8")
    spider, check = (block for kind, block in _BLOCK.findall(text) if kind == "python")
    [settings] = (block for kind, block in _BLOCK.findall(text) if kind == "toml")
    names = re.findall(r"`my-round/(\w+\.py)`", text)
    assert names == ["body_spiders.py", "body_checks.py"]
    site = kit.site(
        {
            "/": answer("<title>home</title><a href=/c>تماس با ما</a><a href=/x>دیگر</a>"),
            "/c": answer("<main><a href='tel:+982100'>زنگ</a></main>"),
        }
    )
    folder = written_round(tmp_path, site)
    for name, source in zip(names, (spider, check), strict=True):
        (folder / name).write_text(source, encoding="utf-8")

    def done(*arguments: str) -> str:
        ended = subprocess.run(
            (sys.executable, *arguments),
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    assert "contact" not in done("-m", "scrapy", "list").split()
    named = (folder / "round.toml").read_text(encoding="utf-8")
    assert settings.startswith("[crawl]\n")
    (folder / "round.toml").write_text(named.replace("[crawl]\n", settings.strip() + "\n"), encoding="utf-8")
    assert "contact" in done("-m", "scrapy", "list").split()
    assert done("-m", "scrapy", "crawl", "contact", "-a", "agency=a").startswith("The crawl is complete.")
    [finding] = map(json.loads, done("-P", "body_checks.py", "trials/contact-a-1").splitlines())
    assert (finding["verdict"], finding["observed"]) == ("verified", {"numbers": ["tel:+982100"]})
    assert len(finding["captures"]) == 2

    done("-m", "govah", "crawl", ".", "--key", str(tmp_path / "key"), "--quiet")
    found = [json.loads(line) for line in done("-P", "body_checks.py", ".").splitlines()]
    assert {one["agency"]: one["verdict"] for one in found} == {"a": "verified", "b": "verified"}
    asked = [one.path for one in site.asked if one.path == "/x"]
    assert asked  # the audit's own visit came as well
