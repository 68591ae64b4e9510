"""The mark of all that is made from findings which are not as the auditor sealed them. Pages and files take it from here."""

from __future__ import annotations

from collections.abc import Callable

from evidence.signing.findings_seal_state import State


def unsealed_mark(seal: State, text: Callable[..., str]) -> str:
    """A sentence in the language of `text`; "" for findings that are as sealed."""
    return "" if seal == "sealed" else text("unsealed_mark.text", why=text(f"unsealed_why.{seal}"))
