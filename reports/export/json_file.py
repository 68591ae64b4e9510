"""A large JSON file, written piece by piece: one value a line, nothing of it held."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any


def dumped(value: Any) -> str:
    """Halves of surrogate pairs, which no reader has to take, become question marks."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, allow_nan=False)
    return text.encode("utf-8", "replace").decode()


def write(path: Path, around: Mapping[str, Any], key: str, values: Iterable[Any], depth: str = "") -> int:
    """`around` with an array under `key`, of the object in the array `depth` of it, if that is named; returns its length."""
    outer = dict(around)
    hole = "\x00"  # in no text: JSON writes it as an escape
    if depth:
        (inner,) = outer[depth]
        outer[depth] = [{**inner, key: [hole]}]
    else:
        outer[key] = [hole]
    before, after = dumped(outer).split(json.dumps(hole))
    count = 0
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(before)
        for value in values:
            file.write(f"{',' if count else ''}\n{dumped(value)}")
            count += 1
        file.write(f"\n{after}\n")
    return count
