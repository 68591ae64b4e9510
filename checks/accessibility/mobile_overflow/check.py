"""`mobile.overflow`: does anything stick out sideways at 360 pixels?

Looked at: how far the page scrolls sideways, and what makes it. Not looked at: what scrolls by itself, as a wide table may.
"""

from __future__ import annotations

from checks.accessibility.rule import PageCheck
from checks.accessibility.telephone import OVERFLOW

CHECK = PageCheck("mobile.overflow", 1, OVERFLOW)
