"""`mobile.targets`: is what can be tapped large enough?

Looked at: the size of links and buttons at 360 pixels, and the room around them. Not looked at: links within a line of text.
"""

from __future__ import annotations

from checks.accessibility.rule import PageCheck
from checks.accessibility.telephone import TARGETS

CHECK = PageCheck("mobile.targets", 1, TARGETS)
