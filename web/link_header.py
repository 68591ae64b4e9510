"""Links that a response carries in its `Link` header (RFC 8288), as a browser or a feed reader would take them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from web.links import Link, use_of
from web.urls import absolute, split_fragment

_MOST = 50
_LONGEST = 8_000
_TARGET = re.compile(r"<([^<>]*)>([^<]*)")
_RELATION = re.compile(r""";\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))""", re.IGNORECASE)


def header_links(values: Iterable[str], base: str) -> Iterator[Link]:
    """values: as captured, every byte a character. base: the address that answered."""
    text = ", ".join(values)[:_LONGEST].encode("latin-1", "replace").decode("utf-8", "replace")
    for match in list(_TARGET.finditer(text))[:_MOST]:
        reference, parameters = match.groups()
        relation = _RELATION.search(parameters)
        use = use_of((relation.group(1) or relation.group(2)) if relation else "")
        target = absolute(base, reference.strip())
        if use is not None and target is not None:
            url, fragment = split_fragment(target)
            yield Link(url, fragment, reference, "", "header", use)
