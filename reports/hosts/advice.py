"""What an agency's engineer can do: for each problem, in the order of weight; and for facts that are no problems."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from checks.hosts.problems import PROBLEMS
from reports.hosts.web import policy_codes

# Facts of the connection and the certificate that are better otherwise.
FACTS = (
    "lifetime_over", "compression_yes", "secure_renegotiation_no", "client_certificate_yes", "unanswered",
)  # fmt: skip
# Codes of policies with nothing to do about them.
WELL = frozenset({
    "content_policy_protects", "framing_nobody", "framing_same_origin", "framing_listed", "sniffing_off",
    "referrer_no-referrer", "referrer_same-origin", "referrer_strict-origin",
    "referrer_strict-origin-when-cross-origin",
})  # fmt: skip
TXT = ("security_txt_absent", "security_txt_expired", "security_txt_invalid")


def to_do(problems: Sequence[str], unproven: Sequence[str]) -> tuple[str, ...]:
    """Codes with a text in `host_do`, most serious first; also of what was seen once, for it is there to be looked at."""
    named = {*problems, *unproven}
    return tuple(code for code in PROBLEMS if code in named)


def better(facts: Mapping[str, Any], dns_faults: Sequence[str]) -> tuple[str, ...]:
    """Codes with a text in `host_better`."""
    return tuple(dict.fromkeys([*_connection(facts), *_web(facts), *(f"dns_{code}" for code in dns_faults)]))


def _connection(facts: Mapping[str, Any]) -> Iterator[str]:
    if (facts.get("lifetime") or {}).get("over"):
        yield "lifetime_over"
    if facts.get("compression") is True:
        yield "compression_yes"
    if facts.get("secure_renegotiation") is False:
        yield "secure_renegotiation_no"
    if facts.get("client_certificate") is True:
        yield "client_certificate_yes"
    if facts.get("open"):
        yield "unanswered"


def _web(facts: Mapping[str, Any]) -> Iterator[str]:
    http = facts.get("http") or {}
    said = http.get("policies")
    if isinstance(said, Mapping):
        yield from (code for code in policy_codes(said) if code not in WELL)
        if any(banner.get("version") for banner in said.get("banners") or ()):
            yield "banner_version"
    state = f"security_txt_{(http.get('security_txt') or {}).get('state')}"
    if state in TXT:
        yield state
