"""The pages for four readers and the map of indicators: what they say is what results.json has."""

from __future__ import annotations

import base64
import copy
import hashlib
import math
import re
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from claims.persian import persian_digits
from reports.catalogue import LANGUAGES, Language, TextCatalogue
from reports.distinct import by_kind
from reports.html.heat_map import MOST_LINKED, HeatMapCell, heat_maps
from reports.html.national import axes_of
from reports.html.page_margins import page_margins
from reports.html.places import OWN, link_to, page_of
from reports.html.summary import summary
from reports.html.svg import blocks, cut
from tests.reports.nation import Nation, nation

COUNT = 45
PAGES = ("summary", "indicators", "press", "audit")


@dataclass(frozen=True)
class Written:
    nation: Nation
    folder: Path

    def text(self, page: str, language: str) -> str:
        return (self.folder / language / f"{page}.html").read_text(encoding="utf-8")

    def page(self, page: str, language: str) -> LexborHTMLParser:
        return LexborHTMLParser(self.text(page, language))


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    folder = tmp_path_factory.mktemp("readers")
    (folder / "results.json").write_text("{}")
    made = nation(COUNT)
    made.write(folder / "report", folder)
    return Written(made, folder / "report")


def shown(number: int, language: str) -> str:
    return persian_digits(f"{number:,}".replace(",", "٬")) if language == "fa" else f"{number:,}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sheet_tells_claim_evidence_and_gap_as_results_have_them(
    written: Written, language: Language
) -> None:
    results = written.nation.results
    told = summary(results, by_kind(results))
    ratio = results["national"]["electronic_ratio"]
    assert told.gap == pytest.approx(
        (ratio["declared"] - ratio["possible"], ratio["declared"] - ratio["verified"])
    )
    services = [s for entry in results["agencies"] for s in entry["services"]]
    assert told.services == len(services) == sum(told.verdicts.values())
    assert told.contradicted == (
        sum(any(s["verdict"] == "contradicted" for s in entry["services"]) for entry in results["agencies"]),
        sum(s["verdict"] == "contradicted" for s in services),
    )
    page = written.page("summary", language)
    big = [node.text() for node in page.css(".triple .big")]
    assert told.gap is not None
    low, high = (shown(round(100 * end), language) for end in told.gap)
    assert big[2] == TextCatalogue(language).text("branch.value_range", lower=low, upper=high)
    said = page.css(".onepage")[0].text()
    for number in (
        results["national"]["cooperated"],
        told.listed,
        told.services,
        told.electronic,
        told.contradicted[1],
        told.verdicts["inconclusive"],
    ):
        assert shown(number, language) in said
    assert len(page.css(".onepage svg[role=img] > title")) == 2


def test_shares_of_the_country_stand_beside_the_services_they_rest_on() -> None:
    results = copy.deepcopy(nation(20).results)
    absent = next(entry for entry in results["agencies"] if entry["services"])
    absent["cooperated"] = False
    told = summary(results, by_kind(results))
    rated = [s for entry in results["agencies"] if entry is not absent for s in entry["services"]]
    assert told.listed == len(rated) < told.services
    assert told.electronic == sum(s["claimed"]["electronic"] for s in rated)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sheet_has_a_bar_of_means_for_each_axis(written: Written, language: Language) -> None:
    results, axes = written.nation.results, written.nation.model.contents.axis
    rows = written.page("summary", language).css("table.axes tr")
    assert [row.css("th")[0].text() for row in rows] == [getattr(axis.name, language) for axis in axes]
    for axis, row in zip(axes, rows, strict=True):
        own = [
            one
            for entry in results["agencies"]
            if entry["cooperated"]
            for one in entry["axes"]
            if one["id"] == axis.id and one["verified"] is not None
        ]
        low, high = (
            shown(round(100 * math.fsum(one[word] for one in own) / len(own)), language)
            for word in ("verified", "possible")
        )
        assert low in row.css(".num")[0].text() and high in row.css(".num")[0].text()
        assert len(row.css("svg.bar .b-v")) == 1


