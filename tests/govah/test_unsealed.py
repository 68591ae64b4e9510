"""Findings that are not as the auditor sealed them: refused by all that shows them or builds on them, or marked everywhere."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import load_workbook

from evidence.pack.format import VERIFIER
from evidence.regular_files import digest
from evidence.signing import findings_seal
from evidence.signing.findings_seal_state import seal_state
from evidence.signing.keys import Signer
from tests.evidence.resealing import seal_again
from tests.govah import stored
from tests.govah.test_cli import govah
from tests.keys import made_key

pytestmark = pytest.mark.processes

Attack = Callable[[Path], object]

READERS = (
    ("score",),
    ("report", "--agency", "mahi"),
    ("export", "sarif"),
    ("export", "summary"),
    ("worklist",),
    ("worklist", "--csv"),
    ("explain", "mahi"),
    ("serve", "--port", "0"),
    ("trend",),
)


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The stored round, judged and scored by the key that lies beside it."""
    folder = stored.judged(tmp_path_factory.mktemp("unsealed"))
    stored.key(folder.parent / "signer.key")
    govah("score", folder, "--quiet", home=folder.parent)
    return folder


@pytest.fixture
def folder(origin: Path, tmp_path: Path) -> Path:
    return shutil.copytree(origin, tmp_path / "round")


def edit(folder: Path) -> None:
    path = folder / "results" / findings_seal.FINDINGS
    path.write_bytes(path.read_bytes().replace(b'"verdict":"contradicted"', b'"verdict":"verified"'))


def sealed_by_another(folder: Path) -> None:
    """As an auditor does whose key is not the evidence's."""
    edit(folder)
    findings_seal.seal_findings(folder / "results", folder / "evidence", Signer.generate())


def other_signer(folder: Path) -> None:
    """Findings and the key beside the evidence are of one hand, the evidence is not."""
    signer = Signer.generate()
    (folder / "evidence" / "signer.pem").write_bytes(signer.public_pem)
    edit(folder)
    findings_seal.seal_findings(folder / "results", folder / "evidence", signer)


def other_evidence(folder: Path) -> None:
    """A seal of another round by the same key: here of the same evidence, as it was sealed under another name."""
    twin = shutil.copytree(folder, folder.with_name("twin"))
    manifest = json.loads((twin / "evidence" / "manifest.json").read_bytes())
    (twin / "evidence" / "manifest.json").write_text(json.dumps({**manifest, "round": "other"}))
    seal_again(twin / "evidence", stored.SIGNER)
    findings_seal.seal_findings(twin / "results", twin / "evidence", stored.SIGNER)
    shutil.rmtree(folder / "results")
    shutil.copytree(twin / "results", folder / "results")


def without_seal(folder: Path) -> None:
    for name in (findings_seal.MANIFEST, findings_seal.SIGNATURE, findings_seal.LEAVES):
        (folder / "results" / name).unlink()


def edited_seal(folder: Path) -> None:
    """The hash in the seal is that of the edited findings; nobody signed it."""
    edit(folder)
    seal = folder / "results" / findings_seal.MANIFEST
    manifest = json.loads(seal.read_bytes())
    manifest["findings"]["sha256"] = digest(folder / "results" / findings_seal.FINDINGS)
    seal.write_text(json.dumps(manifest))


ATTACKS: dict[str, Attack] = {
    "changed": edit,
    "unsealed": without_seal,
    "foreign": sealed_by_another,
    "foreign_evidence": other_signer,
    "other_evidence": other_evidence,
    "changed_seal": edited_seal,
}


@pytest.mark.parametrize("state", ATTACKS)
def test_what_is_not_as_sealed_is_not_scored(folder: Path, tmp_path: Path, state: str) -> None:
    before = (folder / "results" / "results.json").read_bytes()
    ATTACKS[state](folder)
    (folder / "results" / "results.json").write_bytes(before)
    done = govah("score", folder, "--json", home=tmp_path, status=4)
    assert json.loads(done.stdout)["error"]["code"] == f"unsealed.{state}"
    assert "--unsealed" in done.stderr and "govah" in done.stderr
    assert (folder / "results" / "results.json").read_bytes() == before
    persian = govah("score", folder, home=tmp_path, status=4, lang="fa").stderr
    assert "یافته‌های" in persian or "شواهد" in persian
    results = json.loads(govah("score", folder, "--json", "--unsealed", home=tmp_path).stdout)
    assert results["round"]["findings"] == {"seal": state}
    assert results["round"]["judged"] is None


