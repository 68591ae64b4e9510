"""Short texts that say that something went wrong, whatever type they were sent as."""

from __future__ import annotations

from checks.page.wordlist import pattern
from claims.persian import fold

LONGEST = 600  # Characters of a message that says that something went wrong. A longer text has content.
_MESSAGE = pattern("datasets/files/words.toml", "<messages>")


def is_message(text: str) -> bool:
    """Whether a text of a line or two tells of an error."""
    return len(text) <= LONGEST and _MESSAGE.search(fold(text)) is not None
