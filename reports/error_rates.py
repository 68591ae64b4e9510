"""The program's own error rates, for machines and for a terminal. The page is `reports/html/templates/_error_rates.html`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from rich.table import Table

from scoring.error_rates import ErrorRate, Rate, VerdictCounts

Json = dict[str, Any]


def as_json(rates: Iterable[ErrorRate]) -> list[Json]:
    """One member a check and version; shares from 0 to 1."""
    return [
        {
            "check": rate.check,
            "version": rate.version,
            "random": {
                **_tally(rate.random),
                "agreement": _rate(rate.agreement),
                "wrong_contradictions": _rate(rate.wrong_contradictions),
                "wrong_verifications": _rate(rate.wrong_verifications),
            },
            "targeted": _tally(rate.targeted),
            "judged_twice": rate.judged_twice,
            "auditors_differ": rate.auditors_differ,
            "withdrawn": rate.withdrawn,
            "known_errors": rate.known_errors,
            "by_alias": _tally(rate.by_alias),
            "earlier_judgement": rate.earlier_judgement,
            "could_not_tell": rate.could_not_tell,
        }
        for rate in rates
    ]


def _tally(tally: VerdictCounts) -> Json:
    return {
        "audited": tally.audited,
        "contradicted": tally.said("contradicted"),
        "verified": tally.said("verified"),
        "partial": tally.said("partial"),
        "open": tally.open,
        "agreeing": tally.agreeing,
        "false_contradictions": tally.wrong("contradicted"),
        "false_verifications": tally.wrong("verified"),
        "otherwise_than_partial": tally.wrong("partial"),
        "open_found": {
            word: tally.cases.get(("open", word), 0) for word in ("verified", "partial", "contradicted")
        },
    }


def _rate(rate: Rate | None) -> Json | None:
    if rate is None:
        return None
    return {"value": rate.value, "low": rate.low, "high": rate.high, "of": rate.of}


def error_table(rates: Sequence[Mapping[str, Any]], text: Callable[..., str]) -> Table | None:
    """rates: as in results.json; None when nothing was audited."""
    if not rates:
        return None
    table = Table(title=text("audits.title"), title_justify="left", header_style="bold", show_lines=True)
    table.add_column(text("audits.rule"), overflow="fold")
    table.add_column(text("audits.sample"), no_wrap=True)
    for name in ("audited", "agreeing", "short_contradictions", "short_verifications", "short_open"):
        table.add_column(text(f"audits.{name}"), justify="right")
    for rate in rates:
        named = f"{rate['check']}/{rate['version']}"
        if rate["withdrawn"]:
            named += f"\n{text('audits.withdrawn')}: {rate['withdrawn']}"
        if rate["could_not_tell"]:
            named += f"\n{text('audits.could_not_tell')}: {rate['could_not_tell']}"
        if rate["earlier_judgement"]:
            named += f"\n{text('audits.earlier_judgement')}: {rate['earlier_judgement']}"
        for design in ("random", "targeted", "by_alias"):
            told = rate[design]
            if design != "random" and not told["audited"]:
                continue
            table.add_row(
                named if design == "random" else "",
                text(f"design.{design}"),
                str(told["audited"]),
                str(told["agreeing"]) + _interval(told.get("agreement")),
                _of(told["false_contradictions"], told["contradicted"], told.get("wrong_contradictions")),
                _of(told["false_verifications"], told["verified"], told.get("wrong_verifications")),
                str(told["open"]),
            )
    return table


def credit_line(told: Mapping[str, Any], text: Callable[..., str], visible: Callable[[object], str]) -> str:
    """What a claim alone is worth, and why. told: as `scoring.explain.credited` gives it."""
    if told["refuted"]:
        return text("claim_credit.refuted", round=visible(told["round"]))
    shares = {name: f"{100 * told[name]:.1f}%" for name in ("factor", "share", "low")}
    return text("claim_credit.counts", audited=told["audited"], round=visible(told["round"]), **shares)


def _of(wrong: int, said: int, rate: Mapping[str, float] | None) -> str:
    return f"{wrong}/{said}{_interval(rate)}" if said else "–"


def _interval(rate: Mapping[str, float] | None) -> str:
    return f"\n{100 * rate['low']:.0f}–{100 * rate['high']:.0f}%" if rate else ""
