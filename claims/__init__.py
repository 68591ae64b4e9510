"""What did the agencies declare, and which portals are theirs?

Reads and validates the files of a round. Imports no other room.
"""
