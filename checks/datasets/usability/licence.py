"""What a declared licence lets people do, by its words: open, closed, missing, or not known to us.

Judged apart from everything else: no star depends on it. Open is meant as the Open Definition has it: anybody may
use, change and pass on the data for any purpose, at most naming its source and sharing alike.
"""

from __future__ import annotations

import re
from typing import Literal

from checks.page.wordlist import pattern, table
from claims.persian import fold, tight

Licence = Literal["open", "closed", "missing", "unknown"]

FILE = "datasets/usability/words.toml"
_MISSING = frozenset(map(tight, table(FILE)["missing"]))
_CLOSED, _OPEN = (tuple(map(tight, table(FILE)[name])) for name in ("closed", "open"))
_CLOSES_NOTHING = pattern(FILE, "<closes_nothing>")
# Short names: each a token, or tokens in a row. The list of licences of the EU joins them with its versions: CC_BYNC_4_0.
_NC_ND = re.compile(
    r"\bcc[\s_-]*(?:by[\s_-]*)?(?:sa[\s_-]*)?(?:nc|nd)(?:nd|sa)?(?![a-z])"
    r"|/licenses/by(?:-sa)?-(?:nc|nd)|\b(?:nc|nd)\b"
)
_SHORT = re.compile(
    r"\bcc[\s_-]?0\b|\bcc[\s_-]zero\b|\bcc[\s_-]by(?:sa)?(?![a-z])|\bcc_pdm_|\betalab(?![a-z])|/licenses/by(?:-sa)?/"
    r"|/publicdomain/|\bodbl\b|\bodc(?![a-z])|\bpddl\b|\bogl(?![a-z])|\bgfdl\b|\bmit\b|\bapache\b"
)


def judge_licence(declared: str | None) -> Licence:
    """What the words of a licence say."""
    folded = fold((declared or "")[:2_000])
    if tight(folded) in _MISSING:
        return "missing"
    folded = _CLOSES_NOTHING.sub(" ", folded)
    key = tight(folded)
    if _NC_ND.search(folded) or any(word in key for word in _CLOSED):
        return "closed"
    if _SHORT.search(folded) or any(word in key for word in _OPEN):
        return "open"
    return "unknown"
