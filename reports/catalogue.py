"""Texts for people, by language. No other place of the program holds any.

Every file of `reports/texts/<language>/` is a set of flat tables; they are merged, and a key that two files
hold is an error. A missing key raises: a report with holes in it is worse than none.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Literal

Language = Literal["fa", "en"]
LANGUAGES: tuple[Language, ...] = ("fa", "en")


class MissingText(KeyError):
    """No text under this key in this language."""


class Catalogue:
    """The texts of one language, keyed `table.key`; a key may hold dots itself, as ids of checks do."""

    def __init__(self, language: Language, folder: Traversable | None = None) -> None:
        """folder: holds one folder a language; default the program's own texts."""
        self.language = language
        self._texts = _own(language) if folder is None else _merged(folder / language)

    def text(self, key: str, **params: object) -> str:
        """The text with its `{name}` fields filled in. Raises MissingText; KeyError for a missing parameter."""
        return self.template(key).format_map(params)

    def template(self, key: str) -> str:
        """The text as it stands, its fields unfilled. Raises MissingText."""
        table, _, rest = key.partition(".")
        try:
            return self._texts[table][rest]
        except KeyError:
            raise MissingText(f"{self.language}: {key}") from None

    def has(self, key: str) -> bool:
        table, _, rest = key.partition(".")
        return rest in self._texts.get(table, {})

    def table(self, name: str) -> Mapping[str, str]:
        """All texts of a table, unfilled; empty when there is no such table."""
        return dict(self._texts.get(name, {}))

    def keys(self) -> Iterator[str]:
        """Every key, sorted."""
        return iter(sorted(f"{table}.{key}" for table, texts in self._texts.items() for key in texts))


@cache
def _own(language: Language) -> dict[str, dict[str, str]]:
    return _merged(files("reports") / "texts" / language)


def _merged(folder: Traversable) -> dict[str, dict[str, str]]:
    merged: dict[str, dict[str, str]] = {}
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if not entry.name.endswith(".toml"):
            continue
        for table, texts in tomllib.loads(entry.read_text(encoding="utf-8")).items():
            into = merged.setdefault(table, {})
            for key, value in texts.items():
                if key in into:
                    raise ValueError(f"{folder.name}/{entry.name}: {table}.{key} is in another file already")
                if not isinstance(value, str):
                    raise TypeError(f"{folder.name}/{entry.name}: {table}.{key} is not a text")
                into[key] = value
    return merged
