"""Hostile texts in everything that is shown of a round: pages, terminal, JSON. They are text, seen, and end somewhere."""

from __future__ import annotations

import functools
import json
import os
import re
import threading
import urllib.parse
from collections import Counter
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import Browser
from selectolax.lexbor import LexborHTMLParser

from evidence.pack.format import VERIFIER
from tests import command_server
from tests.depth import some
from tests.reports.hostile_round import build
from tests.valid import faults

pytestmark = pytest.mark.processes

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8")

# Of what no page, line or value may hold as it is: controls, overrides and embeddings, halves of characters.
_COMMANDS = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\U000e0000-\U000e007f"
_BARE = re.compile(f"[{_COMMANDS}\ufffe\uffff]")
_COMMAND = re.compile(f"[{_COMMANDS}]")
_MOST_OF_A_VALUE = 20_000  # with all that is nested in it; a text alone has 4,000 characters
_MOST_OF_A_PAGE = 4_000_000
_MOST_OF_A_TERMINAL = 2_000_000
_ADDRESSED = ("href", "src", "action", "formaction", "data", "poster")


def govah(key: Path, *arguments: object, lang: str = "fa") -> str:
    environment = {**os.environ, "GOVAH_LANG": lang, "GOVAH_KEY": str(key), "NO_COLOR": "1", "COLUMNS": "100"}
    done = command_server.govah(*arguments, env=environment)
    assert done.returncode == 0, done.stderr[-3_000:]
    return done.stdout


