"""A page of a portal in the desk, as it was captured: however hostile, it runs nothing, asks for nothing and leads nowhere."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route

from checks.finding import Finding, Subject
from evidence.kinds.http import HttpFacts
from evidence.kinds.page import PageFacts
from evidence.kinds.screenshot import ScreenshotFacts
from evidence.seal import seal
from evidence.signing.keys import Signer
from evidence.store import EvidenceWriter
from reports.desk.replay import boxed
from reports.desk.security import REPLAY_HEADERS
from tests.reports.desk.rounds import OPENED, Client, made, png, served
from tests.reports.desk.test_desk_browser import AXE, RUN, opened

pytestmark = [pytest.mark.processes, pytest.mark.sockets]

WORDS = "این صفحه در دست ساخت است"
HOSTILE_PAGE = """<!doctype html><html lang=fa><head><base href="http://evil.test/">
<meta http-equiv=refresh content="0;url=http://evil.test/refresh"><meta http-equiv="Content-Security-Policy" content="default-src *">
<link rel=stylesheet href="http://a1.test/look.css"><link rel=stylesheet href="http://evil.test/x.css">
<link rel=preload as=script href="http://evil.test/p.js"><link rel=dns-prefetch href="//evil.test"><link rel=icon href="/favicon.ico">
<style>@import "http://evil.test/import.css"; body { background: url(http://evil.test/bg.png) }</style>
<script>window.hacked = 1; fetch("http://evil.test/fetch"); top.location = "http://evil.test/top"</script></head>
<body onload="alert(1)"><title>t</title><p>در دست <b>ساخت</b> بود؟ <span>این صفحه در</span> <b>دست ساخت</b>
است</p>
<img id=kept src="http://a1.test/logo.png" srcset="http://evil.test/2x.png 2x" onerror="alert(2)"><img src="http://evil.test/pixel.png">
<div style="background:url(http://evil.test/style.png)">x</div><iframe src="http://evil.test/frame"></iframe><iframe srcdoc="<script>alert(3)</script>"></iframe>
<object data="http://evil.test/o.swf"></object><embed src="http://evil.test/e.swf"><video poster="http://evil.test/v.png" src="http://evil.test/v.mp4" autoplay></video>
<svg><script>alert(4)</script><a xlink:href="http://evil.test/svg"><text>x</text></a><image href="http://evil.test/i.png"/><use href="http://evil.test/u.svg#a"/></svg>
<a id=out href="http://evil.test/out" target="_top" ping="http://evil.test/ping">out</a><a id=js href="java\tscript:alert(5)">js</a><map><area href="http://evil.test/area"></map>
<form action="http://evil.test/form" method=post><input name=q><button id=send formaction="http://evil.test/b">send</button><input type=image src="http://evil.test/img.png"></form>
<math><mtext><table><mglyph><style><img src=x onerror=alert(6)></style></mglyph></table></mtext></math>
<textarea></textarea><noscript><img src="http://evil.test/ns.png"></noscript><template><script>alert(7)</script></template>
</body></html>"""
CSS = "p { color: rgb(1, 2, 3) } #kept { border: 7px solid; background: url('logo.png') } @import url(http://evil.test/i.css); b { background: url(http://evil.test/c.png) }"


def evidence(folder: Path, signer: Signer) -> None:
    names = itertools.chain(
        ("css", "logo", "p1", "i1", "p2", "i2", "h3"), (f"x{n}" for n in itertools.count())
    )
    with EvidenceWriter.open(
        folder, vantage="v", now=lambda: OPENED, new_id=lambda: next(names), plan={}, signer=signer
    ) as writer:

        def add(
            kind: str, url: str, facts: object, attempt: int = 1, purpose: str = "claim", **more: bytes
        ) -> None:
            writer.add(
                kind=kind, agency="a1", url=url, purpose=purpose, attempt=attempt, time=OPENED, facts=facts, **more  # type: ignore[arg-type]
            )  # fmt: skip

        def fetched(url: str, kind: str, body: bytes) -> None:
            facts = HttpFacts("GET", 200, "OK", (("Content-Type", kind),), None, size=len(body))
            head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
            add("http", url, facts, purpose="asset", response=head.encode() + body)

        fetched("http://a1.test/look.css", "text/css", CSS.encode())
        fetched("http://a1.test/logo.png", "image/png", png())
        for attempt in (1, 2):
            page = PageFacts(200, "http://a1.test/s1", "t", True, None)
            add("page", "http://a1.test/s1", page, attempt, body=HOSTILE_PAGE.encode())
            picture = ScreenshotFacts(f"p{attempt}", "image/png", 80, 60, True)
            add("screenshot", "http://a1.test/s1", picture, attempt, body=png())
        fetched("http://a1.test/plain", "text/html; charset=windows-1256", "<p>قديم".encode("cp1256"))
    seal(folder, signer=signer, now=lambda: OPENED, round_id="r", software={}, coverage={})


FINDING = Finding(
    "a1", Subject("service", "s1", "http://a1.test/s1"), "services.entry", 1, "contradicted", "under_construction",
    {"excerpt": WORDS}, ("p1", "p2", "h3"), 2, "service_entry",
)  # fmt: skip


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    round = made(tmp_path_factory.mktemp("replay"), evidence, [FINDING])
    with served(round) as client:
        yield client


@pytest.mark.parametrize("capture", ["p1", "h3"])
def test_a_replayed_page_is_sent_with_a_policy_of_its_own(desk: Client, capture: str) -> None:
    answer = desk.get(f"/capture/{capture}/replay?finding={FINDING.id}")
    assert answer.status == 200
    assert {name: answer.headers[name] for name in REPLAY_HEADERS} == REPLAY_HEADERS
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("sandbox; default-src 'none'") and "allow-" not in policy and "'self'" in policy
    assert "<script" not in answer.text and not re.search(
        r"(?:src|href|action)=\"?(?!data:)[^#\"]", answer.text
    )
    assert "قديم" in answer.text or "evil.test/out" not in answer.text


@pytest.mark.parametrize(
    "path",
    ["/capture/none/replay", "/capture/i1/replay", "/capture/css/replay", "/capture/p1/replay?finding=f0"],
)
def test_what_is_no_page_is_not_replayed(desk: Client, path: str) -> None:
    assert desk.get(path).status == 404


def test_nobody_without_the_token_gets_a_page(desk: Client) -> None:
    assert Client(desk.port).get("/capture/p1/replay").status == 401
    assert desk.get("/capture/p1/replay", Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="no-cors").status == 403


def test_a_hostile_page_runs_nothing_asks_for_nothing_and_leads_nowhere(
    desk: Client, browser: Browser
) -> None:
    context = browser.new_context()
    reached: list[str] = []  # whatever the policy stops does not come here

    def answer(route: Route) -> None:
        reached.append(route.request.url)
        route.fulfill(body="x")

    context.route(re.compile(r"//(evil|a1)\.test"), answer)
    page, told = opened(context, desk)
    home = f"http://127.0.0.1:{desk.port}"
    page.goto(f"{home}/finding/{FINDING.id}/visits")
    shown = page.query_selector_all("iframe.replay")  # each begins to load when it comes into sight
    assert len(shown) == 2
    for number, element in enumerate(shown):
        element.scroll_into_view_if_needed()
        frame = element.content_frame()
        assert frame is not None
        frame.wait_for_selector("mark")
        boxed = "".join(frame.eval_on_selector_all("mark", "all => all.map(e => e.textContent)"))
        assert "".join(boxed.split()) == "".join(WORDS.split()), number
        assert frame.evaluate("window.hacked === undefined && self.origin === 'null'")
        colour = frame.evaluate("getComputedStyle(document.querySelector('p')).color")
        assert colour == "rgb(1, 2, 3)", "the style sheet is in it"
        assert frame.evaluate("document.querySelector('#kept').naturalWidth") == 80, "and the picture"
        for selector in ("#out", "#js", "#send"):
            frame.click(selector)
    page.wait_for_load_state("networkidle")
    assert page.url.endswith("/visits") and len(context.pages) == 1
    assert all(frame.url.startswith((home, "about:")) for frame in page.frames)
    assert not any("dialog" in one for one in told) and reached == []
    page.goto(f"{home}/capture/p1/replay")  # without the frame
    assert page.evaluate("window.hacked === undefined && self.origin === 'null'")
    assert not any("dialog" in one for one in told) and reached == []
    page.goto("http://evil.test/control")
    assert reached == ["http://evil.test/control"], "it would have been seen"
    context.close()


def test_the_visits_can_be_read_by_everybody_and_pictures_grow_without_scripts(
    desk: Client, browser: Browser
) -> None:
    for language in ("fa", "en"):
        context = browser.new_context(bypass_csp=True)
        page, _ = opened(context, desk)
        page.goto(f"http://127.0.0.1:{desk.port}/finding/{FINDING.id}/visits?lang={language}")
        for width in (360, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            page.evaluate(AXE + ";0")
            run = RUN.replace("axe.run()", "axe.run(document, {iframes: false})")
            assert [one for one in page.evaluate(run) if one[1] in ("serious", "critical")] == []
        context.close()
    context = browser.new_context(java_script_enabled=False)
    page, _ = opened(context, desk)
    page.goto(f"http://127.0.0.1:{desk.port}/finding/{FINDING.id}/visits")
    picture = page.locator("details.grow > img").first
    assert not picture.is_visible()
    page.locator("details.grow summary").first.focus()
    page.keyboard.press("Enter")
    assert picture.is_visible()
    context.close()


def test_words_are_boxed_across_tags_and_never_within_them() -> None:
    page = "<title>در دست ساخت</title><body class='در دست ساخت'><p title='در دست ساخت'>در <b>دست</b> ساخت</p>"
    marks = re.findall(r"<mark[^>]*>(.*?)</mark>", boxed(page, ["در دست ساخت"]))
    assert [mark.strip() for mark in marks] == ["در", "دست", "ساخت"]
    assert boxed(page, ["نیست"]) == page and boxed(page, []) == page
    assert boxed("<body><p>a</p>", ["a"]) == "<body><p>a</p>", "a letter is no place"
