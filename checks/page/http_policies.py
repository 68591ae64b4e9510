"""What the headers of a page let browsers do: content security policy, framing, sniffing, referrers, banners.

Pure functions of recorded headers, by the rules that browsers follow. Facts for the auditor: they are no problem
codes, for how much a portal owes its visitors here is for a model to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

from evidence.kinds.http import HttpFacts

_MOST_VALUE = 16_384  # characters of a policy that are read
_MOST_POLICIES = 8  # Policies of one answer that are read. Later ones are not read.
_MOST_DIRECTIVES = 60  # Directives of a policy that are read. Later ones are not read.
_MOST_SOURCES = 200  # Sources of a directive that are read. The rest is not read.
_SHOWN = 100  # characters of a banner
_VERSION = re.compile(r"[0-9]\.[0-9]|/v?[0-9]")

# Where a directive that is not there is looked for (CSP 3, 6.8.3).
_FALLBACK = {
    "script-src-elem": ("script-src-elem", "script-src", "default-src"),
    "script-src-attr": ("script-src-attr", "script-src", "default-src"),
    "script-src": ("script-src", "default-src"),
    "object-src": ("object-src", "default-src"),
}
_INLINE = ("script-src-elem", "script-src-attr")  # scripts in the markup: elements, and handlers of events
_NONCE_OR_HASH = re.compile(
    r"'(?:nonce-[A-Za-z0-9+/_=-]+|sha(?:256|384|512)-[A-Za-z0-9+/_=-]+)'", re.IGNORECASE
)
_ANY_SITE = re.compile(r"(?:http|https|data):|(?:https?://)?\*(?::(?:\*|[0-9]+))?(?:/.*)?", re.IGNORECASE)
# Directives that say nothing in markup (HTML, 4.2.5.3).
_NOT_IN_MARKUP = ("frame-ancestors", "sandbox", "report-uri")

_REFERRER_POLICIES = frozenset({
    "no-referrer", "no-referrer-when-downgrade", "same-origin", "origin", "strict-origin",
    "origin-when-cross-origin", "strict-origin-when-cross-origin", "unsafe-url",
})  # fmt: skip
# Words of old that browsers still know in markup (HTML, 4.2.5.1).
_OF_OLD = {
    "never": "no-referrer",
    "default": "strict-origin-when-cross-origin",
    "always": "unsafe-url",
    "origin-when-crossorigin": "origin-when-cross-origin",
}
_BANNERS = ("server", "x-powered-by", "x-aspnet-version", "x-aspnetmvc-version", "x-generator")

Framing = Literal["nobody", "same_origin", "listed", "anybody"]
Policy = dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class ContentPolicy:
    """What all content security policies of a page allow together; each of them has to agree.

    inline: scripts in the markup run, as elements or as handlers of events. evaluates: text is run as a script. anywhere: scripts of any site.
    plugins: objects and embeds of any site.
    """

    inline: bool
    evaluates: bool
    anywhere: bool
    plugins: bool

    @property
    def protects(self) -> bool:
        """Whether a script that was smuggled into the page does not run."""
        return not (self.inline or self.anywhere)


def content_policy(headers: tuple[str, ...], metas: tuple[str, ...] = ()) -> ContentPolicy | None:
    """None without an enforced policy. headers: values of Content-Security-Policy; metas: those in the markup."""
    marked_up = (
        {name: said for name, said in policy.items() if name not in _NOT_IN_MARKUP}
        for policy in directives(metas)
    )
    found = [policy for policy in (*directives(headers), *marked_up) if policy]
    if not found:
        return None
    return ContentPolicy(
        inline=any(all(_allows_inline(policy, way) for policy in found) for way in _INLINE),
        evaluates=all(_allows_eval(policy) for policy in found),
        anywhere=all(_allows_any_site(policy, "script-src-elem") for policy in found),
        plugins=all(_allows_any_site(policy, "object-src") for policy in found),
    )


def directives(values: tuple[str, ...]) -> Iterator[Policy]:
    """Of content security policies. Each value may hold several, with commas between them (CSP 3, 2.2.2)."""
    texts = [text for value in values[:_MOST_POLICIES] for text in value[:_MOST_VALUE].split(",")]
    for text in texts[:_MOST_POLICIES]:
        yield _policy(text)


def _policy(text: str) -> Policy:
    """Directives by name; of two with one name the first counts."""
    policy: Policy = {}
    for part in text.split(";")[:_MOST_DIRECTIVES]:
        words = part.split()
        if words:
            policy.setdefault(words[0].lower(), tuple(words[1 : 1 + _MOST_SOURCES]))
    return policy


def _sources(policy: Policy, directive: str) -> tuple[str, ...] | None:
    """The sources that hold for a directive; None where the policy says nothing of it."""
    named = next((name for name in _FALLBACK[directive] if name in policy), None)
    return None if named is None else policy[named]


def _runs_nothing(policy: Policy) -> bool:
    """Whether the page is in a sandbox without scripts and plugins."""
    sandbox = policy.get("sandbox")
    return sandbox is not None and "allow-scripts" not in (word.lower() for word in sandbox)


def _allows_eval(policy: Policy) -> bool:
    sources = _sources(policy, "script-src")
    if _runs_nothing(policy):
        return False
    return sources is None or "'unsafe-eval'" in (source.lower() for source in sources)


def _allows_inline(policy: Policy, directive: str) -> bool:
    """`'unsafe-inline'` counts for nothing beside a nonce, a hash or `'strict-dynamic'` (CSP 3, 6.7.3.2)."""
    sources = _sources(policy, directive)
    if _runs_nothing(policy):
        return False
    if sources is None:
        return True
    lowered = [source.lower() for source in sources]
    if any(_NONCE_OR_HASH.fullmatch(source) for source in sources) or "'strict-dynamic'" in lowered:
        return False
    return "'unsafe-inline'" in lowered


def _allows_any_site(policy: Policy, directive: str) -> bool:
    """`'strict-dynamic'` makes lists of sites count for nothing."""
    sources = _sources(policy, directive)
    if _runs_nothing(policy) or (directive == "object-src" and "sandbox" in policy):
        return False
    if sources is None:
        return True
    dynamic = "'strict-dynamic'" in (source.lower() for source in sources)
    return not dynamic and any(map(_ANY_SITE.fullmatch, sources))


def framing(facts: HttpFacts) -> Framing:
    """Who may show the page in a frame. `frame-ancestors` outweighs X-Frame-Options (HTML 7.6; CSP 3, 6.4.2)."""
    listed = [
        p["frame-ancestors"]
        for p in directives(facts.header_all("content-security-policy"))
        if "frame-ancestors" in p
    ]
    if listed:
        return min((_ancestors(sources) for sources in listed), key=_STRICTEST.index)
    options = {word.strip().lower() for word in ",".join(facts.header_all("x-frame-options")).split(",")}
    if len(options) > 1:
        return "nobody" if options & {"deny", "sameorigin", "allowall"} else "anybody"
    if "deny" in options:
        return "nobody"
    return "same_origin" if "sameorigin" in options else "anybody"


_STRICTEST: tuple[Framing, ...] = ("nobody", "same_origin", "listed", "anybody")


def _ancestors(sources: tuple[str, ...]) -> Framing:
    lowered = {source.lower() for source in sources} - {"'none'"}
    if not lowered:
        return "nobody"
    if lowered == {"'self'"}:
        return "same_origin"
    return "anybody" if any(map(_ANY_SITE.fullmatch, lowered)) else "listed"


def sniffing_off(facts: HttpFacts) -> bool:
    """`X-Content-Type-Options: nosniff`; of several words the first counts (Fetch, 3.6)."""
    first = ",".join(facts.header_all("x-content-type-options")).split(",")[0]
    return first.strip().lower() == "nosniff"


def referrer_policy(facts: HttpFacts, metas: tuple[str, ...] = ()) -> str | None:
    """The last word that browsers know (Referrer Policy, 8.1); None when they are left with their own rule.

    metas: what the markup says, which outweighs the header.
    """
    words = [
        word.strip().lower()
        for word in ",".join(facts.header_all("referrer-policy"))[:_MOST_VALUE].split(",")
    ]
    for meta in metas:
        word = meta.strip().lower()
        words.append(_OF_OLD.get(word, word))
    return next((word for word in reversed(words) if word in _REFERRER_POLICIES), None)


def policies(
    facts: HttpFacts, metas: tuple[str, ...] = (), referrers: tuple[str, ...] = ()
) -> dict[str, Any]:
    """All of this of one page, as observed values. metas, referrers: policies in its markup."""
    policy = content_policy(facts.header_all("content-security-policy"), metas)
    return {
        "content_policy": None if policy is None else {**asdict(policy), "protects": policy.protects},
        "content_policy_tried": bool(facts.header_all("content-security-policy-report-only")),
        "framing": framing(facts),
        "sniffing_off": sniffing_off(facts),
        "referrer_policy": referrer_policy(facts, referrers),
        "banners": banners(facts),
    }


def banners(facts: HttpFacts) -> list[dict[str, Any]]:
    """What the server says of its programs, and whether it names their versions."""
    said = ((name, value.strip()) for name in _BANNERS for value in facts.header_all(name)[:2])
    return [
        {"header": name, "value": value[:_SHOWN], "version": _VERSION.search(value) is not None}
        for name, value in said
        if value
    ]
