"""Whether an address is one of this machine's own, as the kernel's routing says at this moment.

A public address of the machine leads to everything that listens on it, as 127.0.0.1 does. The kernel is asked for the
route to each address (rtnetlink(7), RTM_GETROUTE), which takes some microseconds: nothing is kept that could go stale,
and addresses that no interface lists (`ip route add local …`) are found too. Not here: addresses that only a router
before the machine knows to lead back to it.
"""

from __future__ import annotations

import ipaddress
import itertools
import socket
import struct

# linux/netlink.h, linux/rtnetlink.h
_ROUTE_PROTOCOL = 0
_ERROR = 2  # NLMSG_ERROR
_NEW_ROUTE = 24  # RTM_NEWROUTE
_GET_ROUTE = 26  # RTM_GETROUTE
_REQUEST = 1  # NLM_F_REQUEST
_DESTINATION = 1  # RTA_DST
_TO_US = {2, 3, 4}  # RTN_LOCAL, RTN_BROADCAST, RTN_ANYCAST

_HEADER = struct.Struct("=IHHII")  # length, type, flags, sequence, port
_ROUTE = struct.Struct("=BBBBBBBBI")  # rtmsg: family, destination bits, …, type at index 7, flags
_ATTRIBUTE = struct.Struct("=HH")
_ANSWER = 8192  # Bytes of an answer: one route takes some hundred
_SECONDS = 5.0  # Of waiting for the kernel. Past them it raises OSError.
_sequence = itertools.count(1)


def is_own(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether what is sent to `address` stays on this machine.

    Raises OSError where the kernel cannot be asked.
    """
    number = next(_sequence) & 0xFFFFFFFF
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    packed = address.packed
    body = _ROUTE.pack(family, 8 * len(packed), 0, 0, 0, 0, 0, 0, 0)
    body += _ATTRIBUTE.pack(_ATTRIBUTE.size + len(packed), _DESTINATION) + packed
    header = _HEADER.pack(_HEADER.size + len(body), _GET_ROUTE, _REQUEST, number, 0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _ROUTE_PROTOCOL) as kernel:
        kernel.settimeout(_SECONDS)
        kernel.send(header + body)
        while True:
            answer = kernel.recv(_ANSWER)
            _, kind, _, answered, _ = _HEADER.unpack_from(answer)
            if answered != number:
                continue
            if kind == _ERROR:  # no way leads there, so nothing of ours lies there
                return False
            if kind == _NEW_ROUTE:
                return _ROUTE.unpack_from(answer, _HEADER.size)[7] in _TO_US
            raise OSError(f"the kernel answered with a message of type {kind}")
