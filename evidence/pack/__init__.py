"""Disclosure packs: one finding with its records and the proof that they are those that were sealed."""
