"""What a page leads to, case by case (data/links.toml)."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from web.document import Document

CASES: list[dict[str, Any]] = tomllib.loads(
    (Path(__file__).parents[1] / "data" / "links.toml").read_text(encoding="utf-8")
)["case"]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_page(case: dict[str, Any]) -> None:
    document = Document(case["html"].encode(), "http://a.test/dir/page", "text/html; charset=utf-8")
    found = [
        f"{link.element} {link.use} {link.url}" + ("" if link.fragment is None else f"#{link.fragment}")
        for link in document.links
        if not link.url.startswith("data:")
    ]
    assert found == case["links"]
