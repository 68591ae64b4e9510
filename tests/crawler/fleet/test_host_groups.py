"""Cells and shards: what shares a host or an address stays together, and stays where it is."""

from __future__ import annotations

import datetime as dt
import ipaddress
import math
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from claims.model import Agency, NetworkSettings, Round, Settings
from crawler.fleet.host_groups import AgencySite, HostGroup, host_groups
from crawler.fleet.sharding import (
    AGENCIES,
    SlowestHost,
    addresses_of,
    continued,
    hosts_of,
    plan_of,
    shards_of,
    sites_of,
    slowest_host,
    written_plan,
)
from crawler.politeness.addresses import HOSTS_AT_ONCE
from crawler.politeness.policy import Address, AddressPolicy
from evidence.store import plan

HOSTS = [f"h{number}.test" for number in range(8)]
ADDRESSES = [f"10.0.0.{number}" for number in range(6)]


@st.composite
def site_lists(draw: st.DrawFn) -> list[AgencySite]:
    """Sites whose hosts have one address each, as resolvers tell it."""
    address = {host: draw(st.sampled_from([None, *ADDRESSES])) for host in HOSTS}
    return [
        AgencySite(f"a{number}", {host: address[host] for host in hosts}, pages)
        for number, (hosts, pages) in enumerate(
            draw(
                st.lists(
                    st.tuples(st.sets(st.sampled_from(HOSTS), max_size=3), st.integers(1, 3000)), max_size=12
                )
            )
        )
    ]


def places(site: AgencySite) -> set[str]:
    return {f"host {host}" for host in site.hosts} | {f"address {a}" for a in site.hosts.values() if a}


@given(site_lists())
def test_no_place_is_in_two_cells_and_no_cell_can_be_split(sites: list[AgencySite]) -> None:
    found = host_groups(sites)
    by_id = {site.agency: site for site in sites}
    assert sorted(agency for group in found for agency in group.agencies) == sorted(by_id)
    held = [set().union(*(places(by_id[agency]) for agency in group.agencies)) for group in found]
    assert sum(map(len, held)) == len(set().union(*held))
    for group in found:
        first, *rest = group.agencies
        reached, rest_set = places(by_id[first]), set(rest)
        while near := {agency for agency in rest_set if places(by_id[agency]) & reached}:
            rest_set -= near
            reached |= set().union(*(places(by_id[agency]) for agency in near))
        assert not rest_set
        assert group.pages == sum(by_id[agency].pages for agency in group.agencies)


@given(site_lists(), st.randoms())
def test_the_order_of_agencies_makes_no_other_cells(sites: list[AgencySite], random: object) -> None:
    turned = sites.copy()
    random.shuffle(turned)  # type: ignore[attr-defined]
    assert host_groups(turned) == host_groups(sites)


@given(site_lists(), st.integers(1, 5))
def test_shards_hold_whole_cells_and_none_is_much_fuller_than_it_must_be(
    sites: list[AgencySite], count: int
) -> None:
    found = host_groups(sites)
    order = [site.agency for site in sites]
    shards = shards_of(found, order, count)
    assert len(shards) == count
    assert sorted(agency for shard in shards for agency in shard) == sorted(order)
    assert all(sorted(shard, key=order.index) == list(shard) for shard in shards)
    number = {agency: n for n, shard in enumerate(shards) for agency in shard}
    assert all(len({number[agency] for agency in group.agencies}) == 1 for group in found)
    loads = [sum(group.pages for group in found if number[group.agencies[0]] == n) for n in range(count)]
    best = max([sum(loads) / count, *(group.pages for group in found)], default=0)
    assert max(loads) <= 4 / 3 * best + 1 or max(loads) <= best + max(group.pages for group in found)


