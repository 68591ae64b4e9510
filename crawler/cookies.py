"""Cookies inside one chain of redirects, and nowhere else.

Many portals, and most firewalls before them, send a visitor back to the same address with a cookie and let in who
brings it along. Without it they are a loop. What is given in a chain is brought along in that chain alone, to the
host that gave it, once it would be a loop otherwise: no visit is known by another one.
"""

from __future__ import annotations

import re

from evidence.kinds.http import HttpFacts

Cookie = tuple[str, str, str]  # host, name, value

_MOST = 20
_PAIR = re.compile(r"\s*([!#$%&'*+.^_`|~0-9A-Za-z-]{1,100})=([\x21-\x3a\x3c-\x7e]{1,1000})\s*(?:;|$)")


def cookies_after(known: tuple[Cookie, ...], host: str, facts: HttpFacts) -> tuple[Cookie, ...]:
    """What is known in the chain, with what this answer of the host sets. Attributes are not looked at."""
    jar = {(where, name): value for where, name, value in known}
    for line in facts.header_all("set-cookie"):
        pair = _PAIR.match(line)
        if pair is not None and ((host, pair.group(1)) in jar or len(jar) < _MOST):
            jar[host, pair.group(1)] = pair.group(2)
    return tuple((where, name, value) for (where, name), value in jar.items())


def cookie_header(cookies: tuple[Cookie, ...], host: str) -> str:
    """The value of the Cookie header for a host; "" for none."""
    return "; ".join(f"{name}={value}" for where, name, value in cookies if where == host)
