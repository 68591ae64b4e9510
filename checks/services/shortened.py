"""Headings that are a part of a claimed title: «تقسیط بدهی» for «تقسیط بدهی مشترکان آب».

A part counts when no other service of the agency, claimed or linked, has it too, and the page's own text says the rest
in one sentence with it; at the very address that the agency declared it counts without that, where it says an act or
two things. It ties an entry to a claim, and holds nothing against anyone.
"""

from __future__ import annotations

from itertools import islice

from checks.lines import Line
from checks.reading import Reading
from checks.services.title_gates import OTHER_WORDS, acts_agree, opposites_of, soft
from checks.services.titles import MATCH, Titles, read
from checks.services.wording import denies, sentences
from checks.wordlist import phrases
from claims.model import Service

# As much of the title's weight as a mention needs.
_LEAST = MATCH * 0.8
_LEAST_AT_CLAIM = MATCH * 0.6
# Of an act and of things, at the declared address.
_LEAST_SAID = 2
_NEAR = 8
_LONGEST = 200


def completed(titles: Titles, service: Service, page: Reading, *, claimed: bool) -> Line | None:
    """The main heading, or the first, where it is a part of the title and stands for all of it; None otherwise.

    claimed: the page stands at the address that was declared for this service.
    """
    main = page.main_heading or next(iter(page.headings), None)
    if main is None or titles.score(service, main.text) < (_LEAST_AT_CLAIM if claimed else _LEAST):
        return None
    claim, said = read(service.title), read(main.text)
    if acts_agree(claim, said) < OTHER_WORDS or not part_of(service.title, main.text):
        return None
    if shared(titles, service, main.text) or _linked(titles, service, page, main):
        return None
    wanted = set(claim.words) - set(said.words) - soft()
    known = set(said.words) - soft()
    near = [(text, read(text).words) for text, _ in islice(sentences(page), _NEAR)]
    for text, words in near:
        if wanted <= set(words) and known & set(words) and not _excepted(claim.words, words, text):
            return main
    if not claimed or len(known) + bool(said.actions) < _LEAST_SAID:
        return None
    doubted = any(wanted & set(words) and _excepted(claim.words, words, text) for text, words in near)
    return main if not doubted else None


def part_of(title: str, text: str) -> bool:
    """Whether a wording says a part of the title, and nothing else."""
    claim, said = read(title), read(text)
    return (
        bool(set(said.words) - soft())
        and set(said.words) < set(claim.words)
        and claim.numbers == said.numbers
        and acts_agree(claim, said) > 0
    )


def shared(titles: Titles, service: Service, text: str) -> bool:
    """Whether the wording is another service of the agency, or a part of its title too."""
    return any(
        part_of(other.title, text) or titles.score(other, text) >= MATCH
        for other in titles.services
        if other.agency == service.agency and other.id != service.id
    )


def _linked(titles: Titles, service: Service, page: Reading, main: Line) -> bool:
    """Whether a link of the page says the heading and more, and is not this service."""
    said = set(read(main.text).words)
    return any(
        said < set(read(line.text).words) and titles.score(service, line.text) < MATCH
        for line in page.lines
        if line.linked and len(line.text) <= _LONGEST
    )


def _excepted(claim: tuple[str, ...], words: tuple[str, ...], text: str) -> bool:
    """The sentence leaves something out, denies, or says the opposite of a word of the claim."""
    if phrases("titles.toml", "excepts").find(text) is not None or denies(text):
        return True
    return any(other in words and other not in claim for word in claim for other in opposites_of(word))
