"""TLS handshakes that prove themselves: whose key answered a hello of ours. Shares no code with whoever recorded them."""
