"""Who runs this program, as the operating system knows them: a name in a form is whatever was typed there."""

from __future__ import annotations

import os
import pwd


def os_user() -> str:
    """Login name and number, as in `zahra (1000)`: a name may be given to somebody else later, or mean another on another machine."""
    number = os.getuid()
    try:
        return f"{pwd.getpwuid(number).pw_name} ({number})"
    except KeyError:  # in a container, often
        return f"({number})"
