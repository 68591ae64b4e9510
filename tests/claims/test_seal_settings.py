"""`[seal]` of round.toml: who stamps the evidence with the time, and whom their stamps have to chain to."""

from __future__ import annotations

from pathlib import Path

import certifi
import pytest

from claims.problems import RoundError
from claims.read import load_round

ROUND = '[round]\nid = "1404-1"\n'


def write(folder: Path, seal: str) -> Path:
    (folder / "round.toml").write_text(ROUND + seal, encoding="utf-8")
    (folder / "agencies.csv").write_text("agency,name,kind,portal\na,n,main,http://a.test/\n")
    (folder / "services.csv").write_text("agency,service,title,electronic\n")
    return folder


def problems(folder: Path) -> list[tuple[int | None, str | None, str]]:
    with pytest.raises(RoundError) as caught:
        load_round(folder)
    return [(p.row, p.column, p.code) for p in caught.value.problems]


def test_there_are_none_by_default(tmp_path: Path) -> None:
    seal = load_round(write(tmp_path, "")).round.settings.seal
    assert (seal.authorities, seal.authority_roots) == ((), None)


def test_addresses_are_kept_in_order_and_once_and_the_path_is_absolute(tmp_path: Path) -> None:
    (tmp_path / "tsa.pem").write_bytes(Path(certifi.where()).read_bytes())
    given = '["http://tsa.example/tsr", "HTTPS://TSA.example:443", "http://tsa.example/tsr"]'
    folder = write(tmp_path, f'[seal]\nauthorities = {given}\nauthority_roots = "tsa.pem"\n')
    seal = load_round(folder).round.settings.seal
    assert seal.authorities == ("http://tsa.example/tsr", "https://tsa.example/")
    assert seal.authority_roots == (tmp_path / "tsa.pem").resolve()


@pytest.mark.parametrize(
    ("seal", "expected"),
    [
        ('[seal]\nauthorities = "http://tsa.example/"\n', (4, "seal.authorities", "setting_seal_authorities")),
        ('[seal]\nauthorities = ["ftp://tsa.example/"]\n', (4, "seal.authorities", "setting_seal_authorities")),
        ('[seal]\nauthorities = ["http://u:p@tsa.example/"]\n', (4, "seal.authorities", "credentials")),
        ('[seal]\nauthority_roots = 3\n', (4, "seal.authority_roots", "setting_seal_authority_roots")),
        ('[seal]\nauthority_roots = "none.pem"\n', (4, "seal.authority_roots", "not_a_bundle")),
        ('[seal]\nauthority_roots = "."\n', (4, "seal.authority_roots", "not_a_bundle")),
        ('[seal]\nauthority_roots = "round.toml"\n', (4, "seal.authority_roots", "not_a_bundle")),
        ('[seal]\nauthority_roots = ""\n', (4, "seal.authority_roots", "not_a_bundle")),
        ('[[seal]]\n', (None, "seal", "setting_seal")),
    ],
)  # fmt: skip
def test_one_problem(tmp_path: Path, seal: str, expected: tuple[int | None, str, str]) -> None:
    assert problems(write(tmp_path, seal)) == [expected]


def test_a_bundle_that_breaks_off_is_no_bundle(tmp_path: Path) -> None:
    whole = Path(certifi.where()).read_text(encoding="utf-8")
    (tmp_path / "tsa.pem").write_text(whole[: whole.index("-----END")], encoding="utf-8")
    folder = write(tmp_path, '[seal]\nauthority_roots = "tsa.pem"\n')
    assert problems(folder) == [(4, "seal.authority_roots", "not_a_bundle")]


def test_all_problems_at_once_and_unknown_keys_warned_of(tmp_path: Path) -> None:
    seal = '[seal]\nauthorities = ["tsa"]\nauthority_roots = 1\nauthority = "http://tsa.example/"\n'
    assert set(problems(write(tmp_path, seal))) == {
        (4, "seal.authorities", "setting_seal_authorities"),
        (5, "seal.authority_roots", "setting_seal_authority_roots"),
        (6, "seal.authority", "unknown_setting"),
    }
    [warning] = load_round(write(tmp_path, '[seal]\nauthority = "x"\n')).warnings
    assert (warning.row, warning.column, warning.severity) == (4, "seal.authority", "warning")
