"""What a browser would show a citizen who visits a host, from what was seen of it.

A browser's page is named only for what stands among the proven problems; what was seen once, or could not be told,
is said to be that. Chromium's names and their order (net/base/net_errors, cert_status_flags).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from checks.finding import Finding
from checks.hosts.problems import SERIOUS
from reports.hosts.report_lines import Code, CodeText, ReportLine, Value, Values

Kind = Literal[
    "safe",
    "safe_open",
    "quiet",
    "national",
    "warning",
    "some",
    "refused",
    "open",
    "no_https",
    "once",
    "ours",
    "unknown",
]
KINDS: tuple[Kind, ...] = (
    "safe", "safe_open", "quiet", "national", "warning", "some", "refused", "open", "no_https", "once", "ours",
    "unknown",
)  # fmt: skip

# The page's own name in Chromium; of several the first is what it says.
WARNINGS = {
    "self_signed": "NET::ERR_CERT_AUTHORITY_INVALID", "untrusted": "NET::ERR_CERT_AUTHORITY_INVALID",
    "name_mismatch": "NET::ERR_CERT_COMMON_NAME_INVALID", "cn_only": "NET::ERR_CERT_COMMON_NAME_INVALID",
    "weak_signature": "NET::ERR_CERT_WEAK_SIGNATURE_ALGORITHM", "weak_key": "NET::ERR_CERT_WEAK_KEY",
    "expired": "NET::ERR_CERT_DATE_INVALID", "not_yet_valid": "NET::ERR_CERT_DATE_INVALID",
    "intermediate_expired": "NET::ERR_CERT_DATE_INVALID",
}  # fmt: skip
# Some browsers and programs stop at these, others do not.
SOMETIMES = {
    "revoked": "NET::ERR_CERT_REVOKED", "incomplete_chain": "NET::ERR_CERT_AUTHORITY_INVALID",
    "wrong_usage": "NET::ERR_CERT_INVALID",
}  # fmt: skip
REFUSALS = {
    "no_modern_protocol": "ERR_SSL_VERSION_OR_CIPHER_MISMATCH", "redirect_loop": "ERR_TOO_MANY_REDIRECTS",
}  # fmt: skip
_NATIONAL = {"national_only": "NET::ERR_CERT_AUTHORITY_INVALID"}
# What is said after the sentence, where the page itself opens.
BESIDE = ("http_not_redirected", "form_to_http", "mixed_content", "expires_soon")
OURS = frozenset({"own_error", "limit", "not_attempted", "robots"})
REACHES = ("refused", "reset", "timeout", "not_tls", "dns_fail", "no_certificate", "not_told")
# Browsers refuse RSA keys below this, not those that the rules of today call weak.
_REFUSED_BITS = 1024


@dataclass(frozen=True, slots=True)
class BrowserView:
    """because: problem codes that make it so. page: a browser's own name for what it shows. beside: more of it.

    why: of what could not be told, a code of `REACHES`, or of `reason` where it is ours. unsettled: problems that
    were seen and wait for a second look.
    """

    kind: Kind
    because: tuple[str, ...] = ()
    page: str = ""
    beside: tuple[str, ...] = ()
    why: str = ""
    unsettled: tuple[str, ...] = ()

    @property
    def sentence(self) -> ReportLine:
        values: dict[str, Value | Values] = {
            "because": tuple(CodeText(f"reason.{code}") for code in self.because),
            "page": Code(self.page),
            "why": CodeText(f"{'reason' if self.kind == 'ours' else 'host_reach'}.{self.why}"),
        }
        return ReportLine(f"host_sight.{self.kind}", values)


def browser_view(finding: Finding) -> BrowserView:
    """Of a finding of `hosts.security`."""
    observed = finding.observed
    problems = tuple(str(code) for code in observed.get("problems", ()))
    unproven = tuple(str(code) for code in observed.get("unproven", ()))
    facts = observed.get("facts") or {}
    if "no_https" in problems:
        return BrowserView("no_https", ("no_https",))
    for stage, pages in _stages(facts):
        if because := tuple(code for code in pages if code in problems):
            return BrowserView(stage, because, pages[because[0]], unsettled=unproven)
    if stops := tuple(code for code in unproven if code in _STOPPING):
        return BrowserView("once", stops, unsettled=unproven)
    if (untold := _untold(finding, facts)) is not None:
        return untold
    if "https_downgrade" in problems and not _lands(facts):
        return BrowserView("open", ("https_downgrade",), unsettled=unproven)
    beside = tuple(code for code in BESIDE if code in problems)
    if unsafe := tuple(code for code in problems if code in SERIOUS):
        return BrowserView("quiet", unsafe, "", beside, unsettled=unproven)
    kind: Kind = "safe_open" if finding.verdict == "inconclusive" and facts.get("open") else "safe"
    return BrowserView(kind, (), "", beside, unsettled=unproven)


_STOPPING = frozenset({"no_https", *WARNINGS, *SOMETIMES, *REFUSALS, *_NATIONAL}) - {"weak_key"}


def _stages(facts: Mapping[str, Any]) -> tuple[tuple[Kind, Mapping[str, str]], ...]:
    """What a visit meets, in the order of a visit: a connection, a certificate, an answer."""
    warnings = {code: page for code, page in WARNINGS.items() if code != "weak_key" or _tiny(facts)}
    protocol = {"no_modern_protocol": REFUSALS["no_modern_protocol"]}
    loop = {} if _lands(facts) else {"redirect_loop": REFUSALS["redirect_loop"]}
    return (
        ("refused", protocol),
        ("warning", warnings),
        ("national", _NATIONAL),
        ("some", SOMETIMES),
        ("refused", loop),
    )


def _lands(facts: Mapping[str, Any]) -> bool:
    """Whether a visit over https came to a page over https: what is wrong is on the way from http alone."""
    hops = (facts.get("http") or {}).get("https")
    last = hops[-1] if isinstance(hops, list) and hops else None
    if not isinstance(last, list) or len(last) != 2:
        return False
    status, url = last
    return isinstance(status, int) and 200 <= status < 300 and str(url).startswith("https:")


def _tiny(facts: Mapping[str, Any]) -> bool:
    kind, _, bits = str(facts.get("key") or "").partition(" ")
    return kind in ("RSA", "DSA") and bits.isdecimal() and int(bits) < _REFUSED_BITS


def _untold(finding: Finding, facts: Mapping[str, Any]) -> BrowserView | None:
    """None where TLS was spoken and a certificate was read."""
    unsettled = tuple(str(code) for code in finding.observed.get("unproven", ()))
    if finding.verdict == "inconclusive" and finding.reason in OURS and not facts.get("chain"):
        return BrowserView("ours", why=str(finding.reason), unsettled=unsettled)
    reach = facts.get("reach")
    if reach != "ok":
        return BrowserView("unknown", why=reach if reach in REACHES else "not_told", unsettled=unsettled)
    if not facts.get("chain"):
        return BrowserView("unknown", why="no_certificate", unsettled=unsettled)
    return None
