"""Documentation cannot rot: every command, option, reason, problem code and check is documented."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest
import typer.main

from checks import reasons
from checks.elements.words import section_ids
from checks.engine import CHECKS
from checks.finding import VERDICTS
from fixtures.pictures import DESK, PRINTED, REPORT
from govah.cli import app
from reports.catalogue import LANGUAGES, TextCatalogue
from reports.documents import PAGES
from scoring.load import load_model

WESTERN = str.maketrans("۰۱۲۳۴۵۶۷۸۹٫", "0123456789.")
CHECK_IDS = frozenset(check.id for check in CHECKS)
ROOT = Path(__file__).parents[1]
PERSIAN = ROOT / "docs" / "fa"
PAGES_OF_DOCS = sorted((ROOT / "docs").rglob("*.md"))
DOCS = "\n".join(path.read_text(encoding="utf-8") for path in [ROOT / "README.md", *PAGES_OF_DOCS])

_LISTS = (reasons.SERVICES, reasons.PORTAL, reasons.LINKS, reasons.FRESHNESS, reasons.USABILITY)
REASONS = sorted(
    {*reasons.HOST_PROBLEMS, *(code for lists in _LISTS for codes in lists.values() for code in codes)}
)
UNFETCHED = reasons.UNFETCHED
ELEMENTS = json.loads((ROOT / "checks" / "page" / "words" / "lexicon.json").read_text(encoding="utf-8"))[
    "elements"
]


def _commands() -> list[tuple[str, list[str]]]:
    """(command, its options) of the whole command line."""
    found = []

    def walk(command: object, path: str) -> None:
        options = [o for p in command.params for o in p.opts if o.startswith("--")]  # type: ignore[attr-defined]
        children = getattr(command, "commands", {})
        if not children:
            found.append((path, options))
        for name, child in children.items():
            walk(child, f"{path} {name}")

    walk(typer.main.get_command(app), "govah")
    return found


@pytest.mark.parametrize("page", ["commands.md", "fa/commands.md"])
@pytest.mark.parametrize(("command", "options"), _commands())
def test_every_command_and_option_is_in_the_handbook(command: str, options: list[str], page: str) -> None:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    section = re.search(rf"^## `{command}[ `].*?(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert section is not None, f"docs/{page} has no section for {command}"
    common = {"--help", "--quiet", "--json", "--plain", "--install-completion", "--show-completion"}
    common |= {"--progress"}
    missing = [option for option in options if option not in common and f"`{option}" not in section.group()]
    assert not missing


@pytest.mark.parametrize("page", ["commands.md", "fa/commands.md"])
def test_the_common_options_are_documented_once(page: str) -> None:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    assert all(f"`{option}`" in text for option in ("--help", "--version", "--quiet", "--json", "--plain"))


@pytest.mark.parametrize(("page", "head"), [("commands.md", "Progress"), ("fa/commands.md", "پیشرفت")])
def test_the_commands_with_progress_are_listed(page: str, head: str) -> None:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    listed = text.partition(f"\n## {head}\n")[2].partition("\n|")[0]
    have = {command.removeprefix("govah ") for command, options in _commands() if "--progress" in options}
    assert have and set(re.findall("`([a-z]+)`", listed)) == have


@pytest.mark.parametrize("code", [*REASONS, *UNFETCHED])
def test_every_reason_is_documented(code: str) -> None:
    assert f"`{code}`" in DOCS


@pytest.mark.parametrize("check", sorted(CHECK_IDS))
def test_every_check_is_documented(check: str) -> None:
    assert f"`{check}`" in DOCS or f"`{check}.<id>`" in DOCS


@pytest.mark.parametrize("indicator", sorted(load_model("ir-portals", ROOT).indicator_ids))
def test_every_indicator_is_documented(indicator: str) -> None:
    assert re.search(rf"\b{indicator}\b", DOCS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_and_check_has_a_text(language: str) -> None:
    catalogue = TextCatalogue("fa" if language == "fa" else "en")
    missing = [f"reason.{code}" for code in REASONS if not catalogue.has(f"reason.{code}")]
    missing += [f"unfetched.{code}" for code in UNFETCHED if not catalogue.has(f"unfetched.{code}")]
    missing += [f"check.{check}" for check in CHECK_IDS if not catalogue.has(f"check.{check}")]
    missing += [f"element.{key}" for key in ELEMENTS if not catalogue.has(f"element.{key}")]
    missing += [f"section.{key}" for key in section_ids() if not catalogue.has(f"section.{key}")]
    assert not missing


def _anchors(page: Path) -> set[str]:
    """Of the headings, as repositories and the site make them."""
    text = re.sub(r"^( *)```.*?^\1```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}
    return slugs | set(re.findall(r'<a id="([^"]+)">', text))


def test_links_between_the_pages_resolve() -> None:
    broken = []
    names = ("README.md", "README.fa.md", "CONTRIBUTING.md", "fixtures/README.md")
    for page in [*(ROOT / name for name in names), *PAGES_OF_DOCS]:
        links = re.findall(r"\]\(([^)#:\s]*)(?:#([^)\s]*))?\)", page.read_text(encoding="utf-8"))
        for name, anchor in links:
            target = page.parent / name if name else page
            if not target.exists() or (anchor and anchor not in _anchors(target)):
                broken.append(f"{page.name}: {name}#{anchor}")
    assert not broken


def test_every_picture_is_shown_and_is_small() -> None:
    shown = {
        target.rpartition("/")[2]
        for page in [ROOT / "README.md", ROOT / "README.fa.md", *PAGES_OF_DOCS]
        for target in re.findall(r"!\[[^\]]+\]\(([^)]+\.webp)\)", page.read_text(encoding="utf-8"))
    }
    taken = {
        f"{one.name}-{language}-{width}.webp"
        for one in (*REPORT, *DESK)
        for language in LANGUAGES
        for width in one.widths
    }
    assert shown == taken | {f"{PRINTED}-{language}.webp" for language in LANGUAGES}
    there = {path.name: path.stat().st_size for path in (ROOT / "docs" / "pictures").iterdir()}
    assert shown == set(there), "a picture that no page shows, or one that is not there: make pictures"
    assert sum(there.values()) < 3_000_000


@pytest.mark.parametrize("page", [path for path in PAGES_OF_DOCS if PERSIAN in path.parents])
def test_persian_pages_have_their_english_ones_and_persian_letters(page: Path) -> None:
    name = page.relative_to(PERSIAN)
    up = "../" * (len(name.parts) - 1)
    assert f"[English]({up}../{name})" in page.read_text(encoding="utf-8")
    assert f"[فارسی]({up}fa/{name})" in (ROOT / "docs" / name).read_text(encoding="utf-8")
    prose = re.sub(r"```.*?```|`[^`]*`|\]\([^)]*\)", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert not re.search("[يك٠-٩]", prose), "Arabic letters or digits"
    assert not re.search(r"\b(?:می|نمی) \w|\w ها(?:ی|یی|یش)?\b", prose), "a space where a half-space belongs"


TOURS = ("minister", "auditor", "webmaster", "journalist")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("tour", TOURS)
def test_a_tour_names_what_stands_on_the_page(tour: str, language: str) -> None:
    """What it shows in bold is a text of the report or the desk, as it is now, in the same language."""
    folder = PERSIAN if language == "fa" else ROOT / "docs"
    page = (folder / "tours" / f"{tour}.md").read_text(encoding="utf-8")
    texts = " ".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "reports" / "texts" / language).iterdir()
    )
    bold = set(re.findall(r"\*\*(.+?)\*\*", page))
    assert len(bold) >= 3
    assert not {name for name in bold if name.casefold() not in texts.casefold()}


def test_both_languages_of_a_tour_have_the_same_steps_and_pictures() -> None:
    for tour in TOURS:
        shown = []
        for folder, language in ((ROOT / "docs", "en"), (PERSIAN, "fa")):
            page = (folder / "tours" / f"{tour}.md").read_text(encoding="utf-8")
            pictures = re.findall(rf"/([a-z-]+)-{language}-1280\.webp", page)
            shown.append((page.count("\n## "), pictures, page.count("\n- "), page.count("\n1. ")))
        assert shown[0] == shown[1] and len(shown[0][1]) >= 3, tour
        assert shown[0][0] >= 5, "five minutes"


@pytest.mark.parametrize("page", PAGES_OF_DOCS, ids=lambda path: path.relative_to(ROOT / "docs").as_posix())
def test_marks_behind_code_are_shown(page: Path) -> None:
    """Two bare asterisks in one row are not shown: what stands between them is slanted."""
    marked = re.sub(r"`[^`]*`", "`", page.read_text(encoding="utf-8"))
    assert not re.findall(r"`\*(?!\*).*", marked)


@pytest.mark.parametrize(
    "name", ["replies.md", "verify.md", "handbook.md", "commands.md", "desk.md", "round.md"]
)
def test_both_languages_of_a_page_have_the_same_parts_and_commands(name: str) -> None:
    """What a shell is given, but for its comments; the English ones are run by tests of their own."""

    def parts(page: Path) -> tuple[list[str], list[str], int]:
        text = page.read_text(encoding="utf-8")
        blocks = re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
        prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
        heads = re.findall(r"^#+(?= )", prose, re.MULTILINE)
        return heads, [re.sub(r" +# .*", "", block) for block in blocks], prose.count("\n|")

    assert parts(ROOT / "docs" / name) == parts(ROOT / "docs" / "fa" / name)


def _facts(page: Path) -> list[tuple[str, Counter[str]]]:
    """Each paragraph and row of a page: the heading that it stands under, and what is the same in every language:
    code, files of a folder, numbers, links."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    facts, heading = [], ""
    for block in re.split(r"\n{2,}|\n(?=[|#])", text):
        if block.startswith("#"):
            heading = block.partition("\n")[0]
        found = re.findall(r"`[^`]+`(?:\\\*)?", block) + re.findall(r"^ {4,}(\S+)", block, re.MULTILINE)
        links = re.findall(r"\]\(([^)#]*)(#?)[^)]*\)", block)
        found += [Path(target).name + anchor for target, anchor in links]
        prose = re.sub(r"`[^`]+`|\]\([^)]*\)", " ", block)
        numbers = re.findall(r"\d+(?:[.,٫٬]\d+)*", prose)
        found += [re.sub("[,٬]", "", number.translate(WESTERN)) for number in numbers]
        facts.append((heading, Counter(found)))
    return facts


