"""The desk in the real browser: by keys, by Tab alone, without script, in both languages and all widths."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page

from reports.catalogue import LANGUAGES, Language, TextCatalogue
from tests.depth import some
from tests.reports.desk.rounds import TITLES, Client, id_of, made, served, verdicts_in
from tests.valid import faults

pytestmark = [pytest.mark.processes, pytest.mark.sockets]

AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
RUN = "async () => (await axe.run()).violations.map(v => [v.id, v.impact, v.nodes[0].html.slice(0, 200)])"
WIDTHS = (360, 768, 1280, 1920)
PAGES = {
    "overview": "/",
    "list": "/findings",
    "nothing found": "/findings?q=nothing-like-this",
    "finding": f"/finding/{id_of('s1')}",
    "hostile finding": f"/finding/{id_of('s2')}",
    "source": "/capture/c0/source",
    "agency": "/agency/a1",
    "other agency": "/agency/a2",
    "worklist": "/worklist",
    "case": "/case/s3",
    "re-test": "/retest",
    "error": "/nothing",
    "login": "/login",  # last, and without the cookie: who is inside is led on
}


def opened(context: BrowserContext, desk: Client) -> tuple[Page, list[str]]:
    """A page, and what it asks for of elsewhere, runs or complains of."""
    page = context.new_page()
    told: list[str] = []
    home = f"http://127.0.0.1:{desk.port}/"

    def dismissed(dialog: Dialog) -> None:
        told.append(f"dialog {dialog.message}")
        dialog.dismiss()

    page.on("request", lambda request: None if request.url.startswith(home) else told.append(request.url))
    page.on("dialog", dismissed)
    page.on("pageerror", lambda error: told.append(str(error)))
    page.on("console", lambda said: told.append(said.text) if "Content Security" in said.text else None)
    page.goto(f"{home}?token={desk.token}")
    assert page.url == home, "the token is in the address no longer"
    return page, told


# Text in a column that holds no word, and boxes that hide what they are to show.
NARROW = """[...document.querySelectorAll("dd, td, th, p")]
  .filter(one => one.textContent.trim().length > 8 && one.getClientRects().length && one.clientWidth < 60)
  .map(one => [one.tagName, one.clientWidth, one.textContent.trim().slice(0, 40)])
  .concat([...document.querySelectorAll("svg.cut rect")]
    .map(one => getComputedStyle(one).fill).filter(fill => fill !== "none").map(fill => ["box", fill]))"""


@pytest.mark.parametrize("language", some(LANGUAGES, 2))
def test_everybody_can_read_every_page_at_every_width(
    desk: Client, browser: Browser, language: Language
) -> None:
    # the desk's own policy lets no script of ours in either
    context = browser.new_context(bypass_csp=True)
    page, told = opened(context, desk)
    wrong: list[object] = []
    for name, path in PAGES.items():
        if name == "login":
            context.clear_cookies()
        page.goto(f"http://127.0.0.1:{desk.port}{path}{'&' if '?' in path else '?'}lang={language}")
        assert page.evaluate("document.documentElement.dir") == ("rtl" if language == "fa" else "ltr")
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            if (wide := page.evaluate("document.documentElement.scrollWidth")) > width:
                wrong.append((name, width, wide))
            wrong += [(name, width, *narrow) for narrow in page.evaluate(NARROW)]
        page.evaluate(AXE + ";0")
        wrong += [(name, *found) for found in page.evaluate(RUN) if found[1] in ("serious", "critical")]
        if name == "case":
            page.set_viewport_size({"width": 360, "height": 800})
            wrong += [(name, 360, *f) for f in page.evaluate(RUN) if f[1] in ("serious", "critical")]
    assert wrong == [] and told == []
    context.close()


def test_nothing_that_was_crawled_runs_or_asks(desk: Client, browser: Browser) -> None:
    context = browser.new_context()
    page, told = opened(context, desk)
    for path in PAGES.values():
        page.goto(f"http://127.0.0.1:{desk.port}{path}")
    page.goto(f"http://127.0.0.1:{desk.port}/findings?check=links.target")
    hrefs = page.eval_on_selector_all("a[data-go]", "links => links.map(a => a.getAttribute('href'))")
    for href in hrefs[::6]:
        page.goto(f"http://127.0.0.1:{desk.port}{href}")
        assert page.query_selector("main script, main iframe, main base, main meta") is None
    assert told == []
    picture = page.request.get(f"http://127.0.0.1:{desk.port}/capture/c2/picture")
    assert picture.headers["content-type"] == "image/png"
    page.goto(f"http://127.0.0.1:{desk.port}{PAGES['finding']}")
    assert page.evaluate("document.querySelector('figure img, figure image') !== null")
    assert page.evaluate("document.querySelector('ol.source mark').textContent").startswith("صدور")
    context.close()


def test_an_auditor_works_by_keys(tmp_path: Path, browser: Browser) -> None:
    round = made(tmp_path)
    with served(round, "--auditor", "زهرا") as desk:
        context = browser.new_context(locale="fa")
        page, told = opened(context, desk)
        page.goto(f"http://127.0.0.1:{desk.port}/")
        page.keyboard.press("/")
        page.wait_for_url("**/findings")
        page.keyboard.press("/")
        page.keyboard.type("صدورپروانه")
        page.keyboard.press("Enter")
        page.wait_for_url("**q=*")
        assert page.locator("a[data-go]").count() == 2
        page.keyboard.press("j")
        page.evaluate(  # the same key on a Persian keyboard
            "document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key: 'ت', bubbles: true}))"
        )
        focused = "document.activeElement.getAttribute('href')"
        second = page.evaluate(focused)
        page.keyboard.press("k")
        assert page.evaluate(focused) != second
        page.keyboard.press("ArrowDown")
        assert page.evaluate(focused) == second
        page.keyboard.press("Enter")
        page.wait_for_url("**/finding/**")
        assert id_of("s1") in page.url
        page.keyboard.press("j")  # nothing behind the last one
        page.keyboard.press("k")
        page.wait_for_url(f"**/finding/{id_of('s1', 'services.login')}*")
        page.keyboard.press("j")
        page.wait_for_url(f"**/finding/{id_of('s1')}*")
        page.keyboard.press("?")
        assert page.is_visible("dialog#keys")
        page.keyboard.press("Escape")
        page.wait_for_selector("dialog#keys", state="hidden")
        page.keyboard.press("p")
        assert page.is_checked("input[value=partial]")
        page.keyboard.press("c")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.name") == "auditor"
        assert page.input_value("input[name=auditor]") == "زهرا"
        page.keyboard.press("Tab")
        page.keyboard.type("نبود v p c j")  # no key acts while somebody writes
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_url("**done=verdict**")
        assert page.evaluate("document.activeElement.id") == "recorded"
        assert TextCatalogue("fa").text("desk.done_verdict") in page.inner_text("#recorded")
        page.keyboard.press("u")
        page.wait_for_url("**/findings?q=**")
        assert told == []
        context.close()
    (verdict,) = verdicts_in(round)
    assert (verdict.verdict, verdict.auditor, verdict.note) == ("contradicted", "زهرا", "نبود v p c j")


def test_keys_can_be_switched_off(desk: Client, browser: Browser) -> None:
    context = browser.new_context()
    page, _ = opened(context, desk)
    page.goto(f"http://127.0.0.1:{desk.port}{PAGES['finding']}?lang=en")
    page.click("#keys-open")
    page.uncheck("#keys-on")
    page.keyboard.press("Escape")
    page.keyboard.press("v")
    assert not page.is_checked("input[value=verified]")
    page.reload()
    page.keyboard.press("v")
    assert not page.is_checked("input[value=verified]")
    context.close()


def test_all_of_it_works_without_script_and_by_tab_alone(tmp_path: Path, browser: Browser) -> None:
    round = made(tmp_path)
    with served(round, "--auditor", "a") as desk:
        context = browser.new_context(java_script_enabled=False)
        page, _ = opened(context, desk)
        page.goto(f"http://127.0.0.1:{desk.port}/findings?lang=en")
        page.keyboard.press("Tab")
        assert page.locator(":focus").inner_text() == TextCatalogue("en").text("report.skip")
        page.select_option("select[name=verdict]", "inconclusive")
        page.click("form.filter button")
        page.locator("a[data-go]").first.focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/finding/**")
        assert TITLES["s3"][:20] in page.inner_text("main")
        page.locator("input[name=verdict]").first.focus()
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.type("seen")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_url("**done=verdict**")
        assert TextCatalogue("en").text("desk.done_verdict") in page.inner_text("#recorded")
        context.close()
    (verdict,) = verdicts_in(round)
    assert (verdict.subject, verdict.verdict, verdict.note) == ("s3", "verified", "seen")


def test_focus_is_seen(desk: Client, browser: Browser) -> None:
    context = browser.new_context()
    page, _ = opened(context, desk)
    page.goto(f"http://127.0.0.1:{desk.port}{PAGES['finding']}")
    unseen = []
    for _ in range(30):
        page.keyboard.press("Tab")
        style = page.evaluate(
            "(s => [s.outlineStyle, parseFloat(s.outlineWidth)])(getComputedStyle(document.activeElement))"
        )
        if page.evaluate("document.activeElement !== document.body") and (style[0] == "none" or style[1] < 2):
            unseen.append(page.evaluate("document.activeElement.outerHTML.slice(0, 120)"))
    assert unseen == []
    context.close()


@pytest.mark.thorough
def test_every_page_is_html_as_the_standard_has_it(desk: Client, tmp_path: Path) -> None:
    for language in LANGUAGES:
        for number, path in enumerate(PAGES.values()):
            join = "&" if "?" in path else "?"
            client = Client(desk.port) if path == PAGES["login"] else desk
            page = client.get(f"{path}{join}lang={language}")
            (tmp_path / f"{language}-{number}.html").write_text(page.text, encoding="utf-8")
    assert faults(sorted(tmp_path.glob("*.html"))) == []
