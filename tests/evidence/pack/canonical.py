"""A zip in the one form that packs have, of whatever members."""

from __future__ import annotations

import io
from collections.abc import Iterable

from evidence.pack.zip_file import PackWriter


def zipped(members: Iterable[tuple[str, bytes]]) -> bytes:
    file = io.BytesIO()
    writer = PackWriter(file)
    for name, content in members:
        writer.add(name, content)
    writer.close()
    return file.getvalue()
