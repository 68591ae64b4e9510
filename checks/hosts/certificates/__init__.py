"""Chains, names, issuers and revocation of certificates. Pure functions."""
