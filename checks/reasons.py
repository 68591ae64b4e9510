"""The closed lists of reasons, by subject and verdict, as the contract gives them. A check names the list it may use.

A `dns` of links or an `expired` of hosts is here because the contract has it, whether or not a check of this
version can find it.
"""

from __future__ import annotations

from checks.finding import Verdict

Reasons = dict[Verdict, tuple[str, ...]]

# What several vantage points make of a finding of any check (`checks.vantages`).
DIFFER = "vantages_differ"

SERVICES: Reasons = {
    "verified": ("transaction_entry", "tracking_entry"),
    "partial": ("login_wall", "interaction_only"),
    "contradicted": (
        "dead_link", "soft_404", "redirects_home", "under_construction", "hollow", "information_only",
        "form_download_only", "in_person_only", "wrong_service",
    ),
    "inconclusive": (
        "blocked", "unreachable", "server_error", "needs_browser", "robots", "limit", "not_attempted", "no_match",
        "ambiguous", "own_error",
    ),
}  # fmt: skip

LINKS: Reasons = {
    "contradicted": (
        "not_found", "gone", "soft_404", "server_error", "dns", "redirect_loop", "missing_fragment", "tls",
    ),
    "inconclusive": ("blocked", "timeout", "refused", "reset", "robots", "limit", "own_error"),
}  # fmt: skip

HOST_PROBLEMS: tuple[str, ...] = (
    "no_https", "expired", "not_yet_valid", "expires_soon", "name_mismatch", "cn_only", "self_signed", "untrusted",
    "national_only", "incomplete_chain", "misordered_chain", "intermediate_expired", "revoked", "weak_key",
    "weak_signature", "wrong_usage", "obsolete_protocol", "no_modern_protocol", "weak_cipher", "anonymous_cipher",
    "no_forward_secrecy", "weak_dh", "http_not_redirected", "https_downgrade", "redirect_loop", "hsts_missing",
    "hsts_invalid", "hsts_short", "mixed_content", "insecure_cookie", "form_to_http",
)  # fmt: skip

FRESHNESS: Reasons = {
    "verified": ("fresh",),
    "partial": ("undeclared", "due", "overdue"),
    "contradicted": ("no_update_2y", "stale_admitted", "stale_proven", "touched_unchanged"),
    "inconclusive": (
        "claimed_fresh",
        *(
            f"inconclusive_{cause}"
            for cause in (
                "not_attempted", "blocked", "truncated", "limit", "not_obtained", "generated", "clock", "calendar",
                "forecast", "unconfirmed", "no_date",
            )
        ),
    ),
    "not_applicable": ("static",),
}  # fmt: skip

TOUCHED: Reasons = {"contradicted": ("touched_unchanged",)}

USABILITY: Reasons = {
    "verified": ("usable",),
    "partial": ("spreadsheet_only", "untidy_table", "undeclared_encoding"),
    "contradicted": (
        "not_obtainable", "soft_404", "document_only", "undecodable", "broken_table", "empty", "wrong_format",
    ),
    "inconclusive": ("blocked", "unreachable", "server_error", "limit", "own_error", "not_attempted"),
}  # fmt: skip

# What was searched everywhere, on a portal seen whole, and is not there: nothing stays open.
_NOWHERE = "not_found_anywhere"
SEARCHED: Reasons = {**SERVICES, "inconclusive": (*SERVICES["inconclusive"], _NOWHERE)}

# Sections of a portal and what stands on them.
PORTAL: Reasons = {
    **SERVICES,
    "partial": (*SERVICES["partial"], "redirects_home", "plain_http"),
    "contradicted": (*SERVICES["contradicted"], "foreign_gateway", "local_login", "not_translated"),
    "inconclusive": (*SERVICES["inconclusive"], "undated", "needs_post", _NOWHERE),
}

# Why a URL that was seen was not fetched: the crawl's own words, not a verdict.
UNFETCHED: tuple[str, ...] = (
    "robots", "scope", "depth", "max_pages", "time_budget", "trap", "duplicate", "scheme", "too_long", "blocked_agency",
)  # fmt: skip

# Hosts and names borrow: what was not seen is told like a service. Their faults stand among the observed values, but for
# those of a connection.
UNSEEN: Reasons = {"inconclusive": SERVICES["inconclusive"]}
HOSTS: Reasons = {"partial": HOST_PROBLEMS, "contradicted": HOST_PROBLEMS, **UNSEEN}
PRIVACY: Reasons = {**PORTAL, "contradicted": (*PORTAL["contradicted"], "tracker_denied")}
