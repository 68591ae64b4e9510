"""Which hosts are an agency's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from claims.hosts import HostOwners, declared_hosts, own_hosts, tls_services
from claims.model import Agency, Round, Settings

# Agencies of one round: portal, and further hosts.
AGENCIES = {
    "water": ("https://www.water.gov.ir/fa/", ("crm.barid.ir",)),
    "roads": ("https://roads.gov.ir/", ()),
    "diary": ("http://diary.blog.ir/", ()),
    "town": ("https://town.ostan.ir/", ()),
    "village": ("https://village.ostan.ir/", ()),
    "ministry": ("https://ministry.ir/", ()),
    "bureau": ("https://bureau.ministry.ir/", ()),
    "school": ("https://alef.sch.ir/", ()),
    "university": ("https://www.ut.ac.ir/", ("shared.ir",)),
    "hospital": ("https://hospital.ut.ac.ir/", ("shared.ir",)),
    "fixture": ("https://www.mahi.test/", ()),
    "bare": ("http://127.0.0.1:8000/", ()),
    "suffix": ("https://github.io/", ()),
}


def agency(id: str) -> Agency:
    portal, hosts = AGENCIES[id]
    return Agency(id, id, "main", portal, hosts=hosts)


@pytest.fixture(scope="module")
def owners() -> HostOwners:
    return HostOwners(Round(Path(), Settings("r"), tuple(map(agency, AGENCIES))))


@pytest.mark.parametrize(
    ("id", "host", "own"),
    [
        ("water", "www.water.gov.ir", True),
        ("water", "water.gov.ir", True),
        ("water", "e.water.gov.ir", True),
        ("water", "e.water.gov.ir.", True),
        ("water", "crm.barid.ir", True),
        ("water", "www.crm.barid.ir", True),
        ("water", "a.crm.barid.ir", True),
        ("water", "barid.ir", False),  # whoever runs it for others
        ("water", "erp.barid.ir", False),
        ("water", "roads.gov.ir", False),
        ("water", "gov.ir", False),
        ("water", "my.gov.ir", False),
        ("water", "water.ir", False),
        ("water", "evilwater.gov.ir", False),
        ("roads", "water.gov.ir", False),
        ("diary", "diary.blog.ir", True),
        ("diary", "other.blog.ir", False),
        ("diary", "blog.ir", False),
        ("town", "town.ostan.ir", True),
        ("town", "e.town.ostan.ir", True),
        ("town", "village.ostan.ir", False),
        ("town", "ostan.ir", False),  # two of the round have hosts there
        ("ministry", "a.ministry.ir", True),
        ("ministry", "bureau.ministry.ir", False),
        ("bureau", "ministry.ir", False),
        ("bureau", "a.ministry.ir", False),
        ("school", "be.sch.ir", False),
        ("school", "darya.alef.sch.ir", True),
        ("university", "shared.ir", True),  # both say that it is theirs
        ("hospital", "shared.ir", True),
        ("water", "shared.ir", False),
        ("university", "hospital.ut.ac.ir", False),
        ("university", "lms.ut.ac.ir", True),  # below the portal's name without www
        ("hospital", "lms.ut.ac.ir", False),
        ("fixture", "mahi.test", True),
        ("fixture", "pay.mahi.test", True),
        ("fixture", "barg.test", False),
        ("bare", "127.0.0.1", True),
        ("bare", "10.0.0.1", False),  # ends like it
        ("bare", "", False),
        ("suffix", "github.io", True),
        ("suffix", "anybody.github.io", False),
    ],
)
def test_whose_a_host_is(owners: HostOwners, id: str, host: str, own: bool) -> None:
    assert owners.owns(agency(id), host) is own


def test_what_is_declared_is_crawled_with_and_without_www() -> None:
    one = Agency("a", "A", "main", "https://www.a.test:8443/fa/", hosts=("b.a.test", "c.test:9443"))
    assert declared_hosts(one) == ("www.a.test", "b.a.test", "c.test")
    assert own_hosts(one) == {"www.a.test", "a.test", "b.a.test", "www.b.a.test", "c.test", "www.c.test"}
    assert tls_services(one) == (
        ("www.a.test", 443),
        ("b.a.test", 443),
        ("c.test", 443),
        ("www.a.test", 8443),
        ("c.test", 9443),
    )
