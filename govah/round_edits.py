"""What was edited in a round's files since it was crawled and judged: held against the plan of the crawl, and against the claims
and settings that lie with the findings. Told by whatever shows scores, and refused by nothing.

Reads no findings, and of the evidence only captures of agencies with addresses that the crawl did not begin with. Not here: how it
is told (`reports.edits`).
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, groupby
from pathlib import Path
from typing import Any, Literal, cast

from checks import basis
from claims.model import Dataset, Round, Service
from claims.tables import WORKBOOK
from crawler.fleet.sharding import UNSAID, settings_of
from evidence.errors import EvidenceDamaged
from evidence.reply_ledger import FILE
from evidence.signing.findings_seal import CLAIMS
from evidence.signing.findings_seal_state import FindingsSealState
from evidence.store import EvidenceStore
from evidence.store import plan as plans
from govah.sealed_round import sealed_round
from reports.edits import EditedRow, Edits, Kind
from web.urls import identity

Key = tuple[str, str]
"""Subject and id of a row."""
Rows = Mapping[Key, Mapping[str, Any]]
Change = Literal["added", "removed", "changed"]

_SHEETS = {
    basis.ALIAS: FILE,
    "agency": "agencies",
    "service": "services",
    "dataset": "datasets",
    "declaration": "declarations",
    "verdict": "verdicts",
    "window": "window",
}
# Where each of `basis.settings` is set.
_SETTINGS = {
    "also": "evidence.also",
    "as_of": "round.as_of",
    "controls": "network.controls",
    "dnssec_anchor": "network.dnssec_anchor",
    "national_roots": "network.national_roots",
    "previous_findings": "round.previous",
    "previous_key": "round.previous_key",
    "public_roots": "network.public_roots",
    "retry_after": "crawl.retry_after",
}
_FILE = "round.toml"
_SECTIONS = ("crawl", "network")


def edits_of(
    round: Round,
    store: EvidenceStore,
    results: Path,
    stand: FindingsSealState,
    crawled: Collection[str],
    as_of: dt.datetime,
) -> Edits:
    """results: folder of the findings; stand: how these stand to their seal. crawled: agencies that the crawl has an account of.
    as_of: the clock of the round as it is.

    Nothing is said of claims and settings that no seal says the findings were made by, nor of what an older version crawled
    and did not write down.
    """
    judged = None if stand.judged is None else stand.judged.get("settings")
    edits = Edits(None if judged is None else judged.get("as_of"))
    of = _Files(round)
    differing: dict[Key, Change] = {}
    if judged is not None and (results / CLAIMS).stat().st_size:
        differing = _since_judged(round, results / CLAIMS, of, edits)
        _settings_judged(round, judged, basis.settings(round, as_of), of, edits)
        _verdicts(round, differing, of, edits)
    written = _plans(store.folder)
    sealed = sealed_round(store.folder) or (written[-1].get("round") if written else None)
    if isinstance(sealed, str) and sealed != round.settings.id:
        edits.add("relabelled", EditedRow(_FILE, sealed, ("round.id",)))
    if written:
        _since_crawled(round, written[-1], differing.keys(), of, edits)
        _settings_crawled(round, written[-1], edits)
        _unvisited(round, written[0], store, crawled, of, edits)
    return edits


@dataclass(frozen=True)
class _Files:
    """How the files of a round are called."""

    round: Round

    def row(self, key: Key, fields: Collection[str] = ()) -> EditedRow:
        subject, id = key
        sheet = _SHEETS[subject]
        if sheet == FILE:  # no sheet of people's
            return EditedRow(sheet, id, tuple(sorted(fields)))
        workbook = (self.round.folder / WORKBOOK).is_file()
        return EditedRow(f"{WORKBOOK}:{sheet}" if workbook else f"{sheet}.csv", id, tuple(sorted(fields)))


def _since_judged(round: Round, path: Path, of: _Files, edits: Edits) -> dict[Key, Change]:
    """Rows that differ from those that were judged, and how.

    The file is in order of agencies, as canonical lines that are sorted are.
    """
    known = {agency.id for agency in round.agencies}
    left = set(known)
    plain, redacted = basis.claims_of(round, redacted=False), basis.claims_of(round)
    differing: dict[Key, Change] = {}

    def hold(agency: str, claims: Sequence[Mapping[str, Any]]) -> None:
        answers = not claims or any(
            claim["subject"] == basis.ANSWERS for claim in claims
        )  # else of an older version
        then, now = _rows(claims), _rows(plain(agency), answers) if agency in known else {}
        if then == now:
            return
        # most addresses hold no secret, and looking for one takes long
        for key, change, fields in _changes(then, _rows(redacted(agency), answers) if now else now):
            differing[key] = change
            edits.add(_kind("judged", change), of.row(key, fields), agency)

    with path.open(encoding="utf-8") as lines:
        for agency, claims in groupby(map(json.loads, lines), key=lambda claim: str(claim["agency"])):
            hold(agency, list(claims))
            left.discard(agency)
    for agency in sorted(left):
        hold(agency, ())
    return differing


def _kind(since: Literal["judged", "crawled"], change: Change) -> Kind:
    return cast(Kind, f"{since}_{change}")


def _changes(then: Rows, now: Rows) -> Iterator[tuple[Key, Change, list[str]]]:
    """Rows that differ, how, and in which columns; no columns of a row that is there on one side alone."""
    for key in sorted(then.keys() | now.keys()) if then != now else ():
        before, after = then.get(key), now.get(key)
        if before is None or after is None:
            yield key, "added" if before is None else "removed", []
        elif fields := [name for name in before.keys() | after.keys() if before.get(name) != after.get(name)]:
            yield key, "changed", fields


def _rows(claims: Iterable[Mapping[str, Any]], answers: bool = True) -> dict[Key, Mapping[str, Any]]:
    """Claims by the row that they stand in: `AGENCY/INDICATOR` of declarations, as verdicts call them. answers: those without
    a document too.
    """
    found: dict[Key, Mapping[str, Any]] = {}
    for claim in claims:
        subject, agency = claim["subject"], claim["agency"]
        if subject == basis.ANSWERS:
            for indicator, value in claim["claim"].items() if answers else ():
                found["declaration", f"{agency}/{indicator}"] = {"value": value}
        elif subject == "declaration":
            told = {
                name: value for name, value in claim["claim"].items() if name not in ("agency", "indicator")
            }
            found["declaration", f"{agency}/{claim['claim']['indicator']}"] = told
        else:
            found[subject, claim["id"]] = claim["claim"]
    return found


def _settings_judged(
    round: Round, then: Mapping[str, Any], now: Mapping[str, Any], of: _Files, edits: Edits
) -> None:
    for name, place in _SETTINGS.items():
        if name == "public_roots" and round.settings.network.public_roots is None:
            continue  # those that come with the program
        if then.get(name) != now.get(name):
            edits.add("judged_settings", EditedRow(_FILE, fields=(place,)))
    if then.get("window_given") != now.get("window_given"):
        edits.add("judged_settings", of.row(("window", "")))


def _verdicts(round: Round, differing: Mapping[Key, Change], of: _Files, edits: Edits) -> None:
    """Auditors may judge later than the findings; not what the findings do not know, or knew otherwise."""
    no_claims = ("agency", basis.ALIAS)
    other = {id for (subject, id), how in differing.items() if subject not in no_claims and how != "removed"}
    claimed: Iterable[Service | Dataset] = chain(round.services, round.datasets)
    owner = {claim.id: claim.agency for claim in claimed if claim.id in other}
    for verdict in round.verdicts:
        if verdict.subject in other:
            agency = owner.get(verdict.subject, verdict.subject.partition("/")[0])
            edits.add("verdicts", of.row(("verdict", verdict.subject)), agency)


def _plans(evidence: Path) -> list[dict[str, Any]]:
    """Those of the crawl, re-tests left out, in their order; of versions that did not write down what was claimed, none."""
    try:
        written = [plans.read(path) for path in plans.files(evidence)]
    except EvidenceDamaged:
        return []  # verification names it
    return [plan for plan in written if "retest" not in plan and _is_sound(plan)]


def _is_sound(plan: Mapping[str, Any]) -> bool:
    """Whether it says what was claimed. One that was altered may say anything; verification names it."""
    try:
        claims = [
            (id, url)
            for told in plan["agencies"].values()
            for subject in ("services", "datasets")
            for id, url in told[subject]
        ]
        return all(isinstance(id, str) for id, _ in claims) and all(
            isinstance(plan[section], dict) for section in _SECTIONS
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return False


def _planned(agency: str, told: Mapping[str, Any]) -> dict[Key, dict[str, Any]]:
    """What a plan has of an agency, by row."""
    found: dict[Key, dict[str, Any]] = {
        ("agency", agency): {name: told.get(name) for name in ("portal", "hosts", "catalogue")}
    }
    for subject in ("service", "dataset"):
        found |= {(subject, id): {"url": url} for id, url in told.get(f"{subject}s", ())}
    return found


def _to_visit(round: Round, agency: str) -> dict[Key, dict[str, Any]]:
    """The same of the round as it is."""
    one = round.agency(agency)
    return {
        ("agency", agency): {"portal": one.portal, "hosts": list(one.hosts), "catalogue": one.catalogue},
        **{("service", service.id): {"url": service.url} for service in round.services_of(agency)},
        **{("dataset", dataset.id): {"url": dataset.url} for dataset in round.datasets_of(agency)},
    }


def _since_crawled(
    round: Round, plan: Mapping[str, Any], told: Collection[Key], of: _Files, edits: Edits
) -> None:
    """Rows with other addresses than those that the crawl set out to visit. told: those told already."""
    known = {agency.id for agency in round.agencies}
    for agency in sorted(known | plan["agencies"].keys()):
        then = _planned(agency, plan["agencies"][agency]) if agency in plan["agencies"] else {}
        now = _to_visit(round, agency) if agency in known else {}
        for key, change, fields in _changes(then, now):
            if key not in told:
                edits.add(_kind("crawled", change), of.row(key, fields), agency)


def _settings_crawled(round: Round, plan: Mapping[str, Any], edits: Edits) -> None:
    """Those that both know, for an older version had fewer. Resolvers are each machine's own."""
    then = _by_name(UNSAID) | _by_name(plan)
    now = _by_name(UNSAID) | _by_name(json.loads(json.dumps(settings_of(round))))
    then |= {"round.vantage": plan.get("vantage")}
    now |= {"round.vantage": round.settings.vantage}
    for name in sorted((then.keys() & now.keys()) - {"network.resolvers"}):
        if then[name] != now[name]:
            edits.add("crawled_settings", EditedRow(_FILE, fields=(name,)))


def _by_name(sections: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{section}.{name}": value for section in _SECTIONS for name, value in sections[section].items()}


def _unvisited(
    round: Round,
    first: Mapping[str, Any],
    store: EvidenceStore,
    crawled: Collection[str],
    of: _Files,
    edits: Edits,
) -> None:
    """Rows whose address has no exchange. Asked only of those that the crawl did not begin with, and of whole agencies that it
    has no account of: what else it did not reach, its findings say.
    """
    for agency in round.agencies:
        begun = agency.id in crawled and agency.id in first["agencies"]
        then = _planned(agency.id, first["agencies"][agency.id]) if begun else {}
        asked = {
            key: address
            for key, row in _to_visit(round, agency.id).items()
            if (address := _address(row)) and address != _address(then.get(key, {}))
        }
        if not asked:
            continue
        visited = {identity(capture.url) for capture in store.captures(agency.id, "http")}
        for key, address in asked.items():
            if identity(address) not in visited:
                edits.add("unvisited", of.row(key), agency.id)


def _address(row: Mapping[str, Any]) -> str | None:
    return row.get("portal") or row.get("url")
