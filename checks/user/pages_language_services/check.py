"""`pages.language_services` (U09): does the second language tell of the services?

Looked at: a page of services behind the link to the language, its entries counted against the services claimed. Not
looked at: which claimed service an entry is of, for titles are not translated, and lists under an unusual name.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checks.case import Case
from checks.elements.absence import complete_look
from checks.finding import Finding
from checks.inert_scripts import read_to_its_end, settled
from checks.page.content import PageContent
from checks.page.wordlist import Phrases, spread, table
from checks.reasons import PORTAL
from checks.services.own_pages import arrive
from checks.user.language_detection import FILE, Language, detect_language, of_script
from checks.user.second_language import (
    LanguagePage,
    best_language,
    language_finding,
    own_text,
    phrases_of,
    second_languages,
)
from checks.word_sets import OF_SECTIONS
from claims.hosts import own_hosts
from web.urls import host, identity

# Words of an entry that names a service: one is a menu, more than the second are prose. By hand.
_LEAST_WORDS, _MOST_WORDS = 2, 16
_SHARE = 0.5  # of the claimed services
_MOST_LISTS = 4  # Lists of services that are followed. Later ones are not. By hand.
_MOST_LEADS = 40  # Pages of the second language that are read. With more, the finding is not "none". By hand.
_LONGEST = 60  # Characters of a link's words. Longer is a sentence.
_ENTRIES = frozenset({"li", "td", "th", "h2", "h3", "h4", "h5", "a", "dt"})


class LanguageServices:
    """One finding about the agency."""

    id = "pages.language_services"
    version = 3
    reasons = PORTAL
    words = (
        *OF_SECTIONS,
        "page/words/languages.toml",
    )

    def judge(self, case: Case) -> Iterator[Finding]:
        claimed = len(case.services)
        if not claimed:
            yield language_finding(self, case, best_language(case), "not_applicable", None, {})
            return
        good = [one for one in second_languages(case) if one.page is not None]
        if not good:
            seen = best_language(case)
            yield language_finding(self, case, seen, seen.verdict, seen.reason, {})
            return
        counted = [_entries(case, one) for one in good]
        number, url, ids, unread = max(counted, key=lambda one: one[0])
        seen = good[counted.index((number, url, ids, unread))]
        observed: dict[str, Any] = {"listed_services": number, "claimed_services": claimed, "list": url}
        if number >= _SHARE * claimed:
            yield language_finding(self, case, seen, "verified", None, observed, ids)
        elif unread:
            yield language_finding(self, case, seen, "inconclusive", "not_attempted", observed, ids)
        elif number:
            yield language_finding(self, case, seen, "partial", None, observed, ids)
        else:
            observed["complete_look"] = complete_look(case)
            if observed["complete_look"] and all(_read_whole(case, one, claimed) for one in good):
                observed["read_whole"] = True
            yield language_finding(self, case, seen, "inconclusive", "no_match", observed, ids)


def _entries(case: Case, seen: LanguagePage) -> tuple[int, str | None, tuple[str, ...], bool]:
    """Entries of the longest list of services behind a language's page, where it is, and whether one was not to be read."""
    assert seen.page is not None and seen.language is not None
    best: tuple[int, str | None, tuple[str, ...]] = (0, None, ())
    unread = False
    for url in _lists(case, seen, seen.language):
        there = arrive(case, url)
        if there.page is None:
            unread = unread or not there.refuted
            continue
        page = there.page.reading
        unread = unread or not settled(case, there.page.capture)
        number = len(_titles(page, seen.language))
        if number > best[0]:
            best = (number, url, there.ids)
    return *best, unread


def _read_whole(case: Case, seen: LanguagePage, claimed: int) -> bool:
    """Whether the language's page and all that it leads to in that language were read, and none may be a list of services."""
    assert seen.page is not None and seen.language is not None
    if not read_to_its_end(case, seen.page):
        return False
    own = own_hosts(case.agency)
    leads = {
        identity(link.url): link.url
        for link in case.document(seen.page).links
        if link.element == "a"
        and link.fetchable
        and host(link.url) in own
        and of_script(seen.language, link.text)
    }
    for url in list(leads.values())[:_MOST_LEADS]:
        there = arrive(case, url)
        if there.page is None:
            if not there.refuted:
                return False
            continue
        page = there.page.reading
        if not read_to_its_end(case, there.page.capture):
            return False
        if (
            detect_language(own_text(page)).language == seen.language
            and len(_titles(page, seen.language)) >= _SHARE * claimed
        ):
            return False
    return len(leads) <= _MOST_LEADS


def _lists(case: Case, seen: LanguagePage, language: Language) -> list[str]:
    """Links of the language's page that are called «services», each target once."""
    assert seen.page is not None
    called = phrases_of(language, "services")
    urls: dict[str, str] = {}
    for link in case.document(seen.page).links:
        named = link.element == "a" and link.fetchable and len(link.text) <= _LONGEST
        if named and called.is_whole(link.text) and identity(link.url) != identity(seen.url):
            urls.setdefault(identity(link.url), link.url)
    return list(urls.values())[:_MOST_LISTS]


def _titles(page: PageContent, language: Language) -> frozenset[str]:
    """Lines that may be titles of services, in the letters of the language: of a list, a table, headings or links."""
    idle = Phrases(table(FILE)["language"]["any"]["idle"])
    called = phrases_of(language, "services")
    found: set[str] = set()
    for line in page.own:
        words = spread(line.text).split()
        listed = line.tag in _ENTRIES or line.linked
        if not listed or not _LEAST_WORDS <= len(words) <= _MOST_WORDS:
            continue
        if of_script(language, line.text) and not idle.is_whole(line.text) and not called.is_whole(line.text):
            found.add(" ".join(words))
    return frozenset(found)


CHECK = LanguageServices()
