"""Reading the hash fields of a manifest that may say anything."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

_HASH = re.compile(r"[0-9a-f]{64}")
_NULL = "0" * 64


def value_at(manifest: Mapping[str, Any], path: str) -> Any:
    """The value at a dotted path, None when there is none."""
    value: Any = manifest
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def hash_at(manifest: Mapping[str, Any], path: str) -> str | None:
    """The hash at a dotted path; None when there is none, or a null one."""
    value = value_at(manifest, path)
    return value if isinstance(value, str) and _HASH.fullmatch(value) and value != _NULL else None


def missing_hashes(manifest: Mapping[str, Any], paths: Iterable[str]) -> list[str]:
    return [path for path in paths if hash_at(manifest, path) is None]
