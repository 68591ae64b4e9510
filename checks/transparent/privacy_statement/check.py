"""`privacy.statement` (T03): does the statement say which data are taken, what for, and whom to ask about them?

Looked at: the words of the agency's own pages on privacy, three things, each for a third. Not looked at: whether they are
true (`privacy.behaviour`), and statements that are files. The portal's frame, with the telephone of the whole house, is
none of the statement.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.case import Case
from checks.elements.sections import section
from checks.finding import Finding, Verdict
from checks.page.page import Page
from checks.page.wordlist import pattern, phrases, spread
from checks.reasons import PRIVACY
from checks.services.wording import sentences
from checks.transparent.no_match import no_match_finding, read_whole
from checks.transparent.people import of_the_house, reachable
from checks.word_sets import OF_SECTIONS

SECTION = "privacy"
WANTED = ("data", "purpose", "contact")
_TEXTS = {"criterion": "privacy_is_stated", "effect": "half_of_privacy"}
FILE = "transparent/privacy_statement/words.toml"
_KINDS = phrases(FILE, "kinds")
_LEAST_KINDS = 2  # one kind of data is named by any sentence on cookies or on a telephone
_DATA = phrases(FILE, "data", "kinds")
_PURPOSE = pattern(FILE, r"(?<!\w)<purpose_openings> (?:\w+ ){0,3}?<purposes>(?!\w)")
_TAKEN = pattern(FILE, r"(?<!\w)<taken>(?!\w)")
_CONTACT_PAGES = phrases(FILE, "contact_pages")


class PrivacyStatement:
    """Data, purpose, contact: how many of the three the statement tells."""

    id = "privacy.statement"
    version = 4
    reasons = PRIVACY
    words = (*OF_SECTIONS, "transparent/words.toml")

    def judge(self, case: Case) -> Iterator[Finding]:
        found = section(case, SECTION)
        if not found.pages:
            yield found.missing(self, case, **_TEXTS)
            return
        looks = [(page, says(page)) for page in found.pages]
        page, best = max(looks, key=lambda look: len(look[1]))
        if not best:
            yield no_match_finding(
                self, case, found, whole=read_whole(case, [found], phrases(FILE, "leads")), **_TEXTS
            )
            return
        missing = [thing for thing in WANTED if thing not in best]
        verdict: Verdict = "partial" if missing else "verified"
        observed = {"told": len(best), "things": len(WANTED), "lacks": missing}
        yield found.about(self, case, page, verdict, None, observed, **_TEXTS)


def says(page: Page) -> frozenset[str]:
    """Which of the three things a page tells."""
    texts = [text for text, _ in sentences(page.reading)]
    lines = [line.text for line in page.reading.own]
    found: set[str] = set()
    # an address and a telephone number beside a contact are no data that are taken
    told = [text for text in (*texts, *(line.text for line in page.reading.headings)) if not reachable(text)]
    kinds = {kind for text in told for kind in _KINDS.all(text)}
    if len(kinds) >= _LEAST_KINDS and any(_TAKEN.search(spread(text)) and _DATA.find(text) for text in told):
        found.add("data")
    if any(_PURPOSE.search(spread(text)) and _DATA.find(text) for text in texts):
        found.add("purpose")
    if any(reachable(text) or _CONTACT_PAGES.find(text) or _calls_somebody(text) for text in lines):
        found.add("contact")
    return frozenset(found)


def _calls_somebody(text: str) -> bool:
    """«با ما تماس بگیرید»; whoever is sent to the switchboard is sent to nobody."""
    return phrases(FILE, "calls").find(text) is not None and not of_the_house(text)


CHECK = PrivacyStatement()
