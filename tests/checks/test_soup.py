"""Pages as Beautiful Soup has them: the audit's own tree in another dress, for checks that people write for themselves."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from bs4.element import Comment, NavigableString, Tag
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborNode

from checks.engine import CHECKS
from checks.page.content import PageContent
from tests.depth import tries
from web.document import Document

ROOT = Path(__file__).parents[2]
# Where it is used: rows out of tables of HTML, and what authors ask for.
USERS = {"checks/datasets/files/html_rows.py", "web/soup.py"}
PAGE = (
    "<!doctype html><title>a &amp; b</title><body><!-- kept --><p class='a b'>سلام<b>x<i>y</b>z"
    "<table><tr>out<td hidden>1<td>2</table><svg><linearGradient xlink:href='#g'/></svg>"
    "<textarea><b>no element</textarea><script>'<p>'</script><style>p{}</style><img src=x alt=>"
)


def soup(text: str) -> BeautifulSoup:
    return PageContent(Document(text.encode(), "http://a.test/")).soup


def told(node: Any) -> list[Any]:
    """Every element with its attributes and every text, in order."""
    if isinstance(node, LexborNode):
        if node.tag == "-text":
            return [node.text_content]
        if node.tag == "-comment":
            return [("comment", node.comment_content)]
        here = [(node.tag, {k: v or "" for k, v in node.attributes.items()})] if node.is_element_node else []
        return here + [one for child in node.iter(include_text=True) for one in told(child)]
    if isinstance(node, Tag):
        attributes = {k: " ".join(v) if isinstance(v, list) else v for k, v in node.attrs.items()}
        here = [] if isinstance(node, BeautifulSoup) else [(node.name, attributes)]
        return here + [one for child in node.children for one in told(child)]
    assert isinstance(node, NavigableString)
    return [("comment", str(node)) if isinstance(node, Comment) else str(node)]


def same(text: str) -> None:
    page = PageContent(Document(text.encode(), "http://a.test/"))
    root = page.document.tree.root
    assert root is not None
    assert told(page.soup) == told(root)


def test_it_is_the_tree_that_the_audit_reads() -> None:
    same(PAGE)


PIECES = st.sampled_from(
    "<p>|<b>|</b>|<i>|</i>|<table>|<tr>|<td>|</table>|<a href=x>|</a>|<form>|<select><option>|<svg>|<math>|</svg>|<br/>|<!--c-->|text|&lt;|<template>|</p>|<h1>|</h1>".split("|")
)  # fmt: skip


@settings(max_examples=tries(60, 3_000), deadline=None)
@given(st.lists(PIECES, max_size=30))
def test_of_any_page(pieces: list[str]) -> None:
    same("".join(pieces))


def test_authors_find_what_beautiful_soup_promises() -> None:
    page = soup(PAGE)
    assert page.title is not None and page.title.string == "a & b"
    assert page.select_one("p.b") is page.find("p", class_="a")
    assert [cell.get_text() for cell in page.table.find_all("td")] == ["1", "2"]  # type: ignore[union-attr]
    assert "'<p>'" not in page.get_text() and page.find(string=re.compile("no element")) is not None


def test_it_is_made_once_and_late() -> None:
    page = PageContent(Document(PAGE.encode(), "http://a.test/"))
    assert "soup" not in vars(page)
    assert page.soup is page.soup


@pytest.mark.timeout(20)
def test_a_page_past_our_bounds_is_cut_as_the_audit_cuts_it() -> None:
    assert len(soup("<div>" * 30_000).find_all("div")) == 20_000
    assert len(soup("<a/>" * 120_000).find_all("a")) <= 100_000


def uses(path: Path) -> list[str]:
    """Lines that import Beautiful Soup or ask a page for it."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        modules += [name.name for name in node.names] if isinstance(node, ast.Import) else []
        asked = isinstance(node, ast.Attribute) and node.attr == "soup" and not _is_own(node)
        if asked or any(name.partition(".")[0] == "bs4" or name == "web.soup" for name in modules):
            found.append(f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}")
    return found


def _is_own(node: ast.Attribute) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id == "self"


def test_neither_the_crawl_nor_the_audit_uses_it() -> None:
    rooms = ("claims", "web", "evidence", "crawler", "checks", "scoring", "reports", "govah")
    sources = [path for room in rooms for path in sorted((ROOT / room).rglob("*.py"))]
    found = [line for path in sources if str(path.relative_to(ROOT)) not in USERS for line in uses(path)]
    # the two properties themselves: their types, and the function behind them
    places = {line.partition(":")[0] for line in found}
    assert places == {"checks/page/content.py", "crawler/transport/requests.py"} and len(found) == 4


def test_the_example_of_the_documentation_judges(seen: Any) -> None:
    page = (ROOT / "docs/adding-a-check.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(from .*?)```", page.partition("## Beautiful Soup")[2], re.DOTALL)
    names: dict[str, Any] = {}
    exec(example, names)  # as an author would paste it
    check = names["PhoneLinks"]()
    assert check.id not in {one.id for one in CHECKS}
    body = (
        "<html><body><nav><a href='tel:1'>x</a></nav><main><h1>تماس</h1><a href='tel:+98 21 5'>۵</a></main>"
    )
    seen.http("http://portal.test/", body, at=10)
    finding = seen.of(check.id, checks=(check,))["portal"]
    assert (finding.verdict, finding.observed) == ("verified", {"numbers": ["+98 21 5"]})
