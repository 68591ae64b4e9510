"""Which process visits which agencies: host groups are packed into shards, and stay there for the whole round.

Pure but for `addresses`, which asks resolvers. Not here: what makes a host group (`crawler.fleet.host_groups`), running the shards.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from claims.hosts import own_hosts
from claims.model import Round
from crawler.fleet.host_groups import AgencySite, HostGroup, SharedHost, host_groups
from crawler.politeness.addresses import HOSTS_AT_ONCE, content_delivery, within
from crawler.politeness.policy import AddressPolicy, AddressRefused
from crawler.probes.resolvers import resolvers_of
from crawler.retest import Retest
from evidence.errors import EvidenceDamaged
from evidence.store import plan as plans
from web.urls import host, literal

AGENCIES = 250  # of a shard: as many as one process has active at once
_ASKING = 32  # resolvers' answers that are waited for at once
_CONTROL_TIMEOUT = 20.0  # seconds for all of them: a name without an answer stands for itself

Shards = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class SlowestHost:
    """The host or address that takes longest, however many processes there are.

    agencies: how many it serves. pages: of all of them. seconds: for these, at its delay.
    """

    place: str
    agencies: int
    pages: int
    seconds: int


@dataclass(frozen=True, slots=True)
class ShardPlan:
    """Ids of the agencies of each shard, and what takes longest whatever is done at once."""

    shards: Shards
    critical: SlowestHost | None

    def shards_of(self, agencies: frozenset[str] | None) -> list[int]:
        """Numbers of the shards that have any of these agencies; None for all."""
        return [
            number
            for number, shard in enumerate(self.shards, start=1)
            if any(agencies is None or agency in agencies for agency in shard)
        ]

    def to_json(self) -> dict[str, Any]:
        """As the plan has it. The first shard is `shard-0001`."""
        told: dict[str, Any] = {"shards": [list(shard) for shard in self.shards]}
        if self.critical is not None:
            told["critical"] = asdict(self.critical)
        return told


def plan_of(round: Round, evidence: Path, policy: AddressPolicy, count: int | None = None) -> ShardPlan:
    """The shards of a round: those that it was planned in, with what is new in it; else as many as are wanted.

    Hosts are resolved once: a round that is still as it was planned is not planned again, whatever resolvers say now.
    evidence: the evidence folder. Raises EvidenceDamaged.
    """
    written = plans.planned(evidence)
    before = shards_before(written)
    if before and is_planned(round, written):
        return ShardPlan(before, slowest_host_before(written))
    order = [agency.id for agency in round.agencies]
    hosts = {name for agency in order for name in hosts_of(round, agency)}
    found = host_groups(sites_of(round, addresses_of(hosts, policy)))
    shards = continued(found, order, ever_planned(evidence)) if before else shards_of(found, order, count)
    return ShardPlan(shards, slowest_host(found, round.settings.crawl.delay_of))


def shards_before(plan: Mapping[str, Any]) -> Shards:
    """Of a plan that was begun: one shard where it names none. Empty where there is no plan.

    Raises EvidenceDamaged, for an agency in two shards would be visited by two processes.
    """
    told = plan["shards"] if "shards" in plan else [_names(plan["agencies"])] if "agencies" in plan else []
    if not isinstance(told, list) or not all(isinstance(shard, list) for shard in told):
        raise EvidenceDamaged("the plan has no shards that can be read")
    agencies = [agency for shard in told for agency in shard]
    if not all(isinstance(agency, str) for agency in agencies) or len(set(agencies)) < len(agencies):
        raise EvidenceDamaged("the plan has no shards that can be read, or an agency in several")
    return tuple(map(tuple, told))


def ever_planned(evidence: Path) -> Shards:
    """Each agency in the shard in which it was planned last, as many shards as the plan in force has.

    The plan in force may be of a part of the round, as that of a re-test is: what lies in the other shards stays there.
    Raises EvidenceDamaged.
    """
    place: dict[str, int] = {}
    shards: Shards = ()
    for path in plans.files(evidence):
        shards = shards_before(plans.read(path))
        for number, agencies in enumerate(shards):
            place |= dict.fromkeys(agencies, number)
    return tuple(
        tuple(agency for agency, where in place.items() if where == number) for number in range(len(shards))
    )


def slowest_host_before(plan: Mapping[str, Any]) -> SlowestHost | None:
    """What takes longest, as a plan says it. Raises EvidenceDamaged."""
    told = plan.get("critical")
    if told is None:
        return None
    try:
        return SlowestHost(
            str(told["place"]), int(told["agencies"]), int(told["pages"]), int(told["seconds"])
        )
    except (KeyError, TypeError, ValueError, OverflowError):
        raise EvidenceDamaged("what takes longest cannot be read from the plan") from None


# Settings that came later, by section, as they are in every plan that does not name them.
UNSAID: Mapping[str, Mapping[str, object]] = {
    "crawl": {"delays": {}, "sandbox": "preferred"},
    "network": {"content_delivery": []},
}


def to_visit(round: Round) -> dict[str, Any]:
    """What of a round its plan depends on, as JSON has it: settings, agencies, and what each claims."""
    found: dict[str, Any] = settings_of(round) | {
        "agencies": {
            agency.id: {
                "portal": agency.portal,
                "hosts": list(agency.hosts),
                "catalogue": agency.catalogue,
                "services": [[s.id, s.url] for s in round.services_of(agency.id)],
                "datasets": [[d.id, d.url] for d in round.datasets_of(agency.id)],
                **_deep_links(round, agency.id),
            }
            for agency in round.agencies
        },
    }
    as_json: dict[str, Any] = json.loads(json.dumps(found))
    return as_json


def settings_of(round: Round) -> dict[str, dict[str, Any]]:
    """The settings that its plan depends on, by section."""
    settings = round.settings
    network = settings.network
    found: dict[str, dict[str, Any]] = {
        "crawl": asdict(settings.crawl),
        "network": {
            "allow_private": network.allow_private,
            "hosts": dict(sorted(network.hosts.items())),
            "controls": list(network.controls),
            "content_delivery": list(network.content_delivery),
            "resolvers": [str(server) for server in resolvers_of(network).servers],
        },
    }
    for section, values in UNSAID.items():
        for name, value in values.items():
            if found[section][name] == value:
                del found[section][name]
    return found


def is_planned(round: Round, plan: Mapping[str, Any]) -> bool:
    """Whether a plan is of this round as it is. Resolvers are no part of that: each machine may have its own."""

    def told(values: Mapping[str, Any], name: str) -> object:
        value = values.get(name)
        return {**value, "resolvers": None} if name == "network" and isinstance(value, dict) else value

    now = to_visit(round)
    return all(told(now, name) == told(plan, name) for name in now)


def _deep_links(round: Round, agency: str) -> dict[str, Any]:
    """Deep links of the national window; nothing for a round that lists none."""
    links = [[service.id, *service.window] for service in round.services_of(agency) if service.window]
    return {"window": links} if links else {}


def _names(agencies: object) -> object:
    return list(agencies) if isinstance(agencies, dict) else agencies


def sites_of(round: Round, addresses: Mapping[str, str]) -> list[AgencySite]:
    """What each agency has. addresses: of host names, those that have one."""
    most = round.settings.crawl.max_pages
    networks = content_delivery(round.settings.network.content_delivery)
    told = {name: None if within(address, networks) else address for name, address in addresses.items()}
    return [
        AgencySite(agency.id, {name: told.get(name) for name in hosts_of(round, agency.id)}, most)
        for agency in round.agencies
    ]


def hosts_of(round: Round, agency: str) -> tuple[str, ...]:
    """The hosts that are the agency's own, its catalogue's among them, in order of name."""
    claim = round.agency(agency)
    catalogue = {host(claim.catalogue)} if claim.catalogue else set()
    return tuple(sorted(name for name in own_hosts(claim) | catalogue if name))


def addresses_of(
    names: Iterable[str], policy: AddressPolicy, clock: Callable[[], float] = time.monotonic
) -> dict[str, str]:
    """The address of each name that has one, all asked for at once."""
    found: dict[str, str] = {}
    until = clock() + _CONTROL_TIMEOUT
    executor = ThreadPoolExecutor(_ASKING, thread_name_prefix="resolve")
    asked: dict[str, Future[str]] = {
        name: executor.submit(policy.address_of, name) for name in sorted(set(names))
    }
    for name, answer in asked.items():
        try:
            found[name] = answer.result(timeout=max(0.0, until - clock()))
        except (AddressRefused, TimeoutError):
            continue
    executor.shutdown(wait=False, cancel_futures=True)
    return found


def shards_of(found: Sequence[HostGroup], order: Sequence[str], count: int | None = None) -> Shards:
    """Agencies of each shard, in order of the round's file. count: of shards; default: as few as hold them.

    Cells of most pages first, each to the shard that has least to do (longest processing time first: Graham 1969).
    """
    agencies = sum(len(group.agencies) for group in found)
    return _packed(found, [[] for _ in range(count or max(1, math.ceil(agencies / AGENCIES)))], order)


def continued(found: Sequence[HostGroup], order: Sequence[str], earlier: Shards) -> Shards:
    """The shards of a round that was begun. What has a shard stays in it; what is new joins its host group, or the least busy."""
    return _packed(found, [list(shard) for shard in earlier], order)


def _packed(found: Sequence[HostGroup], shards: list[list[str]], order: Sequence[str]) -> Shards:
    place = {agency: number for number, shard in enumerate(shards) for agency in shard}
    busy = [0] * len(shards)
    for group in found:
        for agency in group.agencies:
            if agency in place:
                busy[place[agency]] += group.pages // len(group.agencies)
    for group in found:
        new = [agency for agency in group.agencies if agency not in place]
        if not new:
            continue
        known = sorted(place[agency] for agency in group.agencies if agency in place)
        number = known[0] if known else min(range(len(shards)), key=lambda n: (busy[n], n))
        busy[number] += group.pages * len(new) // len(group.agencies)
        place |= dict.fromkeys(new, number)
        shards[number] += new
    rank = {agency: number for number, agency in enumerate(order)}
    return tuple(
        tuple(sorted((agency for agency in shard if agency in rank), key=rank.__getitem__))
        for shard in shards
    )


def slowest_host(found: Sequence[HostGroup], delay_of: Callable[[str], float]) -> SlowestHost | None:
    """None for a round of no agency. delay_of: seconds between two requests to a host."""
    told = [
        SlowestHost(
            place.name, len(place.agencies), place.pages, math.ceil(_seconds(place, delay_of(place.name)))
        )
        for group in found
        for named in (_named(group),)
        for place in group.places
        if len(place.agencies) > 1 or not literal(place.name) or place.agencies[0] not in named
    ]
    # with and without `www.` a host is one agency's: it is called as the round most likely has it
    return max(
        told,
        key=lambda one: (one.seconds, one.agencies, not one.place.startswith("www."), one.place),
        default=None,
    )


def _named(group: HostGroup) -> set[str]:
    """Agencies that have a host with a name: an address that is theirs alone takes no longer than that."""
    return {agency for place in group.places if not literal(place.name) for agency in place.agencies}


def _seconds(place: SharedHost, delay: float) -> float:
    """A host is asked once a delay; an address has several hosts, of which some are asked at once."""
    return place.pages * delay / (HOSTS_AT_ONCE if literal(place.name) and len(place.agencies) > 1 else 1)


def written_plan(round: Round, planned: ShardPlan, retest: Retest | None = None) -> dict[str, Any]:
    """What was set out to be done, for the opening checkpoint."""
    authorities = list(round.settings.seal.authorities)
    return {
        **({"authorities": authorities} if authorities else {}),
        **({} if retest is None else {"retest": retest.to_json()}),
        **planned.to_json(),
        **to_visit(round),
        "round": round.settings.id,
        "vantage": round.settings.vantage,
    }
