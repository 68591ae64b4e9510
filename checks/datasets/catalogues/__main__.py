"""The child process of `checks.datasets.catalogues.sandbox`. Not a command for people."""

from __future__ import annotations

import sys

from checks.datasets.catalogues.sandbox import child

if __name__ == "__main__":
    sys.exit(child())
