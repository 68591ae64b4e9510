"""Keys of auditors who are nobody. `govah init` makes keys and no other command does, so that tests make theirs here."""

from __future__ import annotations

from pathlib import Path

from evidence.signing.keys import load_or_create


def made_key(path: Path) -> Path:
    """A key at this place, made when there is none."""
    load_or_create(path)
    return path


def key_at_home(data: Path) -> Path:
    """The same where it lies by default; data: what XDG_DATA_HOME is."""
    return made_key(data / "govah" / "signer.key")
