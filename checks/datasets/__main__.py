"""The child process of `checks.datasets.sandbox`. Not a command for people."""

from __future__ import annotations

import sys

from checks.datasets.sandbox import child

if __name__ == "__main__":
    sys.exit(child())
