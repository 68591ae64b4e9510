"""The rules on pages with known faults: served on loopback, drawn and measured by the real browser."""

from __future__ import annotations

import asyncio
import json
import threading
import tomllib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from checks.accessibility.rule import PageCheck
from checks.registry import of_family
from claims.model import NetworkSettings
from crawler.browser.renderer import RenderedPage, Renderer, find_browser
from tests.depth import THOROUGH, tries

pytestmark = pytest.mark.sockets

TABLE = tomllib.loads((Path(__file__).parent / "data" / "pages.toml").read_text(encoding="utf-8"))
PAGES: list[dict[str, Any]] = TABLE["page"]
TRIED = range(0, len(PAGES), tries(4, 1))
CHECKS = {rule.id: rule for rule in of_family("accessibility") if isinstance(rule, PageCheck)}
MANY = "<i>متن</i>" * 50_000
ENDLESS = "<script>addEventListener('focus', () => { for (;;); }, true)</script><a href=/a>ثبت درخواست</a>"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c63f8ffff3f0005fe02fe"
    "a7352f840000000049454e44ae426082"
)
WIDE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="1200" height="20"><rect width="1200" height="20"/></svg>'
)


def html(page: dict[str, Any]) -> str:
    parts = {**TABLE["base"], **page}
    return (
        f"<!DOCTYPE html><html {parts['root']}><head><meta charset=utf-8><title>صفحهٔ نمونه</title>"
        f"{parts['viewport']}<style>{parts['style']}</style></head><body>{parts['body']}"
        f"<script>{parts['script']}</script></body></html>"
    )


class Handler(BaseHTTPRequestHandler):
    methods: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        place = self.path.strip("/")
        if place.isdigit():
            self.answer(html(PAGES[int(place)]).encode(), "text/html; charset=utf-8")
        elif place in ("many", "endless"):
            body = f"<!DOCTYPE html><html lang=fa dir=rtl><body>{MANY if place == 'many' else ENDLESS}"
            self.answer(body.encode(), "text/html; charset=utf-8")
        elif place == "dot.png":
            self.answer(PNG, "image/png")
        elif place == "wide.svg":
            self.answer(WIDE.encode(), "image/svg+xml")
        else:
            self.send_error(404)

    def answer(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        self.methods.append(self.command)


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://portal.test:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="module")
def drawn(site: str) -> dict[str, RenderedPage]:
    """The pages, measured. One browser for all."""
    names = [*map(str, TRIED), "many", *(["endless"] if THOROUGH else [])]

    async def draw() -> list[RenderedPage]:
        renderer = Renderer(
            executable=find_browser(None),
            policy_settings=NetworkSettings(allow_private=True, hosts={"portal.test": "127.0.0.1"}),
            user_agent="govah-test",
            contexts=3,  # six at once met their limit of time on a loaded machine
        )
        async with renderer:
            return await asyncio.gather(
                *(
                    renderer.render(f"{site}/{name}", full_page_screenshot=False, measure=True)
                    for name in names
                )
            )

    return dict(zip(names, asyncio.run(draw()), strict=True))


def said(rule: PageCheck, measures: dict[str, Any]) -> list[str]:
    told = rule.rule.tell(measures)
    causes = told.figures.get("wider_cause") or []
    return [told.settled(), *([told.reason] if told.reason else []), *told.kinds, *causes]


@pytest.mark.parametrize("number", TRIED, ids=[PAGES[number]["name"] for number in TRIED])
def test_a_page_with_a_known_truth(drawn: dict[str, RenderedPage], number: int) -> None:
    page = drawn[str(number)]
    assert page.facts.finished, page.facts.failure
    measures = json.loads(page.measures)
    found = {check: " ".join(said(CHECKS[check], measures)) for check in PAGES[number]["expects"]}
    assert found == PAGES[number]["expects"]


def test_each_rule_is_tried_on_good_and_on_bad_pages() -> None:
    verdicts: dict[str, list[str]] = {check: [] for check in CHECKS}
    for page in PAGES:
        for check, expected in page["expects"].items():
            verdicts[check].append(expected.split()[0])
    assert {c for c, seen in verdicts.items() if "verified" not in seen or seen.count("partial") < 2} == set()


def test_what_is_measured_is_canonical_and_bounded(drawn: dict[str, RenderedPage]) -> None:
    for page in drawn.values():
        measures = json.loads(page.measures)
        again = json.dumps(measures, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
        assert again == page.measures
        assert len(page.measures) < 1_000_000


def test_a_telephones_picture_comes_with_it(drawn: dict[str, RenderedPage]) -> None:
    page = drawn["0"]
    assert page.screenshot is not None and page.screenshot.startswith(b"\xff\xd8\xff")
    assert page.screenshot_size == (360, 640)


def test_axe_core_ran(drawn: dict[str, RenderedPage]) -> None:
    facts = drawn["0"].axe
    assert facts["axe"] == "done"
    assert facts["axe_version"].startswith("4.")


def test_fifty_thousand_elements_are_not_given_to_axe(drawn: dict[str, RenderedPage]) -> None:
    page = drawn["many"]
    measures = json.loads(page.measures)
    assert measures.get("axe") is None
    if measures:  # a machine under load may not get that far, which is told as it is
        assert page.axe["axe"] == "too_large"
        assert measures["wide"]["whole"] is False
    else:
        assert not page.facts.finished or "axe" not in page.axe


@pytest.mark.thorough
def test_a_page_that_hangs_at_the_first_focus_costs_itself_alone(drawn: dict[str, RenderedPage]) -> None:
    page = drawn["endless"]
    measures = json.loads(page.measures)
    assert measures["wide"]["controls"]
    assert measures["axe"] is None or page.axe["axe"] == "done"


def test_nothing_but_get_left(drawn: dict[str, RenderedPage]) -> None:
    assert drawn
    assert set(Handler.methods) == {"GET"}
