"""Can everybody use the pages? What the browser measured on the home page and on one page of each template.

A rule reads the measures of one page and says what it counted; a fault that was seen once is `partial`, never
`contradicted`. Not here: how it was measured (`crawler.browser.accessibility.measuring`), what it is worth (the model).
"""

from checks.accessibility import mobile, operation, text
from checks.accessibility.rule import PageCheck
from checks.case import Check

RULES: tuple[PageCheck, ...] = (*operation.RULES, *text.RULES, *mobile.RULES)
CHECKS: tuple[Check, ...] = RULES

__all__ = ["CHECKS", "RULES"]
