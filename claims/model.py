"""The records of a round: what was declared, and how the round is to be run.

Not here: reading files (`claims.tables`), validating them (`claims.read`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from claims.packed import by_agency

Kind = Literal["main", "executive"]
Level = Literal["none", "information", "interaction", "transaction", "integration"]
LEVELS: tuple[Level, ...] = ("none", "information", "interaction", "transaction", "integration")
Phase = Literal["information", "request", "production", "delivery"]
PHASES: tuple[Phase, ...] = ("information", "request", "production", "delivery")
VerdictWord = Literal["verified", "partial", "contradicted"]


@dataclass(frozen=True, slots=True)
class Agency:
    """One audited body. `hosts` are further host names of the agency, beside the portal's own."""

    id: str
    name: str
    kind: Kind
    portal: str
    name_en: str | None = None
    hosts: tuple[str, ...] = ()
    catalogue: str | None = None
    cooperated: bool = True
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """One claimed service. `url`, `level`, `code`: None when the agency declared none.

    window: deep links of the national window that are to lead to it, as the round lists them.
    """

    agency: str
    id: str
    title: str
    electronic: bool
    url: str | None = None
    level: Level | None = None
    code: str | None = None
    phases: tuple[Phase, ...] = ()
    fee: bool | None = None
    annual_requests: int | None = None
    window: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Period:
    """A publication cycle.

    `days` is its upper end in days (a month is 31, a quarter 92); None when the cycle is `static`
    (never, historical) or not usable (irregular, as needed).
    """

    text: str
    days: int | None
    static: bool = False


@dataclass(frozen=True, slots=True)
class Dataset:
    """One claimed dataset. `modified` is the date the agency declares of its last change."""

    agency: str
    id: str
    title: str
    url: str
    format: str | None = None
    period: Period | None = None
    modified: dt.date | None = None
    licence: str | None = None


@dataclass(frozen=True, slots=True)
class Declaration:
    """A declared answer to one indicator of the model, 0 to 1, with the document behind it.

    sha256, size: of the document as it lies in the round's folder; None where its name is none of such a file.
    """

    agency: str
    indicator: str
    value: float
    document: str | None = None
    document_date: dt.date | None = None
    sha256: str | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True)
class AuditorVerdict:
    """What a human auditor decided of one service or dataset, or of an answer (`AGENCY/INDICATOR`) nobody outside can see.

    probability: of being drawn into its batch. batch: the worklist it was drawn in. check: whose question was judged; None
    for that of the claim: is the service electronic, are the data fresh and usable. recorded_by: the user of the operating
    system who ran the desk that wrote the row; None in rows of people and of earlier versions. judged: SHA-256 of the finding that the
    auditor saw (`checks.finding.judgement_digest`), in hex; None where the row does not say.
    """

    subject: str
    verdict: VerdictWord
    auditor: str
    date: dt.date
    design: Literal["random", "targeted"] = "targeted"
    probability: float | None = None
    note: str | None = None
    batch: str | None = None
    check: str | None = None
    recorded_by: str | None = None
    judged: str | None = None


@dataclass(frozen=True, slots=True)
class Alias:
    """An auditor's word that a page is the entry of a claimed service, as the ledger of the round has it (`claims.aliases`).

    address: of the page, in its normal form. heading: what the page called itself, folded; None where nobody had seen it yet.
    portal: of the agency then, in its normal form. by, date: who chose it, and the day, ISO 8601. capture: what it was chosen
    from; "" where nobody had seen it. reply: id of the reply that named it; "" of any other.
    """

    agency: str
    service: str
    address: str
    heading: str | None
    portal: str
    by: str
    date: str
    capture: str = ""
    reply: str = ""


