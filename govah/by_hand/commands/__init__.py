"""Commands of `scrapy` that a project of ours has in place of its own."""
