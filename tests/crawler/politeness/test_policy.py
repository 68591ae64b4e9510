"""The address policy: what is refused, in whatever notation; what the mapping means; what is remembered."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping, Sequence

import pytest

from claims.model import NetworkSettings
from crawler.politeness.policy import Address, AddressPolicy, AddressRefused, Endpoint, choose, is_inside


def addresses(*texts: str) -> list[Address]:
    return [ipaddress.ip_address(text) for text in texts]


def answering(table: Mapping[str, Sequence[str]], asked: list[str]) -> Callable[[str], Sequence[Address]]:
    """A resolver that knows the names of a table and keeps count."""

    def lookup(name: str) -> Sequence[Address]:
        asked.append(name)
        if name not in table:
            raise AddressRefused("dns", "not in the table")
        return addresses(*table[name])

    return lookup


def failure(policy: AddressPolicy, host: str, port: int = 80) -> str:
    with pytest.raises(AddressRefused) as caught:
        policy.resolve(host, port)
    return caught.value.failure


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "0x7f.0.0.1",
        "0x7f000001",
        "2130706433",
        "017700000001",
        "①②⑦.0.0.1",
        "127.0.0.1.",
        "10.0.0.1",
        "10.10.34.35",
        "100.100.100.200",
        "169.254.169.254",
        "168.63.129.16",
        "172.31.0.1",
        "192.168.1.1",
        "0.0.0.0",
        "0",
        "224.0.0.1",
        "255.255.255.255",
        "198.18.0.1",
        "::1",
        "[::1]",
        "::",
        "::ffff:127.0.0.1",
        "[::ffff:7f00:1]",
        "::127.0.0.1",
        "64:ff9b::a00:1",
        "2002:7f00:1::",
        "fe80::1",
        "fc00::1",
        "fd00:ec2::254",
        "2001:db8::1",
        "2001::1",
        "ff02::1",
        "localhost",
        "LocalHost.",
    ],
)
def test_addresses_inside_are_refused_in_every_notation(host: str) -> None:
    assert failure(AddressPolicy(NetworkSettings()), host) == "private_address"


@pytest.mark.parametrize("host", ["1.1.1.1", "0x01010101", "2606:4700:4700::1111", "[64:ff9b::101:101]"])
def test_public_literals_are_given_without_a_resolver(host: str) -> None:
    asked: list[str] = []
    AddressPolicy(NetworkSettings(), lookup=answering({}, asked)).resolve(host, 443)
    assert asked == []


def test_allow_private_lets_loopback_through() -> None:
    policy = AddressPolicy(NetworkSettings(allow_private=True))
    assert policy.resolve("127.1", 8080) == Endpoint("127.0.0.1", 8080)
    assert policy.resolve("localhost", 80) == Endpoint("127.0.0.1", 80)


def test_mapping_of_name_and_of_name_with_port() -> None:
    hosts = {
        "Portal.Agency-A.test": "127.9.0.1",
        "portal.agency-a.test:443": "127.9.0.1:8443",
        "شهرداری.test": "127.9.0.2",
        "six.test": "[::1]:99",
    }
    policy = AddressPolicy(NetworkSettings(allow_private=True, hosts=hosts))
    assert policy.resolve("portal.agency-a.test", 80) == Endpoint("127.9.0.1", 80)
    assert policy.resolve("PORTAL.agency-a.test.", 443) == Endpoint("127.9.0.1", 8443)
    assert policy.resolve("شهرداری.test".encode("idna").decode(), 80) == Endpoint("127.9.0.2", 80)
    assert policy.resolve("six.test", 80) == Endpoint("::1", 99)


def test_mapping_does_not_lift_the_ban_on_private_addresses() -> None:
    policy = AddressPolicy(
        NetworkSettings(hosts={"portal.test": "127.0.0.1", "broken.test": "not an address"})
    )
    assert failure(policy, "portal.test") == "private_address"
    assert failure(policy, "broken.test") == "resolver"


@pytest.mark.parametrize(
    "host", ["other.test", "a.invalid", "b.example", "c.localhost", "printer.local", "d.internal"]
)
def test_reserved_names_do_not_exist_and_no_resolver_is_asked(host: str) -> None:
    asked: list[str] = []
    policy = AddressPolicy(NetworkSettings(allow_private=True), lookup=answering({}, asked))
    assert failure(policy, host) == "dns"
    assert asked == []


@pytest.mark.parametrize(
    "host", ["", "a b", "a/b", "user@127.0.0.1", "a\\b", "x" * 300, "%00", "fe80::1%eth0"]
)
def test_what_is_no_host_name_does_not_exist(host: str) -> None:
    assert failure(AddressPolicy(NetworkSettings(allow_private=True)), host) == "dns"


@pytest.mark.parametrize("port", [0, 22, 25, 143, 587, 2049, 6000, 6667, 10080])
def test_ports_that_no_browser_asks_are_refused_before_a_resolver_is_asked(port: int) -> None:
    asked: list[str] = []
    policy = AddressPolicy(NetworkSettings(), lookup=answering({"a.ir": ["1.1.1.1"]}, asked))
    assert failure(policy, "a.ir", port) == "bad_port"
    assert asked == []
    assert policy.resolve("a.ir", 8080) == Endpoint("1.1.1.1", 8080)


def test_a_rebinding_name_is_resolved_once() -> None:
    table = {"rebind.ir": ["1.1.1.1"]}
    asked: list[str] = []
    policy = AddressPolicy(NetworkSettings(), lookup=answering(table, asked))
    assert policy.resolve("rebind.ir", 80) == Endpoint("1.1.1.1", 80)
    table["rebind.ir"] = ["127.0.0.1"]
    assert policy.resolve("Rebind.ir.", 443) == Endpoint("1.1.1.1", 443)
    assert asked == ["rebind.ir"]


def test_of_mixed_answers_a_public_one_is_taken_ipv4_first() -> None:
    mixed = addresses("127.0.0.1", "2606:4700:4700::1111", "1.1.1.1")
    assert str(choose(mixed, allow_private=False)[0]) == "1.1.1.1"
    with pytest.raises(AddressRefused):
        choose(addresses("10.0.0.1", "fe80::1"), allow_private=False)


def test_a_failed_name_is_asked_again_after_a_moment() -> None:
    now = 100.0
    table: dict[str, Sequence[str]] = {}
    asked: list[str] = []
    policy = AddressPolicy(NetworkSettings(), lookup=answering(table, asked), clock=lambda: now)
    assert failure(policy, "later.ir") == "dns"
    assert failure(policy, "later.ir") == "dns"
    assert len(asked) == 1
    table["later.ir"] = ["1.1.1.1"]
    now += 3
    assert policy.resolve("later.ir", 80).address == "1.1.1.1"


def test_embedded_addresses_are_looked_through() -> None:
    assert not is_inside(ipaddress.ip_address("2002:101:101::1"))
    assert is_inside(ipaddress.ip_address("2002:a00:1::1"))
    assert not is_inside(ipaddress.ip_address("::ffff:1.1.1.1"))


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254", "2852039166", "::ffff:a9fe:a9fe", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1", "169.254.170.2",
        "fd00:ec2::254", "fd20:ce::254", "100.100.100.200", "192.0.0.192", "168.63.129.16", "metadata.google.internal",
        "Metadata.Google.Internal.", "metadata.tencentyun.com",
    ],
)  # fmt: skip
def test_a_metadata_service_is_refused_even_where_private_addresses_are_allowed(host: str) -> None:
    asked: list[str] = []
    policy = AddressPolicy(NetworkSettings(allow_private=True), lookup=answering({}, asked))
    assert failure(policy, host) == "private_address"
    assert asked == []


def test_a_name_that_stands_for_a_metadata_service_is_refused_even_where_private_addresses_are_allowed() -> (
    None
):
    table = {"rebind.ir": ["169.254.169.254"], "both.ir": ["169.254.169.254", "10.0.0.1"]}
    policy = AddressPolicy(
        NetworkSettings(allow_private=True, hosts={"mapped.ir": "168.63.129.16"}), lookup=answering(table, [])
    )
    assert failure(policy, "rebind.ir") == failure(policy, "mapped.ir") == "private_address"
    assert [one.address for one in policy.endpoints("both.ir", 80)] == ["10.0.0.1"]
