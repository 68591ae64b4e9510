"""`pages.language` and `pages.language_services` (U09): a second language with content of its own, and the services in it.

Looked at: links of the home page to pages in English or Arabic, by their words or `hreflang`; whether the text there is in
that language; and a page of services there, its entries counted against the services claimed. Not looked at: other
languages, switches that a script works, and how good a translation is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checks.case import Case, Check
from checks.elements.leads import home_pages
from checks.elements.presence import complete_look, not_found
from checks.finding import Finding, Subject, Verdict
from checks.inert_scripts import read_to_its_end, settled
from checks.link_index import own_hosts
from checks.page.content import Reading
from checks.page.wordlist import Phrases, spread, table
from checks.services.own_pages import arrive
from checks.user.second_language import Looked, own_text, phrases_of, second_languages
from checks.user.tongues import FILE, Language, of_script, told
from web.urls import host, identity

_SHARE = 0.5  # of the claimed services
_LEAST_WORDS, _MOST_WORDS = 2, 16
_MOST_LISTS = 4
_MOST_LEADS = 40
_LONGEST = 60
_ENTRIES = frozenset({"li", "td", "th", "h2", "h3", "h4", "h5", "a", "dt"})


class SecondLanguage:
    """Is there one, with content of its own?"""

    id = "pages.language"
    version = 3

    def judge(self, case: Case) -> Iterator[Finding]:
        seen = _best(case)
        yield _finding(
            self, case, seen, seen.verdict, seen.reason, {"words_told": seen.words, "excerpt": seen.excerpt}
        )


class LanguageServices:
    """Are the services told in it?"""

    id = "pages.language_services"
    version = 3

    def judge(self, case: Case) -> Iterator[Finding]:
        claimed = len(case.services)
        if not claimed:
            yield _finding(self, case, _best(case), "not_applicable", None, {})
            return
        good = [one for one in second_languages(case) if one.page is not None]
        if not good:
            seen = _best(case)
            yield _finding(self, case, seen, seen.verdict, seen.reason, {})
            return
        counted = [_entries(case, one) for one in good]
        number, url, ids, unread = max(counted, key=lambda one: one[0])
        seen = good[counted.index((number, url, ids, unread))]
        observed: dict[str, Any] = {"listed_services": number, "claimed_services": claimed, "list": url}
        if number >= _SHARE * claimed:
            yield _finding(self, case, seen, "verified", None, observed, ids)
        elif unread:
            yield _finding(self, case, seen, "inconclusive", "not_attempted", observed, ids)
        elif number:
            yield _finding(self, case, seen, "partial", None, observed, ids)
        else:
            observed["complete_look"] = complete_look(case)
            if observed["complete_look"] and all(_read_whole(case, one, claimed) for one in good):
                observed["read_whole"] = True
            yield _finding(self, case, seen, "inconclusive", "no_match", observed, ids)


def _best(case: Case) -> Looked:
    """The best of the languages; a doubt goes before a contradiction, for the other may be good."""
    seen = second_languages(case)
    if not seen:
        none = not_found(case)
        return Looked(None, case.agency.portal, "inconclusive", none.reason, none.captures, none.attempts)
    doubt = next((one for one in seen if one.verdict == "inconclusive"), None)
    return doubt if seen[0].verdict == "contradicted" and doubt is not None else seen[0]


def _finding(
    check: Check,
    case: Case,
    seen: Looked,
    verdict: Verdict,
    reason: str | None,
    observed: dict[str, Any],
    ids: tuple[str, ...] = (),
) -> Finding:
    told: dict[str, Any] = {"language": seen.language, "url": seen.url, **observed}
    if seen.language is None and reason == "no_match":
        told["complete_look"] = complete_look(case)
    settled = verdict in ("verified", "partial", "contradicted")
    name = "second_language" if check.id == "pages.language" else "language_services"
    rests = (*(capture.id for capture in home_pages(case)[:1]), *seen.ids, *ids)
    return Finding(
        agency=case.agency.id,
        subject=Subject("agency", case.agency.id, seen.url),
        check=check.id,
        check_version=check.version,
        verdict=verdict,
        reason=reason,
        observed=told,
        captures=tuple(dict.fromkeys(rests)),
        attempts=seen.attempts,
        criterion=name,
        effect="half_of_language" if settled else "",
    )


def _entries(case: Case, seen: Looked) -> tuple[int, str | None, tuple[str, ...], bool]:
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


def _read_whole(case: Case, seen: Looked, claimed: int) -> bool:
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
            told(own_text(page)).language == seen.language
            and len(_titles(page, seen.language)) >= _SHARE * claimed
        ):
            return False
    return len(leads) <= _MOST_LEADS


def _lists(case: Case, seen: Looked, language: Language) -> list[str]:
    """Links of the language's page that are called «services», each target once."""
    assert seen.page is not None
    called = phrases_of(language, "services")
    urls: dict[str, str] = {}
    for link in case.document(seen.page).links:
        named = link.element == "a" and link.fetchable and len(link.text) <= _LONGEST
        if named and called.is_whole(link.text) and identity(link.url) != identity(seen.url):
            urls.setdefault(identity(link.url), link.url)
    return list(urls.values())[:_MOST_LISTS]


def _titles(page: Reading, language: Language) -> frozenset[str]:
    """Lines that may be titles of services, in the letters of the language: of a list, a table, headings or links."""
    idle = Phrases(table(FILE)["any"]["idle"])
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