@given(site_lists(), st.integers(1, 4), st.integers(0, 12))
def test_what_has_a_shard_keeps_it_and_what_is_new_joins_its_cell(
    sites: list[AgencySite], count: int, begun: int
) -> None:
    order = [site.agency for site in sites]
    before = shards_of(host_groups(sites[:begun]), order[:begun], count)
    found = host_groups(sites)
    after = continued(found, order, before)
    assert all(set(old) <= set(new) for old, new in zip(before, after, strict=True))
    assert sorted(agency for shard in after for agency in shard) == sorted(order)
    number = {agency: n for n, shard in enumerate(after) for agency in shard}
    earlier = {agency for shard in before for agency in shard}
    for group in found:
        old = {number[agency] for agency in group.agencies if agency in earlier}
        new = {number[agency] for agency in group.agencies if agency not in earlier}
        assert len(new) <= 1
        assert not old or new <= old


def test_a_round_of_a_few_hundred_is_one_shard_and_a_country_a_hundred_and_twenty() -> None:
    def count(agencies: int) -> int:
        found = [HostGroup((f"a{n}",), 2000, ()) for n in range(agencies)]
        shards = shards_of(found, [f"a{n}" for n in range(agencies)])
        assert max(map(len, shards)) - min(map(len, shards)) <= 1
        return len(shards)

    assert (count(1), count(167), count(AGENCIES), count(400), count(30_000)) == (1, 1, 1, 2, 120)


def round_(agencies: Sequence[Agency]) -> Round:
    return Round(
        folder=Path(),
        settings=Settings("r"),
        agencies=tuple(agencies),
        services=(),
        datasets=(),
        declarations=(),
    )


def second(_: str) -> float:
    return 1.0


def test_the_critical_place_is_the_shared_address_or_the_largest_portal() -> None:
    alone = [AgencySite("a", {"a.test": "10.0.0.1"}, 2000), AgencySite("b", {"b.test": "10.0.0.2"}, 900)]
    shared = [AgencySite(f"s{n:02}", {f"s{n:02}.test": "10.0.0.7"}, 2000) for n in range(26)]
    first = slowest_host(host_groups(alone), second)
    assert first == SlowestHost("a.test", 1, 2000, 2000)
    worst = slowest_host(host_groups(alone + shared), second)
    assert worst == SlowestHost("10.0.0.7", 26, 52_000, math.ceil(52_000 / HOSTS_AT_ONCE))
    assert slowest_host([], second) is None
    agreed = slowest_host(host_groups(alone), lambda host: 0.25 if host == "a.test" else 1.0)
    assert agreed == SlowestHost("b.test", 1, 900, 900), "a delay that was agreed on is what takes time"


def test_a_round_that_is_as_it_was_planned_is_not_resolved_again(tmp_path: Path) -> None:
    """Resolvers give another address every minute, where a name has several."""
    asked: list[str] = []

    class Resolvers(AddressPolicy):
        def address_of(self, host: str) -> str:
            asked.append(host)
            return f"192.0.2.{len(asked)}"

    agencies = [Agency(id, id, "main", f"http://{id}.test/") for id in "abc"]
    round = round_(agencies)
    policy = Resolvers(round.settings.network)
    first = plan_of(round, tmp_path, policy, 2)
    assert sorted({host.removeprefix("www.") for host in asked}) == ["a.test", "b.test", "c.test"]
    plan.fix(
        tmp_path, written_plan(round, first), vantage="here", now=dt.datetime(2025, 12, 1, tzinfo=dt.UTC)
    )
    asked.clear()
    assert plan_of(round, tmp_path, policy) == first
    assert asked == []
    elsewhere = replace(round.settings, network=replace(round.settings.network, resolvers=("192.0.2.53",)))
    assert plan_of(replace(round, settings=elsewhere), tmp_path, policy) == first
    assert asked == []
    more = round_([*agencies, Agency("d", "d", "main", "http://d.test/")])
    grown = plan_of(more, tmp_path, policy)
    assert sorted({host.removeprefix("www.") for host in asked}) == ["a.test", "b.test", "c.test", "d.test"]
    assert [set(old) <= set(new) for old, new in zip(first.shards, grown.shards, strict=True)] == [True, True]
    moved = round_([*agencies[:2], Agency("c", "c", "main", "http://other.test/")])
    asked.clear()
    assert plan_of(moved, tmp_path, policy).shards == first.shards
    assert sorted({host.removeprefix("www.") for host in asked}) == ["a.test", "b.test", "other.test"]


