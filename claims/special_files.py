"""What lies where a file of the round should: reading a pipe, a terminal or a socket would wait for ever, or never end."""

from __future__ import annotations

import stat
from pathlib import Path


def is_special_file(path: Path) -> bool:
    """Whether something lies there that is no file: a pipe, a socket, a device, a folder, or a link to one or to nothing."""
    try:
        return not stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return path.is_symlink()
