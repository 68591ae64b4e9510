"""Packed records are what the tuple of them is, and smaller."""

from __future__ import annotations

import datetime as dt
import pickle
import random
from dataclasses import replace
from pathlib import Path

from claims.model import Agency, Dataset, Declaration, Period, Round, Service, Settings
from claims.packed import PackedRecords, packed
from claims.read import load_round
from tests.claims.test_read import write

MONTHLY = Period("ماهانه", 31)
SERVICES = tuple(
    Service(f"a{n // 3}", f"s{n}", f"صدور \ud800 {n}", n % 2 > 0, None, "none", phases=("request",), window=(f"w{n}",))
    for n in range(1_000)
)  # fmt: skip
DATASETS = tuple(
    Dataset(f"a{n // 3}", f"d{n}", "آمار", "u", None, MONTHLY if n % 2 else None, dt.date(2025, 1, 1 + n % 9))
    for n in range(1_000)
)
ANSWERS = tuple(Declaration(f"a{n // 3}", "S03", n / 1_000, size=n) for n in range(1_000))
AGENCIES = tuple(Agency(f"a{n}", "ن", "main", "p") for n in range(400))


def _round(**claims: object) -> Round:
    return Round(Path(), Settings("1"), AGENCIES, **claims)  # type: ignore[arg-type]


def test_packed_records_are_a_sequence_like_their_tuple() -> None:
    rows = packed(iter(SERVICES), few=10)
    assert isinstance(rows, PackedRecords)
    assert (tuple(rows), len(rows)) == (SERVICES, 1_000)
    assert (rows[0], rows[255], rows[256], rows[-1]) == (
        SERVICES[0],
        SERVICES[255],
        SERVICES[256],
        SERVICES[-1],
    )
    assert tuple(rows[250:260]) == SERVICES[250:260]
    assert SERVICES[700] in rows and replace(SERVICES[0], id="x") not in rows
    assert tuple(pickle.loads(pickle.dumps(rows))) == SERVICES


def test_a_round_of_packed_claims_answers_like_one_of_tuples() -> None:
    plain = _round(services=SERVICES, datasets=DATASETS, declarations=ANSWERS)
    small = _round(
        services=packed(SERVICES, few=10), datasets=packed(DATASETS, few=10), declarations=packed(ANSWERS, few=10)
    )  # fmt: skip
    for agency in (one.id for one in AGENCIES):  # the last ones have none
        assert small.services_of(agency) == plain.services_of(agency)
        assert small.datasets_of(agency) == plain.datasets_of(agency)
        assert small.declarations_of(agency) == plain.declarations_of(agency)
    assert len(pickle.dumps(small)) < len(pickle.dumps(plain)) / 2


def test_few_records_and_scattered_ones_stay_a_tuple() -> None:
    scattered = random.Random(1404).sample(ANSWERS * 20, 20_000)  # of an agency are sixty, all over the sheet
    assert packed(ANSWERS) == ANSWERS
    assert packed(iter(scattered), few=10) == tuple(scattered)


def test_a_sheet_of_a_country_is_packed(tmp_path: Path) -> None:
    """Each once, as the records of a small round are."""
    rows = "".join(f"a1,s{n},t,yes\n" for n in range(20_001))
    write(
        tmp_path,
        services_csv="agency,service,title,electronic\n" + rows,
        window_csv="service,url\ns20000,https://w.test/\n",
    )
    services = load_round(tmp_path).round.services
    assert isinstance(services, PackedRecords)
    assert (services[0], services[20_000]) == (
        Service("a1", "s0", "t", True),
        Service("a1", "s20000", "t", True, window=("https://w.test/",)),
    )