def test_an_axis_has_a_declared_mean_only_if_every_agency_declares_it() -> None:
    results = copy.deepcopy(nation(4).results)
    of = [next(one for one in entry["axes"] if one["id"] == "user") for entry in results["agencies"]]
    for n, one in enumerate(of):
        one.update(verified=n / 10, possible=0.5, declared=0.75)
    (user,) = (axis for axis in summary(results, {}).axes if axis["id"] == "user")
    assert user == {"id": "user", "verified": pytest.approx(0.15), "possible": 0.5, "declared": 0.75}
    of[0]["declared"] = None
    results["agencies"][3]["cooperated"] = False
    (user,) = (axis for axis in summary(results, {}).axes if axis["id"] == "user")
    assert user == {"id": "user", "verified": pytest.approx(0.1), "possible": 0.5, "declared": None}


@pytest.mark.slow
def test_named_as_apart_are_those_whose_whole_interval_is_among_the_first_or_the_last() -> None:
    made = nation(167)
    told = summary(made.results, by_kind(made.results))
    assert {one.kind for one in told.apart} == {"main", "executive"}
    ranks = {entry["id"]: entry["rank"] for entry in made.results["agencies"]}
    for one in told.apart:
        assert one.first and one.last and not {*one.first} & {*one.last}
        assert all(ranks[id]["high"] <= one.places for id in one.first)
        assert all(ranks[id]["low"] > one.of - one.places for id in one.last)
        # each of the first stands surely before each of the last
        assert max(ranks[id]["high"] for id in one.first) < min(ranks[id]["low"] for id in one.last)
        every = [r for r in ranks.values() if r and r["of"] == one.of and r["high"] <= one.places]
        assert len(one.first) + one.first_more == len(every)


def test_weak_are_the_indicators_where_most_is_missing_though_all_that_is_open_is_granted(
    written: Written,
) -> None:
    results = written.nation.results
    told = summary(results, by_kind(results))
    lost: dict[str, list[float]] = {}
    for entry in results["agencies"]:
        for one in entry["indicators"]:
            if one["possible"] is not None:
                lost.setdefault(one["id"], []).append(one["weight"] * (1 - one["possible"]))
    means = {id: math.fsum(of) / len(of) for id, of in lost.items()}
    assert [weak.missing for weak in told.weak] == sorted(means.values(), reverse=True)[:3]
    assert all(means[weak.indicator] == weak.missing for weak in told.weak)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_map_has_a_mark_for_every_indicator_of_every_agency_and_its_table_the_number(
    written: Written, language: str
) -> None:
    page, results = written.page("indicators", language), written.nation.results
    cells = [
        HeatMapCell(one["verified"], one["possible"])
        for entry in results["agencies"]
        for one in entry["indicators"]
    ]
    drawn = "".join(svg.html or "" for svg in page.css("svg.plot"))
    for step in range(5):
        pieces = "".join(re.findall(rf'class="heat heat-{step}" d="([^"]+)"', drawn))
        assert pieces.count("M") == sum(cell.step == step for cell in cells) > 0
    none = "".join(re.findall(r'class="heat-none" d="([^"]+)"', drawn))
    assert none.count("M") == sum(cell.step is None for cell in cells) > 0
    frames = "".join(re.findall(r'class="heat-frame" d="([^"]+)"', drawn))
    assert frames.count("M") == sum(cell.open for cell in cells) > 0
    entry = results["agencies"][1]
    by_id = {one["id"]: one for one in entry["indicators"]}
    for table in page.css("table.heat"):
        rows = [row for row in table.css("tbody tr") if row.css(f'a[href="{entry["id"]}.html"]')]
        ids = [node.text() for node in table.css("thead th")[1:]]
        for row in rows:
            for id, cell in zip(ids, row.css("td"), strict=True):
                verified, small = by_id.pop(id)["verified"], cell.css_first("small")
                told = cell.text().removesuffix(small.text() if small else "")
                assert told == ("–" if verified is None else shown(round(100 * verified), language))
    assert not by_id  # every indicator has its column


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_square_names_agency_and_indicator_and_leads_there(written: Written, language: Language) -> None:
    made, page = written.nation, written.page("indicators", language)
    indicators = {one.id: one.name for one in made.model.contents.indicator}
    squares = {
        str(link.attributes["href"]): link.css("title")[0].text()
        for link in page.css('svg.plot:not([role]) a[tabindex="-1"]')
    }
    assert len(squares) == COUNT * len(indicators)
    for agency in made.round.agencies:
        name = agency.name if language == "fa" else agency.name_en or agency.name
        for id, names in indicators.items():
            said = squares[f"{agency.id}.html#indicator-{id}"]
            assert name in said and f"{id} {getattr(names, language)}" in said
    ids = [node.attributes["id"] for node in page.css("[id]")]
    assert len(ids) == len(set(ids))
    # who comes by keyboard has the same ways in the tables, and rows and columns of the picture
    tables = {a.attributes["href"] for a in page.css("table.heat tbody td a")}
    assert tables == squares.keys()
    stops = page.css("svg.plot:not([role]) a:not([tabindex])")
    assert len(stops) == COUNT + len(indicators) * len(page.css("svg.plot"))
    told = [link.css(".pl-told")[0].text() for link in stops]
    assert told == [link.css("title")[0].text() for link in stops]
    method = [a.attributes["href"] for a in stops if "method" in str(a.attributes["href"])]
    assert set(method) == {f"method.html#indicator-{id}" for id in indicators}


