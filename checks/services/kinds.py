"""The kinds of pages that a look for a service meets, and the level that each shows."""

from __future__ import annotations

from typing import Literal

from claims.model import Level

Kind = Literal[
    "service_form", "wizard", "payment", "sign_on", "tracking", "login", "booking", "estimate", "papers_by_email",
    "in_person", "form_download", "document", "under_construction", "hollow", "information",
    "news", "search_results", "list", "other_service", "untied", "unclear", "shell",
]  # fmt: skip

ENTRY_KINDS: frozenset[Kind] = frozenset({"service_form", "wizard", "payment", "sign_on", "tracking"})
# say the title, and are no page of the service
ASIDE_KINDS: frozenset[Kind] = frozenset({"news", "search_results", "list"})
# who somebody is, here or at the national single sign-on
LOGIN_KINDS: frozenset[Kind] = frozenset({"login", "sign_on"})
HALF_KINDS: frozenset[Kind] = frozenset({"login", "booking", "estimate", "papers_by_email"})
_LEVELS: dict[Kind, Level] = {
    "service_form": "transaction",
    "wizard": "transaction",
    "payment": "transaction",
    "sign_on": "transaction",
    "tracking": "interaction",
    "login": "interaction",
    "booking": "interaction",
    "estimate": "interaction",
    "papers_by_email": "interaction",
    "in_person": "information",
    "form_download": "information",
    "document": "information",
    "information": "information",
}


def level_of(kind: Kind) -> Level | None:
    """The level that a page of this kind shows; None where nothing can be said."""
    if kind in ("hollow", "under_construction"):
        return "none"
    return _LEVELS.get(kind)
