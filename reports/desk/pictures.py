"""Pictures of the archive as addresses of the desk: nothing is written, a picture is read when a browser asks for it."""

from __future__ import annotations

from pathlib import Path

from evidence.kinds.screenshot import ScreenshotFacts
from evidence.records import Capture
from evidence.store import EvidenceStore
from reports.html.finding_view import ScreenshotGallery

MEDIA_TYPES = ("image/webp", "image/png", "image/jpeg")


class DeskGallery(ScreenshotGallery):
    """Like the gallery of the report, whose pictures are served and not copied."""

    def __init__(self, store: EvidenceStore) -> None:
        super().__init__(store, Path())

    def _write(self, picture: Capture | None) -> str | None:
        if picture is None or not isinstance(picture.facts, ScreenshotFacts):
            return None
        return f"capture/{picture.id}/picture" if picture.facts.media_type in MEDIA_TYPES else None
