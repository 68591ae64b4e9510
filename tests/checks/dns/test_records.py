"""Records of SPF, DMARC and CAA, read by their grammars."""

from __future__ import annotations

import random

import dns.rdata
import dns.rdtypes.ANY.CAA
import pytest

from checks.dns.caa_records import Caa, read_caa
from checks.dns.dmarc import read_dmarc
from checks.dns.spf import read_spf


@pytest.mark.parametrize(
    ("record", "strangers"),
    [
        ("v=spf1 -all", "fail"),
        ("V=SPF1 -ALL", "fail"),
        ("v=spf1", ""),
        ("v=spf1 ", ""),
        ("v=spf1 all", "pass"),
        ("v=spf1 +all", "pass"),
        ("v=spf1 ~all -all", "softfail"),
        ("v=spf1 a mx ptr -all", "fail"),
        ("v=spf1 a:mail.example.org/24//64 mx/30 -all", "fail"),
        ("v=spf1 a//64 -all", "fail"),
        ("v=spf1 ip4:192.0.2.1 ip4:192.0.2.0/24 ip6:2001:db8::/32 ip6:2001:db8::1 ?all", "neutral"),
        ("v=spf1 include:_spf.example.org exists:%{i}._spf.%{d2} -all", "fail"),
        ("v=spf1 include:%{ir}.%{v}._spf.%{d2r.-} -all", "fail"),
        ("v=spf1 redirect=_spf.example.org", "redirect"),
        ("v=spf1 -all redirect=_spf.example.org", "fail"),
        ("v=spf1 mx exp=explain.example.org -all", "fail"),
        ("v=spf1 unknown=thing unknown=other nothing= -all", "fail"),
        ("v=spf1  mx   -all ", "fail"),
    ],
)
def test_a_good_spf_record_says_what_of_strangers(record: str, strangers: str) -> None:
    spf = read_spf([record.encode()])
    assert (spf.found, spf.valid, spf.strangers) == (1, True, strangers)


@pytest.mark.parametrize(
    "record",
    [
        "v=spf1 ip4:192.0.2.256 -all", "v=spf1 ip4:192.0.2.1/33 -all", "v=spf1 ip4:2001:db8::1 -all",
        "v=spf1 ip6:192.0.2.1 -all", "v=spf1 ip6:fe80::1%eth0 -all", "v=spf1 ip6:2001:db8::/129 -all",
        "v=spf1 ip4 -all", "v=spf1 ip4:192.0.2.1/ -all", "v=spf1 ip4:192.0.2.1/٢٤ -all", "v=spf1 all: -all",
        "v=spf1 -all:x", "v=spf1 include -all", "v=spf1 include: -all", "v=spf1 exists -all",
        "v=spf1 mail.example.org -all", "v=spf1 ipv4:192.0.2.1 -all", "v=spf1 a/33 -all", "v=spf1 a//129 -all",
        "v=spf1 a:/24 -all", "v=spf1 mx: -all", "v=spf1 include:%{x}.example.org -all",
        "v=spf1 include:%.example.org -all", "v=spf1 redirect=a.example redirect=b.example",
        "v=spf1 redirect=", "v=spf1 exp=a exp=b -all", "v=spf1 - all", "v=spf1 mx,-all", "v=spf1 \tmx -all",
        "v=spf1 سلام -all",
    ],
)  # fmt: skip
def test_a_broken_spf_record_is_not_valid(record: str) -> None:
    spf = read_spf([record.encode()])
    assert (spf.found, spf.fault) == (1, "spf_invalid")


def test_only_spf_records_count() -> None:
    assert read_spf([b"v=spf10 -all", b"spf1 -all", b" v=spf1 -all", b"v=spf1-all"]).fault == "spf_missing"
    assert read_spf([b"v=spf1 -all", b"x", b"v=spf1"]).fault == "spf_many"
    assert read_spf([b"v=spf1 " + b"mx " * 3_000 + b"-all"]).fault == "spf_invalid"


def test_look_ups_of_the_record_itself_are_counted() -> None:
    ten = " ".join(["a", "mx", "ptr", "exists:a.example", *(f"include:s{n}.example" for n in range(6))])
    assert read_spf([f"v=spf1 {ten} ip4:192.0.2.1 -all".encode()]).fault == ""
    assert read_spf([f"v=spf1 {ten} redirect=b.example".encode()]).fault == "spf_invalid"
    # nothing past `all` is ever asked, and beside it no redirect is followed (RFC 7208, 5.1 and 6.1)
    assert read_spf([f"v=spf1 {ten} -all include:s7.example".encode()]).fault == ""
    assert read_spf([f"v=spf1 redirect=b.example {ten} -all".encode()]).fault == ""
    assert read_spf([b"v=spf1 -all include"]).fault == "spf_invalid"


