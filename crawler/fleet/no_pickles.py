"""Makes this process one in which no pickle comes to name a class or a function, whoever sends it.

The interpreter asks before it looks one up (the audit event `pickle.find_class`, which every way to unpickle raises), and a
hook for such events is never taken off again. Without a name a pickle makes plain values and nothing else.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

_MOST = 300  # characters


class RefusedPickle(str):
    """Stands in the place of what was sent as a pickle that is more than plain values. Says what it named."""

    __slots__ = ()


class PickleRefused(Exception):
    """A pickle names a class or a function. Where it stood in a message itself, the scheduler wrote it."""


def refuse_pickles() -> None:
    """From now on. What workers send to a client of Dask as such a pickle becomes `RefusedPickle` and does not end the connection."""
    from distributed.protocol.serialize import families, register_serialization_family

    for name in ("pickle", "dask"):
        dumps, loads, _ = families[name]
        register_serialization_family(name, dumps, _plain(loads))
    sys.addaudithook(_refuse)


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "pickle.find_class":
        raise PickleRefused(".".join(map(str, arguments)))


def _plain(loads: Callable[..., Any]) -> Callable[[Any, Any], Any]:
    def plain(header: Any, frames: Any) -> Any:
        try:
            return loads(header, frames)
        except PickleRefused as refused:
            return RefusedPickle(str(refused)[:_MOST])

    return plain
