"""Word lists that many checks read, as the `words` of a check names them. A test derives the same from the imports."""

OF_PAGES = (
    "page/words/lexicon.json",
    "page/words/pages.toml",
    "page/words/forms.toml",
    "page/words/soft404.toml",
)
"""What a page is, and what stands in its place."""
OF_SERVICES = (*OF_PAGES, "page/words/cards.toml", "page/words/titles.toml", "services/words.toml")
"""And which service it is of."""
OF_NAMES = (*OF_SERVICES, "elements/words.toml")
"""And how elements and sections of a portal are called."""
OF_SECTIONS = (*OF_NAMES, "elements/substance.toml")
"""And whether a page is really about one."""
OF_DATES = ("dated.toml", "datasets/files/dates.toml")
"""How dates are written in words, in running text and alone."""
OF_DATASETS = (*OF_PAGES, "datasets/files/dates.toml", "datasets/files/words.toml", "datasets/words.toml")
"""What is offered as data, and what stands in its files."""