@dataclass(frozen=True, slots=True)
class AuditedBefore:
    """What auditors of the round before found of the answers to one indicator that nobody outside can see.

    audited: answers that were drawn at random; share: of them that held, 0 to 1, each weighing by its draw; worth: how
    many equally weighing audits tell as much. refuted: agencies whose own answer did not hold, drawn or not.
    """

    round: str
    audited: int
    share: float
    worth: float
    refuted: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class UntoldCase:
    """A case that an auditor ended without a verdict, for nobody can tell. It is no verdict and moves no rate.

    The fields are those of `AuditorVerdict`.
    """

    subject: str
    auditor: str
    date: dt.date
    design: Literal["random", "targeted"] = "targeted"
    probability: float | None = None
    note: str | None = None
    batch: str | None = None
    check: str | None = None
    recorded_by: str | None = None


@dataclass(frozen=True, slots=True)
class UndoneRow:
    """Takes back the last row of the same auditor on the same question of the same subject."""

    subject: str
    auditor: str
    date: dt.date
    check: str | None = None


@dataclass(frozen=True, slots=True)
class DrawnCase:
    """A service of a batch of the worklist, as it was drawn. auditors: who is to judge it; () for anybody."""

    batch: str
    subject: str
    design: Literal["random", "targeted"]
    probability: float | None = None
    auditors: tuple[str, ...] = ()


Stance = Literal["accepts", "disputes", "mended", "explains"]


@dataclass(frozen=True, slots=True)
class Reply:
    """What an agency answers to a finding, or to all that was found of one of its claims.

    id: the auditor's own mark of it, unique in the round. subject: id of a finding, a service or a dataset.
    by: who signed it for the agency. contact: for the auditor alone; it is neither recorded nor published.
    """

    id: str
    agency: str
    subject: str
    date: dt.date
    by: str
    stance: Stance
    text: str
    contact: str | None = None


@dataclass(frozen=True, slots=True)
class ReplySettings:
    """`[replies]` of round.toml: the term of the right of reply.

    days: 0 for none. since: the day that it runs from; None for the day on which the evidence was sealed first.
    """

    days: int = 0
    since: dt.date | None = None


@dataclass(frozen=True, slots=True)
class CrawlSettings:
    """`[crawl]` of round.toml; the contract gives units and defaults.

    hours: "" for all of them, else as `claims.hours` reads them, by the clock of `timezone`. per_day: most requests
    to one host in 24 hours, 0 for no limit. delays: of single hosts, as agreed with who runs them, in place of `delay`.
    spiders: of the audit body's own, each as `module.Class`. max_datasets: of an agency, those that its catalogues list and it
    does not claim.
    """

    contact: str = "https://govah.example/bot"
    delay: float = 1.0
    delays: Mapping[str, float] = field(default_factory=dict)
    per_host: int = 2
    per_day: int = 0
    hours: str = ""
    timezone: str = "Asia/Tehran"
    max_pages: int = 2000
    max_depth: int = 8
    max_datasets: int = 500
    time_budget: float = 3600.0
    max_body: int = 52_428_800
    render: Literal["auto", "always", "never"] = "auto"
    sandbox: Literal["preferred", "required"] = "preferred"
    robots: bool = True
    retry_after: float = 30.0
    seed: int = 1404
    spiders: tuple[str, ...] = ()

    def delay_of(self, host: str) -> float:
        """Seconds between two requests to a host."""
        return self.delays.get(host, self.delay)


@dataclass(frozen=True, slots=True)
class NetworkSettings:
    """`[network]` of round.toml.

    `hosts` maps a name (or `name:port`) to an address (or `address:port`), like curl's --resolve and
    --connect-to. `public_roots` None means certifi's bundle. Paths are absolute.
    `resolvers`: `address` or `address:port` of those that are asked about DNS, in this order; None for the
    system's, () for none. `dnssec_anchor` None means the root's keys as IANA publishes them. `content_delivery`: networks
    whose addresses are no machines, besides those that are shipped.
    """

    allow_private: bool = False
    hosts: Mapping[str, str] = field(default_factory=dict)
    controls: tuple[str, ...] = ()
    content_delivery: tuple[str, ...] = ()
    public_roots: Path | None = None
    national_roots: tuple[Path, ...] = ()
    resolvers: tuple[str, ...] | None = None
    dnssec_anchor: Path | None = None


