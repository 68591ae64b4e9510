"""`mobile.viewport`: does a page take the width of a telephone, and may it be enlarged?

Looked at: the tag that says so, as it stands in the drawn page. Not looked at: tags that scripts change on telephones only.
"""

from __future__ import annotations

from checks.accessibility.rule import PageCheck
from checks.accessibility.telephone import VIEWPORT

CHECK = PageCheck("mobile.viewport", 1, VIEWPORT)
