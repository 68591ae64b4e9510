"""`govah trend`: a round and those before it, as far back as each names one that its seal proves. Nothing is written."""

from __future__ import annotations

import json
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checks.finding import Finding, is_listed
from claims.model import Round
from claims.problems import RoundError
from evidence.errors import EvidenceError
from evidence.signing.findings_seal_state import seal_state
from evidence.store import EvidenceStore
from evidence.verify.round_summary import RoundSummary, read, read_seal, trusted_keys
from govah import round_loading, stages
from govah.commands.diff import load
from govah.round_paths import RoundPaths
from govah.terminal.console import Speaker, text, visible
from reports.agency_record import three
from reports.causes import LoadedJudgement
from reports.changes import compare
from reports.results_db.findings_file import FindingsFile
from reports.trend import Json, LastStep, Three, TrendPoint, TrendStep, as_data, step_between, tables
from scoring.model import Model
from scoring.problems import ModelError
from scoring.score import Scores, score

_MOST = 60  # rounds: thirty years of two a year


@dataclass(frozen=True, slots=True)
class RoundTrend:
    """points: oldest first. ended: key of the text that says why the chain goes no further back; None at its first round.

    last: what changed since the round before; None without its findings, or where both judge the same evidence.
    """

    points: Sequence[TrendPoint]
    steps: Sequence[TrendStep]
    ended: str | None
    names: dict[str, dict[str, str]]
    last: LastStep | None = None


@dataclass(frozen=True, slots=True)
class _SeenRound:
    point: TrendPoint
    judgement: LoadedJudgement | None
    store: EvidenceStore | None


def tell(speaker: Speaker, round: Round, same_model: bool, unsealed: bool = False) -> None:
    trend = trend_of(speaker, round, same_model, unsealed)
    speaker.json(data_of(trend))
    for table in tables(trend.points, trend.steps, trend.names[text("cli.language")], text, visible):
        speaker.show(table)
    if any(not step.same_model for step in trend.steps):
        speaker.say("trend.other_model", folder=round.folder)
    if any(step.rules_differ for step in trend.steps):
        speaker.say("trend.other_rules")
    if trend.ended is not None:
        speaker.say(trend.ended)


def write_page(
    speaker: Speaker,
    round: Round,
    results: Mapping[str, Any],
    scores: Scores,
    report: Path,
    unsealed: bool = False,
) -> None:
    """The page of the report that tells it, under each round's own model."""
    from govah.replies import replies_of
    from reports.html.trend import write_trend

    trend = trend_of(speaker, round, same_model=False, unsealed=unsealed)
    write_trend(
        round,
        results,
        scores,
        report,
        replies_of(round),
        trend.points,
        trend.steps,
        trend.ended,
        trend.names,
        trend.last,
    )


def data_of(trend: RoundTrend) -> Json:
    return as_data(trend.points, trend.steps, trend.ended)


def trend_of(speaker: Speaker, round: Round, same_model: bool, unsealed: bool = False) -> RoundTrend:
    """same_model: all rounds are weighed by this one's model, so that only findings and claims tell them apart.

    unsealed: this round's findings need not be as sealed; those of the rounds before always do.
    """
    model = stages.model_of(round.settings, round.folder)
    findings, _ = round_loading.findings_file(speaker, round, unsealed)
    newer = _seen(round, round_loading.evidence(speaker, round), findings, model)
    del findings  # where they lie takes 30 MB of a country, and nothing asks for it any more
    points, steps, last = [newer.point], list[TrendStep](), None
    ended, here, passed = None, round, {round.folder.resolve()}
    while here.settings.previous is not None:
        place = here.settings.previous.resolve()
        if place in passed or len(points) == _MOST:
            ended = "trend.ended_circle"
            break
        passed.add(place)
        trusted = trusted_keys(here.folder, here.settings.previous_key)
        proven = read_seal(place, trusted)
        if proven.state != "used":
            ended = f"trend.ended_{proven.state}"
            break
        try:
            if place.is_dir():
                here = stages.read_round(place).round
                store = stages.evidence_of(here)
                own = model if same_model else stages.model_of(here.settings, place)
                judged = FindingsFile(RoundPaths(place).findings, {})
                stand = seal_state(RoundPaths(place).results, RoundPaths(place).evidence, judged.sha256)
                if stand.state != "sealed":
                    ended = "trend.ended_edited"
                    break
                older = _seen(here, store, round_loading.counting(speaker, here, judged), own)
                del judged
            else:
                older, ended = _of_summary(place, trusted), "trend.ended_summary"
        except (RoundError, ModelError, EvidenceError, OSError, ValueError, KeyError):
            ended = "trend.ended_unreadable"
            break
        # of a country two rounds fit the memory, and no more: of those after them only the point stays
        step, changed = _between(older, newer)
        last = last if steps else changed
        steps.append(step)
        points.append(older.point)
        newer = older
        if ended is not None:
            break
    points.reverse()
    steps.reverse()
    names = {
        language: {a.id: a.name if language == "fa" else a.name_en or a.name for a in round.agencies}
        | {i.id: getattr(i.name, language) for i in model.contents.indicator}
        for language in ("fa", "en")
    }
    return RoundTrend(points, steps, ended, names, last)


