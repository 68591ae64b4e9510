"""`scrapy` in the folder of the project or of a round: one spider alone, a shell, contracts."""
