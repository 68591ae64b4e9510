"""Documents that declarations name: hashed inside the round's folder, and never anything else."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from claims.documents import MOST_BYTES, DocumentProblem, HashedDocument, hashed
from claims.read import LoadedRound, load_round
from reports.catalogue import TextCatalogue

REPORT = b"%PDF-1.4 penetration test, findings closed"
TOLD = HashedDocument(hashlib.sha256(REPORT).hexdigest(), len(REPORT))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "round"
    (made / "docs").mkdir(parents=True)
    (made / "report.pdf").write_bytes(REPORT)
    (made / "docs" / "گزارش آزمون.pdf").write_bytes(REPORT)
    (made / "bare").write_bytes(REPORT)
    (made / "empty.pdf").write_bytes(b"")
    (tmp_path / "outside.pdf").write_bytes(b"secret")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "a.pdf").write_bytes(b"secret")
    (made / "link.pdf").symlink_to(made / "report.pdf")
    (made / "out.pdf").symlink_to(tmp_path / "outside.pdf")
    (made / "away").symlink_to(tmp_path / "elsewhere")
    (made / "folder.pdf").mkdir()
    os.mkfifo(made / "pipe.pdf")
    with (made / "large.pdf").open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    return made


GOOD: dict[str, HashedDocument | None] = {
    "report.pdf": TOLD,
    "./report.pdf": TOLD,
    "docs/گزارش آزمون.pdf": TOLD,
    "bare": TOLD,
    "empty.pdf": HashedDocument(hashlib.sha256(b"").hexdigest(), 0),
    # named in words
    "نامهٔ آزمون بازیابی": None,
    "نامهٔ ۱۴۰۳/۱۲۳": None,
    "/etc/passwd": None,
    "https://portal.test/report.pdf": None,
    "شماره 12.4": None,
}
BAD = {
    "missing.pdf": "no_document",
    "folder.pdf": "no_document",
    "pipe.pdf": "no_document",
    "report.pdf/x.pdf": "no_document",
    "../outside.pdf": "document_outside",
    "docs/../../outside.pdf": "document_outside",
    "/etc/hosts.txt": "document_outside",
    "..\\outside.pdf": "document_outside",
    "nul\0.pdf": "document_outside",
    "link.pdf": "document_link",
    "out.pdf": "document_link",
    "away/a.pdf": "document_link",
    "large.pdf": "document_too_large",
    "x/" * 20 + "a.pdf": "no_document",
    "n" * 300 + ".pdf": "no_document",
}


@pytest.mark.parametrize("name", GOOD)
def test_documents_that_are_read_or_named_in_words(folder: Path, name: str) -> None:
    assert hashed(folder, name) == GOOD[name]


@pytest.mark.parametrize("name", BAD, ids=lambda name: ascii(name)[:40])
def test_documents_that_are_not_read(folder: Path, name: str) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    with pytest.raises(DocumentProblem, match=f"^{BAD[name]}$"):
        hashed(folder, name)
    assert len(list(Path("/proc/self/fd").iterdir())) <= before, (
        "others may close what they left, none stays open"
    )


@pytest.mark.parametrize("name", ["missing.pdf", "../outside.pdf", "link.pdf", "large.pdf"])
def test_a_document_that_cannot_be_had_is_a_warning_in_both_languages(folder: Path, name: str) -> None:
    read = declared(folder, name)
    assert read.round.declarations[0].sha256 is None
    (problem,) = read.warnings
    assert (problem.file, problem.row, problem.column) == ("declarations.csv", 2, "document")
    for language in ("fa", "en"):
        assert TextCatalogue(language).text(f"problem.{problem.code}", **problem.params)


def test_a_document_of_the_round_is_known_by_its_hash(folder: Path) -> None:
    read = declared(folder, "report.pdf")
    (declaration,) = read.round.declarations
    assert (declaration.sha256, declaration.size) == (TOLD.sha256, TOLD.size)
    assert read.warnings == ()


def declared(folder: Path, name: str) -> LoadedRound:
    (folder / "round.toml").write_text('[round]\nid = "r"\n', encoding="utf-8")
    (folder / "agencies.csv").write_text(
        "agency,name,kind,portal\na,سازمان,main,http://a.test/\n", encoding="utf-8"
    )
    (folder / "services.csv").write_text(
        "agency,service,title,electronic\na,s,صدور مجوز,yes\n", encoding="utf-8"
    )
    (folder / "declarations.csv").write_text(
        f"agency,indicator,value,document,document_date\na,S09,1,{name},2025-06-01\n", encoding="utf-8"
    )
    return load_round(folder)
