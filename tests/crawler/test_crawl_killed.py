"""`govah crawl` killed (kill -9) at random moments, start and sealing among them, and given again until it is complete."""

from __future__ import annotations

import json
import os
import random
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from evidence import layout
from evidence.store import EvidenceStore
from tests import command_server
from tests.depth import tries
from tests.fork_server import Forked
from tests.keys import made_key

pytestmark = pytest.mark.sockets

PAGES = 60
_SHEETS = {
    "round.toml": """[round]
id = "killed"
[crawl]
delay = 0.02
retry_after = 0.3
render = "never"
[network]
allow_private = true
controls = []
resolver = []
hosts = {{ "a.test:80" = "{target}" }}
""",
    "agencies.csv": "agency,name,kind,portal\na,A,main,http://a.test/\n",
    "services.csv": "agency,service,title,electronic,url\na,s1,خدمت,yes,http://a.test/p7\n",
}


def _serve(kit: Any) -> Any:
    def page(path: str, visit: int) -> Any:
        number = path.removeprefix("/p")
        if not number.isdecimal() or int(number) >= PAGES:
            return kit.answer("no", "404 Not Found")
        n = int(number)
        links = "".join(f'<a href="/p{m}">x</a>' for m in (2 * n + 3, 2 * n + 4) if m < PAGES)
        words = " ".join(f"{letter}{'aeiou'[n % 5]}{'bcdfghjklmnpqrstvw'[n // 5]}" for letter in "qrstvwxzkl")
        return kit.answer(f"{links}<p>{words}" + "x" * (n * 400 % 9000))

    site = kit.site({"/": kit.answer("".join(f'<a href="/p{n}">x</a>' for n in range(3)))}, wait=0.01)
    site.fallback = page
    return site


def _govah(folder: Path, key: Path, *arguments: str) -> Forked:
    environment = {**os.environ, "GOVAH_KEY": str(key), "GOVAH_LANG": "en", "COLUMNS": "200"}
    return command_server.started(arguments[0], str(folder), *arguments[1:], env=environment)


def _answer(folder: Path, key: Path, *arguments: str) -> Any:
    process = _govah(folder, key, *arguments, "--json")
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, out + err
    return json.loads(out)


def _account(folder: Path) -> Counter[tuple[str, int]]:
    with EvidenceStore.open(folder / "evidence") as store:
        return Counter((c.url, c.attempt) for c in store.captures("a", "http"))


@pytest.mark.parametrize("seed", range(tries(1, 6)))
def test_nothing_is_lost_or_repeated_and_all_that_is_sealed_can_be_made_again(
    kit: Any, tmp_path: Path, seed: int
) -> None:
    draw = random.Random(seed)
    site = _serve(kit)
    folder, key = tmp_path / "round", made_key(tmp_path / "signer.key")
    folder.mkdir()
    for name, content in _SHEETS.items():
        text = content.format(target=site.target) if name == "round.toml" else content
        (folder / name).write_text(text, encoding="utf-8")
    sealed = folder / "evidence" / layout.MANIFEST
    before: Counter[tuple[str, int]] = Counter()
    early = [draw.choice((0, 1, 3, 8, 15)) for _ in range(tries(2, 5))]
    late = [None] * tries(2, 3)
    for more in (*early, *late):  # requests until the kill, however fast the machine is; None: all of them
        process = _govah(folder, key, "crawl", "--quiet")
        asked = len(site.asked)
        until = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < until:
            if len(set(site.paths())) > PAGES + 1 if more is None else len(site.asked) >= asked + more:
                break
            time.sleep(0.002)
        time.sleep(draw.uniform(0.0, 0.3 if more is not None else 1.2))
        process.kill()
        process.communicate()
        if (folder / "evidence").is_dir() and any(layout.shards(folder / "evidence")):
            now = _account(folder)
            assert before <= now, "something that was committed is lost"
            before = now
    said = _answer(folder, key, "crawl")
    assert said["state"] == "complete" and sealed.is_file()
    found = _account(folder)
    assert before <= found and max(found.values()) == 1
    assert {url for url, attempt in found if "/p" in url and attempt == 1} == {
        f"http://a.test/p{n}" for n in range(PAGES)
    }
    assert _answer(folder, key, "verify")["intact"]
    indexes = {path: path.read_bytes() for path in (folder / "evidence").rglob("index-*.sqlite")}
    for path in indexes:
        path.unlink()
    rebuilt = _answer(folder, key, "verify", "--rebuild")
    assert rebuilt["intact"] and {one["was"] for one in rebuilt["indexes"]} == {"missing"}
    assert {path: path.read_bytes() for path in indexes} == indexes
