"""What a file of data holds: its kind, its encoding, its table, the dates in it, its fingerprint. Pure; judges nothing."""
