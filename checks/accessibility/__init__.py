"""Can everybody use the pages? What the browser measured on the home page and on one page of each template.

A rule reads the measures of one page and says what it counted; a fault that was seen once is `partial`, never
`contradicted`. Not here: how it was measured (`crawler.browser.accessibility.measurer`), what it is worth (the model).
"""
