"""What is made on demand and kept with what it is made of: a case, a page or a round."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar, cast

T = TypeVar("T")
P = ParamSpec("P")


class Derivations:
    """What rests on this alone, and on what a key names besides."""

    def __init__(self) -> None:
        self.derivations: dict[Hashable, object] = {}

    def derived(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` returns, made once. Keys start with the name of what it is."""
        if key not in self.derivations:
            self.derivations[key] = make()
        return cast(T, self.derivations[key])


D = TypeVar("D", bound=Derivations)


def once(make: Callable[Concatenate[D, P], T]) -> Callable[Concatenate[D, P], T]:
    """A function whose result is kept with its first argument, for each of the others."""
    name = f"{make.__module__}.{make.__qualname__}"

    @wraps(make)
    def kept(of: D, /, *further: P.args, **named: P.kwargs) -> T:
        key = (name, *further, *named.items()) if further or named else name
        return of.derived(key, lambda: make(of, *further, **named))

    return kept
