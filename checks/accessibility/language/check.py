"""`accessibility.language`: is Persian text marked as Persian?

Looked at: the language that holds where Persian letters stand. Other languages in the same letters are right as well. Not
looked at: whether the text is of the language that it is marked as.
"""

from __future__ import annotations

from checks.accessibility.persian_text import LANGUAGE
from checks.accessibility.rule import PageCheck

CHECK = PageCheck("accessibility.language", 1, LANGUAGE)
