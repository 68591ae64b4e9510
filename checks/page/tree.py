"""Elements above an element, and a path that leads a reader to it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborNode


def ancestry(node: LexborNode, most: int = 60) -> Iterator[LexborNode]:
    current: LexborNode | None = node
    while current is not None and most > 0:
        yield current
        current, most = current.parent, most - 1


def selector(node: LexborNode) -> str:
    """A CSS path that leads a reader to the element: at most five steps, from the nearest id."""
    steps: list[str] = []
    for element in ancestry(node, 5):
        tag = element.tag or ""
        if tag in ("html", "-document", "#document"):
            break
        ident = element.attributes.get("id") or ""
        if re.fullmatch(r"[A-Za-z][\w-]{0,60}", ident):
            steps.append(f"{tag}#{ident}")
            break
        first = ((element.attributes.get("class") or "").split() or [""])[0]
        steps.append(f"{tag}.{first}" if re.fullmatch(r"[A-Za-z][\w-]{0,60}", first) else tag)
    return " > ".join(reversed(steps))