def test_squares_of_many_agencies_are_drawn_without_links() -> None:
    results = nation(4).results
    many = [dict(results["agencies"][0], id=f"a{n}") for n in range(MOST_LINKED + 1)]
    axes = axes_of(nation(4).model.contents, rtl=False)
    text = TextCatalogue("en").text
    (few,) = heat_maps(many[1:], axes, str, text, str, False)
    (all,) = heat_maps(many, axes, str, text, str, False)
    assert 'tabindex="-1"' in few.plots[0] and 'tabindex="-1"' not in "".join(all.plots)
    assert "".join(all.plots).count('<a href="a') == MOST_LINKED + 1


def test_a_square_grows_with_what_is_verified_so_that_the_map_reads_without_colour(written: Written) -> None:
    drawn = written.text("indicators", "en")
    sides = [
        {float(side) for path in re.findall(rf'heat heat-{step}" d="([^"]+)"', drawn) for side in re.findall(r"h([\d.]+)v", path)}
        for step in range(1, 5)
    ]  # fmt: skip
    assert all(len(side) == 1 for side in sides)
    assert [side.pop() for side in sides] == sorted({5.0, 8.0, 11.0, 14.0})


@pytest.mark.parametrize(
    "value, step", [(None, None), (0.0, 0), (0.01, 1), (0.25, 2), (0.5, 3), (0.75, 4), (1.0, 4)]
)
def test_steps_of_the_map(value: float | None, step: int | None) -> None:
    assert HeatMapCell(value, value).step == step


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_may_be_said_is_true_of_this_round(written: Written, language: str) -> None:
    made, page = written.nation, written.page("press", language)
    ranks = {entry["id"]: entry["rank"] for entry in made.results["agencies"] if entry["rank"]}
    names = {(a.name if language == "fa" else a.name_en or a.name): a.id for a in made.round.agencies}

    def named(text: str) -> list[str]:
        found = [
            (text.find(name), id)
            for name, id in names.items()
            if re.search(rf"{re.escape(name)}(?!\d)", text)
        ]
        return [id for _, id in sorted(found)]

    may, may_not = page.css(".cards.two section")
    apart = next(named(item.text()) for item in may.css("li") if named(item.text()))
    alike = next(named(item.text()) for item in may_not.css("li") if named(item.text()))
    assert ranks[apart[0]]["high"] < ranks[apart[1]]["low"]
    assert (
        ranks[alike[0]]["place"] < ranks[alike[1]]["place"]
        and ranks[alike[1]]["low"] <= ranks[alike[0]]["high"]
    )
    digest = made.results["round"]["evidence"]["manifest_sha256"]
    assert digest in page.css("blockquote")[0].text()
    rows = page.css("table.press tbody tr")
    assert len(rows) == COUNT
    assert [a.attributes["href"] for a in page.css("a[href]") if "json" in str(a.attributes["href"])] == [
        "data/results.json"  # the one file that lies there
    ]


