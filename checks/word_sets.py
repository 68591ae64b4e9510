"""Word lists that many checks read, as the `words` of a check names them. A test derives the same from the imports."""

OF_PAGES = ("page/words/lexicon.json", "page/words/pages.toml", "page/words/soft404.toml")
"""What a page is, and what stands in its place."""
OF_SERVICES = (*OF_PAGES, "page/words/titles.toml")
"""And which service it is of."""
OF_SECTIONS = (*OF_SERVICES, "elements/words.toml")
"""And which element or section of a portal."""
