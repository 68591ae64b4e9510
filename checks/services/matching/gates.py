"""What shuts the gate between a title and a wording, whatever their words: acts, numbers, opposites.

And the word lists of `titles.toml` that weigh words; how words are weighed is for `titles`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache

from checks.page.wordlist import spread, table
from checks.services.title_words import Title, read, stem

_NONE: frozenset[str] = frozenset()
_YEAR = re.compile(r"1[34]\d\d|20\d\d")
# What is left: with other words for the act; where one says an act and the other none, or more acts.
OTHER_WORDS, _UNSAID = 0.97, 0.9


@cache
def soft() -> frozenset[str]:
    """Words that hardly tell one service from another, as they are read."""
    return frozenset(
        word for name in table("page/words/titles.toml")["soft"]["words"] for word in read(name).words
    )


@cache
def speaks_of() -> frozenset[str]:
    """Words of wordings that speak of a service, as they are read."""
    return frozenset(
        word for name in table("page/words/titles.toml")["speaks_of"]["words"] for word in read(name).words
    )


@cache
def _action_lists() -> Mapping[str, frozenset[str]]:
    data = table("page/words/titles.toml")
    return {name: frozenset(data[name]["actions"]) for name in ("exclusive", "needed")}


@cache
def _money(kind: str) -> frozenset[str]:
    return frozenset(
        word for name in table("page/words/titles.toml")["compatible"][kind] for word in read(name).words
    )


def acts_agree(claim: Title, page: Title) -> float:
    """0 where they do different things; 1 where they do the same."""
    listed = (claim.listed if page.actions else _NONE) | page.listed
    return _agree(claim.actions, page.actions, _given(claim, page), _taken(claim) or _taken(page), listed)


def _given(claim: Title, page: Title) -> bool:
    return any(word in _money("given") and word in page.words for word in claim.words)


def _taken(title: Title) -> bool:
    """«دریافت عوارض», but not «دریافت قبض عوارض»."""
    return "receive" in title.actions and any(word in _money("taken") for word in title.words[:1])


@lru_cache(maxsize=4096)
def _agree(
    claim: frozenset[str],
    page: frozenset[str],
    given: bool = False,
    taken: bool = False,
    listed: frozenset[str] = _NONE,
) -> float:
    """given: it is about money that the body gives; taken: one side receives money, and it is the body. listed: acts of one
    side that stand beside others."""
    if claim == page:
        return 1.0
    # of these the words decide
    weighed = frozenset(table("page/words/titles.toml")["topics"]["alongside"])
    claim, page = claim - weighed, page - weighed
    lists = _action_lists()
    compatible = table("page/words/titles.toml")["compatible"]
    pairs = list(compatible["pairs"])
    if given:
        pairs += compatible["given_pairs"]
    if taken:
        pairs = [pair for pair in pairs if "receive" not in pair] + compatible["taken_pairs"]
    missing, extra = set(claim - page), set(page - claim)
    factor = 1.0
    for one, two in (*pairs, *(pair[::-1] for pair in pairs)):
        if one in missing and two in extra:
            missing.discard(one)
            extra.discard(two)
            factor = OTHER_WORDS
    if (
        (missing and extra)
        or ((missing | extra) - listed) & lists["exclusive"]
        or (not page and missing & lists["needed"])
    ):
        return 0.0
    # one may do more than the other («صدور و تمدید»); where each does what the other does not, they are two
    return factor * (_UNSAID if missing or extra else 1.0)


def only_lacks_act(claim: Title, said: Title) -> bool:
    """Whether a wording says no act, and the title none that parts it from what is called so."""
    return not said.actions and not claim.actions & _action_lists()["exclusive"]


def does_instead(claim: Title, said: Title, *, sent: bool = False) -> bool:
    """Whether a wording says an act that is done to a paper or matter in place of the claim's: «تمدید» for «صدور», but not
    «صدور و تمدید». sent: a button says it, which sends a form."""
    lists = table("page/words/titles.toml")["instead"]
    instead = frozenset(lists["actions"])
    if sent and acts_agree(claim, said) == 0:
        instead |= frozenset(lists["sent"])
    return not said.actions & claim.actions and bool(said.actions & instead)


def numbers_agree(claim: frozenset[str], page: frozenset[str]) -> float:
    if claim == page:
        return 1.0
    page = numbers_beside(claim, page)
    if claim and page:
        return 0.0 if not claim <= page else 0.9
    return 0.75 if claim else 0.85 if page else 1.0


def numbers_beside(claim: frozenset[str], page: frozenset[str]) -> frozenset[str]:
    """Numbers of a wording that count beside a title: the year of a round of registration is nobody's title."""
    return page if claim else frozenset(number for number in page if not _YEAR.fullmatch(number))


@cache
def _opposites() -> Mapping[str, frozenset[str]]:
    return _both_ways(table("page/words/titles.toml")["opposites"]["pairs"])


def _both_ways(pairs: Iterable[tuple[str, str]]) -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for first, second in pairs:
        one, two = _word(first), _word(second)
        found.setdefault(one, set()).add(two)
        found.setdefault(two, set()).add(one)
    return {word: frozenset(others) for word, others in found.items()}


def _word(text: str) -> str:
    return "".join(read(text).words) or stem(spread(text))


def opposites_of(word: str) -> frozenset[str]:
    """Words that make another service where they stand in the place of a word."""
    return _opposites().get(word, _NONE)


def opposed(claim: tuple[str, ...], page: tuple[str, ...]) -> bool:
    """Whether each side has a word of a pair of opposites, and not the other's."""
    opposites = _opposites()
    return any(
        word not in page and any(other in page and other not in claim for other in opposites[word])
        for word in claim
        if word in opposites
    )


@cache
def near() -> Mapping[str, frozenset[str]]:
    return _both_ways(table("page/words/titles.toml")["near"]["pairs"])
