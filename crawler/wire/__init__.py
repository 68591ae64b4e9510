"""Requests and responses as bytes on a connection (RFC 9112), and when each is over."""