@pytest.mark.parametrize("words", READERS, ids=" ".join)
def test_every_command_that_reads_findings_refuses_edited_ones(
    folder: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    edit(folder)
    before = state_of(folder)
    command, *options = words
    done = govah(command, folder, *options, home=tmp_path, status=4)
    assert done.stdout == "" and "govah" in done.stderr
    assert state_of(folder) == before


@pytest.mark.parametrize("which", [0, 1])
def test_edited_findings_are_not_compared(origin: Path, folder: Path, tmp_path: Path, which: int) -> None:
    edit(folder)
    rounds = (folder, origin) if which == 0 else (origin, folder)
    govah("diff", *rounds, home=tmp_path, status=4)
    assert "seal" in govah("diff", *rounds, "--unsealed", home=tmp_path).stderr


def test_a_check_of_one_agency_does_not_sign_what_was_done_to_the_others(
    folder: Path, tmp_path: Path
) -> None:
    key = stored.key(tmp_path / "signer.key")
    edit(folder)
    before = state_of(folder)
    done = govah("check", folder, "--agency", "mahi", "--key", key, "--json", home=tmp_path, status=4)
    assert json.loads(done.stdout)["error"]["code"] == "unsealed.changed"
    assert state_of(folder) == before
    for only in ((), ("--agency", "mahi")):  # judging all again mends it
        govah("check", folder, *only, "--key", key, "--jobs", "1", "--quiet", home=tmp_path)
        govah("score", folder, "--quiet", home=tmp_path)


def test_nothing_goes_on_the_record_of_replies_that_rests_on_edited_findings(
    folder: Path, tmp_path: Path
) -> None:
    key = stored.key(tmp_path / "signer.key")
    service = next(
        line["subject"]["id"]
        for line in map(json.loads, stored.FINDINGS.read_text(encoding="utf-8").splitlines())
        if line["agency"] == "mahi" and line["check"] == "services.entry"
    )
    (folder / "replies.csv").write_text(
        f"reply,agency,subject,date,by,stance,text,contact\nr1,mahi,{service},2026-01-02,x,disputes,x,\n",
        encoding="utf-8",
    )
    settings = folder / "round.toml"
    settings.write_text(settings.read_text(encoding="utf-8") + "\n[replies]\ndays = 60\nsince = 2026-01-01\n")
    edit(folder)
    done = govah("replies", folder, "--key", key, home=tmp_path, status=4)
    assert "--unsealed" not in done.stderr and not (folder / "replies.jsonl").exists()


def test_every_page_and_every_file_that_is_made_all_the_same_is_marked(folder: Path, tmp_path: Path) -> None:
    edit(folder)
    results = folder / "results"
    govah("report", folder, "--unsealed", "--quiet", home=tmp_path)
    govah("worklist", folder, "--size", 4, "--pages", "--unsealed", "--quiet", home=tmp_path)
    pages = [
        *set((results / "report").rglob("*.html")) - {results / "report" / VERIFIER},
        *(results / "worklist").rglob("*.html"),
    ]
    assert len(pages) > 20
    for page in pages:
        text = page.read_text(encoding="utf-8")
        persian = 'lang="fa"' in text[:300]
        mark, short = ("بدون مهر: از", "بدون مهر") if persian else ("UNSEALED: made from", "UNSEALED")
        assert mark in text and f"<title>{short}" in text, page
        top = re.search(r'@top-(?:left|right) \{ content: "([^"]*)"; [^}]*\} @bottom', text)
        assert top is not None and chr_of(top[1]).startswith(short), "on each printed page"
    for format in ("earl", "xlsx", "csv"):
        govah("export", folder, format, "--unsealed", "--quiet", home=tmp_path)
    for name in ("results.json", "findings.sarif", "junit.xml", "earl.jsonld"):
        assert re.search(r'"seal": "changed"|بدون مهر|UNSEALED', (results / name).read_text(encoding="utf-8"))
    sarif = json.loads((results / "findings.sarif").read_text(encoding="utf-8"))["runs"][0]
    assert all("بدون مهر" in one["message"]["text"] for one in sarif["results"])
    assert 'type="unsealed"' in (results / "junit.xml").read_text(encoding="utf-8")
    with zipfile.ZipFile(results / "tables.zip") as archive:
        for name in archive.namelist():
            rows = list(csv.reader(io.StringIO(archive.read(name).decode("utf-8-sig"))))
            assert all("بدون مهر" in row[-1] for row in rows[1:]), name
    brought = list(csv.reader(io.StringIO((results / "rankings.csv").read_text(encoding="utf-8-sig"))))
    assert len(brought) > 1 and all("بدون مهر" in row[-1] for row in brought[1:])
    for sheet in load_workbook(results / "results.xlsx"):
        assert all("بدون مهر" in str(row[-1]) for row in sheet.iter_rows(min_row=2, values_only=True)), sheet
    listed = govah("worklist", folder, "--csv", "--unsealed", home=tmp_path).stdout
    assert all("UNSEALED" in row[-1] for row in list(csv.reader(io.StringIO(listed)))[1:])
    for format in ("summary", "wacz"):
        govah("export", folder, format, "--unsealed", home=tmp_path, status=2)


def chr_of(escaped: str) -> str:
    """What a string of CSS says."""
    return re.sub(r"\\([0-9a-f]+) ", lambda found: chr(int(found[1], 16)), escaped)


def test_what_is_sealed_carries_no_mark(folder: Path, tmp_path: Path) -> None:
    for more in ((), ("--unsealed",)):
        govah("report", folder, "--agency", "mahi", "--quiet", *more, home=tmp_path)
        for path in [*(folder / "results").rglob("*.html"), *(folder / "results").glob("*.*")]:
            text = path.read_text(encoding="utf-8", errors="replace")
            assert "UNSEALED" not in text and "بدون مهر" not in text, path


def test_findings_of_a_key_that_is_not_the_evidences_are_sealed_and_not_shown(
    folder: Path, tmp_path: Path
) -> None:
    """Whoever judges with a key of their own gets findings, and no report as if they were the auditor's."""
    shutil.rmtree(folder / "results")
    key = made_key(tmp_path / "other.key")
    told = govah("check", folder, "--key", key, "--jobs", "1", home=tmp_path)
    assert "--unsealed" in told.stderr and "key" in told.stderr
    said = govah("report", folder, "--json", home=tmp_path, status=4).stdout
    assert json.loads(said)["error"]["code"] == "unsealed.foreign"


COMMANDS = ("run", "crawl", "plan", "check", "replies", "serve", "decide", "retest", "pack", "doctor")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_key_that_was_mistyped_is_not_made(folder: Path, tmp_path: Path, command: str) -> None:
    more = {
        "decide": ["r1", "answered", "--by", "x", "--text", "x"],
        "retest": ["mahi-01", "--by", "x"],
        "pack": ["f1"],
    }
    before = state_of(folder)
    key = tmp_path / "TYPO"
    words = [command, *([] if command == "doctor" else [folder]), *more.get(command, []), "--key", key]
    done = govah(*words, "--json", home=tmp_path, status=2)
    error = json.loads(done.stdout)["error"]
    assert error["code"] == "cli.no_key" and error["params"] == {"path": str(key)}
    assert f"govah init DIR --key {key}" in error["text"]
    assert not key.exists() and state_of(folder) == before


@pytest.mark.parametrize("command", ["run", "crawl", "plan", "check"])
def test_nothing_is_signed_where_no_key_was_made(folder: Path, tmp_path: Path, command: str) -> None:
    if command != "check":
        shutil.rmtree(folder / "evidence")
    error = json.loads(govah(command, folder, "--json", home=tmp_path, status=2).stdout)["error"]
    assert error["code"] == "cli.no_key"
    assert not (tmp_path / "govah").exists()


def test_init_makes_the_key_that_is_named_and_keeps_the_one_there_is(tmp_path: Path) -> None:
    key = tmp_path / "keys" / "signer.key"
    first = json.loads(govah("init", tmp_path / "a", "--key", key, "--json", home=tmp_path).stdout)
    made = key.read_bytes()
    second = json.loads(govah("init", tmp_path / "b", "--key", key, "--json", home=tmp_path).stdout)
    assert key.read_bytes() == made and first["fingerprint"] == second["fingerprint"]


def state_of(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_everything_signed_anew_by_one_key_is_known_by_its_fingerprint_alone(
    folder: Path, tmp_path: Path
) -> None:
    """Key swap and replay together: nothing in the folder tells it, so the documents say what does."""
    published = stored.SIGNER.fingerprint
    stranger = Signer.generate()
    edit(folder)
    seal_again(folder / "evidence", stranger)
    findings_seal.seal_findings(folder / "results", folder / "evidence", stranger)
    sha256 = digest(folder / "results" / findings_seal.FINDINGS) or ""
    assert seal_state(folder / "results", folder / "evidence", sha256).state == "sealed"
    govah("verify", folder, home=tmp_path)
    done = govah("verify", folder, "--fingerprint", published, "--json", home=tmp_path, status=4)
    assert "signer.pem" in {fault["file"] for fault in json.loads(done.stdout)["faults"]}
