"""Hosts in TLS and in the DNS: what is asked of them, every byte kept."""
