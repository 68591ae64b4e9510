"""What may be wrong with a host, by weight: the codes of `hosts.security`, which reports and the model read too."""

from __future__ import annotations

# Serious: visitors are stopped or warned, or what passes between them and the host is not safe today.
# Most serious first.
SERIOUS = (
    "no_https", "revoked", "expired", "not_yet_valid", "self_signed", "untrusted", "name_mismatch", "cn_only",
    "intermediate_expired", "incomplete_chain", "wrong_usage", "anonymous_cipher", "weak_cipher",
    "no_modern_protocol", "weak_key", "weak_signature", "weak_dh", "form_to_http", "redirect_loop",
    "https_downgrade", "http_not_redirected", "obsolete_protocol", "no_forward_secrecy",
)  # fmt: skip
# Minor: needs something else to go wrong, browsers make up for it, or the host may have had no choice: no
# public CA may serve some government domains, so what `national_only` costs is for the model to say.
MINOR = (
    "national_only", "mixed_content", "insecure_cookie", "expires_soon", "misordered_chain",
    "hsts_missing", "hsts_invalid", "hsts_short",
)  # fmt: skip
PROBLEMS = (*SERIOUS, *MINOR)
