"""Pages that leave many elements open: read while it is affordable, and honest about it when it is not."""

from __future__ import annotations

import time

from evidence.document import Document


def test_a_page_full_of_drawings_is_read_to_its_end() -> None:
    drawing = "<svg>" + "<path d='M0 0L9 9' />" * 12_000 + "</svg>"
    page = Document(f"<p>x{drawing}<h1 id='last'>z</h1>".encode(), "http://a.test/")
    assert not page.cut
    assert "last" in page.ids


def test_a_page_nested_without_end_is_cut_and_says_so() -> None:
    before = time.process_time()
    page = Document(b"<div>" * 100_000 + b"<a id='last'>", "http://a.test/")
    assert page.cut
    assert "last" not in page.ids
    assert time.process_time() - before < 3