def test_what_was_planned_in_a_shard_returns_to_it_after_a_plan_of_a_part(tmp_path: Path) -> None:
    """As a re-test leaves one: what lies in the other shards would be visited again elsewhere."""
    mapped = NetworkSettings(hosts={f"p{n}.test": f"127.0.0.{n + 1}" for n in range(6)}, allow_private=True)
    names = [Agency(f"a{n}", "n", "main", f"http://p{n}.test/") for n in range(6)]
    whole = Round(tmp_path, Settings("r", network=mapped), tuple(names), (), ())
    policy = AddressPolicy(mapped)

    def planned(round: Round, count: int | None = None) -> Any:
        found = plan_of(round, tmp_path, policy, count)
        plan.fix(
            tmp_path, written_plan(round, found), vantage="v", now=dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
        )
        return found.shards

    first = planned(whole, 3)
    part = planned(replace(whole, agencies=(names[2],)))
    assert [agency for shard in part for agency in shard] == ["a2"] and len(part) == len(first)
    # two more on the host of the last: its host group, now the largest, would go first into the first shard
    more = tuple(Agency(f"z{n}", "n", "main", f"http://p5.test/{n}/") for n in range(2))
    grown = planned(replace(whole, agencies=(*names, *more)))
    assert all(set(before) <= set(after) for before, after in zip(first, grown, strict=True))
    assert next(shard for shard in grown if "a5" in shard)[-2:] == ("z0", "z1")


def test_hosts_of_an_agency_are_found_and_addresses_of_content_delivery_tell_nothing() -> None:
    body = Agency(
        "a",
        "a",
        "main",
        "https://www.a.test/fa/",
        hosts=("https://b.test:8443/x",),
        catalogue="https://c.test/d",
    )
    one = round_([body])
    assert set(hosts_of(one, "a")) == {"www.a.test", "a.test", "b.test", "www.b.test", "c.test"}
    (site,) = sites_of(one, {"www.a.test": "10.0.0.1", "b.test": "104.16.1.1"})
    assert (site.hosts["www.a.test"], site.hosts["b.test"], site.hosts["c.test"]) == ("10.0.0.1", None, None)
    assert site.pages == one.settings.crawl.max_pages
    more = Settings("r", network=NetworkSettings(content_delivery=("10.0.0.0/8", "2001:db8::/32")))
    (site,) = sites_of(
        replace(one, settings=more), {"a.test": "10.0.0.1", "b.test": "2001:db8::1", "c.test": "192.0.2.1"}
    )
    assert (site.hosts["a.test"], site.hosts["b.test"], site.hosts["c.test"]) == (None, None, "192.0.2.1")


def test_names_are_resolved_all_at_once_and_one_without_an_answer_holds_nobody_up() -> None:
    never, times = threading.Event(), iter(range(1000))

    def lookup(name: str) -> Sequence[Address]:
        if name == "slow.org":
            never.wait(20)
        return [ipaddress.ip_address("192.0.2.9")]

    policy = AddressPolicy(NetworkSettings(allow_private=True, hosts={"a.test": "127.0.0.9"}), lookup=lookup)
    try:
        # a clock of twenty seconds a look: the patience is over when the first answers are there
        found = addresses_of(
            ["slow.org", "a.test", "gone.test", "fine.org"], policy, clock=lambda: 5.0 * next(times)
        )
    finally:
        never.set()
    assert found == {"a.test": "127.0.0.9", "fine.org": "192.0.2.9"}
