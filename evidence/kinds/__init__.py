"""Kinds of evidence. Each module is one, named as the module is: its facts, and how its record is written."""
