"""The report as it is printed, by the real browser: one sheet is one sheet, pages are numbered, nothing of this machine is in it."""

from __future__ import annotations

import asyncio
import re
import shutil
import unicodedata
from collections import Counter
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import async_playwright
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from claims.persian import persian_digits
from crawler.browser.launch import find_browser
from reports.catalogue import LANGUAGES, Language, TextCatalogue
from reports.html.plots import GapRow, gap_plots
from reports.html.rank_plot import RankLine, rank_plots
from reports.pdf import PrintError, print_report
from scoring.ranks import Rank
from tests.depth import THOROUGH, tries
from tests.reports.html.test_write import HOSTILE, written
from tests.reports.nation import NAMES, nation

pytestmark = pytest.mark.processes  # the browser prints

COUNTS = (2, 20, 167) if THOROUGH else (2, 167)
A4 = (595, 842)  # points

_FACTS = '<dl class="facts"><dt>word</dt><dd>word</dd><dt>word</dt><dd>word</dd></dl>'
_ROW = "<tr><td>word</td></tr>"
HEADED = {
    "sheet-facts": f'<div class="sheet"><h3>HEADING</h3>{_FACTS}</div>',
    "sheet-line": '<div class="sheet"><h3>HEADING</h3><p>word</p></div>',
    "sheet-keys": '<div class="sheet"><h3>HEADING</h3><p class="legend"><span>word</span></p></div>',
    "sheet-table": f'<div class="sheet"><h3>HEADING</h3><table><tbody>{_ROW}</tbody></table></div>',
    "finding": f'<details open><summary>HEADING</summary><div class="body">{_FACTS}</div></details>',
    "copies": '<h4>HEADING</h4><div class="copies"><div class="copy">word<br>word</div></div>',
    "group": f'<table><tbody><tr class="group"><th>HEADING</th></tr>{_ROW * 2}</tbody></table>',
}
"""Kinds of boxes and tables of the report, each with its heading and little below it."""


