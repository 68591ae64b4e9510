"""A kind of evidence is one module of `evidence/kinds/`, which names it `KIND`. Nothing else lists them.

Recording, the index, seals, verification and packs treat all kinds alike; what they have to know of one is here.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

_FOLDER = Path(__file__).with_name("kinds")
_FIDELITY = "fidelity"  # a field of facts that say it themselves


class Facts:
    """What is known of a capture beside its body: a frozen dataclass of values that JSON has, and tuples of them."""

    __slots__ = ()


@dataclasses.dataclass(frozen=True, slots=True)
class EvidenceKind:
    """name: the module's. facts: their class.

    media_type: of the body, or what tells it from the facts; None for an exchange, whose bytes say it themselves.
    fidelity: how close the body is to what was sent (docs/evidence.md); None where the facts say it.
    probe: the body is our own account of bytes that were asked for, so that redaction reads its numbers as numbers.
    packed: the body is compressed already.
    """

    name: str
    facts: type[Facts]
    media_type: str | Callable[[Any], str] | None = None
    fidelity: str | None = None
    probe: bool = False
    packed: bool = False

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(field.name for field in dataclasses.fields(self.facts))  # type: ignore[arg-type]

    def media_type_of(self, facts: Facts) -> str:
        """Raises TypeError for an exchange."""
        if self.media_type is None:
            raise TypeError(f"a capture of kind {self.name} is an exchange")
        return self.media_type if isinstance(self.media_type, str) else self.media_type(facts)

    def fidelity_of(self, facts: Facts) -> str:
        return self.fidelity or str(getattr(facts, _FIDELITY))


@cache
def kinds() -> Mapping[str, EvidenceKind]:
    """By name. Raises TypeError for a module that names none."""
    found = {}
    for name in sorted(module.name for module in iter_modules([str(_FOLDER)])):
        kind = getattr(import_module(f"evidence.kinds.{name}"), "KIND", None)
        if not isinstance(kind, EvidenceKind) or kind.name != name:
            raise TypeError(f"{_FOLDER / name}.py: KIND is no EvidenceKind called {name}")
        found[name] = kind
    return found
