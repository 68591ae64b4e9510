"""A log-in made of buttons alone: those of the sign-ons that the portal takes, with no field to fill in.

Only of a page that is there to log in: it is called so, says little else, and has no form. A service's own page with such a
button is none, for nobody saw where it leads. Whether the log-in is this service's is for `visit.look`.
"""

from __future__ import annotations

from collections.abc import Sequence

from checks.case import Case
from checks.outcome import received
from checks.page.boxes import is_login, says_login
from checks.page.content import PageContent
from checks.page.controls import Control, controls
from checks.page.forms.groups import MOST_BUTTONS
from checks.page.forms.kinds import Form
from checks.page.wordlist import phrases
from checks.services import wording
from claims.model import Service

_LIST = "page/words/pages.toml"
_MOST_TEXT = 1_500  # characters: as much as a page says that is a wall and no more
_LONGEST = 80  # Characters of a button. More is a sentence about logging in. By hand.
# Boxes that stand on any page.
_BESIDE = frozenset({"search", "newsletter", "poll", "comment", "contact", "captcha", "bare"})


def login_choice(case: Case, service: Service, page: PageContent, found: Sequence[Form]) -> Form | None:
    """The buttons by which people log in on a page that has no field for it; None on any other page. found: its forms."""
    if not page.whole or len(page.text) >= _MOST_TEXT or not {form.kind for form in found} <= _BESIDE:
        return None
    if not _is_there_to_log_in(page) or _says_that_it_fails(page, service.title):
        return None
    ways = [control for control in controls(page) if _logs_in(case, page, control)][:MOST_BUTTONS]
    if not ways:
        return None
    texts = tuple(control.text for control in ways)
    main = page.main_heading
    heading = main.text[:200] if main is not None else ""
    return Form("login", ways[0].node, (), texts, " ".join(texts), heading, "", "")


def _is_there_to_log_in(page: PageContent) -> bool:
    """Whether its main heading is a name for logging in; where that says nothing, its title or address."""
    main = page.main_heading
    if main is None or wording.is_generic(main.text):
        return is_login(page)
    told = wording.tells(main.text) or phrases(_LIST, "not_action").find(main.text) is not None
    return says_login(main.text) and not told


def _says_that_it_fails(page: PageContent, subject: str) -> bool:
    return wording.says_nothing(page) is not None or wording.under_construction(page, subject) is not None


def _logs_in(case: Case, page: PageContent, control: Control) -> bool:
    """Whether it says so, and is no help, nor a link that is known to lead nowhere."""
    if len(control.text) > _LONGEST or phrases(_LIST, "login_words").find(control.text) is None:
        return False
    if phrases(_LIST, "not_action").find(control.text) is not None:
        return False
    target = page.target(control.node)
    visits = case.visits(target) if target is not None else ()
    return not visits or any(received(case, visit) is None for visit in visits)
