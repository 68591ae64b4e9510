"""`accessibility.direction`: does Persian text run from right to left?

Looked at: the computed direction of Persian letters, on which side prose begins, and which way menus run. Not looked at:
single Latin words in a Persian line (`accessibility.mixed_text`).
"""

from __future__ import annotations

from checks.accessibility.persian_text import DIRECTION
from checks.accessibility.rule import PageCheck

CHECK = PageCheck("accessibility.direction", 1, DIRECTION)
