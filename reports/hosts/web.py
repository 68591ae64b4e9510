"""What a host's web server says and does, in words: HSTS, policies, banners, security.txt, cookies, open requests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reports.hosts.report_lines import (
    CodeText,
    ReportLine,
    TimeValue,
    Value,
    Values,
    listed,
    untrusted_address,
    untrusted_text,
)

FRAMINGS = ("nobody", "same_origin", "listed", "anybody")
REFERRERS = (
    "no-referrer", "no-referrer-when-downgrade", "same-origin", "origin", "strict-origin",
    "origin-when-cross-origin", "strict-origin-when-cross-origin", "unsafe-url",
)  # fmt: skip
# What a content security policy leaves open.
OPENINGS = ("inline", "anywhere", "evaluates", "plugins")
TXT_FAULTS = (
    "no_field", "content_type", "no_contact", "bad_expires", "no_expires", "expires_twice",
    "preferred_languages_twice", "not_https", "not_canonical", "bad_contact", "bad_encryption",
    "bad_acknowledgments", "bad_policy", "bad_hiring", "bad_canonical",
)  # fmt: skip
USES = ("form", "active", "passive", "requested")
_DAY = 86_400
_MOST = 12


def hsts(http: Mapping[str, Any]) -> Iterator[ReportLine]:
    said = http.get("hsts")
    if not isinstance(said, Mapping):
        return
    if said.get("value") is None:
        yield ReportLine("host_fact.hsts_none")
        return
    yield ReportLine("host_fact.hsts_value", {"value": untrusted_text(said["value"])})
    if said.get("max_age") is None:
        yield ReportLine("host_fact.hsts_unread")
    elif said["max_age"] == 0:
        yield ReportLine("host_fact.hsts_zero")
    else:
        key = "hsts_days_subdomains" if said.get("subdomains") else "hsts_days"
        yield ReportLine(f"host_fact.{key}", {"days": int(said["max_age"]) // _DAY})
    if said.get("preload"):
        yield ReportLine("host_fact.hsts_preload")


def policies(http: Mapping[str, Any]) -> Iterator[ReportLine]:
    said = http.get("policies")
    if not isinstance(said, Mapping):
        return
    for code in policy_codes(said):
        yield ReportLine(f"host_fact.{code}")


def policy_codes(said: Mapping[str, Any]) -> Iterator[str]:
    """Codes of the policies, without their banners."""
    policy = said.get("content_policy")
    if not isinstance(policy, Mapping):
        yield "content_policy_none"
    elif policy.get("protects"):
        yield "content_policy_protects"
    if isinstance(policy, Mapping):
        yield from (f"content_policy_{opening}" for opening in OPENINGS if policy.get(opening))
    if said.get("content_policy_tried"):
        yield "content_policy_tried"
    if said.get("framing") in FRAMINGS:
        yield f"framing_{said['framing']}"
    yield "sniffing_off" if said.get("sniffing_off") else "sniffing_on"
    referrer = said.get("referrer_policy")
    yield f"referrer_{referrer}" if referrer in REFERRERS else "referrer_none"


def banners(http: Mapping[str, Any]) -> Iterator[ReportLine]:
    said = http.get("policies")
    if not isinstance(said, Mapping):
        return
    for banner in (said.get("banners") or ())[:_MOST]:
        key = "banner_version" if banner.get("version") else "banner"
        shown = f"{banner.get('header')}: {banner.get('value')}"
        yield ReportLine(f"host_fact.{key}", {"banner": untrusted_text(shown)})
    if not said.get("banners"):
        yield ReportLine("host_fact.banner_none")


def security_txt(http: Mapping[str, Any]) -> Iterator[ReportLine]:
    said = http.get("security_txt")
    if not isinstance(said, Mapping):
        return
    state = said.get("state")
    if state not in ("absent", "unknown", "valid", "expired", "invalid"):
        return
    yield ReportLine(f"host_fact.security_txt_{state}")
    for fault in said.get("faults") or ():
        yield ReportLine(
            "host_fact.security_txt_fault", {"fault": CodeText(f"host_txt.{fault}", str(fault)[:40])}
        )
    if said.get("contact"):
        yield ReportLine("host_fact.security_txt_contact", {"contact": listed(said["contact"])})
    if said.get("expires"):
        yield ReportLine("host_fact.security_txt_expires", {"expires": TimeValue(str(said["expires"]))})
    if said.get("from"):
        yield ReportLine("host_fact.security_txt_from", {"host": untrusted_text(said["from"])})


def cookies(http: Mapping[str, Any]) -> Iterator[ReportLine]:
    found = http.get("cookies")
    if not isinstance(found, list):
        return
    for cookie in found[:_MOST]:
        lacks = [name for name in ("secure", "http_only") if not cookie.get(name)]
        key = "cookie_both" if len(lacks) == 2 else f"cookie_{lacks[0]}" if lacks else "cookie_well"
        yield ReportLine(f"host_fact.{key}", {"name": untrusted_text(cookie.get("name"))})
        if cookie.get("same_site") == "none":
            yield ReportLine("host_fact.cookie_anywhere", {"name": untrusted_text(cookie.get("name"))})
    yield from _further(len(found))


def open_uses(http: Mapping[str, Any]) -> Iterator[ReportLine]:
    """What safe pages load from, or send to, open addresses: [kind, page, target, element]."""
    found = http.get("insecure")
    if not isinstance(found, list):
        return
    for use in found[:_MOST]:
        if isinstance(use, list) and len(use) == 4 and use[0] in USES:
            kind, page, target, element = use
            values: dict[str, Value | Values] = {
                "page": untrusted_address(page),
                "target": untrusted_address(target),
                "element": untrusted_text(element),
            }
            yield ReportLine(f"host_fact.use_{kind}", values)
    yield from _further(len(found))


def _further(count: int) -> Iterator[ReportLine]:
    if count > _MOST:
        yield ReportLine("host_fact.further", {"n": count - _MOST})