@pytest.fixture(scope="module")
def rounds(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """Folder of the hostile round and of the tame one, both with their reports, and the key of the first."""
    made = []
    for tame in (False, True):
        round, key = build(tmp_path_factory.mktemp("tame" if tame else "hostile"), tame)
        govah(key, "replies", round, "--quiet")
        govah(key, "report", round, "--quiet", "--jobs", 1)
        made.append((round, key))
    return made[0][0], made[1][0], made[0][1]


def pages(round: Path) -> Iterator[tuple[str, Path]]:
    report = round / "results" / "report"
    for page in sorted(set(report.rglob("*.html")) - {report / VERIFIER}):  # which says nothing of the round
        yield str(page.relative_to(report)), page


def skeleton(page: Path) -> Counter[str]:
    """Every element of a page, with the names of its attributes and with its class."""
    tree = LexborHTMLParser(page.read_bytes())
    found: Counter[str] = Counter()
    for node in tree.css("*"):
        attributes = node.attributes
        found[f"{node.tag}.{attributes.get('class')}[{' '.join(sorted(attributes))}]"] += 1
    return found


def test_no_element_and_no_attribute_of_a_page_comes_from_outside(rounds: tuple[Path, Path, Path]) -> None:
    hostile, tame, _ = rounds
    shapes = [
        {re.sub(r"\b(c\d\d).*(?=\.html)", r"\1", name): skeleton(page) for name, page in pages(round)}
        for round in (hostile, tame)
    ]
    assert len(shapes[0]) > 200 and shapes[0].keys() == shapes[1].keys()
    for name, shape in shapes[0].items():
        assert shape == shapes[1][name], f"{name}: {shape - shapes[1][name]} {shapes[1][name] - shape}"


def test_what_is_not_seen_is_shown_and_nothing_is_without_end(rounds: tuple[Path, Path, Path]) -> None:
    report = rounds[0] / "results" / "report"
    for name, page in pages(rounds[0]):
        content = page.read_text(encoding="utf-8")
        assert not (found := _BARE.search(content)), f"{name}: {content[found.start() - 200 : found.end()]!r}"
        assert len(content) < _MOST_OF_A_PAGE and "س" * (_MOST_OF_A_VALUE + 1) not in content, name
    own = (report / "mahi.html").read_text(encoding="utf-8")
    for shown in (
        "⟦U+202E⟧",
        "⟦U+0000⟧",
        "⟦U+001B⟧",
        "⟦U+D800⟧",
        "⟦U+E0068⟧",
        "⟦U+FFFE⟧",
        "⟦U+009B⟧",
        "سسس…",
    ):
        assert shown in own, shown
    for never in ("49{%", "&nbsp;&rlm;", "\u2028"):
        assert never not in own


def test_links_lead_to_pages_of_the_report_alone(rounds: tuple[Path, Path, Path]) -> None:
    ids: dict[Path, set[str | None]] = {}
    led: list[tuple[str, Path, str]] = []
    for name, page in pages(rounds[0]):
        tree = LexborHTMLParser(page.read_bytes())
        placed = [node.attributes["id"] for node in tree.css("[id]")]
        ids[page.resolve()] = set(placed)
        assert len(set(placed)) == len(placed), f"{name}: an id stands there twice"
        for attribute in _ADDRESSED:
            for node in tree.css(f"[{attribute}]"):
                path, _, fragment = (node.attributes[attribute] or "").partition("#")
                target = page.parent / urllib.parse.unquote(path) if path else page
                assert re.fullmatch(
                    r"(\.\./|en/)?[^:/?]*|(\.\./)?(shots/[\w.-]+|data/(results|rankings|findings|junit)\.\w+)",
                    path,
                ), f"{name}: {path!r}"
                assert target.is_file(), f"{name}: {path!r}"
                led.append((name, target.resolve(), urllib.parse.unquote(fragment)))
    for name, target, fragment in led:
        assert not fragment or fragment in ids[target], f"{name}: {target.name}#{fragment}"
    assert len(led) > 2_000


@pytest.mark.parametrize(
    "command", some(["explain mahi", "explain barg/barg-01", "score --all", "replies"], 3)
)
def test_a_terminal_is_sent_no_command(rounds: tuple[Path, Path, Path], command: str) -> None:
    round, _, key = rounds
    name, *rest = command.split()
    for said in (govah(key, name, round, *rest), told := govah(key, name, round, *rest, "--json")):
        found = _COMMAND.search(said)
        assert found is None, f"{said[max(0, found.start() - 200) : found.end()]!r}"
        assert len(said) < _MOST_OF_A_TERMINAL
    assert json.loads(told)


KINDS = (
    "index.html",
    "method.html",
    "summary.html",
    "press.html",
    "audit.html",
    "indicators.html",
    "mahi.html",
)
LARGE = ("mahi.html", "audit.html", "indicators.html")


@pytest.fixture(scope="module")
def served(rounds: tuple[Path, Path, Path]) -> Iterator[str]:
    """Address of the hostile report over http."""
    quiet = type("Quiet", (SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
    handler = functools.partial(quiet, directory=str(rounds[0] / "results" / "report"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.mark.sockets
@pytest.mark.thorough
@pytest.mark.parametrize(("way", "scripts"), [("file", True), ("http", False)])
def test_a_page_needs_nothing_and_does_nothing(
    rounds: tuple[Path, Path, Path], browser: Browser, served: str, way: str, scripts: bool
) -> None:
    """At the width of a small telephone: nothing runs, is asked for or said to the console, and nothing is wider."""
    base = f"{(rounds[0] / 'results' / 'report').as_uri()}/" if way == "file" else served
    page = browser.new_page(viewport={"width": 360, "height": 740}, java_script_enabled=scripts)
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.on("request", lambda request: asked.append(request.url))
    page.on("requestfailed", lambda request: said.append(request.url))
    for name in KINDS:
        page.goto(base + name, wait_until="load")
        assert page.evaluate("document.fonts.check('16px Vazirmatn') && document.fonts.size === 1")
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        page.evaluate(_PICTURES)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 360, f"{name}: {wide} px, {page.evaluate(_WIDEST)}"
        if name.endswith("indicators.html"):
            assert page.evaluate(_NONE_SCROLLS)
    page.close()
    assert said == []
    own = {url for url in asked if url.startswith((base, "data:font/woff2;"))}
    assert set(asked) == own and any("/shots/" in url for url in own)


_PICTURES = (
    """() => Promise.all([...document.images].map(one => { one.loading = 'eager'; return one.decode() }))"""
)
_NONE_SCROLLS = "[...document.querySelectorAll('.scroll')].every(one => one.scrollWidth <= one.clientWidth)"
_WIDEST = """[...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().width > 362 &&
    !e.closest('.scroll, .phones')).slice(0, 6).map(e => e.outerHTML.slice(0, 160))"""


@pytest.mark.thorough
def test_axe_finds_nothing_on_any_kind_of_page(rounds: tuple[Path, Path, Path], browser: Browser) -> None:
    """All rules of axe-core, WCAG and best practice, of any impact: each language at one width, and in print."""
    report = rounds[1] / "results" / "report"
    found = []
    for prefix, width, medium, names in (
        ("", 1280, "screen", KINDS),
        ("en/", 360, "screen", KINDS),
        ("", 1280, "print", ("index.html", "summary.html")),
    ):
        page = browser.new_page(viewport={"width": width, "height": 800})
        page.emulate_media(media=medium)  # type: ignore[arg-type]
        for name in names:
            page.goto((report / prefix / name).as_uri())
            if name not in LARGE:  # for which axe-core would need a minute
                page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
            page.evaluate(AXE)
            told = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
            found += [
                f"{prefix}{name} {width} {medium}: {one['id']} ({one['impact']}) {len(one['nodes'])} times: "
                f"{one['nodes'][0]['html'][:300]} {one['nodes'][0].get('failureSummary', '')[:300]}"
                for one in told["violations"]
            ]
        page.close()
    assert found == []


@pytest.mark.thorough
def test_every_page_is_html_as_the_standard_has_it(rounds: tuple[Path, Path, Path]) -> None:
    for round in rounds[:2]:
        assert faults(page for _, page in pages(round)) == []


def test_the_checker_sees_what_is_wrong(tmp_path: Path) -> None:
    page = tmp_path / "wrong.html"
    page.write_text("<!doctype html><html lang=fa><title>t</title><p id=a><p id=a>", encoding="utf-8")
    (fault,) = [one for one in faults([page]) if "Duplicate ID" in one]
    assert fault.startswith("wrong.html:1:")
