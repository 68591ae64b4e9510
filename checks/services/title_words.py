"""How a title or a wording is read: what is done, to what, with which numbers.

Its parts are for `matching.parts`; two readings are compared in `matching.titles`. Nothing here knows the titles of a round.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise

from checks.page.wordlist import spread, table

_WORDS = "services/words.toml"
_MOST_WORDS = 60  # Words of a wording that are read. The rest is cut; titles are shorter.
# Stands for every word that joins acts.
_AND = "and"
# An official code is compared as a code.
_CODE = 11

# The words of a phrase, what kind of phrase it is, what it stands for.
_Row = tuple[tuple[str, ...], str, str]


@dataclass(frozen=True, slots=True)
class Title:
    """A wording, read.

    words: what it is about, synonyms unified; actions: what is done; numbers: as digits. letters: its words run
    together. head: the word before what is done, or the first where nothing is done; "" when it begins with the act.
    sentence: it ends in a verb. listed: acts that stand beside one another («صدور و تمدید»). joined: what two words in a row read as when they are written as one.
    phrases: what a word that stands for several was written as: «خلافی» as «جریمه» and «رانندگی».
    """

    words: tuple[str, ...]
    actions: frozenset[str]
    numbers: frozenset[str]
    letters: str
    head: str
    sentence: bool
    listed: frozenset[str]
    joined: Mapping[str, tuple[str, ...]]
    phrases: Mapping[str, tuple[str, ...]]

    @property
    def every(self) -> set[str]:
        """Its words, and those that phrases were written as."""
        return {*self.words, *(word for written in self.phrases.values() for word in written)}

    @property
    def empty(self) -> bool:
        return not self.words and not self.actions


@cache
def _by_first() -> Mapping[str, tuple[_Row, ...]]:
    """(words, kind, what they stand for) by first word, longest first."""
    data = table("page/words/titles.toml")
    rows = [(tuple(spread(name).split()), "none", "") for name in data["empty"]["phrases"]]
    for action, names in data["actions"].items():
        rows.extend((tuple(spread(name).split()), "action", action) for name in names)
    for row in (*data["synonyms"]["rows"], *data["plurals"]["rows"]):
        for name in map(spread, row):
            # written as one, too
            rows.extend(
                (words, "word", spread(row[0])) for words in {tuple(name.split()), (name.replace(" ", ""),)}
            )
    found: dict[str, list[_Row]] = {}
    for each in sorted(rows, key=lambda row: (-len(row[0]), row[0], row[1])):
        found.setdefault(each[0][0], []).append(each)
    return {first: tuple(rows) for first, rows in found.items()}


@cache
def _by_stems() -> Mapping[str, tuple[_Row, ...]]:
    """Synonyms of several words by the stem of the first: «علامت تجاری» is «علایم تجارتی» too."""
    found: dict[str, list[_Row]] = {}
    for rows in _by_first().values():
        for names, kind, meaning in rows:
            if kind == "word" and len(names) > 1:
                stems = tuple(map(stem, names))
                found.setdefault(stems[0], []).append((stems, kind, meaning))
    return {first: tuple(sorted(rows, key=lambda row: (-len(row[0]), row))) for first, rows in found.items()}


@cache
def topics() -> frozenset[str]:
    """Actions that are also what a title is about."""
    return frozenset(table("page/words/titles.toml")["topics"]["actions"])


@cache
def _empty() -> frozenset[str]:
    return frozenset(spread(word) for word in table("page/words/titles.toml")["empty"]["words"])


@cache
def _spelled() -> Mapping[str, str]:
    return {spread(word): str(value) for word, value in table("page/words/titles.toml")["numbers"].items()}


@cache
def _ends() -> frozenset[str]:
    return frozenset(spread(word) for word in table("page/words/titles.toml")["sentence"]["ends"])


@cache
def _between_acts() -> frozenset[str]:
    return frozenset(map(spread, table(_WORDS)["between_acts"]))


@cache
def _glued() -> tuple[str, ...]:
    return tuple(map(spread, table(_WORDS)["glued"]))


@cache
def _endings() -> tuple[tuple[str, int, str], ...]:
    """Endings, how many letters have to be left, and what stands in their place."""
    rows = table(_WORDS)["endings"]
    return tuple((spread(row["ending"]), row["least"], spread(row["instead"])) for row in rows)


@cache
def _whole_words() -> frozenset[str]:
    return frozenset(map(spread, table(_WORDS)["whole_words"]))


@lru_cache(maxsize=16384)
def read(text: str) -> Title:
    """The wording as it counts for matching."""
    tokens = _tokens(text)
    words: list[str] = []
    raw: list[str] = []
    spelled: list[tuple[str, tuple[str, ...]]] = []
    phrases: dict[str, tuple[str, ...]] = {}
    actions: set[str] = set()
    said: set[str] = set()
    head: str | None = None
    run: list[str] = []
    listed: set[str] = set()
    numbers: set[str] = set()
    position = 0
    stems = [stem(token) for token in tokens]
    while position < len(tokens):
        row = _row(_by_first(), tokens, position)
        wider = _row(_by_stems(), stems, position)
        if wider is not None and (row is None or len(wider[0]) > len(row[0])):
            row = wider
        if row is not None:
            position += len(row[0])
            # an act that is said again is what the first is done to: «صدور پروانه صدور موقت»
            again = row[1] == "action" and row[2] in actions and "".join(row[0]) in said
            if row[1] == "action":
                head = (words[0] if words else "") if head is None else head
                actions.add(row[2])
                run.append(row[2])
                if _AND in run:
                    listed.update(run)
                said.add("".join(row[0]))
            else:
                run = []
            if row[1] == "word":
                meant = _meant(row[2])
                words.extend(meant)
                raw.extend(meant if len(meant) > 1 else ("".join(row[0]),))
                spelled.append(("".join(row[0]), meant))
                if len(row[0]) > 1 and len(meant) == 1:
                    phrases[meant[0]] = tuple(stems[position - len(row[0]) : position])
            elif row[2] in topics() or again:
                words.append(row[2])
                raw.append("".join(row[0]))
            continue
        token = tokens[position]
        position += 1
        run = [*run, _AND] if run and token in _between_acts() else []
        if token.isdigit():
            if len(token) < _CODE:
                numbers.add(token.lstrip("0") or "0")
        elif token in _spelled():
            numbers.add(_spelled()[token])
        elif token not in _empty():
            meant = _meant(stems[position - 1])
            words.extend(meant)
            raw.extend(meant if len(meant) > 1 else (token,))
            spelled.append((token, meant))
    if "duplicate" in actions:
        actions.discard("issue")
    # as it is written («سم پاشان», «سمپاشان»), and as it is meant
    joined: dict[str, tuple[str, ...]] = {
        stem(one + two): (*here, *there) for (one, here), (two, there) in pairwise(spelled)
    }
    joined |= {
        stem(one + two): (words[place], words[place + 1]) for place, (one, two) in enumerate(pairwise(raw))
    }
    if head is None:
        head = words[0] if words else ""
    sentence = bool(tokens) and tokens[-1] in _ends()
    return Title(
        tuple(words),
        frozenset(actions),
        frozenset(numbers),
        "".join(words),
        head,
        sentence,
        frozenset(listed - {_AND}),
        joined,
        phrases,
    )


@cache
def _meant(phrase: str) -> tuple[str, ...]:
    """The words of what a row of synonyms stands for."""
    if " " not in phrase:
        return (phrase,)
    return tuple(_plain(word) for word in phrase.split() if word not in _empty())


def _tokens(text: str) -> list[str]:
    """Words, with an «و» that was written onto a known word parted from it: «نقل‌وانتقال»."""
    tokens: list[str] = []
    for token in spread(text).split()[:_MOST_WORDS]:
        glued = next((word for word in _glued() if token.startswith(word)), "")
        rest = token.removeprefix(glued)
        if glued and len(rest) >= 4 and rest in _by_first() and token not in _by_first():
            tokens.append(glued)
            token = rest
        tokens.append(token)
    return tokens


def _row(rows: Mapping[str, tuple[_Row, ...]], tokens: list[str], position: int) -> _Row | None:
    """The longest row that stands at the position."""
    return next(
        (
            row
            for row in rows.get(tokens[position], ())
            if tuple(tokens[position : position + len(row[0])]) == row[0]
        ),
        None,
    )


def stem(word: str) -> str:
    """The word without its endings; one word, or phrase, for all of a row of synonyms."""
    for _ in range(3):
        row = next((row for row in _by_first().get(word, ()) if len(row[0]) == 1 and row[1] == "word"), None)
        if row is not None:
            return row[2]
        shorter = _shorter(word)
        if shorter == word:
            break
        word = shorter
    return word


def _plain(word: str) -> str:
    found = stem(word)
    return word if " " in found else found


def _shorter(word: str) -> str:
    if word in _whole_words():
        return word
    for ending, least, instead in _endings():
        if word.endswith(ending) and len(word) - len(ending) >= least:
            return word[: -len(ending)] + instead
    return word
