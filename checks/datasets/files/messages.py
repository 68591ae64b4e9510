"""Short texts that say that something went wrong, whatever type they were sent as."""

from __future__ import annotations

import re

from claims.persian import fold

LONGEST = 600
_MESSAGE = re.compile(
    r"\b(?:404|not found|no such file|does not exist|error|forbidden|access denied|exception|bad request"
    r"|unavailable|invalid)\b|یافت نشد|پیدا نشد|وجود ندارد|خطا|موجود نیست|در دسترس نیست"
)


def is_message(text: str) -> bool:
    """Whether a text of a line or two tells of an error."""
    return len(text) <= LONGEST and _MESSAGE.search(fold(text)) is not None
