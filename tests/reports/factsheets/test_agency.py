"""What a factsheet chooses, and in which order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from checks.finding import Finding, Subject, Verdict
from reports.factsheets.agency import factsheet
from scoring.gains import Gain, Gains


@dataclass(frozen=True)
class View:
    finding: Finding
    picture: str | None


def entry_of(service: str, verdict: Verdict, reason: str | None, check: str = "services.entry") -> Finding:
    return Finding("a", Subject("service", service), check, 1, verdict, reason)


def record(*services: tuple[str, str, str | None]) -> dict[str, Any]:
    return {
        "services": [{"id": id, "verdict": verdict, "reason": reason} for id, verdict, reason in services]
    }


def test_steps_are_the_largest_five_with_the_reasons_of_their_findings() -> None:
    findings = (
        entry_of("s1", "contradicted", "hollow"),
        entry_of("s2", "contradicted", "dead_link"),
        entry_of("s3", "contradicted", "dead_link"),
    )
    together = tuple(Gain(float(9 - n), ("U01",), findings) for n in range(7))
    told = factsheet(record(), Gains((), together, (), (), ()), lambda _: ())
    assert [step.gain for step in told.steps] == list(together[:5]) and told.more_steps == 2
    assert told.steps[0].reasons == (("contradicted", "dead_link", 2), ("contradicted", "hollow", 1))


def test_what_is_not_settled_is_counted_by_reason() -> None:
    services = [
        ("s1", "inconclusive", "robots"),
        ("s2", "inconclusive", "blocked"),
        ("s3", "inconclusive", "blocked"),
    ]
    told = factsheet(
        record(*services, ("s4", "verified", "tracking_entry")), Gains((), (), (), (), ()), lambda _: ()
    )
    assert told.open == (("blocked", 2), ("robots", 1))
    assert told.verdicts["inconclusive"] == 3 and told.verdicts["verified"] == 1
    assert sum(told.verdicts.values()) == 4


def test_pictures_show_different_reasons_before_the_same_again_and_no_file_twice() -> None:
    services: list[tuple[str, Verdict, str | None, str | None]] = [
        ("s0", "verified", "transaction_entry", "0.webp"),
        ("s1", "partial", "login_wall", "1.webp"),
        ("s2", "contradicted", "dead_link", "2.webp"),
        ("s3", "contradicted", "dead_link", "3.webp"),
        ("s4", "contradicted", "hollow", None),
        ("s5", "contradicted", "soft_404", "2.webp"),
        ("s6", "contradicted", "in_person_only", "6.webp"),
    ]
    views = {
        id: (
            View(entry_of(id, "contradicted", None, "services.card"), "card.webp"),
            View(entry_of(id, verdict, reason), picture),
        )
        for id, verdict, reason, picture in services
    }
    told = factsheet(
        record(*((id, v, r) for id, v, r, _ in services)), Gains((), (), (), (), ()), views.__getitem__
    )
    assert [view.picture for view in told.pictures] == ["2.webp", "6.webp", "1.webp"]
    few = [one for one in services if one[0] in ("s2", "s3")]
    told = factsheet(
        record(*((id, v, r) for id, v, r, _ in few)), Gains((), (), (), (), ()), views.__getitem__
    )
    assert [view.picture for view in told.pictures] == ["2.webp", "3.webp"]
