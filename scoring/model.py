"""The indicator model: what counts, how much, and by which rule. Data, read from TOML.

The classes below are the schema; `docs/model.md` describes it field by field. Not here: finding and reading
the file (`scoring.load`), cross-checks between its parts (`scoring.crosscheck`), the rules themselves
(`scoring.parts`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]
Weight = Annotated[float, Field(gt=0.0, allow_inf_nan=False)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=64)]
Credit = Share | Literal["open"]
"""A share from 0 to 1, or `open`: the finding settles nothing here."""
Decided = Literal["verified", "partial", "contradicted"]
Aggregation = Literal["arithmetic", "geometric"]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Names(_Table):
    """One text in both languages of the reports."""

    fa: str = Field(min_length=1)
    en: str = Field(min_length=1)


class _Part(_Table):
    """weight: relative to the other parts of the indicator. check: the check whose findings are read.

    planned: no check of this version feeds the part yet. Until a finding comes it is open: 0 in verified, 1 in possible.
    needs: file of the round without which its check looks at nothing. Without a finding the part is open in the same way.
    """

    weight: Weight = 1.0
    check: Id
    planned: bool = False
    needs: str | None = None


class Boolean(_Part):
    """One thing of the agency that is there or not, such as a portal element.

    A complete look that found nothing settles it: 0 in verified, the declared value in possible; 0 in both where the very
    page on which it would stand was read to its end.
    """

    kind: Literal["boolean"]
    credit: dict[Decided, Credit] = {"verified": 1.0, "partial": 0.5, "contradicted": 0.0}


class Ratio(_Part):
    """Mean credit over the agency's claimed services or datasets.

    which: `electronic` leaves out services that are not claimed to be electronic; with `all` they count 0.
    A complete look that found nothing settles a claim as it does of a `Boolean`.
    reasons: credit by reason, before credit by verdict. declares: what the claims themselves say of the
    share: `electronic` the share claimed electronic, `all` 1 when anything is claimed, `nothing` no figure.
    unclaimed: with nothing claimed the part is `absent`, which is 0 verified, or `left_out` for another to count.
    of: `decided` makes it a share of the claims that evidence decided: in verified an open one counts as those do on
    average, in possible in full. With none decided it is 0 verified.
    listed: datasets that the agency's catalogues list and it does not claim count beside the claims.
    """

    kind: Literal["ratio"]
    subjects: Literal["services", "datasets"]
    which: Literal["all", "electronic"] = "all"
    credit: dict[Decided, Credit] = {"verified": 1.0, "partial": 0.5, "contradicted": 0.0}
    reasons: dict[str, Credit] = {}
    declares: Literal["electronic", "all", "nothing"] = "nothing"
    unclaimed: Literal["absent", "left_out"] = "absent"
    of: Literal["claims", "decided"] = "claims"
    listed: bool = False


class Ordinal(_Part):
    """Mean points of the level found over the services claimed electronic, never above the claimed level.

    assumed: the level taken as claimed where a service is claimed electronic without a level.
    """

    kind: Literal["ordinal"]
    field: str = "level"
    points: dict[str, Share] = Field(min_length=2)
    assumed: str


class Deductions(_Part):
    """Mean over the agency's hosts of 1 minus the points of the problem codes found, at least 0.

    Problems that were seen and are not proven yet (`unproven`) are taken off verified alone.
    """

    kind: Literal["deductions"]
    points: dict[str, Share] = Field(min_length=1)


class _Measured(_Part):
    """A number that a check observed: `observed[field]`, divided by `observed[per]` when that is given.

    open: the field with how much of it nobody could settle; the number may be larger by that. A contradicted
    finding without a number is 0. A complete look that found nothing is 0 in verified, the declared value in possible.
    subjects: `agency` takes the findings as they are; `services` and `datasets` the mean over what is claimed, where a
    claim without a finding is open. which: of services, those claimed electronic or all. unless: the part does not apply
    to an agency that claims any of these.
    """

    field: str
    per: str | None = None
    open: str | None = None
    subjects: Literal["agency", "services", "datasets"] = "agency"
    which: Literal["all", "electronic"] = "electronic"
    unless: Literal["services", "datasets"] | None = None


class Goalposts(_Measured):
    """0 at `worst`, 1 at `best`, straight between, flat outside. Fixed: never taken from the round."""

    kind: Literal["goalposts"]
    worst: Number
    best: Number


class Count(_Measured):
    """Number over target, at most 1."""

    kind: Literal["count"]
    target: Weight


class Step(_Table):
    """A value up to and including `upto` earns `points`."""

    upto: Number
    points: Share


class Steps(_Measured):
    """Points by the first step that holds the number; 0 past the last."""

    kind: Literal["steps"]
    steps: tuple[Step, ...] = Field(min_length=1)


class Freshness(_Measured):
    """1 up to an age of `period` days, halved with each further period."""

    kind: Literal["freshness"]
    period: Weight


class Attested(_Table):
    """Documents only. The declared value counts in possible while its dated document is young enough.

    It halves with each year after the first. Never in verified. signal: a check that sees from outside what speaks
    against the document; once one of its findings is partial, possible is at most `signal_most`.
    """

    kind: Literal["attested"]
    weight: Weight = 1.0
    max_years: Weight = 3.0
    signal: Id | None = None
    signal_most: Share = 0.5


class Claimed(_Table):
    """Nothing outside can see it: the declared value counts in possible, never in verified."""

    kind: Literal["claim"]
    weight: Weight = 1.0


Measured = Goalposts | Count | Steps | Freshness
Checked = Boolean | Ratio | Ordinal | Deductions | Measured
Part = Annotated[Checked | Attested | Claimed, Field(discriminator="kind")]


class Indicator(_Table):
    """One indicator. weight: in the unit of what it stands in, its group or else its axis.

    class: A public evidence decides, B evidence can refute or bound, C claim only, D documents only.
    aggregation: of its parts: their weighted mean, or `product` where one cannot make up for another.
    """

    id: Id
    axis: Id
    group: Id | None = None
    weight: Weight
    evidence_class: Literal["A", "B", "C", "D"] = Field(alias="class")
    aggregation: Literal["arithmetic", "product"] = "arithmetic"
    name: Names
    part: tuple[Part, ...] = Field(min_length=1)


class Group(_Table):
    """Indicators, and other groups, that become one number before their axis does.

    Which is put together first moves a score, so that the order stands in the model. group: the group of the same
    axis that it stands in; none when it stands in the axis itself.
    """

    id: Id
    axis: Id
    group: Id | None = None
    weight: Weight
    aggregation: Aggregation = "arithmetic"
    name: Names


class Axis(_Table):
    """One axis. Its weight is the sum of the weights of the groups and indicators that stand in it."""

    id: Id
    weight: Weight
    aggregation: Aggregation = "arithmetic"
    name: Names


class Header(_Table):
    """decimals: of the published scores, on which ranks are given. total: what the weights add up to.

    inputs: `published` figures stand as they are (declared = verified = possible); `claims` are put to the test.
    electronic: the indicator whose first part is the electronic-service ratio; none when the model has none.
    """

    id: Id
    version: str = Field(min_length=1)
    title: Names
    note: Names
    reconstruction: bool = False
    inputs: Literal["claims", "published"] = "claims"
    total: Weight = 100.0
    decimals: int = Field(default=2, ge=0, le=4)
    aggregation: Aggregation = "arithmetic"
    electronic: Id | None = None


class Rules(_Table):
    """min_coverage: below it an agency is not ranked. draws, weight_spread, interval: of the rank intervals."""

    min_coverage: Share = 0.6
    draws: int = Field(default=10_000, ge=100, le=1_000_000)
    weight_spread: Share = 0.25
    interval: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.9


class Contents(_Table):
    """A whole model file."""

    model: Header
    rules: Rules = Rules()
    axis: tuple[Axis, ...] = Field(min_length=1)
    group: tuple[Group, ...] = ()
    indicator: tuple[Indicator, ...] = Field(min_length=1)

    def names(self) -> dict[str, Names]:
        """Of axes, groups and indicators by id."""
        names = {axis.id: axis.name for axis in self.axis}
        names |= {group.id: group.name for group in self.group}
        return names | {indicator.id: indicator.name for indicator in self.indicator}

    def groups_in(self, axis: str, group: str | None = None) -> tuple[Group, ...]:
        """What stands in a group of an axis, or in the axis itself."""
        return tuple(g for g in self.group if (g.axis, g.group) == (axis, group))

    def indicators_in(self, axis: str, group: str | None = None) -> tuple[Indicator, ...]:
        """What stands in a group of an axis, or in the axis itself."""
        return tuple(i for i in self.indicator if (i.axis, i.group) == (axis, group))


@dataclass(frozen=True, slots=True)
class Model:
    """A valid model with the SHA-256 of the very bytes it was read from, which stands beside every score."""

    contents: Contents
    sha256: str

    @property
    def id(self) -> str:
        return self.contents.model.id

    @property
    def version(self) -> str:
        return self.contents.model.version

    @property
    def indicator_ids(self) -> frozenset[str]:
        return frozenset(indicator.id for indicator in self.contents.indicator)
