"""Headings that are a part of a claimed title: «تقسیط بدهی» for «تقسیط بدهی مشترکان آب».

A part counts when no other service of the agency, claimed or linked, has it too, and the page's own text says the rest
in one sentence with it; at the very address that the agency declared it counts without that, where it says an act or
two things. It ties an entry to a claim, and holds nothing against anyone.
"""

from __future__ import annotations

from itertools import islice
from typing import Literal

from checks.page.content import PageContent
from checks.page.forms.kinds import forms
from checks.page.lines import TextBlock
from checks.page.wordlist import phrases, spread
from checks.services.matching.gates import OTHER_WORDS, acts_agree, does_instead, opposites_of, soft
from checks.services.matching.titles import MATCH, Titles, read
from checks.services.wording import denies, sentences
from claims.model import Service
from web.urls import identity, path

# As much of the title's weight as a mention needs.
_LEAST = MATCH * 0.8
_LEAST_AT_CLAIM = MATCH * 0.6
# Of an act and of things, at the declared address.
_LEAST_SAID = 2
# Forms that stand on any page.
_BESIDE = frozenset({"search", "newsletter", "poll", "comment", "contact", "captcha", "login"})
_NEAR = 8  # Sentences of a page that may complete its short heading. Further down it is about parts. By hand.
_LONGEST = 200  # Characters of a line that lists another service. Longer is a sentence.


def completed(titles: Titles, service: Service, page: PageContent, *, claimed: bool) -> TextBlock | None:
    """The main heading, or the first, where it is a part of the title and stands for all of it; None otherwise.

    claimed: the page stands at the address that was declared for this service.
    """
    main = page.main_heading or next(iter(page.headings), None)
    if main is None or not part_of(service.title, main.text):
        return None
    claim, said = read(service.title), read(main.text)
    least = _LEAST_AT_CLAIM if claimed else _LEAST
    if acts_agree(claim, said) < OTHER_WORDS or titles.score(service, main.text) < least:
        return None
    if shared(titles, service, main.text) or _linked(titles, service, page, main):
        return None
    rest = _rest(service, page, main)
    if rest == "said":
        return main
    known = set(said.words) - soft()
    if not claimed or len(known) + bool(said.actions) < _LEAST_SAID:
        return None
    return main if rest != "doubted" else None


def _rest(service: Service, page: PageContent, main: TextBlock) -> Literal["said", "doubted", ""]:
    """Whether a sentence near the top says the rest of the title together with the heading, or leaves it out."""
    claim, said = read(service.title), read(main.text)
    wanted = set(claim.words) - set(said.words) - soft()
    known = set(said.words) - soft()
    told = _told(page)
    for text, words in told:
        if wanted <= set(words) and known & set(words) and not _excepted(claim.words, words, text):
            return "said"
    doubted = any(wanted & set(words) and _excepted(claim.words, words, text) for text, words in told)
    return "doubted" if doubted else ""


def denied(titles: Titles, service: Service, page: PageContent, main: TextBlock) -> bool:
    """Whether what stands on the page, or what else the agency has, speaks against a part standing for the whole title."""
    return (
        path(page.document.url) in ("", "/")
        or shared(titles, service, main.text, elsewhere=page.document.url)
        or _linked(titles, service, page, main)
        or _left_out(service, page, main)
        or _done_otherwise(service, page)
    )


def _left_out(service: Service, page: PageContent, main: TextBlock) -> bool:
    """Whether a sentence with a thing of the heading leaves out, or denies, a word of the rest of the title."""
    claim, said = read(service.title), read(main.text)
    known = set(said.words) - soft()
    wanted = set(claim.words) - known - soft()
    return any(
        known & set(words) and wanted & set(words) and _excepted(claim.words, words, text)
        for text, words in _told(page)
    )


def _told(page: PageContent) -> list[tuple[str, tuple[str, ...]]]:
    """Sentences near the top, and the words by which titles are compared."""
    return [(text, read(text).words) for text, _ in islice(sentences(page), _NEAR)]


def _links(page: PageContent) -> list[TextBlock]:
    return [line for line in page.lines if line.linked and len(line.text) <= _LONGEST]


def _done_otherwise(service: Service, page: PageContent) -> bool:
    """Whether a heading of the page, or a form in it, tells of another act upon the same matter: «تمدید»."""
    told = [line.text for line in page.headings if not line.linked]
    for form in forms(page):
        if form.kind not in _BESIDE:
            told += [form.heading, form.inner, *form.buttons]
    return any(does_instead(read(service.title), read(text)) for text in told)


def part_of(title: str, text: str) -> bool:
    """Whether a wording says a part of the title, and nothing else."""
    claim, said = read(title), read(text)
    return (
        bool(set(said.words) - soft())
        and set(said.words) < set(claim.words)
        and claim.numbers == said.numbers
        and acts_agree(claim, said) > 0
    )


def shared(titles: Titles, service: Service, text: str, elsewhere: str | None = None) -> bool:
    """Whether the wording is another service of the agency, or a part of its title too.

    A wording that stands in the title in one run («ثبت پهپاد») is no part of one that has its words apart («ثبت بیمه پهپاد»).

    elsewhere: the address of the page, where a claim that has the wording as a part and is declared at another is none.
    """
    run = _in_one_run(service.title, text)
    return any(
        titles.score(other, text) >= MATCH
        or (
            part_of(other.title, text)
            and (not run or _in_one_run(other.title, text))
            and (elsewhere is None or not lies_elsewhere(other, elsewhere))
        )
        for other in titles.others(service)
    )


def lies_elsewhere(other: Service, url: str) -> bool:
    """Whether the agency has declared another address than this for a claim."""
    return other.url is not None and identity(other.url) != identity(url)


def _in_one_run(title: str, text: str) -> bool:
    return f" {spread(text)} " in f" {spread(title)} "


def _linked(titles: Titles, service: Service, page: PageContent, main: TextBlock) -> bool:
    """Whether a link of the page says the heading and more, does the same, and is not this service."""
    run, said = _in_one_run(service.title, main.text), read(main.text)
    return any(
        set(said.words) < set(read(line.text).words)
        and acts_agree(said, read(line.text)) > 0
        and (not run or _in_one_run(line.text, main.text))
        and titles.score(service, line.text) < MATCH
        for line in _links(page)
    )


def _excepted(claim: tuple[str, ...], words: tuple[str, ...], text: str) -> bool:
    """The sentence leaves something out, denies, or says the opposite of a word of the claim."""
    if phrases("page/words/titles.toml", "excepts").find(text) is not None or denies(text):
        return True
    return any(other in words and other not in claim for word in claim for other in opposites_of(word))
