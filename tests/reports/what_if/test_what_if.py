"""The plot is an SVG that names every line, in both languages; a hostile table writes nothing of its own into it."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from claims.persian import persian_digits
from reports.catalogue import LANGUAGES, Language, TextCatalogue
from reports.what_if.plot import what_if_plot
from reports.what_if.tables import as_data, band
from scoring.load import load_model
from scoring.published.table import PublishedTable
from scoring.published.what_if import WhatIf, what_if

MODEL = load_model("un-egdi", Path())
NAMES = {one.id: one.name.en for one in MODEL.contents.indicator}
SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = '<script>alert(1)</script>"&'


def found(*years: int) -> WhatIf:
    """Three countries; the second rises by .1 from survey to survey."""

    def even(value: float) -> dict[str, float]:
        return dict.fromkeys(NAMES, value)

    surveys = {
        year: {HOSTILE: even(0.2), "Sample B": even(0.3 + 0.1 * number), "Sample C": even(0.8)}
        for number, year in enumerate(years)
    }
    return what_if(MODEL.contents, PublishedTable(surveys), HOSTILE, 2)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_line_has_its_name(language: Language) -> None:
    text = TextCatalogue(language).text
    drawn = what_if_plot(found(2022), NAMES, text, language == "fa", lambda value: persian_digits(str(value)))
    root = ElementTree.fromstring(drawn)
    words = ["".join(node.itertext()) for node in root.iter(f"{SVG}text")]
    assert {*NAMES.values(), text("what_if.together")} <= set(words)
    assert any(HOSTILE in word for word in words)
    assert {node.tag.removeprefix(SVG) for node in root.iter()} == {
        "svg",
        "title",
        "desc",
        "style",
        "path",
        "text",
    }


def test_the_band_spans_what_others_may_do() -> None:
    spans = band(found(2018, 2020))
    assert spans is not None
    assert spans["OSI+HCI+TII"] == pytest.approx({"low": 0.2, "high": 0.3})
    # alone each needs three times that, a step less by the rounding of the index; .9 is more than there is to 1
    assert spans["OSI"] == {"low": pytest.approx(0.5999), "high": None}
    assert band(found(2020)) is None


def test_the_values_say_the_same_as_the_tables() -> None:
    told = as_data(MODEL, found(2020), ())
    assert (told["rank"], told["of"], told["rounds"], told["band"]) == (3, 3, [], None)
    told_rises = {tuple(rise["indicators"]): rise["rise"] for rise in told["scenarios"][0]["rises"]}
    assert told_rises[("OSI", "HCI", "TII")] == pytest.approx(0.1)
