"""Records made to keep a validator busy are tried a few times each, and then the look is left open."""

from __future__ import annotations

import base64
import random
from typing import cast

import dns.dnssec
import dns.name
import dns.rrset
import pytest

from checks.dns.denial import MOST_ITERATIONS, Proofs
from checks.dns.signatures import Key, Keys, SignatureLimit, SignatureVerifier, signed, usable
from fixtures.dns import signing

_APEX = dns.name.from_text("a.test")
_AT = 1_767_268_800.0


def _keys_of_one_tag(number: int) -> tuple[Key, ...]:
    """Words of a key in another order keep its tag."""
    chance = random.Random(1404)
    key = signing.key(_APEX, "ECDSAP256SHA256")[1]
    words = [key.key[at : at + 2] for at in range(0, len(key.key), 2)]
    found: set[bytes] = set()
    while len(found) < number:
        chance.shuffle(words)
        found.add(b"".join(words))
    made = tuple(cast(Key, key.replace(key=value)) for value in sorted(found))
    assert {dns.dnssec.key_id(other) for other in made} == {dns.dnssec.key_id(key)}
    return made


def _signatures(tag: int, number: int) -> dns.rrset.RRset:
    text = "A 13 2 60 20300101000000 20200101000000 {tag} a.test. {signature}"
    chance = random.Random(1404)
    return dns.rrset.from_text_list(
        "a.test.", 60, "IN", "RRSIG",
        [text.format(tag=tag, signature=base64.b64encode(chance.randbytes(64)).decode()) for _ in range(number)],
    )  # fmt: skip


def test_many_keys_of_one_tag_and_many_signatures_are_tried_a_few_times() -> None:
    keys = _keys_of_one_tag(200)
    signatures = _signatures(dns.dnssec.key_id(keys[0]), 200)
    rrset = dns.rrset.from_text("a.test.", 60, "IN", "A", "192.0.2.1")
    verifier = SignatureVerifier()
    found = signed(rrset, [rrset, signatures], Keys(_APEX, keys), _AT, verifier)
    assert found.fault == "signature_wrong"
    assert len(verifier._known) <= 32


def test_a_look_ends_when_too_much_was_tried() -> None:
    keys = _keys_of_one_tag(4)
    signatures = _signatures(dns.dnssec.key_id(keys[0]), 8)
    verifier = SignatureVerifier()
    with pytest.raises(SignatureLimit):
        for number in range(256):
            rrset = dns.rrset.from_text("a.test.", 60, "IN", "A", f"192.0.2.{number}")
            signed(rrset, [rrset, signatures], Keys(_APEX, keys), _AT, verifier)
    assert len(verifier._known) == 600


def test_a_key_that_is_revoked_or_no_zones_signs_nothing() -> None:
    good = signing.key(_APEX, "ED25519")[1]
    others = [good.replace(flags=good.flags | 0x80), good.replace(flags=1), good.replace(protocol=2), good.replace(algorithm=1)]  # fmt: skip
    assert usable([good, *others]) == (good,)  # type: ignore[list-item]


@pytest.mark.parametrize(("iterations", "denied"), [(MOST_ITERATIONS, None), (MOST_ITERATIONS + 1, "open")])
def test_names_hashed_too_often_are_not_hashed(iterations: int, denied: str | None) -> None:
    """RFC 9276: past the bound the zone counts as one that does not say."""
    private, key = signing.key(_APEX, "ECDSAP256SHA256")
    owner = dns.name.from_text("0p9mhaveqvm6t7vbl5lop2u3t2rp3tom", _APEX)
    rrset = dns.rrset.from_text(
        owner, 60, "IN", "NSEC3", f"1 0 {iterations} ab 2t7b4g4vsa5smi47k61mv5bv1a22bojr A"
    )
    rrsig = dns.dnssec.sign(
        rrset, private, _APEX, key, inception="20200101000000", expiration="20300101000000"
    )
    section = [rrset, dns.rrset.from_rdata(owner, 60, rrsig)]
    proofs = Proofs(section, Keys(_APEX, (key,)), _AT, SignatureVerifier())
    assert proofs.fault == ""
    assert proofs.denies(dns.name.from_text("x.a.test"), "DS") == denied