@dataclass(frozen=True, slots=True)
class SealSettings:
    """`[seal]` of round.toml: who stamps the seal with the time, and whose roots the stamps have to chain to.

    `authority_roots` is absolute; None when none are named, and then no stamp is trusted.
    """

    authorities: tuple[str, ...] = ()
    authority_roots: Path | None = None


@dataclass(frozen=True, slots=True)
class VantageEvidence:
    """`[evidence] also` of round.toml: a sealed evidence folder of another vantage point, and its key's fingerprint."""

    path: Path
    key: str


@dataclass(frozen=True, slots=True)
class Settings:
    """round.toml. `as_of` None means: when the crawl opened.

    title, title_en: of the round, in Persian and in English; either may be "".
    previous: folder or sealed summary of the round before. previous_key: fingerprint of the key that sealed it, None
    for the key of this round.
    """

    id: str
    title: str = ""
    title_en: str = ""
    model: str = "ir-portals"
    previous: Path | None = None
    previous_key: str | None = None
    vantage: str = "local"
    as_of: dt.datetime | None = None
    language: Literal["fa", "en"] = "fa"
    crawl: CrawlSettings = field(default_factory=CrawlSettings)
    network: NetworkSettings = field(default_factory=NetworkSettings)
    seal: SealSettings = field(default_factory=SealSettings)
    replies: ReplySettings = field(default_factory=ReplySettings)
    also: tuple[VantageEvidence, ...] = ()

    def title_in(self, language: str) -> str:
        """The title in a language, else the other one; "" when there is none."""
        return (self.title_en or self.title) if language == "en" else (self.title or self.title_en)


@dataclass(frozen=True, slots=True)
class Round:
    """A validated round. All that it has keeps the order of the files. A country's claims are packed (`claims.packed`).

    audited_before: by indicator, from the sealed round before, once that was read.
    aliases: by service, from the round's ledger, once that was read.
    untold: cases that auditors ended without a verdict. drawn: the cases of all batches that were handed out.
    window_given: it lists deep links of the national window; a service without one then has none.
    """

    folder: Path
    settings: Settings
    agencies: tuple[Agency, ...]
    services: Sequence[Service] = ()
    datasets: Sequence[Dataset] = ()
    declarations: Sequence[Declaration] = ()
    verdicts: tuple[AuditorVerdict, ...] = ()
    untold: tuple[UntoldCase, ...] = ()
    drawn: tuple[DrawnCase, ...] = ()
    window_given: bool = False
    replies: tuple[Reply, ...] = ()
    audited_before: Mapping[str, AuditedBefore] = field(default_factory=dict)
    aliases: Mapping[str, Alias] = field(default_factory=dict)

    # for a country is asked agency by agency
    _agencies: Mapping[str, Agency] = field(init=False, compare=False, repr=False)
    _services: Mapping[str, tuple[Service, ...]] = field(init=False, compare=False, repr=False)
    _datasets: Mapping[str, tuple[Dataset, ...]] = field(init=False, compare=False, repr=False)
    _declarations: Mapping[str, tuple[Declaration, ...]] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_agencies", {agency.id: agency for agency in reversed(self.agencies)})
        object.__setattr__(self, "_services", by_agency(self.services))
        object.__setattr__(self, "_datasets", by_agency(self.datasets))
        object.__setattr__(self, "_declarations", by_agency(self.declarations))

    def services_of(self, agency: str) -> tuple[Service, ...]:
        return self._services.get(agency, ())

    def datasets_of(self, agency: str) -> tuple[Dataset, ...]:
        return self._datasets.get(agency, ())

    def declarations_of(self, agency: str) -> tuple[Declaration, ...]:
        return self._declarations.get(agency, ())

    def titles_of(self, agency: str) -> dict[str, str]:
        """Of the agency's services and datasets, by id."""
        titles = {service.id: service.title for service in self.services_of(agency)}
        return titles | {dataset.id: dataset.title for dataset in self.datasets_of(agency)}

    def agency(self, agency_id: str) -> Agency:
        """Raises KeyError when the round has no such agency."""
        return self._agencies[agency_id]
