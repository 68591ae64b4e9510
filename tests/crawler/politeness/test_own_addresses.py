"""A portal that leads the crawl to this machine's own public addresses: each door refuses, in a network of its own with real sockets."""

from __future__ import annotations

import ipaddress
import json
import shutil
import socket
import subprocess
import sys
from typing import Any

import pytest

from claims.model import NetworkSettings
from crawler.politeness.own_addresses import is_own
from crawler.politeness.policy import Address, AddressPolicy, AddressRefused
from tests.crawler.own_machine import ELSEWHERE, NOTATIONS

_NAMESPACE = ["unshare", "--map-root-user", "--net"]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What happened in a namespace whose machine has public addresses."""
    if shutil.which("ip") is None or subprocess.run([*_NAMESPACE, "true"], capture_output=True).returncode:
        pytest.skip("no network namespace to be had here")
    folder = tmp_path_factory.mktemp("own")
    done = subprocess.run(
        [*_NAMESPACE, sys.executable, "-m", "tests.crawler.own_machine", str(folder)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.sockets
@pytest.mark.parametrize("notation", NOTATIONS)
def test_no_door_leads_to_a_public_address_of_this_machine(seen: dict[str, Any], notation: str) -> None:
    doors = seen["doors"][notation]
    assert doors["policy"] == doors["tls"] == doors["document"] == "private_address"
    assert doors["guard"].startswith("HTTP/1.1 502 Refused")
    assert "private_address" in doors["guard"]


@pytest.mark.sockets
def test_a_crawl_of_a_portal_on_this_machine_asks_it_nothing(seen: dict[str, Any]) -> None:
    assert len(seen["crawl"]) > len(NOTATIONS)
    assert set(seen["crawl"].values()) == {"private_address"}
    assert seen["connections"] == 0


@pytest.mark.sockets
def test_an_address_counts_from_the_moment_that_the_machine_has_it(seen: dict[str, Any]) -> None:
    assert seen["before"] == ["5.6.9.9", False]
    assert seen["after"] == ["private_address", "5.6.9.9"]


def test_the_kernel_tells_what_is_ours() -> None:
    assert is_own(ipaddress.ip_address("127.8.9.10"))
    assert is_own(ipaddress.ip_address("::1")) or not socket.has_dualstack_ipv6()
    assert not is_own(ipaddress.ip_address(ELSEWHERE))


def test_without_an_answer_of_the_kernel_nothing_is_visited_and_it_is_our_failure() -> None:
    def silent(_: Address) -> bool:
        raise PermissionError(1, "no netlink here")

    policy = AddressPolicy(NetworkSettings(), own=silent)
    with pytest.raises(AddressRefused) as caught:
        policy.resolve("1.1.1.1", 80)
    assert caught.value.failure == "own_error"
    assert AddressPolicy(NetworkSettings(allow_private=True), own=silent).resolve("127.0.0.1", 80).port == 80


def test_of_several_addresses_one_of_another_machine_is_taken() -> None:
    ours, theirs = ipaddress.ip_address("5.6.7.8"), ipaddress.ip_address("9.9.9.9")
    policy = AddressPolicy(
        NetworkSettings(), lookup=lambda _: [ours, theirs], own=lambda address: address == ours
    )
    assert [one.address for one in policy.endpoints("mixed.ir", 80)] == ["9.9.9.9"]


def test_a_round_that_allows_private_addresses_allows_our_own() -> None:
    policy = AddressPolicy(NetworkSettings(allow_private=True), own=lambda _: True)
    assert policy.resolve("5.6.7.8", 80).address == "5.6.7.8"