@pytest.mark.parametrize("name", ["commands.md", "desk.md", "round.md"])
def test_reference_pages_say_the_same_in_both_languages(name: str) -> None:
    """Paragraph by paragraph and row by row, so that neither is changed without the other."""
    english, persian = _facts(ROOT / "docs" / name), _facts(ROOT / "docs" / "fa" / name)
    differing = [
        f"{heading}: only in English {sorted((here - there).elements())}, only in Persian {sorted((there - here).elements())}"
        for (heading, here), (_, there) in zip(english, persian, strict=False)
        if here != there
    ]
    assert not differing
    assert len(english) == len(persian)


@pytest.mark.parametrize("name", sorted(PAGES))
def test_made_pages_are_up_to_date(name: str) -> None:
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == PAGES[name](), "run: make docs"


def test_each_attack_that_is_told_is_a_test() -> None:
    page = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    table = page.partition("<!-- attacks: begin -->")[2].partition("<!-- attacks: end -->")[0]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.strip().splitlines()[2:]]
    assert rows
    for attack, outcome, test in rows:
        if attack.startswith("*"):
            continue
        assert outcome
        named = re.findall(r"`(tests/[\w/]+\.py)`", test)
        assert named, attack
        assert [path for path in named if not (ROOT / path).is_file()] == []


