"""Errors of the evidence room. Not here: faults that `evidence.verify.folder` reports, which are values.

EvidenceError
├── EvidenceMissing     there is no evidence in the folder
├── EvidenceBusy        another process writes to it
├── LeaseLost           a successor has taken the writing over
├── EvidenceDamaged     what is on disk is not what was committed
├── EvidenceUnreachable it cannot be read here as it is: rights, disk; says nothing of the evidence
├── OtherKey            what was signed before was signed with another key
├── WriteFailed         something could not be made durable: the crawl has to stop
└── SealError           it cannot be sealed as it is
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager


class EvidenceError(Exception):
    """Something is wrong with the store, never with an agency."""


class EvidenceMissing(EvidenceError):
    pass


class EvidenceBusy(EvidenceError):
    pass


class LeaseLost(EvidenceError):
    pass


class EvidenceDamaged(EvidenceError):
    pass


class EvidenceUnreachable(EvidenceError):
    pass


class OtherKey(EvidenceError):
    """signed, given: fingerprints of the key that signed before, and of the one at hand."""

    def __init__(self, signed: str, given: str) -> None:
        super().__init__(f"signed with {signed}, and not with {given}")
        self.signed = signed
        self.given = given


class WriteFailed(EvidenceError):
    pass


class SealError(EvidenceError):
    pass


@contextmanager
def writing(what: object) -> Iterator[None]:
    """Whatever the disk or SQLite refuses inside is a WriteFailed."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise WriteFailed(f"{what}: {error}") from error
