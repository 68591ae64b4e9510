"""Is every claimed service really there? `services.entry` gives one finding a claim, `services.card` one a card.

titles, tie       which service does a wording, a page name?
fields, groups    what does a field ask for, and which fields belong together?
forms             whose kind of form is it? (form_headings: under which heading)
cards            what a page's own service card says (card_labels, card_layout, card_table, card_text, card_values)
card_claim       card and claim side by side: the finding (code_pages)
controls, actions what can be pressed; where it leads
wording, foreign  what the text says; whose host, whose page
duplicates        the same page at another agency
ownership, wizards  whose form is it, and is it a step?
levels            the level found, and what shows integration
kinds, look       one page for one claim: its kind
browsed, visited  one visit: transport, browser, endings
hop               one step on along the action links
candidates        where a service without a URL may be
entry             visits together: the finding
own, own_pages    what the look for the entry leaves behind for the checks of what stands around it
story, chapters   all of it once more, for a reader who asks why
"""

from checks.case import Check
from checks.services import card_claim, entry

CHECKS: tuple[Check, ...] = (*entry.CHECKS, *card_claim.CHECKS)

__all__ = ["CHECKS"]
