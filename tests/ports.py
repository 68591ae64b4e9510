"""Ports for programs that have to be told one: of those that the kernel gives to nobody by itself.

A port that was bound and let go again may be anybody's by the time the program is there to listen on it.
"""

from __future__ import annotations

import random
import socket
from pathlib import Path

_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")  # what connections and port 0 get


def spare(address: str = "127.0.0.1") -> int:
    """A port of an address that nobody listens on."""
    lowest = int(_RANGE.read_text(encoding="ascii").split()[0])
    while True:
        port = random.SystemRandom().randrange(min(10_000, lowest // 2), lowest)
        with socket.socket() as tried:
            try:
                tried.bind((address, port))
            except OSError:
                continue
            return port
