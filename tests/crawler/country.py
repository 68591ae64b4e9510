"""A small country of portals on loopback, and what a crawl of it saw: for crawls by several processes."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import Any

from evidence.store import EvidenceStore

AGENCIES, SHARDS, PAGES, DELAY = 6, 3, 8, 0.03


def country(kit: Any) -> tuple[Any, Any, dict[str, Any]]:
    """Portals at addresses of their own that link to each other and to one sign-on; two share an address."""
    names: dict[str, str] = {}
    sites = {}
    gateway = kit.site({"/": kit.answer("<p>sign on</p>")}, address="127.9.0.99", wait=0.005)
    gateway.fallback = lambda path, visit: kit.answer(f"<p>sign on {path}</p>")
    names["sso.test:80"] = gateway.target
    for number in range(AGENCIES):
        # the last two live at one address
        address = f"127.9.0.{min(number, AGENCIES - 2) + 1}"
        site = kit.site({}, address=address, wait=0.005)
        site.fallback = _portal(kit, number)
        sites[f"p{number}"] = site
        names[f"p{number}.test:80"] = site.target
    crawl = kit.crawl(
        gateway,
        agencies=[{"id": f"p{n}", "portal": f"http://p{n}.test/"} for n in range(AGENCIES)],
        services=[
            {"agency": f"p{n}", "url": f"http://sso.test/?client=p{n}", "title": f"خدمت {n}"}
            for n in range(AGENCIES)
        ],
        hosts=names,
        crawl={"delay": DELAY, "per_host": 1, "retry_after": 0.2, "render": "never"},
        shards=SHARDS,
        key=str(kit.folder / "signer.key"),
    )
    return crawl, gateway, sites


def _portal(kit: Any, number: int) -> Any:
    def page(path: str, visit: int) -> Any:
        if path == "/":
            links = "".join(f'<a href="/{n}">page {n}</a>' for n in range(PAGES))
            other = f'<a href="http://p{(number + 1) % AGENCIES}.test/">a neighbour</a>'
            return kit.answer(links + other + f'<a href="http://sso.test/?client=p{number}">sign on</a>')
        own = path.removeprefix("/")
        words = " ".join(f"{letter}{number}{own}" for letter in "qrstvwxzkl")
        return kit.answer(f"<p>{words}") if own.isdecimal() else kit.answer("no", "404 Not Found")

    return page


def account(crawl: Any) -> Counter[tuple[str, str, str, int]]:
    """What was seen of whom, by agency, kind, address and attempt."""
    with EvidenceStore.open(crawl.folder / "evidence") as store:
        return Counter(
            (c.agency, c.kind, c.url, c.attempt)
            for c in store.captures()
            if c.agency and c.kind in ("http", "tls") and c.purpose != "robots"
        )


def accounts(crawl: Any) -> dict[str, tuple[Any, ...]]:
    found = {}
    for capture in crawl.captures(kind="crawl"):
        found[capture.agency] = (capture.facts.state, capture.facts.eligible, capture.facts.fetched)
    return found


def meetings(site: Any) -> list[float]:
    """Seconds by which a request came before the one before it was answered, of all at an address."""
    asked = sorted(site.asked, key=lambda one: one.time)
    return [
        before.done - after.time for before, after in itertools.pairwise(asked) if after.time < before.done
    ]
