"""The report as static HTML pages: offline, without scripts, in Persian and English."""
