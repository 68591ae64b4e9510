"""What a judgement rests on besides the evidence: rules, settings and claims, as values that can be signed and compared.

A rule is the version of a check and the word lists it reads. Texts for people count for nothing here, nor does the
order or a comment in a list. Not here: what differs between two judgements (`reports.changes`).
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import certifi

from checks.page.wordlist import table
from checks.registry import all_checks, words_of
from claims.model import Agency, Alias, Dataset, Declaration, Period, Round, Service
from evidence.canonical import canonical
from evidence.layout import MANIFEST
from evidence.redaction import secrets
from web.domains import suffixes_digest

ALIAS = "alias"
"""Subject of the claim that holds the page that an auditor chose for a service."""
ANSWERS = "answers"
"""Subject of the claim that holds an agency's answers without a document: value by indicator, also where there are none."""


def rules() -> dict[str, dict[str, Any]]:
    """By id of the check: its version and a digest of its word lists."""
    return {
        check.id: {"version": check.version, "lists": _digest(words_of(check.id))} for check in all_checks()
    }


@cache
def _digest(lists: tuple[str, ...]) -> str:
    values = json.dumps([table(name) for name in lists], sort_keys=True, default=str)
    return hashlib.sha256(values.encode()).hexdigest()


def settings(round: Round, as_of: dt.datetime) -> dict[str, Any]:
    """What the checks read of the round's settings; files by their hash."""
    network, previous = round.settings.network, round.settings.previous
    return {
        "as_of": as_of.astimezone(dt.UTC).isoformat(),
        "controls": list(network.controls),
        "dnssec_anchor": None if network.dnssec_anchor is None else _sha256(network.dnssec_anchor),
        "national_roots": [_sha256(path) for path in network.national_roots],
        "previous_findings": None if previous is None else _sha256(_findings_of(previous)),
        "previous_key": round.settings.previous_key,
        "public_roots": _sha256(network.public_roots or Path(certifi.where())),
        "public_suffixes": suffixes_digest(),
        "retry_after": round.settings.crawl.retry_after,
        **({"window_given": True} if round.window_given else {}),
        **({"also": vantages(round)} if round.settings.also else {}),
    }


def vantages(round: Round) -> list[dict[str, str | None]]:
    """Evidence of other vantage points, by what its seal is."""
    return [{"key": one.key, "manifest": _sha256(one.path / MANIFEST)} for one in round.settings.also]


def _findings_of(previous: Path) -> Path:
    """The file that the findings of a round before are read from: its folder's, or the summary itself."""
    return previous / "results" / "findings.jsonl" if previous.is_dir() else previous


def _sha256(path: Path) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None


def claims_of(round: Round, *, redacted: bool = True) -> Callable[[str], list[dict[str, Any]]]:
    """Of an agency, by its id: itself, its services and datasets as they were read, every page that an auditor chose for a
    service, every declaration that names a document, by its `subject`; and its other answers, as one claim.

    redacted: without secrets, as everything that is kept.
    """

    def of(agency: str) -> list[dict[str, Any]]:
        answers = round.declarations_of(agency)
        return [
            _claim("agency", round.agency(agency), redacted),
            *(_claim("service", service, redacted) for service in round.services_of(agency)),
            *(_claim("dataset", dataset, redacted) for dataset in round.datasets_of(agency)),
            *(
                _alias(round.aliases[service.id], redacted)
                for service in round.services_of(agency)
                if service.id in round.aliases
            ),
            *(_attested(answer) for answer in answers if answer.document),
            {
                "subject": ANSWERS,
                "agency": agency,
                "id": agency,
                "claim": {answer.indicator: answer.value for answer in answers if not answer.document},
            },
        ]

    return of


def _attested(row: Declaration) -> dict[str, Any]:
    """A declared answer with its document and that document's hash; no other id has a colon."""
    return {
        "subject": "declaration",
        "agency": row.agency,
        "id": f"{row.agency}:{row.indicator}",
        "claim": json.loads(json.dumps(dataclasses.asdict(row), default=str)),
    }


def _alias(row: Alias, redacted: bool) -> dict[str, Any]:
    """The page that an auditor chose for a service, which is judged by it as by a claim."""
    told = dataclasses.asdict(row)
    values = secrets.values(told) if redacted else told
    return {"subject": ALIAS, "agency": row.agency, "id": row.service, "claim": values}


def _claim(kind: str, row: Agency | Service | Dataset, redacted: bool) -> dict[str, Any]:
    values = {one.name: getattr(row, one.name) for one in dataclasses.fields(row)}
    agency = values.get("agency", row.id)
    if not values.get("window"):
        values.pop("window", None)  # a round without the list has claims as rounds before there was one
    told = json.loads(json.dumps(values, default=_as_json))
    # "kind" is a column of agencies.csv too
    return {
        "subject": kind,
        "agency": agency,
        "id": row.id,
        "claim": secrets.values(told) if redacted else told,
    }


def _as_json(value: object) -> object:
    return dataclasses.asdict(value) if isinstance(value, Period) else str(value)


def claim_lines(round: Round) -> Iterator[str]:
    """Claims as lines of canonical JSON, sorted. A line begins with its agency, so that one agency is held at a time."""
    of = claims_of(round)
    for agency in sorted((agency.id for agency in round.agencies), key=canonical):
        yield from sorted(canonical(claim) + "\n" for claim in of(agency))