def browser() -> Path:
    found = find_browser()
    if found is None:
        pytest.fail("no browser: run scripts/install-browser")
    return found


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders like `fa167`, with the sheet of so many agencies, and of 167 the table."""
    folder = tmp_path_factory.mktemp("printed")
    for count in COUNTS:
        made = folder / f"{count}"
        nation(count).write(made, folder)
        for language in LANGUAGES:
            (folder / f"{language}{count}").mkdir()
            for page in ("summary", "press") if count == 167 else ("summary",):
                shutil.copy(made / language / f"{page}.html", folder / f"{language}{count}")
        shutil.rmtree(made)
    made = written(folder / "made", "ir-portals")
    for language, source in (("fa", made), ("en", made / "en")):
        for page in ("a.html", "factsheet a.html"):
            shutil.copy(source / page, folder / f"{language}2")
    shutil.copytree(made / "shots", folder / "shots")
    style = (files("reports.html") / "assets" / "style.css").read_text(encoding="utf-8")
    facts = f"<dt>word</dt><dd>{'value<br>' * 8}</dd>" * 4
    (folder / "facts.html").write_text(
        f'<!DOCTYPE html><title>x</title><style>{style}</style><main>{"<p>line</p>" * 12}<dl class="facts">{facts}</dl></main>',
        encoding="utf-8",
    )
    heights = range(226, 262, tries(2, 1))  # in millimetres, of 269 between the margins of a page
    for name, headed in HEADED.items():
        drawn = "".join(f'<div style="height: {at}mm; break-before: page"></div>{headed}' for at in heights)
        (folder / f"heading-{name}.html").write_text(
            f"<!DOCTYPE html><title>x</title><style>{style}</style><main>{drawn}</main>", encoding="utf-8"
        )
    assert len(print_report(folder, browser())) == 2 * len(COUNTS) + 7 + len(HEADED)
    return folder


def reader(printed: Path, name: str) -> PdfReader:
    return PdfReader(printed / name)


def letters(text: str) -> Counter[str]:
    """Of a PDF, whose Arabic letters may come as the forms they take and in the order they stand."""
    return Counter(char for char in unicodedata.normalize("NFKC", text) if char.isalnum())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("count", COUNTS)
def test_the_sheet_is_one_page_of_a4(printed: Path, count: int, language: Language) -> None:
    pages = reader(printed, f"{language}{count}/summary.pdf").pages
    assert len(pages) == 1
    assert (round(pages[0].mediabox.width), round(pages[0].mediabox.height)) == A4
    texts = TextCatalogue(language)
    words = texts.text("one_page.next") + texts.text("one_page.unknown") + texts.text("one_page.estimate")
    assert not letters(words) - letters(pages[0].extract_text())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_has_its_number_and_their_count_and_later_ones_a_title(
    printed: Path, language: Language
) -> None:
    pages = reader(printed, f"{language}167/press.pdf").pages
    assert len(pages) > 2
    title = letters(TextCatalogue(language).text("press.title"))
    for number, page in enumerate(pages, 1):
        text = page.extract_text()
        if language == "en":
            assert f"Page {number} of {len(pages)}" in " ".join(text.split())
        else:
            digits = Counter(persian_digits(f"{number}{len(pages)}"))
            wanted = letters("صفح از") + digits
            assert any(
                not wanted - letters(line) and sum(c.isdigit() for c in line) == digits.total()
                for line in text.splitlines()
            )
        assert not title - letters(text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_factsheet_is_two_pages_at_most(printed: Path, language: Language) -> None:
    pages = reader(printed, f"{language}2/factsheet a.pdf").pages
    assert len(pages) <= 2
    texts = TextCatalogue(language)
    words = texts.text("gains.mend") + texts.text("gains.open") + texts.text("report.reply")
    assert not letters(words) - letters("".join(page.extract_text() for page in pages))


def test_facts_break_over_pages_and_leave_none_half_empty(printed: Path) -> None:
    values = [page.extract_text().count("value") for page in reader(printed, "facts.pdf").pages]
    assert sum(values) == 32 and values[0] >= 8, values


@pytest.mark.parametrize("name", HEADED)
def test_no_heading_stands_alone_at_the_foot_of_a_page(printed: Path, name: str) -> None:
    """Wherever on a page it comes to stand."""
    alone, seen = [], 0
    for number, page in enumerate(reader(printed, f"heading-{name}.pdf").pages, 1):
        words = {word: page.extract_text().count(word) for word in ("HEADING", "word")}
        seen += words["HEADING"]
        if words["HEADING"] and not words["word"]:
            alone.append(number)
    assert seen >= 18 and not alone


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_small_agency_is_fifteen_pages_at_most_and_prints_what_counts_against_it(
    printed: Path, language: Language
) -> None:
    pages = reader(printed, f"{language}2/a.pdf").pages
    text = "".join(page.extract_text() for page in pages)
    assert 5 < len(pages) <= 15
    ids = set(re.findall(r"f[0-9a-f]{20}", "".join(text.split())))
    assert len(ids) == 2 * len(HOSTILE) and "gunzip" not in text


def test_heads_of_tables_are_there_again_on_each_page(printed: Path) -> None:
    texts = [page.extract_text() for page in reader(printed, "en167/press.pdf").pages]
    inside = [text for text in texts if sum(name in " ".join(text.split()) for _, name in NAMES) > 1]
    assert len(inside) > 2 and all("Coverage" in text for text in inside[1:])


def fonts(node: Any, seen: set[int]) -> Iterator[DictionaryObject]:
    node = node.get_object() if hasattr(node, "get_object") else node
    if id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, DictionaryObject):
        if node.get("/Type") == "/Font":
            yield node
        for key in ("/Resources", "/Font", "/XObject", "/DescendantFonts"):
            if key in node:
                yield from fonts(node[key], seen)
        if "/Type" not in node:
            for value in node.values():
                yield from fonts(value, seen)
    elif isinstance(node, list):
        for value in node:
            yield from fonts(value, seen)


def test_fonts_are_embedded_and_the_page_is_tagged(printed: Path) -> None:
    document = reader(printed, "fa167/summary.pdf")
    found = list(fonts(document.pages[0], set()))
    assert found
    for font in found:
        kind = str(font["/Subtype"])
        if kind == "/Type0":
            continue  # its descendant is another one of these
        described: Any = font.get("/FontDescriptor")
        inside = kind == "/Type3" or any(f"/FontFile{n}" in described.get_object() for n in ("", 2, 3))
        assert inside, font
    root: Any = document.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] is True or root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "fa" and document.outline


def test_nothing_of_this_machine_is_in_it(printed: Path) -> None:
    for pdf in sorted(printed.glob("*/*.pdf"))[:: tries(3, 1)]:
        document = PdfReader(pdf)
        for page in document.pages:
            assert "file:" not in page.extract_text()
            for note in page.get("/Annots") or ():
                assert "/URI" not in note.get_object().get("/A", {})
        assert str(printed).encode() not in pdf.read_bytes()


def test_what_is_left_out_is_not_printed(tmp_path: Path) -> None:
    for name in ("index", "other"):
        (tmp_path / f"{name}.html").write_text("<!doctype html><title>x</title><p>x</p>")
    assert print_report(tmp_path, browser(), frozenset({"other.html"})) == [tmp_path / "index.pdf"]
    assert (tmp_path / "index.pdf").is_file() and not (tmp_path / "other.pdf").exists()


def test_what_is_no_browser_is_told(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<p>x</p>")
    with pytest.raises(PrintError):
        print_report(tmp_path, tmp_path / "index.html")


def test_a_page_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "index.html").symlink_to(tmp_path / "nowhere")
    with pytest.raises(PrintError, match=r"index\.html"):
        print_report(tmp_path, browser())


# Of ink, not of boxes: four pixels below the base line of a name and ten above it; a mark is six around its place.
_LIES_OVER = """() => [...document.querySelectorAll('svg')].flatMap(svg => {
  const marks = [...svg.querySelectorAll('.pl-dot, .pl-ring')].flatMap(
    one => [...one.getAttribute('d').matchAll(/M\\S+ ([\\d.]+)/g)].map(found => Number(found[1])));
  return [...svg.querySelectorAll('.pl-name')].filter(name => {
    const box = name.getBBox(), y = Number(name.getAttribute('y'));
    return box.x < 0 || box.x + box.width > svg.viewBox.baseVal.width
      || marks.some(at => at - 6 < y + 4 && at + 6 > y - 10) || !marks.some(at => at > y && at < y + 20);
  }).map(name => name.textContent);
})"""
_SIZES = """() => [...document.querySelectorAll('.plots svg')].map(
  svg => svg.getBoundingClientRect().width / svg.viewBox.baseVal.width)"""


def test_names_lie_above_what_is_drawn_and_not_over_it(tmp_path: Path) -> None:
    """Few agencies and many; in both directions; letters as wide as they come."""
    drawn: list[str] = []
    for language in LANGUAGES:
        rtl = language == "fa"
        names = [name for pair in NAMES for name in pair] + [
            "W" * 60,
            "م" * 60,
            "ABCDEFGH IJKLMNOP QRSTUV WXYZ" * 3,
            "x",
        ]
        for count in (2, 3, 50):
            lines = [
                RankLine(names[n % len(names)], Rank(n + 1, 1, count, count), False) for n in range(count)
            ]
            gaps = [GapRow(names[n % len(names)], 100.0, 0.0, 50.0) for n in range(count)]
            drawn += rank_plots(f"r{language}{count}", lines, "t", "d", rtl, str)
            drawn += gap_plots(f"g{language}{count}", gaps, "t", "d", rtl, str)
    style = (files("reports.html") / "assets" / "style.css").read_text("utf-8")
    page = tmp_path / "plots.html"
    page.write_text(
        "<!doctype html><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<style>{style}</style><main><div class=sheet><div class=plots>{''.join(drawn)}</div></div></main>",
        encoding="utf-8",
    )

    async def look() -> tuple[int, list[str], list[float]]:
        async with async_playwright() as playwright:
            started = await playwright.chromium.launch(executable_path=browser(), args=["--no-sandbox"])
            tab = await started.new_page()
            await tab.goto(page.as_uri())
            found = await tab.evaluate(_LIES_OVER)
            names = await tab.locator(".pl-name").count()
            await tab.set_viewport_size({"width": 360, "height": 740})
            sizes = await tab.evaluate(_SIZES)
            await started.close()
            return names, found, sizes

    labels, over, sizes = asyncio.run(look())
    assert min(sizes) > 0.95 and max(sizes) < 1.05  # as large as drawn, and no wider than a telephone
    assert labels == 2 * 2 * (2 + 3 + 50) and over == []
