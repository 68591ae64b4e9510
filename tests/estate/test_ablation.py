"""Switching off: every list and every rule can be, what is found out only by what changes is right, and it is all put back."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from checks.page.boilerplate import reading
from checks.page.forms.kinds import forms
from checks.page.wordlist import patterns, phrases, table
from checks.registry import all_checks, words_of
from checks.services import wording
from checks.services.matching import weighing
from claims.model import Service
from evidence.store import EvidenceStore
from fixtures.portals.worlds.many import judged as judged_world
from fixtures.single_agency import Seen
from tests import rounds
from tests.estate import switches
from tests.estate.ablation import Baseline, Decides, answers, block, counted, figures, main, tasks
from tests.estate.ablation_judging import Bench, Place, Said, bench_of, traced, watched, without
from tests.estate.switches import ROOMS, Switch, all_switches, functions, instead, lists, off

ROOT = Path(__file__).parents[2]
PERMIT, BOOK = "صدور پروانه چاه کشاورزی", "تمدید عضویت کتابخانه"
IN_PERSON = (
    f"<h1>{PERMIT}</h1><p>متقاضیان برای دریافت این خدمت باید به صورت حضوری به اداره شهرستان مراجعه کنند.</p>"
)
FORM = f'<h1>{BOOK}</h1><form method="post"><label for="n">کد ملی</label><input id="n" name="n"><label for="c">شماره عضویت</label><input id="c" name="c"><button>ثبت درخواست</button></form>'  # fmt: skip
SENDS = Switch("list", "page/words/pages.toml", "in_person")
PLACE = Place("tiny", "portal")
TRUTH = {
    ("services", "well"): (("contradicted",), ("in_person_only",)),
    ("services", "library"): (("verified",), ("transaction_entry",)),
}


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """Two claims: a page that sends people to an office, and a form."""
    seen = Seen(tmp_path)
    seen.services = tuple(
        Service(seen.agency.id, name, title, True, f"http://portal.test/{name}")
        for name, title in (("well", PERMIT), ("library", BOOK))
    )
    seen.twice("http://portal.test/", "<h1>سازمان</h1><p>به درگاه خوش آمدید.</p>", purpose="home")
    seen.twice("http://portal.test/well", IN_PERSON, purpose="claim")
    seen.twice("http://portal.test/library", FORM, purpose="claim")
    seen.account()
    seen.writer.close()
    with EvidenceStore.open(tmp_path / "evidence") as store:
        yield bench_of(PLACE, seen.round(), store, seen.agency.id, seen.as_of, TRUTH)


def decided(bench: Bench, *wanted: Switch) -> tuple[Baseline, dict[Switch, Decides]]:
    baseline = {PLACE: watched(bench, wanted)}
    told = [(PLACE, *row) for task in tasks(baseline, wanted) for row in without(bench, task)]
    return baseline, counted(baseline, wanted, told)


def test_a_list_decides_the_rows_that_are_known_to_rest_on_it(bench: Bench) -> None:
    baseline, found = decided(bench, SENDS)
    said = {key: one.said for unit in baseline[PLACE].values() for key, one in unit.rows.items()}
    assert said == {("services", "well"): "contradicted/in_person_only", ("services", "library"): "verified/transaction_entry"}  # fmt: skip
    assert found[SENDS] == Decides(judged=1, right=1), "the form says nothing of an office"
    assert f"| `{SENDS.name}` | 1 | 1 | 0 | 0 | 0 | 0 |" in block(figures(baseline, found))


def test_forms_of_a_page_are_told_apart_anew_while_a_list_is_off(bench: Bench) -> None:
    """The page is read once, and what lists make of it is not kept."""

    def kind() -> str:
        bench.afresh()
        page = next(page for page in bench._case.pages if page.url.endswith("library"))
        return forms(reading(bench._case, page))[0].kind

    assert kind() == "service"
    with off(Switch("list", "page/words/pages.toml", "send_words")):
        assert kind() == "other"
    assert kind() == "service"


def test_a_list_without_its_words_decides_nothing(bench: Bench) -> None:
    with off(SENDS):
        baseline, found = decided(bench, SENDS)
    lines = block(figures(baseline, found))
    assert not found[SENDS].changes and not any(line.startswith(f"| `{SENDS.name}`") for line in lines)


def test_a_rule_decides_the_rows_that_are_known_to_rest_on_it(bench: Bench) -> None:
    rule = Switch("rule", "services.wording", "in_person")
    baseline, found = decided(bench, rule)
    assert answers(baseline)[rule] is None and found[rule] == Decides(judged=1, right=1)


@pytest.mark.parametrize("every", [25, pytest.param(1, marks=pytest.mark.thorough)])
def test_what_is_not_judged_again_would_not_change(bench: Bench, every: int) -> None:
    """Every unit without each switch that it does not rest on."""
    wanted = all_switches()[::every]
    units = watched(bench, wanted)
    usual = answers({PLACE: units})
    missed = []
    for switch in wanted:
        answer = usual.get(switch)
        mark = (switch, not answer) if switch.kind == "rule" else switch
        rest = [unit for unit, one in units.items() if mark not in one.touched]
        if not rest:
            continue
        with off(switch, answer):
            bench.afresh()
            missed += [(switch.name, unit) for unit in rest if bench.judged(unit) != units[unit].rows]
    assert missed == []


def test_watched_rows_are_those_that_the_check_says() -> None:
    place = Place("world", "10005")
    told = {key: one.said for unit in traced(place, ()).values() for key, one in unit.rows.items()}
    assert told == {("services", row.claim.id): row.said for row in judged_world(10005)}


def test_every_list_of_the_word_files_can_be_emptied() -> None:
    def written(data: dict[str, Any], *keys: str) -> Iterator[str]:
        for key, value in data.items():
            if isinstance(value, dict):
                yield from written(value, *keys, key)
            elif isinstance(value, list):
                yield ".".join((*keys, key))

    files = sorted({name for check in all_checks() for name in words_of(check.id) if name.endswith(".toml")})
    wanted = {f"{name} {key}" for name in files for key in written(table(name))}
    assert len(files) >= 10 and len(wanted) > 250
    assert wanted <= {one.name for one in lists()}
    assert {"page/words/titles.toml numbers", "page/words/pages.toml card.counts"} <= {
        one.name for one in lists()
    }, "tables by word"


def test_every_rule_of_the_rooms_is_a_switch() -> None:
    """As the source has them: module-level functions that answer yes or no, or with a thing or None."""
    wanted = set()
    for path in sorted((ROOT / "checks").rglob("*.py")):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        if module.startswith(ROOMS):
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                answer = ast.unparse(node.returns) if isinstance(node, ast.FunctionDef) and node.returns else ""  # fmt: skip
                if answer == "bool" or answer.endswith("| None"):
                    assert isinstance(node, ast.FunctionDef)
                    wanted.add(f"{module.removeprefix('checks.')}.{node.name}")
    assert wanted == {one.name for one in functions()} and len(wanted) > 150


def test_what_reads_pages_knows_no_list_and_no_rule() -> None:
    """Pages are read once, whatever is off."""
    known, asked = set[str](), ["checks.page.boilerplate"]
    while asked:
        module = asked.pop()
        if module not in known:
            known.add(module)
            tree = ast.parse((ROOT / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8"))
            names = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
            asked += [name for name in names if name.startswith("checks.")]
    assert "checks.page.content" in known and "checks.page.wordlist" not in known
    assert not [name for name in known if name.startswith(ROOMS)]


def _twice(number: int) -> int:
    return 2 * number


def test_whoever_calls_a_function_calls_the_other_and_then_the_first_again() -> None:
    held = (_twice, {"in a table": _twice}["in a table"], cache(_twice))
    with instead(_twice, lambda number: -number):
        assert [one(3) for one in held] == [-3, -3, -3]
    held[2].cache_clear()
    assert [one(3) for one in held] == [6, 6, 6]


def test_a_rule_gives_one_answer_while_it_is_off() -> None:
    assert wording.is_generic("جزئیات خدمت")
    with off(Switch("rule", "services.wording", "is_generic"), False):
        assert not wording.is_generic("جزئیات خدمت")
    assert wording.is_generic("جزئیات خدمت")


def test_an_emptied_list_has_no_word_and_then_has_them_again() -> None:
    was = list(table("page/words/pages.toml")["action"])
    assert phrases("page/words/pages.toml", "action").phrases
    with off(Switch("list", "page/words/pages.toml", "action")):
        assert not phrases("page/words/pages.toml", "action").phrases
    assert (
        table("page/words/pages.toml")["action"] == was and phrases("page/words/pages.toml", "action").phrases
    )
    with off(Switch("constant", "page/words/titles.toml", "declared.margin")):
        assert weighing._constant("margin") == 0.0
    assert weighing._constant("margin") > 0


def test_a_list_that_patterns_name_matches_nothing_when_it_is_emptied() -> None:
    """Not everything: `(?:)` would."""
    with off(Switch("list", "page/words/pages.toml", "place")):
        named = [
            one for one in patterns("page/words/pages.toml", "in_person") if switches._NEVER in one.pattern
        ]
        assert named and not any(one.search("به صورت حضوری به اداره مراجعه کنید") for one in named)


def test_rows_are_counted_by_what_they_were_and_what_they_become() -> None:
    right, false, open_ = (
        Said("verified", True, False),
        Said("contradicted", False, True),
        Said("inconclusive", False, False),
    )
    one = Decides()
    for before, after in ((right, open_), (right, false), (open_, right), (false, open_), (open_, Said("partial", False, False)), (right, right)):  # fmt: skip
        one.count(before, after)
    assert one == Decides(judged=6, right=2, prevents=1, wrong=1, makes=1, other=1)


def test_a_pattern_that_no_switch_has_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--only", "no_such_list"])
    assert ended.value.code == 2 and "no_such_list" in capsys.readouterr().err


def test_a_set_without_a_kept_crawl_is_said(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(rounds, "KEPT", tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(["--quick"])
    assert ended.value.code == 2 and "python -m tests.rounds whole_portals" in capsys.readouterr().err
