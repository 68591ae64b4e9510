"""Random paths beside a page, to learn what this server says of what it does not have.

The names depend on seed, agency and folder alone, so that a resumed crawl asks for the same ones.
"""

from __future__ import annotations

import hashlib
import re

from web.document import Document
from web.urls import folder

PER_FOLDER = 2  # Random paths of a folder: two that agree show that the answer does not depend on the path
# Folders of an agency whose answer to random paths is learned. In others nothing is compared. By hand.
MOST_FOLDERS = 30
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,5}$")
_TOKEN_KEPT = 16  # Hex digits of a random path: 64 bits, which no portal has by chance


def sibling_urls(page: str, agency: str, seed: int) -> tuple[str, ...]:
    """Two names in the page's folder that nobody made, with the page's own suffix."""
    base = folder(page)
    match = _SUFFIX.search(page.partition("?")[0].rpartition("/")[2])
    suffix = match.group() if match else ""
    names = (
        hashlib.sha256(f"{seed}\x1f{agency}\x1f{base}\x1f{number}".encode()).hexdigest()[:_TOKEN_KEPT]
        for number in range(PER_FOLDER)
    )
    return tuple(f"{base}{name}{suffix}" for name in names)


def template(page: str) -> str:
    """Folder with digits folded: /news/1/ and /news/2/ are answered by one program."""
    return re.sub(r"\d+", "0", folder(page))


Sketch = tuple[int, frozenset[int]]
# A page this much longer than another, mark-up and all, is not the same text.
_LONGER = 8


def sketch(text: str) -> Sketch:
    """(number of words, bottom of the hashes of its distinct words): enough to compare two answers."""
    words = text.split()
    return len(words), frozenset(sorted(map(hash, set(words)))[:32])


def sketch_of(document: Document) -> Sketch:
    body = document.tree.body
    return sketch(f"{document.title} {body.text(separator=' ') if body is not None else ''}")


def comparable(size: int, other: int) -> bool:
    """Whether two pages of so many characters of source may resemble each other."""
    return max(size, other) < _LONGER * min(size, other) + 1_000


def resembles(page: Sketch, sibling: Sketch, *, length: float = 0.6, words: float = 0.7) -> bool:
    """Whether a page might be the answer that this server gives to anything. Generous: it only costs a visit."""
    shortest, longest = sorted((page[0], sibling[0]))
    if longest == 0:
        return True
    union = page[1] | sibling[1]
    if not union or shortest < length * longest:
        return False
    bottom = sorted(union)[:32]
    common = sum(1 for value in bottom if value in page[1] and value in sibling[1])
    return common / len(bottom) >= words
