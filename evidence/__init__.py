"""What did we see, when, from where, and is it untouched?

Captures, archive, index, seal, and how a captured document is read. Imports no other room.
"""