def _between(old: _SeenRound, new: _SeenRound) -> tuple[TrendStep, LastStep | None]:
    compared = compare(old.judgement, new.judgement) if old.judgement and new.judgement else None
    step = step_between(old.point, new.point, compared)
    if compared is None or compared.same_evidence or old.store is None or new.store is None:
        return step, None
    return step, LastStep(compared.changes, old.store, new.store)


def _seen(round: Round, store: EvidenceStore, findings: FindingsFile, model: Model) -> _SeenRound:
    clock = stages.as_of(round, store)
    scores = score(round, findings, model, as_of=clock)
    ratio = scores.national.electronic
    point = TrendPoint(
        round.settings.id,
        clock.isoformat(),
        str(round.folder),
        {"id": model.id, "version": model.version, "sha256": model.sha256},
        three(scores.national.score),
        {name: _percent(ratio.ratio(getattr(ratio, name))) for name in ("declared", "verified", "possible")},
        {one.agency.id: three(one.score) for one in scores.agencies},
        _indicators(scores),
        *_verdicts(findings, "services.entry", "datasets.freshness", "datasets.usability"),
    )
    del scores  # before the judgement is read
    judgement, _ = load(round, store, RoundPaths(round.folder).results, findings.counting({}))
    return _SeenRound(point, judgement, store)


def _of_summary(place: Path, trusted: frozenset[str]) -> _SeenRound:
    """A summary holds one line a dataset, proven; it has no files of the round to weigh."""
    counts: Counter[str] = Counter()

    def count(line: bytes) -> bool:
        finding = Finding.from_json(json.loads(line))
        if finding.check == "datasets.freshness" and not is_listed(finding):
            counts[finding.verdict] += 1
        return False  # nothing is to be kept

    proven: RoundSummary = read(place, count, trusted)
    as_of = str(proven.judged.get("settings", {}).get("as_of", ""))
    return _SeenRound(
        TrendPoint(proven.round or "–", as_of, str(place), None, freshness=dict(sorted(counts.items()))),
        None,
        None,
    )


def _percent(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 4)


def _indicators(scores: Scores) -> dict[str, Three]:
    """Plain means over the cooperating agencies to which an indicator applies."""
    values: dict[str, dict[str, array[float]]] = {}
    for one in scores.agencies:
        for node in one.indicators if one.agency.cooperated else ():
            of = values.setdefault(
                node.id, {name: array("d") for name in ("declared", "verified", "possible")}
            )
            for name, known in of.items():
                if node.applies and (value := getattr(node, name)) is not None:
                    known.append(value)
    return {
        id: {n: _percent(sum(known) / len(known)) if known else None for n, known in of.items()}
        for id, of in values.items()
    }


def _verdicts(findings: FindingsFile, *checks: str) -> Iterator[dict[str, int]]:
    """Findings about claims by verdict, of each of these checks."""
    counts = Counter((one.check, one.verdict) for one in findings.of_checks(checks) if not is_listed(one))
    for check in checks:
        yield dict(sorted((verdict, count) for (of, verdict), count in counts.items() if of == check))
