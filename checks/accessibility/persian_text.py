"""Rules about Persian text: direction, language, order of mixed writing, contrast.

A page with little Persian text is `not_applicable`: nothing is said of a portal's English pages here.
"""

from __future__ import annotations

from checks.accessibility.rule import Told

# A share of the letters below this is a foreign name, a code, a ticker: no fault of the page.
FOREIGN_SHARE = 0.05

NOT_PERSIAN = Told(0, 0, verdict="not_applicable")
