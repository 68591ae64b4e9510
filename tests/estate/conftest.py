"""The audit of the estate and of the blind sets, as they are kept (tests/rounds.py), for the tests of this folder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.rounds import KeptRound, findings_of, judged


@dataclass(frozen=True)
class Audit:
    """A round that was crawled, checked, scored and reported, with the servers' own log. Copy it before you change it."""

    round: Path
    findings: tuple[dict[str, Any], ...]
    results: dict[str, Any]
    requests: tuple[dict[str, Any], ...]
    key: Path
    crawl_output: str

    @classmethod
    def of(cls, kept: KeptRound) -> Audit:
        return cls(
            round=kept.round,
            findings=findings_of(kept.round),
            results=json.loads((kept.round / "results" / "results.json").read_text(encoding="utf-8")),
            requests=tuple(map(json.loads, kept.requests.read_text(encoding="utf-8").splitlines())),
            key=kept.key,
            crawl_output=kept.said.read_text(encoding="utf-8"),
        )


def outcomes(findings: Sequence[dict[str, Any]]) -> dict[str, tuple[str, str | None]]:
    """Verdict and reason by finding, whose ids do not depend on the crawl."""
    return {finding["id"]: (finding["verdict"], finding["reason"]) for finding in findings}


@pytest.fixture(scope="session")
def audit() -> Audit:
    return Audit.of(judged("estate"))
