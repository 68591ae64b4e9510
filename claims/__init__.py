"""What did the agencies declare, and which hosts are theirs?

Reads and validates the files of a round. Imports the web alone.
"""
