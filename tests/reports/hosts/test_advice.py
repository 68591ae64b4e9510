"""What an engineer may do about facts that are no problems, by fact."""

from __future__ import annotations

from typing import Any

import pytest

from reports.hosts.advice import better


def policies(**said: Any) -> dict[str, Any]:
    calm = {"content_policy": None, "content_policy_tried": False, "framing": "nobody", "sniffing_off": True}
    return {"http": {"policies": {**calm, "referrer_policy": "no-referrer", **said}}}


@pytest.mark.parametrize(
    ("facts", "names", "told"),
    [
        ({}, (), ()),
        ({"lifetime": {"over": True}}, (), ("lifetime_over",)),
        ({"lifetime": {"over": False}, "compression": False, "secure_renegotiation": True}, (), ()),
        (
            {"compression": True, "secure_renegotiation": False},
            (),
            ("compression_yes", "secure_renegotiation_no"),
        ),
        ({"client_certificate": True, "open": ["tls"]}, (), ("client_certificate_yes", "unanswered")),
        ({"http": {"security_txt": {"state": "expired"}}}, (), ("security_txt_expired",)),
        ({"http": {"security_txt": {"state": "valid"}}}, (), ()),
        ({}, ("lame", "lame"), ("dns_lame",)),
    ],
)
def test_each_fact_has_its_advice(
    facts: dict[str, Any], names: tuple[str, ...], told: tuple[str, ...]
) -> None:
    assert better(facts, names) == told


@pytest.mark.parametrize(
    ("banners", "told"),
    [
        ([{"header": "server", "value": "x/1.0", "version": True}], True),
        ([{"header": "server", "value": "x", "version": False}], False),
        ([], False),
        (None, False),
    ],
)
def test_a_banner_that_tells_a_version(banners: Any, told: bool) -> None:
    assert ("banner_version" in better(policies(banners=banners), ())) is told
