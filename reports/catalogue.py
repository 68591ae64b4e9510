"""Texts for people, by language.

Every file of `reports/texts/<language>/` is a set of flat tables. A check, or a family of checks, brings its own in
`texts.toml`, one table a language. All are merged, and a key that two files hold is an error. A missing key raises: a report
with holes in it is worse than none.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Literal

from checks.folders import text_files

Language = Literal["fa", "en"]
LANGUAGES: tuple[Language, ...] = ("fa", "en")


class MissingText(KeyError):
    """No text under this key in this language."""


class TextCatalogue:
    """The texts of one language, keyed `table.key`; a key may hold dots itself, as ids of checks do."""

    def __init__(self, language: Language, folder: Traversable | None = None) -> None:
        """folder: holds one folder a language; default the program's own texts."""
        self.language = language
        self._texts = _own(language) if folder is None else _merged(folder / language)
        self._whole = folder is not None

    def text(self, key: str, **params: object) -> str:
        """The text with its `{name}` fields filled in. Raises MissingText; KeyError for a missing parameter."""
        return self.template(key).format_map(params)

    def template(self, key: str) -> str:
        """The text as it stands, its fields unfilled. Raises MissingText."""
        found = self._find(key)
        if found is None:
            raise MissingText(f"{self.language}: {key}")
        return found

    def has(self, key: str) -> bool:
        return self._find(key) is not None

    def _find(self, key: str) -> str | None:
        table, _, rest = key.partition(".")
        found = self._texts.get(table, {}).get(rest)
        return self._all().get(table, {}).get(rest) if found is None else found

    def _all(self) -> Mapping[str, Mapping[str, str]]:
        """With the texts of the checks, which most commands never ask for."""
        if not self._whole:
            self._texts, self._whole = _with_checks(self.language), True
        return self._texts

    def table(self, name: str) -> Mapping[str, str]:
        """All texts of a table, unfilled; empty when there is no such table."""
        return dict(self._all().get(name, {}))

    def keys(self) -> Iterator[str]:
        """Every key, sorted."""
        return iter(sorted(f"{table}.{key}" for table, texts in self._all().items() for key in texts))


@cache
def _own(language: Language) -> dict[str, dict[str, str]]:
    return _merged(files("reports") / "texts" / language)


@cache
def _with_checks(language: Language) -> dict[str, dict[str, str]]:
    merged = {table: dict(texts) for table, texts in _own(language).items()}
    for name, tables in _of_checks():
        _add(merged, tables[language], f"{name}: {language}")
    return merged


@cache
def _of_checks() -> tuple[tuple[str, dict[str, Any]], ...]:
    """(name, its tables by language) of each file; one holds both languages, and a report asks for both."""
    return tuple((name, tomllib.loads(path.read_text(encoding="utf-8"))) for name, path in text_files())


def _merged(folder: Traversable) -> dict[str, dict[str, str]]:
    merged: dict[str, dict[str, str]] = {}
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".toml"):
            _add(merged, tomllib.loads(entry.read_text(encoding="utf-8")), f"{folder.name}/{entry.name}")
    return merged


def _add(merged: dict[str, dict[str, str]], tables: Mapping[str, Mapping[str, object]], where: str) -> None:
    for table, texts in tables.items():
        into = merged.setdefault(table, {})
        for key, value in texts.items():
            if key in into:
                raise ValueError(f"{where}: {table}.{key} is in another file already")
            if not isinstance(value, str):
                raise TypeError(f"{where}: {table}.{key} is not a text")
            into[key] = value
