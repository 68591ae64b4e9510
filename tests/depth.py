"""How much a test tries: usually what finds a fault in seconds, with GOVAH_TESTS=thorough what finds the rare one."""

from __future__ import annotations

import os

THOROUGH = os.environ.get("GOVAH_TESTS") == "thorough"


def tries(usual: int, thorough: int) -> int:
    """So many draws, seeds, kills: the first number usually, the second for `make test-thorough`."""
    return thorough if THOROUGH else usual
