"""What the formats of findings are called, from their files alone: a shell completes these at every press of a key."""

from pathlib import Path
from pkgutil import iter_modules

FOLDER = Path(__file__).with_name("formats")


def format_names() -> tuple[str, ...]:
    """Sorted. Imports no format."""
    return tuple(sorted(module.name for module in iter_modules([str(FOLDER)])))
