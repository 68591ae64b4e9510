"""Which pages of an agency hold the code of a claimed service, told from their bytes: most hold none and are not parsed."""

from __future__ import annotations

import re
from itertools import takewhile

from checks.case import Case
from checks.page.boilerplate import best_view
from checks.page.cards.values import CODE
from claims.persian import arabic_digits, digits, persian_digits
from evidence.records import Capture

# Digits in UTF-8: ASCII, Persian, Arabic. Other character sets have the ASCII ones.
_RUN = re.compile(rb"(?:[0-9]|\xdb[\xb0-\xb9]|\xd9[\xa0-\xa9]){11,}")
# Codes of one body begin alike; so many digits do not turn up on every page by chance.
_TELLING = 4
_MOST_HOLDERS = 6  # Pages kept for a code, in order of the crawl. Later ones are not looked at. By hand.


def holders(case: Case, code: str) -> list[Capture]:
    """At most six pages that hold the code, in order of commit."""
    return case.derived("pages by code", lambda: _holders(case)).get(code, [])


def _holders(case: Case) -> dict[str, list[Capture]]:
    wanted = {service.code for service in case.round.services_of(case.agency.id) if service.code}
    found: dict[str, list[Capture]] = {}
    if not wanted:
        return found
    ends = zip(min(wanted), max(wanted), strict=False)
    begins = "".join(first for first, _ in takewhile(lambda pair: pair[0] == pair[1], ends))
    marks = [begins, persian_digits(begins), arabic_digits(begins)] if len(begins) >= _TELLING else [""]
    signs = [mark.encode() for mark in marks]
    for capture in case.pages:
        body = case.evidence.body(best_view(case, capture).id)
        if not any(sign in body for sign in signs):
            continue
        runs = {digits(run.decode("utf-8", "replace")) for run in _RUN.findall(body)}
        for code in wanted.intersection(run for run in runs if CODE.fullmatch(run)):
            if len(found.setdefault(code, [])) < _MOST_HOLDERS:
                found[code].append(capture)
    return found
