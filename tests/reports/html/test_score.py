"""The page of an agency: its score unfolds and adds up, and says what would raise it; the first page: ranks and intervals."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser, LexborNode

from checks.finding import Finding
from claims.model import Agency, Declaration, Round, Settings
from evidence.signing.keys import Signer
from evidence.store import EvidenceStore, EvidenceWriter
from govah.stages import as_of, read_round
from reports.catalogue import LANGUAGES, Language, TextCatalogue
from reports.distinct import by_kind, likeness
from reports.html.rank_plot import RankLine, rank_plots
from reports.html.ranking import rankings
from reports.html.write import write_report
from scoring.facts import RoundFacts
from scoring.gains import gains
from scoring.load import load_model
from scoring.ranks import Rank
from scoring.score import Scores, score
from tests.govah.stored import FINDINGS, unpack
from tests.records import build

AGENCIES = ("mahi", "barg")
NOW = dt.datetime(2025, 12, 1, tzinfo=dt.UTC)


@dataclasses.dataclass(frozen=True)
class Written:
    folder: Path
    scores: Scores
    round: Any
    findings: Sequence[Finding]

    def page(self, name: str, language: Language) -> LexborHTMLParser:
        home = self.round.settings.language == language
        path = self.folder / ("" if home else language) / f"{name}.html"
        return LexborHTMLParser(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    round_ = read_round(unpack(tmp_path_factory.mktemp("stored"))).round
    findings = [Finding.from_json(json.loads(line)) for line in FINDINGS.read_text("utf-8").splitlines()]
    with EvidenceStore.open(round_.folder / "evidence") as store:
        clock = as_of(round_, store)
        scores = score(round_, findings, load_model("ir-portals", round_.folder), as_of=clock)
        results = build(round_, findings, scores, manifest_sha256=None, as_of=clock, version="0")
        index = write_report(round_, results, findings, scores, store, round_.folder / "report")
    return Written(index.parent, scores, round_, findings)


def exact(nodes: Sequence[LexborNode]) -> float:
    return math.fsum(float(str(node.attributes["value"])) for node in nodes)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("agency", AGENCIES)
def test_the_tree_on_the_page_adds_up_at_every_node(
    written: Written, agency: str, language: Language
) -> None:
    page = written.page(agency, language)
    tree = written.scores.of(agency).tree
    (whole,) = page.css("data#score")
    assert exact([whole]) == pytest.approx(100 * (tree.verified or 0.0), abs=1e-9)
    axes = [details for details in page.css("details") if details.css("table.tree")]
    assert exact([axis.css("summary data")[0] for axis in axes]) == pytest.approx(exact([whole]), abs=1e-9)
    unfolded = 0
    for axis in axes:
        rows = axis.css("tr.node")
        assert exact([row.css("data")[0] for row in rows]) == pytest.approx(
            exact([axis.css("summary data")[0]]), abs=1e-9
        )
        for row in rows:
            made = row.next
            while made is not None and made.tag != "tr":
                made = made.next
            if made is None or "made" not in str(made.attributes.get("class")):
                continue
            parts = made.css(".part")
            assert exact([part.css("p data")[0] for part in parts]) == pytest.approx(
                exact([row.css("data")[0]]), abs=1e-9
            )
            for part in parts:
                if subjects := part.css("tr.subject data"):
                    unfolded += len(subjects)
                    assert exact(subjects) == pytest.approx(exact([part.css("p data")[0]]), abs=1e-9)
    inputs = [one for node in tree.indicators for part in node.children for one in part.inputs]
    assert unfolded == len(inputs) > 50


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("agency", AGENCIES)
def test_every_finding_of_the_tree_is_named_and_can_be_reached(
    written: Written, agency: str, language: Language
) -> None:
    page = written.page(agency, language)
    linked = {str(node.attributes["href"])[1:] for node in page.css('table.tree a[href^="#f"]')}
    assert linked == set(written.scores.of(agency).tree.findings)
    assert linked <= {str(node.attributes["id"]) for node in page.css("[id]")}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("agency", AGENCIES)
def test_what_would_raise_the_score_is_told_and_apart_from_it_what_stayed_open(
    written: Written, agency: str, language: Language
) -> None:
    facts = RoundFacts(written.round, written.findings).of(agency)
    found = gains(written.scores.model.contents, facts)
    texts = TextCatalogue(language)
    html = written.page(agency, language).html or ""
    section = html[html.index('id="gains"') :]
    opened = section.index(texts.text("gains.open"))
    mend, rest = section[:opened], section[opened:]
    first = found.mend[0].findings[0].id
    assert re.findall(r'href="#(f[0-9a-f]{20})"', mend)[0] == first
    listed = set(re.findall(r'href="#(f[0-9a-f]{20})"', mend))
    assert listed == {gain.findings[0].id for gain in found.mend}
    assert texts.text("gains.open_text") in rest
    assert {gain.findings[0].id for gain in found.open} <= set(re.findall(r"#(f[0-9a-f]{20})", rest))
    for cause in {gain.cause for gain in found.open}:
        assert texts.text(f"gains.cause_{cause}") in rest


def results(*ranks: tuple[str, int, int, int]) -> dict[str, Any]:
    of = len(ranks)
    return {
        "agencies": [
            {"id": id, "kind": "main", "rank": {"place": place, "low": low, "high": high, "of": of}}
            for id, place, low, high in ranks
        ]
        + [{"id": "u", "kind": "main", "rank": None}]
    }


FIVE = results(("a", 1, 1, 1), ("b", 2, 2, 3), ("c", 3, 2, 4), ("d", 3, 3, 4), ("e", 5, 5, 5))


@pytest.mark.parametrize("language", LANGUAGES)
def test_ranks_are_told_by_sentences_a_plot_and_a_table(language: Language) -> None:
    texts = TextCatalogue(language)
    (told,) = rankings(by_kind(FIVE), str.upper, texts.text, str, rtl=language == "fa")
    assert [(row.id, row.rank.low, row.rank.high, row.like) for row in told.rows] == [
        ("a", 1, 1, ()), ("b", 2, 3, ("C", "D")), ("c", 2, 4, ("B", "D")), ("d", 3, 4, ("B", "C")), ("e", 5, 5, ()),
    ]  # fmt: skip
    assert told.sentences[0] == texts.text("ranks.pairs", alike="3", all="10")
    assert told.plots[0].count("h0") == 5 and told.plots[0].count("M0 ") == 2


def test_one_agency_is_told_whom_it_cannot_be_told_from() -> None:
    texts, intervals = TextCatalogue("en"), by_kind(FIVE)["main"]
    said = {id: likeness(intervals, id, texts.text, str.upper, str) for id in intervals.order}
    assert said["a"] == texts.text("ranks.like_none")
    assert said["c"] == texts.text("ranks.like_some", n="2", names="B, D")
    many = by_kind(results(*((f"a{n}", n, 1, 9) for n in range(1, 10))))["main"]
    assert "a3, a4, a6 and 5 more" in likeness(many, "a5", texts.text, str, str)


@pytest.mark.parametrize("rtl", [False, True])
def test_the_plot_needs_no_colour_and_takes_no_text_for_markup(rtl: bool) -> None:
    lines = [
        RankLine(
            "<script>" if place == 1 else "x" * 200,
            Rank(place, max(1, place - 1), min(20, place + 2), 20),
            False,
        )
        for place in range(1, 21)
    ]
    (drawn,) = rank_plots("ranks", lines, 'a "title" <b>', "about", rtl, str)
    assert "<script>" not in drawn and "<b>" not in drawn and "x" * 61 not in drawn
    assert "#" not in re.sub(r"&#\d+;", "", drawn)  # no colour but those of the style sheet
    # a better place stands nearer to where reading begins, and each dot inside its line
    (path,) = re.findall(r'class="pl-dot" d="([^"]+)"', drawn)
    dots = [float(x) for x in re.findall(r"M([0-9.]+) ", path)]
    assert len(dots) == len(lines) and dots == sorted(dots, reverse=rtl)
    (path,) = re.findall(r'class="pl-line" d="([^"]+)"', drawn)
    ends = [sorted(map(float, pair)) for pair in re.findall(r"M([0-9.]+) [0-9.]+H([0-9.]+)", path)]
    assert all(0 <= low <= dot <= high <= 306 for dot, (low, high) in zip(dots, ends, strict=True))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_page_has_the_section(written: Written, language: Language) -> None:
    texts = TextCatalogue(language)
    html = written.page("index", language).html or ""
    assert 'id="ranks"' in html and texts.text("ranks.text") in html
    assert texts.text("ranks.alone") in html  # one agency of the stored round has a rank


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_model_with_groups_is_told_group_by_group(tmp_path: Path, language: Language) -> None:
    model = load_model("eu-egov-2023", tmp_path)
    declared = tuple(Declaration("a", i.id, 1 / (n + 2)) for n, i in enumerate(model.contents.indicator))
    agency = Agency("a", "کشور", "main", "https://a.test/", name_en="Country")
    round_ = Round(tmp_path, Settings(id="r"), (agency,), declarations=declared)
    with EvidenceWriter.open(
        tmp_path / "evidence", vantage="v", now=lambda: NOW, new_id=iter("abc").__next__, plan={}, signer=Signer.generate(),
    ) as writer:  # fmt: skip
        writer.commit()
    scores = score(round_, (), model, as_of=NOW)
    results = build(round_, (), scores, manifest_sha256=None, as_of=NOW, version="0")
    with EvidenceStore.open(tmp_path / "evidence") as store:
        index = write_report(round_, results, (), scores, store, tmp_path / "report")
    page = Written(index.parent, scores, round_, ()).page("a", language)
    groups = page.css("table.tree tr.group")
    assert len(groups) == len(model.contents.group)
    rows = page.css("table.tree tr.node data")
    assert exact(rows) == pytest.approx(100 * (scores.of("a").tree.verified or 0.0), abs=1e-9)
    assert page.css_first("#gains") is None  # published figures are what they are
