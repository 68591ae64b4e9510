"""The pages where complaints are taken, for checks that ask what else they tell (P05).

Whether there is such a page, with a form, is the element's own question.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any

from checks.case import Case
from checks.elements.sections import section
from checks.finding import Finding
from checks.inert_scripts import read_to_its_end
from checks.page.forms.kinds import Form, forms
from checks.page.page import Page

SECTION = "complaints"


class ComplaintsCheck(ABC):
    """A check that reads the pages where complaints are taken."""

    id: str
    version = 6
    criterion: str

    def judge(self, case: Case) -> Iterator[Finding]:
        found = section(case, SECTION)
        codes = {"criterion": self.criterion, "effect": "third_of_complaints"}
        if not found.pages:
            yield found.missing(self, case, **codes)
            return
        for page in found.pages:
            if (told := self.told(page)) is not None:
                yield found.about(self, case, page, "verified", None, told, **codes)
                return
        unsaid = {"complete_look": found.complete}
        if found.complete and _read_whole(case, found.pages):
            unsaid["read_whole"] = True
        yield found.about(self, case, found.pages[0], "inconclusive", "no_match", unsaid, **codes)

    @abstractmethod
    def told(self, page: Page) -> dict[str, Any] | None:
        """What the page says of it; None when it says nothing."""


def _read_whole(case: Case, pages: Sequence[Page]) -> bool:
    """Whether people write their complaint on one of these pages, and all of them were read to their end."""
    if not all(read_to_its_end(case, page.capture) for page in pages):
        return False
    return any(takes_complaints(form) for page in pages for form in forms(page.reading))


def takes_complaints(form: Form) -> bool:
    return not form.closed and any(field.asks == "long" for field in form.fields)
