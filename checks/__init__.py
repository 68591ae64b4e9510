"""What do the captures prove? Pure functions: captures and claims in, findings out.

No network, no clock, no randomness that is not seeded. One module a check.
"""
