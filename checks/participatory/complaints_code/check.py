"""`complaints.code` (P05): does whoever complains get a code to ask again?

Looked at: the text of the pages where complaints are taken, and forms there that look a complaint up. Not looked at:
whether a code is given; no complaint is sent.
"""

from __future__ import annotations

from typing import Any

from checks.page.forms.kinds import forms
from checks.page.page import Page
from checks.participatory.complaints import ComplaintsCheck, takes_complaints
from checks.reasons import PORTAL
from checks.services.wording import sentences
from checks.tracking_codes import names_code, promises_code
from checks.word_sets import OF_SECTIONS


class ComplaintsCode(ComplaintsCheck):
    """A code is promised to whoever complains, or the page asks for it to look up a complaint."""

    id = "complaints.code"
    reasons = PORTAL
    words = (*OF_SECTIONS, "tracking_codes.toml")
    criterion = "complaints_have_a_code"

    def told(self, page: Page) -> dict[str, Any] | None:
        for text, _ in sentences(page.reading):
            if promises_code(text):
                return {"excerpt": text[:300], "by": "text"}
        for form in forms(page.reading):
            if takes_complaints(form):
                continue  # it takes the complaint: a number that it asks for is that of the matter complained about
            for field in form.fields:
                if field.asks == "tracking" or names_code(field.label):
                    return {"excerpt": field.label[:300], "by": "form"}
        return None


CHECK = ComplaintsCode()
