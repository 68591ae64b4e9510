"""`govah trend`: rounds in a row, each as its seal proves it, and what lies between two of them kept apart by cause."""

from __future__ import annotations

import json
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser

from checks import basis
from checks.finding import Finding, Subject, Verdict
from evidence.canonical import canonical
from evidence.signing.keys import Signer, load_or_create
from govah import stages
from govah.round_paths import RoundPaths
from tests.govah.sealed import OPENED, sealed_round
from tests.govah.test_cli import govah

pytestmark = pytest.mark.processes

WORDS: dict[str, Verdict] = {"v": "verified", "c": "contradicted", "i": "inconclusive"}


class Chain:
    """Rounds that were sealed by one key, each naming the one before."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.key: Signer = load_or_create(self.home / "govah" / "signer.key")
        self.last: str | None = None

    def add(
        self, id: str, words: Sequence[str], model: str = "tutorial", title: str = "title", rule: int = 1
    ) -> Path:
        """words: of agency a and of agency b, a letter a service."""
        folder = sealed_round(self.folder / id, self.key, 1)
        previous = "" if self.last is None else f'previous = "../{self.last}"\n'
        (folder / "round.toml").write_text(
            f'[round]\nid = "{id}"\nmodel = "{model}"\n{previous}', encoding="utf-8"
        )
        if model.endswith(".toml"):
            text = (Path(__file__).parents[3] / "scoring/models/tutorial.toml").read_text(encoding="utf-8")
            (folder / model).write_text(text.replace("weight = 40\nclass", "weight = 41\nclass").replace(
                "weight = 20\nclass", "weight = 19\nclass", 1), encoding="utf-8")  # fmt: skip
        services = [(agency, n) for agency, of in zip("ab", words, strict=True) for n in range(len(of))]
        files = {
            "agencies": "agency,name,kind,portal\n"
            + "".join(f"{a},{a},main,http://{a}.test/\n" for a in "ab"),
            "services": "agency,service,title,electronic\n"
            + "".join(f"{a},{a}{n},{title},yes\n" for a, n in services),
        }
        for name, text in files.items():
            (folder / f"{name}.csv").write_text(text, encoding="utf-8")
        found = [
            Finding(
                a,
                Subject("service", f"{a}{n}"),
                "services.entry",
                rule,
                WORDS[word],
                "blocked" if word == "i" else None,
                captures=("c0",),
            )
            for a, of in zip("ab", words, strict=True)
            for n, word in enumerate(of)
        ]
        lines = "".join(canonical(f.to_json()) + "\n" for f in sorted(found, key=lambda f: f.id)).encode()
        round = stages.read_round(folder).round
        rules = basis.rules() | {"services.entry": {"version": rule, "lists": None}}
        judged = {"rules": rules, "settings": basis.settings(round, OPENED)}
        stages.put(
            RoundPaths(folder),
            BytesIO(lines),
            BytesIO("".join(basis.claim_lines(round)).encode()),
            judged,
            self.key,
        )
        self.last = id
        return folder

    def told(self, folder: Path, *options: str) -> Any:
        return json.loads(govah("trend", folder, "--json", *options, home=self.home).stdout)


@pytest.fixture
def chain(tmp_path: Path) -> Chain:
    return Chain(tmp_path)


def test_rounds_in_a_row_under_one_model_and_one_set_of_rules(chain: Chain) -> None:
    chain.add("r1", ["vvcc", "cccc"])
    chain.add("r2", ["vvvc", "ccic"])
    last = chain.add("r3", ["vvvv", "vccc"], title="another title")
    told = chain.told(last)
    assert [one["round"] for one in told["rounds"]] == ["r1", "r2", "r3"] and told["ended"] is None
    assert told["rounds"][1]["services"] == {"contradicted": 4, "inconclusive": 1, "verified": 3}
    first, second = told["steps"]
    assert first["same_model"] and first["rules"] == [] and first["claims"] == {}
    # a: one of four newly verified, 40 points of 100 are this share's
    weight = 40 / (40 + 20 + 20 + 10 + 10)
    assert first["agencies"]["a"] == pytest.approx(100 * weight / 4, abs=0.01)
    assert sum(first["changes"]["service"].values()) == 2
    assert second["claims"] == {"service": 8}
    assert sum(second["changes"]["service"].values()) == 3
    assert told["rounds"][0]["indicators"]["A1"]["verified"] == 25.0
    shown = govah("trend", last, home=chain.home).stdout
    assert "r1 → r2" in shown and "≠" not in shown and "*" not in shown
    assert "دورها" in govah("trend", last, home=chain.home, lang="fa").stdout


def test_nothing_is_subtracted_across_another_model(chain: Chain) -> None:
    chain.add("r1", ["vvcc", "cccc"])
    last = chain.add("r2", ["vvcc", "cccc"], model="own.toml")
    (step,) = chain.told(last)["steps"]
    assert not step["same_model"] and step["verified"] is step["agencies"] is step["indicators"] is None
    shown = govah("trend", last, home=chain.home).stdout
    assert "≠" in shown and "--same-model" in shown
    told = chain.told(last, "--same-model")
    (step,) = told["steps"]
    assert step["same_model"] and set(step["agencies"].values()) == {0.0}
    assert len({one["model"]["sha256"] for one in told["rounds"]}) == 1


def test_a_difference_under_other_rules_says_so(chain: Chain) -> None:
    chain.add("r1", ["vvcc", "cccc"])
    last = chain.add("r2", ["vvvc", "cccc"], rule=2)
    (step,) = chain.told(last)["steps"]
    assert step["rules"] == ["services.entry"] and step["verified"] == pytest.approx(5.0, abs=0.01)
    assert "* The rules also differ" in govah("trend", last, home=chain.home).stdout


def test_what_its_seal_does_not_prove_is_no_part_of_it(chain: Chain) -> None:
    chain.add("r1", ["vvcc", "cccc"])
    middle = chain.add("r2", ["vvcc", "cccc"])
    last = chain.add("r3", ["vvcc", "cccc"])
    manifest = middle / "results" / "findings.manifest.json"
    manifest.write_bytes(manifest.read_bytes().replace(b'"r"', b'"x"'))
    told = chain.told(last)
    assert [one["round"] for one in told["rounds"]] == ["r3"] and told["ended"] == "trend.ended_edited"
    assert "was changed after sealing" in govah("trend", last, home=chain.home).stdout


def test_a_chain_may_begin_with_a_summary_and_never_goes_in_a_circle(chain: Chain) -> None:
    first = chain.add("r1", ["vvcc", "cccc"])
    govah("export", first, "summary", "--output", chain.folder / "r1.summary", home=chain.home)
    chain.last = "r1.summary"
    last = chain.add("r2", ["vvcc", "cccc"])
    told = chain.told(last)
    assert [one["model"] is None for one in told["rounds"]] == [True, False]
    assert told["ended"] == "trend.ended_summary" and told["steps"][0]["verified"] is None
    settings = first / "round.toml"
    settings.write_text(settings.read_text() + 'previous = "../r1"\n', encoding="utf-8")
    assert chain.told(first)["ended"] == "trend.ended_circle"


def test_the_report_has_a_page_for_it_in_both_languages(chain: Chain) -> None:
    alone = chain.add("r1", ["vvcc", "cccc"])
    govah("report", alone, home=chain.home)
    assert not (alone / "results" / "report" / "trend.html").exists()
    assert "trend.html" not in (alone / "results" / "report" / "index.html").read_text(encoding="utf-8")
    chain.add("r2", ["vvvc", "cccc"], rule=2)
    last = chain.add("r3", ["vvvc", "cccc"], model="own.toml", title="<script>alert(1)</script>", rule=2)
    govah("report", last, home=chain.home)
    for page, lede in (("trend.html", "روند دورها"), ("en/trend.html", "Trend over rounds")):
        told = (last / "results" / "report" / page).read_text(encoding="utf-8")
        assert lede in told and "<script" not in told and "≠" in told
        drawn = LexborHTMLParser(told)
        circles = {
            style: drawn.css(f"svg.plot .{style}")[0].attributes["d"] for style in ("pl-dot", "pl-ring")
        }
        assert str(circles["pl-dot"]).count("h0") == 3 and str(circles["pl-ring"]).count("M") == 3
        assert len(drawn.css("svg.plot .pl-cut")) == 1
        # one course for each agency and indicator: two rounds of one model are joined, the third stands alone
        courses = [spark.css_first(".pl-line") for spark in drawn.css("table.series svg.spark")]
        assert len(courses) == len(drawn.css("table.series tbody tr")) > 2
        assert str(next(filter(None, courses)).attributes["d"]).count("L") == 1
        assert "A1" in told and "r1" in told and "own.toml" not in told
        assert 'href="trend.html"' in (
            last / "results" / "report" / page.replace("trend", "index")
        ).read_text(encoding="utf-8")
