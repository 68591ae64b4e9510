"""Pages that leave many elements open: read while it is affordable, and honest about it when it is not."""

from __future__ import annotations

import pytest

from web.document import Document


def test_a_page_full_of_drawings_is_read_to_its_end() -> None:
    drawing = "<svg>" + "<path d='M0 0L9 9' />" * 12_000 + "</svg>"
    page = Document(f"<p>x{drawing}<h1 id='last'>z</h1>".encode(), "http://a.test/")
    assert not page.cut
    assert "last" in page.ids


# A tag that the reader does not know, and an end tag that ends nothing, are what the first is.
AS_THE_FIRST = [pytest.param(nest, marks=pytest.mark.thorough) for nest in ("<div></i>", "<x-y/>")]


@pytest.mark.parametrize("nest", ["<div>", "<svg><div>", "<b></p>", *AS_THE_FIRST])
def test_a_page_nested_without_end_is_cut_and_says_so(nest: str) -> None:
    page = Document(nest.encode() * 40_000 + b"<a id='last'>", "http://a.test/")
    assert page.cut
    assert "last" not in page.ids


def test_a_long_list_without_end_tags_is_no_nesting() -> None:
    page = Document(b"<ul>" + b"<li><a href=x>y</a>" * 30_000 + b"</ul><a id='last'>", "http://a.test/")
    assert not page.cut
    assert "last" in page.ids


@pytest.mark.parametrize(("rows", "cut"), [(4_000, False), (20_000, True)])
def test_a_page_of_more_elements_than_memory_is_for(rows: int, cut: bool) -> None:
    row = b"<tr>" + b"<td>1</td>" * 20 + b"</tr>"
    page = Document(b"<table>" + row * rows + b"</table><a id='last'>", "http://a.test/")
    assert page.cut is cut
    assert ("last" in page.ids) is not cut
