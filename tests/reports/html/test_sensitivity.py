"""The method page says which choices of the model made the ranking, and when nobody moves."""

from __future__ import annotations

import html
from typing import Any

import pytest
from jinja2 import Environment, PackageLoader, StrictUndefined

from reports.catalogue import LANGUAGES, Language, TextCatalogue
from reports.html.formatter import Formatter
from reports.html.places import link_to

CHOICES = [{"choice": name, "node": None, "mean": 0.0, "most": 0, "agency": None} for name in ("equal_indicators", "equal_axes", "geometric")]  # fmt: skip


def page(language: Language, shifts: list[dict[str, Any]] | None) -> str:
    formatter = Formatter(TextCatalogue(language), language)
    environment = Environment(
        loader=PackageLoader("reports.html"), autoescape=True, undefined=StrictUndefined
    )
    environment.globals.update(
        t=formatter.text,
        node_name=str.upper,
        agency_name=lambda agency: f"<{agency}>",
        has_page=lambda agency: True,
    )
    environment.filters.update(num=formatter.number, link_to=link_to)
    national = {} if shifts is None else {"sensitivity": {"main": CHOICES + shifts}}
    return environment.get_template("_sensitivity.html").render(national=national)


def without(node: str, mean: float) -> dict[str, Any]:
    return {
        "choice": "without",
        "node": node,
        "mean": mean,
        "most": round(2 * mean),
        "agency": "a" if mean else None,
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_moves_is_told_first_and_what_moves_nobody_is_counted(language: Language) -> None:
    told = TextCatalogue(language)
    made = page(language, [without("u01", 1.5), without("t04", 0.0), without("s01", 0.0)])
    assert made.count("<tr>") == 1 + 3 + 1 and "T04" not in made
    assert told.text("sensitivity.without", node="U01") in html.unescape(made)
    assert "&lt;a&gt;" in made and "<a>" not in made
    assert told.text("sensitivity.rest", n=Formatter(told, language).number(2)) in html.unescape(made)


def test_a_long_list_ends() -> None:
    made = page("en", [without(f"u{n:02}", 3.0 - n / 10) for n in range(20)])
    assert "U09" in made and "U10" not in made
    assert TextCatalogue("en").text("sensitivity.more", n="10") in html.unescape(made)


def test_nothing_is_said_where_nobody_could_change_places() -> None:
    assert page("en", None).strip() == ""
