"""Scrapy, with a scheduler and an end of the run of our own: who is visited when."""
