"""`accessibility.contrast`: does Persian text stand out from its ground?

Looked at: the colours of Persian text and of what lies behind it, as the browser computed them. Not looked at: text over
pictures, whose ground nobody knows; text of other languages, which axe-core tells of.
"""

from __future__ import annotations

from checks.accessibility.persian_text import CONTRAST
from checks.accessibility.rule import PageCheck

CHECK = PageCheck("accessibility.contrast", 1, CONTRAST)
