"""Is every claimed service really there? `services.entry` gives one finding a claim, `services.card` one a card.

matching/         which service a wording names (titles, gates, parts, shortened, declared), and what speaks for a
                  page being a service's own (tie, weighing, competition)
wording, title_words, foreign   what the text says; how it is read; whose host, whose page
actions           where the page leads
service_cards     whose card is it, and what it says beside the claim (card_file, code_pages; checks.page.cards reads cards)
duplicates        the same page at another agency
ownership         whose form is it?
visit/            one visit of a page: its kind (look), pictures (browsed), endings (seen), one step on (hop, follow)
levels            the level found, and what shows integration (kinds, gateways)
candidates        where a service without a URL may be
entries           visits of a claim, or of its candidates, together
own, own_pages    what the look for the entry leaves behind for the checks of what stands around it
story, chapters   all of it once more, for a reader who asks why
"""
