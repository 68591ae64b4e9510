"""A document that a declaration names, from the round's folder to the seal, to explain and to the report."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests import command_server
from tests.govah.stored import key, unpack

pytestmark = pytest.mark.processes

REPORT = b"%PDF-1.7 restore test of 1404"
ROWS = (
    "agency,indicator,value,document,document_date\n"
    "mahi,S08,1,docs/restore.pdf,2024-06-01\n"
    "mahi,S09,0.5,<b>missing</b>.pdf,2025-06-01\n"
)


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = unpack(tmp_path_factory.mktemp("attested"))
    (folder / "docs").mkdir()
    (folder / "docs" / "restore.pdf").write_bytes(REPORT)
    (folder / "declarations.csv").write_text(ROWS, encoding="utf-8")
    said = govah(folder, "check", str(folder), "--jobs", "1")
    assert "declarations.csv" in said.stderr and "<b>missing</b>.pdf" in said.stderr
    govah(folder, "score", str(folder))
    return folder


def govah(folder: Path, *arguments: str, zone: str = "UTC") -> subprocess.CompletedProcess[str]:
    key(folder.parent / "xdg" / "govah" / "signer.key")
    surroundings = {**os.environ, "XDG_DATA_HOME": str(folder.parent / "xdg"), "TZ": zone, "COLUMNS": "400"}
    told = command_server.govah(*arguments, env=surroundings)
    assert told.returncode == 0, told.stderr
    return told


def explained(folder: Path, indicator: str) -> dict[str, Any]:
    told = json.loads(govah(folder, "explain", str(folder), f"mahi/{indicator}", "--json").stdout)
    attestation: dict[str, Any] = told["node"]["children"][0]["attestation"]
    return attestation


def test_the_hash_is_sealed_with_the_claims_and_told(judged: Path) -> None:
    digest = hashlib.sha256(REPORT).hexdigest()
    lines = (judged / "results" / "findings.claims.jsonl").read_text(encoding="utf-8").splitlines()
    claims = {row["id"]: row["claim"] for row in map(json.loads, lines) if row["subject"] == "declaration"}
    assert claims["mahi:S08"]["sha256"] == digest and claims["mahi:S09"]["sha256"] is None
    told = explained(judged, "S08")
    assert (told["sha256"], told["size"], told["date"], told["until"]) == (
        digest,
        len(REPORT),
        "2024-06-01",
        "2027-06-02",
    )
    results = json.loads((judged / "results" / "results.json").read_bytes())
    (mahi,) = [agency for agency in results["agencies"] if agency["id"] == "mahi"]
    rows = {row["id"]: row for row in mahi["indicators"] if "attestations" in row}
    assert rows["S08"]["attestations"][0]["sha256"] == digest
    assert rows["S08"]["verified"] == rows["S09"]["verified"] == 0.0
    assert 0.25 < rows["S08"]["possible"] < 1.0 and rows["S09"]["possible"] == 0.5


@pytest.mark.thorough
def test_the_report_shows_it_alike_in_every_time_zone(judged: Path) -> None:
    pages = []
    for zone in ("UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"):
        govah(judged, "report", str(judged), zone=zone)
        pages.append((judged / "results" / "report" / "mahi.html").read_text(encoding="utf-8"))
    assert pages[0] == pages[1] == pages[2]
    assert hashlib.sha256(REPORT).hexdigest() in pages[0]
    assert "<bdi>docs/restore.pdf</bdi>" in pages[0] and "&lt;b&gt;missing&lt;/b&gt;.pdf" in pages[0]
    assert "<b>missing" not in pages[0]
