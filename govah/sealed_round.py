"""The name of a round under the seal of its evidence, held against what its `round.toml` says now.

No seal is over `round.toml`: whoever passes a round on can call it another one.
"""

from __future__ import annotations

import json
from pathlib import Path

from claims.problems import Problems
from claims.settings import FILE, read_settings
from evidence import layout
from evidence.regular_files import content
from govah.terminal.timestamps import readable


def sealed_round(evidence: Path) -> str | None:
    """Id of the round that the seal over the evidence names; None without a seal that can be read."""
    try:
        manifest = json.loads(content(evidence / layout.MANIFEST) or b"")
    except (ValueError, RecursionError):
        return None
    id = manifest.get("round") if isinstance(manifest, dict) else None
    return id if isinstance(id, str) else None


def other_name(folder: Path, sealed: str | None) -> str | None:
    """What `round.toml` calls a round that was sealed as another; None where both agree or one of them says nothing."""
    if sealed is None or not readable(folder / FILE):
        return None
    settings = read_settings(folder, Problems())
    return None if settings is None or settings.id == sealed else settings.id
