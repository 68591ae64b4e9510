"""Rounds with findings, made by hand or drawn by hypothesis, for the tests of scoring."""

from __future__ import annotations

import dataclasses
import datetime as dt
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from checks.finding import Finding, Subject
from claims.model import LEVELS, Agency, Dataset, Declaration, Kind, Round, Service, Settings
from scoring.estimate import Estimate, audits_of, estimated, strata_of
from scoring.load import load_model
from scoring.model import Contents, Model

AS_OF = dt.datetime(2025, 12, 1, tzinfo=dt.UTC)
ELEMENTS = (
    "service_desk", "tracking", "faq", "contact", "sitemap", "service_card", "sla", "privacy", "foi", "rules",
    "sso", "participation", "survey", "complaints",
)  # fmt: skip
REASONS = {
    "verified": ("transaction_entry", "tracking_entry"),
    "partial": ("login_wall", "interaction_only"),
    "contradicted": ("dead_link", "hollow", "information_only"),
    "inconclusive": ("blocked", "unreachable", "no_match"),
    "not_applicable": (None,),
}
Find = Callable[..., Finding]
Worlds = st.SearchStrategy["World"]


@dataclass(frozen=True)
class World:
    """A round and the findings about it."""

    round: Round
    findings: tuple[Finding, ...]

    def with_findings(self, findings: tuple[Finding, ...]) -> World:
        return dataclasses.replace(self, findings=findings)


def finding(
    agency: str, check: str, kind: Any, subject: str, verdict: Any, reason: str | None = None, **observed: Any
) -> Finding:
    return Finding(agency, Subject(kind, subject), check, 1, verdict, reason, observed)


@pytest.fixture(scope="session")
def find() -> Find:
    return finding


@pytest.fixture(scope="session")
def as_of() -> dt.datetime:
    return AS_OF


@pytest.fixture(scope="session")
def shipped_model() -> Model:
    return load_model("ir-portals", Path())


@pytest.fixture(scope="session")
def vary(shipped_model: Model) -> Callable[[Callable[[dict[str, Any]], None]], Model]:
    """The shipped model with something changed in its data, and few draws, so that properties run fast."""

    def changed(change: Callable[[dict[str, Any]], None]) -> Model:
        data = shipped_model.contents.model_dump(by_alias=True)
        data["rules"]["draws"] = 100
        change(data)
        return Model(Contents.model_validate(data), shipped_model.sha256)

    return changed


@pytest.fixture(scope="session")
def model(vary: Callable[[Callable[[dict[str, Any]], None]], Model]) -> Model:
    """The shipped model with few draws."""
    return vary(lambda data: None)


@pytest.fixture(scope="session")
def make_round() -> Callable[..., Round]:
    def made(
        agencies: Any, services: Any = (), datasets: Any = (), declarations: Any = (), **more: Any
    ) -> Round:
        return Round(
            Path("round"),
            Settings("r", as_of=AS_OF),
            tuple(agencies),
            tuple(services),
            tuple(datasets),
            tuple(declarations),
            **more,
        )

    return made


@pytest.fixture(scope="session")
def worlds() -> Worlds:
    return _worlds()


@pytest.fixture(scope="session")
def wide_worlds(shipped_model: Model) -> Worlds:
    """As `worlds`, with findings of every check that the shipped model reads, and what each may observe."""
    return _wide_worlds(shipped_model.contents)


@st.composite
def _worlds(draw: st.DrawFn) -> World:
    agencies, services, datasets, declarations = [], [], [], []
    found: list[Finding] = []
    for number in range(draw(st.integers(1, 4))):
        name = f"a{number}"
        kind: Kind = draw(st.sampled_from(("main", "executive")))
        agencies.append(Agency(name, name, kind, f"https://{name}.test/", cooperated=draw(st.booleans())))
        for index in range(draw(st.integers(0, 4))):
            level = draw(st.sampled_from((None, *LEVELS)))
            services.append(Service(name, f"{name}-s{index}", "title", draw(st.booleans()), level=level))
        for index in range(draw(st.integers(0, 2))):
            datasets.append(Dataset(name, f"{name}-d{index}", "title", "https://a.test/d.csv"))
        for indicator in draw(
            st.sets(st.sampled_from(("U01", "U03", "U07", "T02", "T05", "S05", "S08", "P06")))
        ):
            document = draw(st.sampled_from((None, "letter.pdf")))
            date = draw(
                st.sampled_from((None, dt.date(2025, 6, 1), dt.date(2023, 6, 1), dt.date(2015, 1, 1)))
            )
            declarations.append(Declaration(name, indicator, draw(st.floats(0, 1)), document, date))
        found += draw(_findings(name, services, datasets))
    round = Round(
        Path("round"),
        Settings("r", as_of=AS_OF),
        tuple(agencies),
        tuple(services),
        tuple(datasets),
        tuple(declarations),
    )
    return World(round, tuple(found))


