"""Is every claimed service really there? `services.entry` gives one finding a claim.

`titles` ties wording to claims, `cards` reads service cards, `forms` tells forms apart, `page` says what a
page is, `seen` judges one visit of a URL, `entry` puts visits and hops together into a finding.
"""
