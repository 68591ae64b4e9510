"""`python -ISE tests/forked.py ADDRESS WORD...`: has a server of `tests/fork_server.py` run a command, as if it were run here.

It has our environment, folder, input and outputs, gets the signals that we get, and ends us with its status. Imports little.
"""

import json
import os
import signal
import socket
import sys


def main() -> int:
    address, *words = sys.argv[1:]
    order = {"words": words, "env": dict(os.environ), "cwd": os.getcwd(), "before": "", "script": "govah"}  # noqa: PTH109
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as server:
        server.connect(address)
        socket.send_fds(server, [json.dumps(order).encode()], [0, 1, 2])
        pid = int(server.recv(64))
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda number, _: os.kill(pid, number))
        status = int(server.recv(64).split()[0])
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    raise SystemExit(main())
