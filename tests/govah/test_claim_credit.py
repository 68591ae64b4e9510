"""Claims alone, over two rounds: audited in the first, sealed with its judgement, credited in the second, and told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evidence.signing.keys import Signer, load_or_create
from tests.depth import some
from tests.govah.sealed import sealed_round
from tests.govah.test_cli import govah

pytestmark = pytest.mark.processes

VERDICTS = "subject,verdict,auditor,date,design\n" + "".join(
    f"a{n}/S05,{'contradicted' if n == 3 else 'verified'},x,1404/09/12,random\n" for n in range(12)
)


@pytest.fixture
def key(tmp_path: Path) -> Signer:
    return load_or_create(tmp_path / "home" / "govah" / "signer.key")


def a_round(folder: Path, key: Signer, more: str = "", verdicts: str = "") -> Path:
    """Twelve agencies that say they have smart services; one page was seen."""
    sealed_round(folder, key, 1)
    (folder / "round.toml").write_text(f'[round]\nid = "{folder.name}"\n{more}', encoding="utf-8")
    ids = ["a", *(f"a{n}" for n in range(12))]
    files = {
        "agencies": "agency,name,kind,portal\n" + "".join(f"{i},{i},main,http://{i}.test/\n" for i in ids),
        "services": "agency,service,title,electronic\n",
        "declarations": "agency,indicator,value\n" + "".join(f"{i},S05,0.8\n" for i in ids),
    } | ({"verdicts": verdicts} if verdicts else {})
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("summary", some([False, True], 2))
def test_a_later_round_credits_what_auditors_confirmed(tmp_path: Path, key: Signer, summary: bool) -> None:
    home = tmp_path / "home"
    old = a_round(tmp_path / "old", key, verdicts=VERDICTS)
    govah("check", old, "--jobs", 1, home=home)
    sealed = json.loads((old / "results" / "findings.manifest.json").read_bytes())
    assert sealed["judged"]["audits"]["S05"] == {
        "audited": 12,
        "share": 0.916666667,
        "worth": 12,
        "refuted": ["a3"],
    }
    previous = "../old"
    if summary:
        govah("export", old, "summary", "--output", tmp_path / "old.summary", home=home)
        previous = "../old.summary"
    new = a_round(tmp_path / "new", key, f'previous = "{previous}"\n')
    govah("check", new, "--jobs", 1, home=home)
    told = json.loads(govah("explain", new, "a1/S05", "--json", home=home).stdout)["node"]
    assert told["verified"] == pytest.approx(0.8 * 0.5) and told["children"][0]["credit"]["round"] == "r"
    refuted = json.loads(govah("explain", new, "a3/S05", "--json", home=home).stdout)["node"]
    assert refuted["verified"] == 0.0
    results = json.loads(govah("score", new, "--json", home=home).stdout)
    by_id = {a["id"]: {i["id"]: i for i in a["indicators"]} for a in results["agencies"]}
    (credit,) = by_id["a1"]["S05"]["claim_credits"]
    assert (credit["audited"], credit["factor"], by_id["a1"]["S05"]["verified"]) == (12, 0.5, 0.4)
    assert "and at most half" in govah("explain", new, "a1/S05", home=home).stdout
    assert "found this answer untrue" in govah("explain", new, "a3/S05", home=home).stdout
    assert "حداکثر نیم" in govah("explain", new, "a1/S05", home=home, lang="fa").stdout
    govah("report", new, home=home)
    page = (new / "results" / "report" / "en" / "a1.html").read_text(encoding="utf-8")
    assert "and at most half" in page and "&lt;bdi" not in page


def test_nothing_is_credited_on_a_seal_that_cannot_be_used(tmp_path: Path, key: Signer) -> None:
    home = tmp_path / "home"
    old = a_round(tmp_path / "old", key, verdicts=VERDICTS)
    govah("check", old, "--jobs", 1, home=home)
    new = a_round(tmp_path / "new", key, 'previous = "../old"\n')
    govah("check", new, "--jobs", 1, home=home)
    manifest = old / "results" / "findings.manifest.json"
    manifest.write_bytes(manifest.read_bytes().replace(b'"refuted":["a3"]', b'"refuted":["a1"]'))
    for agency in ("a1", "a3"):
        told = json.loads(govah("explain", new, f"{agency}/S05", "--json", home=home).stdout)["node"]
        assert told["verified"] == 0.0 and "credit" not in told["children"][0]
