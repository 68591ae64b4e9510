"""Persons in the text of a page: what names somebody, what is a post, how they can be reached. Pure text in, facts out.

Nothing of it is kept: findings count, and quote a post at most.
"""

from __future__ import annotations

import re

from checks.page.cards.values import blank
from checks.page.wordlist import pattern, phrases, single_words, spread, table
from claims.persian import COMMA, QUESTION_MARK, SEMICOLON, digits

FILE = "transparent/words.toml"
POSTS = phrases(FILE, "posts")
_LABELS = {
    "name": phrases(FILE, "name_labels"),
    "post": phrases(FILE, "post_labels"),
    "reach": phrases(FILE, "reach_labels"),
}
_POLITE = pattern(FILE, r"(?<!\w)<polite>(?!\w)")
_LEARNED = pattern(FILE, r"(?<!\w)<learned>(?!\w)")
_COMMON = single_words(FILE, "common")
_OFFICES = single_words(FILE, "offices")
_VERBS = single_words(FILE, "verbs")
_WORD = re.compile(r"[^\W\d_]{2,}")
_PARTS = re.compile(rf"[{COMMA},:：{SEMICOLON};|/()\[\]•·\n]|\s[-–—]\s|(?<=\w{{3}})\.\s")
_MAIL = re.compile(r"[\w.+-]{1,64}\s?(?:@|\[at\]|\(at\))\s?[\w-]{1,63}\.[\w.-]{2,200}")
_PHONE = re.compile(
    r"(?<!\d)(?:\+98|0098|0)\d{2,3}[\s\-–)]{0,3}\d{3,8}(?:[\s\-–]?\d{2,5})?(?!\d)|(?<!\d)\d{8}(?!\d)"
)
_SHORT_NUMBER = re.compile(r"(?<!\d)\d{3,8}(?!\d)")
_NO_NAME = re.compile(rf"[\d@/\\<>?!{QUESTION_MARK}]|\w\.\w")
_NEAR = 24  # characters between the word for a number and a short number


def office_words(text: str) -> str:
    """The words of a post or office, every word that may be a name or a number left out: «مدیر فنی … …»."""
    return " ".join(word if _is_office_word(word) else "…" for word in text.split())[:120]


def _is_office_word(word: str) -> bool:
    parts = spread(word).split()
    return all(part in _COMMON or part in _OFFICES or POSTS.find(part) is not None for part in parts)


def person(text: str) -> bool:
    """Whether somebody is named: with «آقای», «دکتر» and the like, or as a part of the text that is nothing but a name."""
    return any(_addressed(part) or bare_name(part) for part in _PARTS.split(text[:600]))


def addressed(text: str) -> bool:
    """Whether somebody is named in a way that no other words are written."""
    return any(_addressed(part) for part in _PARTS.split(text[:600]))


def _addressed(part: str) -> bool:
    words = spread(part)
    for mark, least in ((_POLITE, 1), (_LEARNED, 2)):
        for match in mark.finditer(words):
            following = _LEARNED.sub(" ", _POLITE.sub(" ", words[match.end() :])).split()
            named = 0
            for word in following[:4]:
                if not _is_name_word(word):
                    break
                named += 1
            if named >= least:
                return True
    return False


def bare_name(text: str) -> bool:
    """Two to four words, none of which stands outside of names."""
    if not 5 <= len(text) <= 60 or _NO_NAME.search(digits(text)):
        return False
    words = _LEARNED.sub(" ", _POLITE.sub(" ", spread(text))).split()
    return 2 <= len(words) <= 4 and all(_is_name_word(word) for word in words)


def _is_name_word(word: str) -> bool:
    return _WORD.fullmatch(word) is not None and word not in _COMMON and POSTS.find(word) is None


def post(text: str) -> str | None:
    """The part of the text that is a post; None for none."""
    for part in _PARTS.split(text[:600]):
        words = spread(part).split()
        if POSTS.find(part) and len(part) <= 120 and words[-1] not in _VERBS:
            return " ".join(part.split())
    return None


def is_label(text: str, of: str) -> bool:
    """Whether a text is the label of a name, a post or a way to reach somebody (`name`, `post`, `reach`)."""
    return _LABELS[of].is_whole(text.strip(" :：*"))


def labelled(text: str, of: str) -> str | None:
    """The value behind such a label at the beginning of a text; None without one, or where nobody filled it in."""
    head, colon, value = text.replace("：", ":").partition(":")
    if not colon or not is_label(head, of) or blank(value):
        return None
    return value.strip() or None


def reachable(text: str) -> bool:
    """A telephone number, an extension behind its label, or an address for mail; a switchboard reaches nobody."""
    plain = digits(text)
    if of_the_house(text):
        return False
    if _MAIL.search(plain) or _PHONE.search(plain):
        return True
    lower = plain.lower()
    return any(
        any(
            word in lower[max(0, match.start() - _NEAR) : match.start()]
            for word in table(FILE)["number_words"]
        )
        for match in _SHORT_NUMBER.finditer(lower)
    )


def of_the_house(text: str) -> bool:
    """Whether a text speaks of the switchboard, which is everybody's and nobody's."""
    return phrases(FILE, "switchboards").find(text) is not None


def invites(text: str, href: str) -> bool:
    """Whether a link is a way to reach somebody: mail, telephone, a message, an appointment."""
    return (
        href.strip().lower().startswith(("mailto:", "tel:"))
        or phrases(FILE, "invitations").find(text[:120]) is not None
    )
