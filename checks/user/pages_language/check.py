"""`pages.language` (U09): is there a second language, with content of its own?

Looked at: links of the home page to pages in English or Arabic, by their words or `hreflang`; whether the text there is in
that language. Not looked at: other languages, switches that a script works, and how good a translation is.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.case import Case
from checks.finding import Finding
from checks.reasons import PORTAL
from checks.user.second_language import best_language, language_finding
from checks.word_sets import OF_SECTIONS


class SecondLanguage:
    """One finding about the agency."""

    id = "pages.language"
    version = 3
    reasons = PORTAL
    words = (
        *OF_SECTIONS,
        "page/words/languages.toml",
    )

    def judge(self, case: Case) -> Iterator[Finding]:
        seen = best_language(case)
        yield language_finding(
            self, case, seen, seen.verdict, seen.reason, {"words_told": seen.words, "excerpt": seen.excerpt}
        )


CHECK = SecondLanguage()
