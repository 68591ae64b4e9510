"""The child process of `checks.pdf.sandbox`. Not a command for people."""

from __future__ import annotations

import sys

from checks.pdf.sandbox import child

if __name__ == "__main__":
    sys.exit(child())