def test_the_glossary_has_the_words_of_the_program() -> None:
    """The same terms on both pages, and the verdicts as the report says them."""
    rows = {
        page: re.findall(
            r"^\| (.+?) \| (.+?) \| .+ \|$", (ROOT / "docs" / page).read_text(encoding="utf-8"), re.M
        )[1:]
        for page in ("glossary.md", "fa/glossary.md")
    }
    terms = [row for row in rows["glossary.md"] if "---" not in row[0]]
    assert terms == [
        (english, persian) for persian, english in rows["fa/glossary.md"] if "---" not in persian
    ]
    words = {lang: TextCatalogue(lang) for lang in LANGUAGES}
    for verdict in VERDICTS:
        assert (words["en"].text(f"verdict.{verdict}"), words["fa"].text(f"verdict.{verdict}")) in terms
    assert len(terms) < 30, "one screen"


DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
ROOMS = "checks claims crawler evidence fixtures govah reports scoring tests web".split()


def test_the_index_of_decisions_counts_every_page() -> None:
    index = (ROOT / "docs" / "decisions.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| \[(.+?)\]\(decisions/(.+?)\) \| .+ \| (\d+) \|$", index, re.MULTILINE)
    there = []
    for page in DECISIONS:
        text = page.read_text(encoding="utf-8")
        title = text.partition("\n")[0].removeprefix("# ")
        there.append((title, page.name, str(len(re.findall("^## ", text, re.MULTILINE)))))
    assert sorted(listed) == sorted(there)


@pytest.mark.parametrize("page", DECISIONS, ids=lambda path: path.stem)
def test_each_decision_has_context_decision_and_consequence(page: Path) -> None:
    decisions = re.split(r"^## ", page.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    assert decisions
    parts = {
        one.partition("\n")[0]: re.findall(r"^\*\*(\w+)\.\*\* \S", one, re.MULTILINE) for one in decisions
    }
    assert len(parts) == len(decisions), "two decisions have one heading"
    assert [head for head, found in parts.items() if found != ["Context", "Decision", "Consequence"]] == []


@pytest.mark.parametrize("page", DECISIONS, ids=lambda path: path.stem)
def test_decisions_name_modules_that_are_there(page: Path) -> None:
    """Paths as they are; dotted names as modules, or as what a module has."""
    text = page.read_text(encoding="utf-8")
    rooms = "|".join(ROOMS)
    missing = [path for path in re.findall(rf"`((?:{rooms})/[\w./]+)`", text) if not (ROOT / path).exists()]
    for name in re.findall(rf"`((?:{rooms})(?:\.\w+)+)`", text):
        module = ROOT / name.replace(".", "/")
        holder = module.parent.with_suffix(".py")
        if not (module.is_dir() or module.with_suffix(".py").is_file()) and not (
            holder.is_file() and module.name in holder.read_text(encoding="utf-8")
        ):
            missing.append(name)
    assert missing == []
