"""Packed claims are the mapping that their lines say, and differ where a dictionary of them would."""

from __future__ import annotations

import random

import pytest

from claims import packed
from evidence.canonical import canonical
from reports.claim_lines import ClaimLines


def _rows(count: int) -> list[tuple[str, str, dict[str, object]]]:
    kinds = ("agency", "service", "dataset")
    return [(kinds[n % 3], f"x{n // 3}", {"title": f"عنوان\u2028{n}", "fee": None}) for n in range(count)]


def _lines(rows: list[tuple[str, str, dict[str, object]]]) -> list[str]:
    told = ({"agency": "a", "subject": kind, "id": id, "claim": claim} for kind, id, claim in rows)
    return sorted(canonical(one) + "\n" for one in told)


def test_claims_are_found_by_subject_and_id() -> None:
    rows = _rows(100)
    answers = canonical({"agency": "a", "subject": "answers", "id": "a", "claim": {}}) + "\n"
    claims = ClaimLines([*_lines(rows), answers])
    assert dict(claims) == {(kind, id): claim for kind, id, claim in rows}
    assert len(claims) == 100 and ("service", "y") not in claims and ("answers", "a") not in claims
    assert not ClaimLines([])


@pytest.mark.parametrize("alike", [False, True])
def test_they_differ_where_their_dictionaries_do(monkeypatch: pytest.MonkeyPatch, alike: bool) -> None:
    """Also when digests of keys are alike, and when lines are in no order."""
    monkeypatch.setattr(packed, "_digest", (lambda _: 7) if alike else packed._digest)
    chance = random.Random(1404)
    old = _rows(48)
    new = [
        (kind, id, dict(claim, fee=chance.random() < 0.1)) for kind, id, claim in old if chance.random() < 0.9
    ]
    new = [(k, i, c if c["fee"] else dict(c, fee=None)) for k, i, c in new] + _rows(60)[48:]
    then, now = ({(kind, id): claim for kind, id, claim in rows} for rows in (old, new))
    expected = {key for key in then.keys() | now.keys() if then.get(key) != now.get(key)}
    lines = _lines(new)
    assert 10 < len(expected) < 40
    assert ClaimLines(_lines(old)).differing(ClaimLines(lines)) == expected
    assert ClaimLines(lines).differing(ClaimLines(chance.sample(_lines(old), len(old)))) == expected