@pytest.mark.parametrize(
    ("record", "fault"),
    [
        ("v=spf1 ip4:0.0.0.0/0 -all", "spf_open"),
        ("v=spf1 ip6:::/0 -all", "spf_open"),
        ("v=spf1 mx +ip4:128.0.0.0/1 include:a.example ip4:0.0.0.0/1 ~all", "spf_open"),
        ("v=spf1 a/0 -all", "spf_open"),
        ("v=spf1 mx:b.example//0 -all", "spf_open"),
        ("v=spf1 -ip4:0.0.0.0/0 ?all", "spf_neutral"),
        ("v=spf1 ip4:0.0.0.0/1 -all", ""),
        ("v=spf1 -all ip4:0.0.0.0/0", ""),
        ("v=spf1 ip4:0.0.0.0 ip6::: -all", ""),
    ],
)
def test_networks_that_hold_everybody_let_everybody_send(record: str, fault: str) -> None:
    assert read_spf([record.encode()]).fault == fault


@pytest.mark.parametrize(
    ("record", "inherited", "policy", "fault"),
    [
        ("v=DMARC1; p=reject", False, "reject", ""),
        ("v=DMARC1;p=quarantine;", False, "quarantine", ""),
        ("v = DMARC1 ; P = Reject ; rua = mailto:a@b.test", False, "reject", ""),
        ("v=DMARC1; p=none; sp=reject", False, "none", "dmarc_none"),
        ("v=DMARC1; p=none; sp=reject", True, "reject", ""),
        ("v=DMARC1; p=reject; sp=none", True, "none", "dmarc_none"),
        ("v=DMARC1; p=reject; sp=nonsense", True, "reject", ""),
        ("v=DMARC1; p=reject; unknown=1", False, "reject", ""),
        ("v=DMARC1; p=quarantine; pct=0", False, "none", "dmarc_none"),
        ("v=DMARC1; p=quarantine; t=y", False, "none", "dmarc_none"),
        ("v=DMARC1; p=quarantine; pct=50; t=n", False, "quarantine", ""),
        ("v=DMARC1; p=reject; pct=0", False, "quarantine", ""),
        ("v=DMARC1; p=reject; T=Y", False, "quarantine", ""),
        ("v=DMARC1", False, "", "dmarc_invalid"),
        ("v=DMARC1; p=", False, "", "dmarc_invalid"),
        ("v=DMARC1; p=deny", False, "", "dmarc_invalid"),
        ("v=DMARC1; reject", False, "", "dmarc_invalid"),
        ("v=DMARC1; p=reject; =", False, "reject", "dmarc_invalid"),
        ("v=dmarc1; p=reject", False, "", "dmarc_missing"),
        ("p=reject; v=DMARC1", False, "", "dmarc_missing"),
        ("v=DMARC10; p=reject", False, "", "dmarc_missing"),
    ],
)
def test_a_dmarc_record_asks_for_what(record: str, inherited: bool, policy: str, fault: str) -> None:
    dmarc = read_dmarc([b"other", record.encode()], inherited=inherited)
    assert (dmarc.policy, dmarc.fault) == (policy, fault)


def _caa(*texts: str) -> Caa:
    records = [dns.rdata.from_text("IN", "CAA", text) for text in texts]
    return read_caa(record for record in records if isinstance(record, dns.rdtypes.ANY.CAA.CAA))


def test_caa_says_who_may_issue() -> None:
    both = _caa('0 issue "b.example"', '0 issue "A.example ; account=1"', '0 issuewild ";"')
    assert both.issuers == ("a.example", "b.example")
    assert (both.limited, both.wildcards) == (True, ())
    nobody = _caa('0 issue ";"')
    assert (nobody.limited, nobody.issuers, nobody.malformed) == (True, (), False)
    assert _caa('0 issue ""').issuers == ()
    told = _caa('0 iodef "mailto:a@b.test"')
    assert (told.limited, told.contact) == (False, True)
    assert _caa('128 tbs "x"').unknown
    assert not _caa('0 tbs "x"').unknown
    assert _caa('0 issue "two names.example"').malformed
    assert _caa('0 ISSUE "a.example"').limited


def test_any_bytes_can_be_read() -> None:
    """Hostile records: 3,000 of each kind, made of what such records are made of."""
    chance = random.Random(1404)
    words = [b"v=spf1", b"v=DMARC1;", b" ", b"ip4:", b"ip6:", b"192.0.2.1", b"/", b"//", b"%", b"%{", b"}", b"a", b"=",
             b"all", b"-", b"redirect=", b"include:", b"p=", b"reject", b";", b"\0", b"\xff", b":", b"9" * 50]  # fmt: skip
    for _ in range(3_000):
        text = b"".join(chance.choices(words, k=chance.randrange(40)))
        spf = read_spf([b"v=spf1 " + text])
        assert spf.found == 1
        assert spf.strangers in ("", "fail", "softfail", "neutral", "pass", "redirect")
        dmarc = read_dmarc([b"v=DMARC1;" + text], inherited=bool(chance.getrandbits(1)))
        assert dmarc.found == 1
        assert dmarc.policy in ("", "none", "quarantine", "reject")
        value = dns.rdtypes.ANY.CAA.CAA(1, 257, chance.randrange(256), b"issue", text)  # type: ignore[no-untyped-call]
        assert read_caa([value]).limited
