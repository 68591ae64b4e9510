"""The database for use elsewhere: the tables of results.db with the text of pages, and nothing that may not leave."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from checks.finding import Finding, Subject
from claims.model import Round
from evidence.canonical import canonical
from evidence.store import EvidenceStore
from govah import stages
from govah.replies import replies_of
from reports.export.export_context import ExportContext
from reports.export.export_format import ExportSources
from reports.export.formats import sqlite
from reports.results_db import schema
from reports.results_db.current import sources_of
from reports.results_db.findings_file import FindingsFile
from reports.visible import visible
from tests.reports.desk.rounds import id_of
from tests.reports.results_db.conftest import database_round

_MOBILE, _MAIL = "09121234567", "ali.rezaei@mail.test"
_ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def round(tmp_path_factory: pytest.TempPathFactory) -> Round:
    """One finding quotes a person's number in a text, as a number, and in an address."""
    made = database_round(tmp_path_factory.mktemp("sqlite"))
    told = Finding(
        "a2",
        Subject("link", f"http://a2.test/?to={_MAIL}", f"http://a2.test/?to={_MAIL}"),
        "links.target",
        1,
        "contradicted",
        "not_found",
        {"text": f"تلفن همراه: {_MOBILE}", "mobile": int(_MOBILE), "excerpt": f"{_MAIL}\u202e"},
    )
    path = made.results / "findings.jsonl"
    path.write_text(path.read_text(encoding="utf-8") + canonical(told.to_json()) + "\n", encoding="utf-8")
    return made.round


def exported(
    round: Round, path: Path, agencies: tuple[str, ...] = ("a1", "a2"), seal: str = "sealed"
) -> Path:
    with EvidenceStore.open(round.folder / "evidence") as store:
        results = round.folder / "results"
        findings = FindingsFile(results / "findings.jsonl", {})
        told = tuple(agency for agency in round.agencies if agency.id in agencies)
        context = ExportContext(round, told, findings, stages.as_of(round, store), "1", seal)  # type: ignore[arg-type]
        sources = ExportSources(
            context, tuple, lambda: sources_of(round, store, replies_of(round), results, findings)
        )
        written = sqlite.write(path, sources)
        assert written.counts.keys() == schema.tables().keys()
    return path


@pytest.fixture(scope="module")
def database(round: Round, tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    path = exported(round, tmp_path_factory.mktemp("exported") / "round.sqlite")
    with closing(sqlite3.connect(path)) as connection:
        yield connection


def _texts(database: sqlite3.Connection) -> Iterator[str]:
    for table in schema.tables():
        for row in database.execute(f"SELECT * FROM {table}"):
            yield from (value for value in row if isinstance(value, str))


def test_pages_have_their_visible_text(database: sqlite3.Connection) -> None:
    rows = dict(database.execute("SELECT id, text FROM captures").fetchall())
    assert rows.keys() == {"c0", "c1", "c3"}
    assert "صدور پروانهٔ کسب و کار" in rows["c1"].split("\n")[0] and "alert" not in rows["c1"]
    assert rows["c3"] == "گچ"  # windows-1256, as its header says


def test_no_personal_data_is_in_it(database: sqlite3.Connection) -> None:
    every = "\n".join(_texts(database))
    assert _MOBILE not in every and _MOBILE.lstrip("0") not in every and _MAIL not in every
    row = database.execute(
        "SELECT url, value FROM findings JOIN observed ON finding = number WHERE agency = 'a2'"
    )
    url, value = next((url, json.loads(value)) for url, value in row if "redacted" in url)
    assert re.search(r"\[redacted:email:\d+\]", url).group() == value["excerpt"][: -len("⟦U+202E⟧")]  # type: ignore[union-attr]
    assert re.search(r"\[redacted:mobile:\d+\]", value["text"]) and "redacted" in str(value["mobile"])


def test_nothing_hides_in_it(database: sqlite3.Connection) -> None:
    assert [text for text in _texts(database) if visible(text) != text] == []


def test_ids_and_pointers_are_whole(database: sqlite3.Connection) -> None:
    assert database.execute("PRAGMA foreign_key_check").fetchall() == []
    assert database.execute("SELECT count(*) FROM findings WHERE id = ?", (id_of("s1"),)).fetchone() == (1,)


def test_one_agency_stands_alone(round: Round, tmp_path: Path) -> None:
    with closing(sqlite3.connect(exported(round, tmp_path / "one", ("a1",)))) as one:
        for table, column in (("agencies", "id"), ("findings", "agency"), ("services", "agency")):
            assert one.execute(f"SELECT DISTINCT {column} FROM {table}").fetchall() == [("a1",)]


def test_findings_without_a_seal_are_marked(round: Round, tmp_path: Path) -> None:
    with closing(sqlite3.connect(exported(round, tmp_path / "a"))) as sealed:
        assert sealed.execute("SELECT count(*) FROM meta WHERE name = 'unsealed'").fetchone() == (0,)
    with closing(sqlite3.connect(exported(round, tmp_path / "b", seal="changed"))) as changed:
        ((mark,),) = changed.execute("SELECT value FROM meta WHERE name = 'unsealed'").fetchall()
    assert mark


def test_the_same_round_gives_the_same_bytes(round: Round, tmp_path: Path) -> None:
    assert exported(round, tmp_path / "a").read_bytes() == exported(round, tmp_path / "b").read_bytes()


def questions() -> list[tuple[str, list[str]]]:
    """(SQL, lines of the answer's table) of docs/datasette.md."""
    page = (_ROOT / "docs" / "datasette.md").read_text(encoding="utf-8")
    return [
        (sql, table.strip().split("\n"))
        for sql, table in re.findall(r"```sql\n(.*?)```\n\n((?:\|[^\n]*\n)+)", page, re.DOTALL)
    ]


def test_each_documented_question_can_be_asked(database: sqlite3.Connection) -> None:
    assert len(questions()) == 5
    for sql, table in questions():
        found = database.execute(sql)
        assert [name for name, *_ in found.description] == [
            cell.strip() for cell in table[0].split("|")[1:-1]
        ]
