"""verify.html: a disclosure pack, or files of a round, checked in a browser without network or installation.

`source/` holds it as small scripts, and `reports.verifier.page` joins them into one file.
"""
