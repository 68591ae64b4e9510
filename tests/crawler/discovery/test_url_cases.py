"""Addresses as browsers read them, case by case (data/urls.toml)."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from web.urls import Resolver, absolute, host, identity, is_web, origin, split_fragment

CASES: dict[str, list[dict[str, Any]]] = tomllib.loads(
    (Path(__file__).parents[1] / "data" / "urls.toml").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("case", CASES["resolve"], ids=[repr(case["reference"]) for case in CASES["resolve"]])
def test_a_reference(case: dict[str, Any]) -> None:
    url = absolute(case["base"], case["reference"])
    assert (url or "") == case["url"]
    assert Resolver(case["base"])(case["reference"]) == url
    if url is not None and is_web(url):
        assert absolute(url, url) == url  # what was read once reads the same again
        assert url.startswith(origin(url)) or "@" in url
        assert host(url)
        assert identity(identity(url)) == identity(split_fragment(url)[0])


@pytest.mark.parametrize("case", CASES["same"], ids=[case["one"] for case in CASES["same"]])
def test_one_page_or_two(case: dict[str, Any]) -> None:
    assert (identity(case["one"]) == identity(case["other"])) is case["page"]