@st.composite
def _findings(
    draw: st.DrawFn, agency: str, services: list[Service], datasets: list[Dataset]
) -> list[Finding]:
    found: list[Finding] = []

    def add(check: str, kind: str, subject: str, reasons: Any = REASONS, **observed: Any) -> None:
        verdict = draw(st.sampled_from(("none", *REASONS)))
        if verdict != "none":
            reason = draw(st.sampled_from(reasons[verdict]))
            found.append(finding(agency, check, kind, subject, verdict, reason, **observed))

    for service in (s for s in services if s.agency == agency):
        add("services.entry", "service", service.id, level=draw(st.sampled_from((None, *LEVELS))))
    for dataset in (d for d in datasets if d.agency == agency):
        add(
            "datasets.freshness",
            "dataset",
            dataset.id,
            REASONS | {"partial": ("due", "overdue", "undeclared")},
        )
        add(
            "datasets.usability",
            "dataset",
            dataset.id,
            REASONS | {"contradicted": ("document_only", "empty")},
        )
    for element in ELEMENTS:
        add(f"elements.{element}", "element", element, complete_look=draw(st.booleans()))
    for host in range(draw(st.integers(0, 2))):
        problems = draw(st.lists(st.sampled_from(("expired", "hsts_missing", "mixed_content", "cn_only"))))
        add("hosts.security", "host", f"h{host}.test:443", problems=problems)
    checked = draw(st.integers(0, 100))
    broken = draw(st.integers(0, checked))
    add("links.summary", "agency", agency, pages=9, inside_checked=checked, inside_broken=broken)
    return found


@st.composite
def _wide_worlds(draw: st.DrawFn, contents: Contents) -> World:
    world = draw(_worlds())
    # so many values that drawing each would take most of the time; the seed stands for all of them
    chance = random.Random(draw(st.integers(0, 2**32)))
    told = draw(st.sampled_from((0.3, 0.6, 1.0)))
    readers: dict[str, list[Any]] = {}
    for part in (part for indicator in contents.indicator for part in indicator.part):
        check = getattr(part, "check", None) or getattr(part, "signal", None)
        if check is not None:
            readers.setdefault(check, []).append(part)
    found = []
    for agency in world.round.agencies:
        for check, parts in sorted(readers.items()):
            for kind, subject in _subjects(world.round, agency.id, check, parts):
                if chance.random() < told:
                    found.append(_any_finding(chance, agency.id, check, kind, subject, parts))
    return World(world.round, tuple(found))


def _subjects(round: Round, agency: str, check: str, parts: list[Any]) -> list[tuple[str, str]]:
    about = {getattr(part, "subjects", "agency") for part in parts}
    if "services" in about or check.startswith("services."):
        return [("service", service.id) for service in round.services if service.agency == agency]
    if "datasets" in about:
        return [("dataset", dataset.id) for dataset in round.datasets if dataset.agency == agency]
    if check.startswith("hosts."):
        return [("host", f"{name}.{agency}.test:443") for name in ("www", "data")]
    if check.startswith("pages."):
        return [("page", f"https://{agency}.test/{number}") for number in range(3)]
    return [("element", check.partition(".")[2])]


def _any_finding(
    chance: random.Random, agency: str, check: str, kind: str, subject: str, parts: list[Any]
) -> Finding:
    observed: dict[str, Any] = {"complete_look": chance.random() < 0.5}
    problems = sorted(
        {code for part in parts for code in getattr(part, "points", ()) if part.kind == "deductions"}
    )
    if problems:
        observed["problems"] = chance.sample(problems, chance.randint(0, 3))
        observed["unproven"] = chance.sample(problems, chance.randint(0, 2))
    for part in parts:
        if part.kind == "ordinal":
            observed[part.field] = chance.choice((None, *LEVELS))
        elif part.kind in ("goalposts", "count", "steps", "freshness"):
            largest = 1 if part.per is None and part.kind == "goalposts" else chance.choice((1, 9, 400))
            for name in (part.field, part.per, part.open):
                if name is not None and chance.random() < 0.9:
                    observed.setdefault(name, chance.randint(0, largest))
    verdict = chance.choice(tuple(REASONS))
    told = [code for part in parts for code in getattr(part, "reasons", ())]
    reason = chance.choice((*REASONS[verdict], *(told if verdict in ("partial", "contradicted") else ())))
    return finding(agency, check, kind, subject, verdict, reason, **observed)


def national_estimate(round: Round, findings: Sequence[Finding], check: str) -> Estimate | None:
    """As `score` makes it of a whole round."""
    strata = strata_of(round, findings, check)
    return estimated(strata, audits_of(round, check, random_only=True), Counter(strata.values()))
