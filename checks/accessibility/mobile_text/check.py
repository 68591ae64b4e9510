"""`mobile.text`: is the text large enough?

Looked at: the height of Persian text at 360 pixels. Not looked at: text of other languages, text in pictures.
"""

from __future__ import annotations

from checks.accessibility.rule import PageCheck
from checks.accessibility.telephone import TEXT

CHECK = PageCheck("mobile.text", 1, TEXT)
