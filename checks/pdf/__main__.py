"""The child process of `checks.pdf.sandbox`. Not a command for people."""

from __future__ import annotations

import sys

from checks.pdf.reading import read
from claims import confined

if __name__ == "__main__":
    sys.exit(confined.answer(lambda _, body: read(body)))
