"""How often Python looks for cycles: a crawl makes many objects, and nearly all go by themselves."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

# Measured: a twelfth of a crawl's CPU goes back, and the memory stays (docs/performance.md).
_OBJECTS, _YOUNG, _OLD = 100_000, 20, 100


@contextmanager
def rare_garbage_collection() -> Iterator[None]:
    """Inside, what is there already is looked through no more, and what is new less often."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_OBJECTS, _YOUNG, _OLD)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
