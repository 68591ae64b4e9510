"""The child process of `claims.workbook`. Not a command for people."""

from __future__ import annotations

import sys

from claims.workbook import child

if __name__ == "__main__":
    sys.exit(child())
