"""Texts of portals and people as a copy of the database for use elsewhere has them.

Personal data, cookies and keys are taken out by the rules of disclosure packs; invisible characters are made visible. A value
has the same mark everywhere in one copy.
"""

from __future__ import annotations

import json

from checks.page.lines import lines
from evidence.kinds.http import HttpFacts
from evidence.records import Capture
from evidence.redaction.heads import walked
from evidence.redaction.text import Redactor, load_rules
from evidence.store import EvidenceStore
from reports.results_db.rows import as_json
from reports.visible import visible
from web.document import Document, looks_like_html


class CopiedTexts:
    """Of one copy."""

    def __init__(self, store: EvidenceStore) -> None:
        self._store = store
        self._redactor = Redactor(load_rules())

    def text(self, value: str) -> str:
        return visible(self._redactor.text(value))

    def json(self, value: str) -> str:
        """value: JSON, whose values are looked at one by one where there is anything to take out."""
        if self.text(value) == value:
            return value
        shown = walked(json.loads(value), self._redactor)
        return visible(as_json(shown), keeps="")

    def page(self, capture: Capture) -> str | None:
        """What a visitor reads on a page, a line a block; None for what is no page."""
        if isinstance(capture.facts, HttpFacts):
            media = capture.facts.header("content-type")
        elif capture.kind == "page":
            media = "text/html; charset=utf-8"
        else:
            return None
        body = self._store.body(capture.id)
        if not body or not looks_like_html(body, media):
            return None
        document = Document(body, capture.url, media)
        # a key may be told by the line that it stands on, which a reader does not see as one
        self._redactor.text(document.source)
        return "\n".join(block.text for block in lines(document))