def test_figures_of_an_unsealed_round_are_not_to_be_quoted(tmp_path: Path) -> None:
    made = nation(9)
    made.results["round"]["evidence"]["manifest_sha256"] = None
    made.write(tmp_path, tmp_path)
    text = (tmp_path / "en" / "press.html").read_text(encoding="utf-8")
    texts = TextCatalogue("en")
    assert texts.text("press.quote_unsealed") in text and "<blockquote>" not in text
    assert texts.text("press.data_none") in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_contradiction_is_listed_for_the_auditor_with_the_way_to_it(
    written: Written, language: str
) -> None:
    held = {
        (f.agency, f.id)
        for f in written.nation.findings
        if f.verdict == "contradicted"
        and f.check in ("services.entry", "datasets.freshness", "datasets.usability")
    }
    links = re.findall(r'href="(\w+)\.html#(f[0-9a-f]{20})"', written.text("audit", language))
    assert set(links) == held and len(links) == len(held) > 3
    rules = {f"{f.check}/{f.check_version}" for f in written.nation.findings}
    assert rules <= {node.text() for node in written.page("audit", language).css("th code")}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page", PAGES)
def test_styles_are_those_that_the_policy_names(written: Written, page: str, language: str) -> None:
    text = written.text(page, language)
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)
    assert policy
    styles = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    digests = [base64.b64encode(hashlib.sha256(style.encode()).digest()).decode() for style in styles]
    assert len(styles) == 2 and [f"'sha256-{digest}'" in policy[1] for digest in digests] == [True, True]


@pytest.mark.parametrize(
    "title", ["</style><script>alert(1)</script>", '"; } * { display: none', "\\22 }", "گزارش\n", "x" * 5_000]
)
def test_titles_stay_strings_in_the_margins(title: str) -> None:
    made = page_margins(title, title, TextCatalogue("fa").text, True)
    assert "<" not in made.style and len(made.style) < 2_500
    strings = re.findall(r'"((?:[A-Za-z0-9]|\\[0-9a-f]+ )*)"', made.style)
    assert made.style.count('"') == 2 * len(strings) and made.style.count("{") == made.style.count("}")
    decoded = re.sub(r"\\([0-9a-f]+) ", lambda found: chr(int(found[1], 16)), strings[0])
    assert decoded == (title if len(title) <= 70 else title[:69] + "…")


def test_pictures_are_as_even_as_they_come() -> None:
    assert [len(block) for block in blocks(range(41))] == [21, 20]
    assert [one for block in blocks(range(167)) for one in block] == list(range(167))
    assert list(blocks([])) == []


def test_a_name_is_cut_to_what_the_column_holds() -> None:
    assert cut("مرکز آمار") == "مرکز آمار"
    assert cut("W" * 40).endswith("…") and len(cut("W" * 40)) < len(cut("i" * 60)) <= 60


def test_the_last_words_of_a_name_that_is_cut_stay_where_they_have_room() -> None:
    names = [f"اداره کل راه و شهرسازی و حمل و نقل جاده‌ای استان {name}" for name in ("تهران", "یزد")]
    assert cut(names[0]).endswith("… استان تهران") and cut(names[1]).endswith(" استان یزد")
    assert cut("National Organization for " + "W" * 30).endswith("W…")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("count", [9, COUNT * 3])
def test_gaps_and_ranks_have_one_order_in_plot_and_table(
    tmp_path: Path, language: Language, count: int
) -> None:
    made = nation(count)
    for number, entry in enumerate(made.results["agencies"]):
        verified = number * 7 % count / count
        entry["electronic_ratio"] = {"declared": 1.0, "verified": verified, "possible": 1.0}
    made.write_first_page(tmp_path / "index.html", language)
    page = LexborHTMLParser((tmp_path / "index.html").read_text("utf-8"))
    compared = [
        (
            [one.text().rpartition(" ")[2] for one in node.css(".pl-name")],
            [row.css("a")[0].text().rpartition(" ")[2] for row in node.css("tbody tr")],
        )
        for node in page.css(".sheet div:has(> .plots)")
    ]
    assert len(compared) == 4  # of both kinds: ranks, then gaps
    assert all(drawn == told and len(set(drawn)) == len(drawn) for drawn, told in compared)
    for _, told in compared[2:]:
        gaps = [-(int(number) * 7 % count) for number in told]
        assert gaps == sorted(gaps, reverse=True)


def test_no_agency_takes_the_place_of_a_page_of_the_report() -> None:
    assert page_of("mahi") == "mahi.html" and link_to("mahi") == "mahi.html"
    for own in OWN:
        assert files("reports.html").joinpath("templates", f"{own}.html").is_file()
        for agency in (own, own.upper()):
            assert page_of(agency).casefold() != f"{own}.html"
            assert link_to(agency) == f"agency%20{agency}.html"
