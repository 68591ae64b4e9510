"""`govah validate`: whether a round can be crawled, in seconds and without a crawl.

Reads the sheets and the model, resolves every host that is named, asks each control once and one resolver, and starts the
browser. No portal is visited.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from rich.table import Table

from claims.model import Round
from crawler.fleet.shard_run import user_agent
from crawler.preflight import ask_controls, resolver_answers, unresolved
from crawler.probes.resolvers import resolvers_of
from govah import stages
from govah.commands.doctor import DoctorItem, browser_items, items_json, key_item, show
from govah.exits import Exit
from govah.round_loading import read
from govah.terminal.console import Speaker, text, visible
from web.urls import absolute, host_port

_SHOWN = 30  # hosts in the table; --json has all
Place = tuple[str, int]


def validate(speaker: Speaker, folder: Path, browser: str | None, key: Path | None) -> Exit:
    """Status 2 when the crawl could not run, or could not visit what is named; a round that cannot be read never comes back."""
    round = read(speaker, folder).round
    named = _named(round)
    lost = unresolved(round.settings.network, list(named))
    items = [
        _sheets(round),
        _model(round),
        _names(named, lost),
        *asyncio.run(_network(round)),
        *(browser_items(browser) if round.settings.crawl.render != "never" else ()),
        key_item(key),
    ]
    bad = any(item.state == "wrong" for item in items)
    speaker.json(
        {
            "round": round.settings.id,
            "valid": not bad,
            "items": items_json(items),
            "hosts": [
                {"host": host, "port": port, "failure": why, "agencies": list(named[host, port])}
                for (host, port), why in lost.items()
            ],
        }
    )
    show(speaker, items)
    if lost:
        _tell_lost(speaker, named, lost)
    speaker.say("validate.bad" if bad else "validate.good", folder=folder)
    return Exit.USAGE if bad else Exit.DONE


def _named(round: Round) -> dict[Place, tuple[str, ...]]:
    """Every (host, port) that the sheets name, with the agencies that name it."""
    found: dict[Place, dict[str, None]] = {}
    for agency, entry in _addresses(round):
        url = absolute(entry if "://" in entry else f"https://{entry}/", "")
        place = host_port(url) if url is not None else ("", 0)
        if place[0]:
            found.setdefault(place, {})[agency] = None
    return {place: tuple(agencies) for place, agencies in sorted(found.items())}


def _addresses(round: Round) -> Iterator[tuple[str, str]]:
    for agency in round.agencies:
        yield agency.id, agency.portal
        yield from ((agency.id, host) for host in agency.hosts)
        if agency.catalogue:
            yield agency.id, agency.catalogue
    for service in round.services:
        yield from ((service.agency, url) for url in (service.url, *service.window) if url)
    for dataset in round.datasets:
        yield dataset.agency, dataset.url


def _sheets(round: Round) -> DoctorItem:
    counts = {"agencies": round.agencies, "services": round.services, "datasets": round.datasets}
    found = text("validate.counts", **{name: len(rows) for name, rows in counts.items()})
    return DoctorItem("sheets", "ok", found)


def _model(round: Round) -> DoctorItem:
    model = stages.model_of(round.settings, round.folder)
    return DoctorItem("model", "ok", f"{model.id} {model.version}")


def _names(named: Mapping[Place, Sequence[str]], lost: Mapping[Place, str]) -> DoctorItem:
    """What is private is a setting of ours; a name that does not resolve may be the agency's, unless all do not."""
    why = Counter(lost.values())
    found = text("validate.names_found", resolved=len(named) - len(lost), all=len(named))
    if why["private_address"]:
        return DoctorItem("names", "wrong", found, text("validate.names_private", n=why["private_address"]))
    if why["own_error"]:
        return DoctorItem("names", "wrong", found, text("validate.names_own"))
    if lost and len(lost) == len(named):
        return DoctorItem("names", "wrong", found, text("validate.names_none"))
    return DoctorItem(
        "names", "missing" if lost else "ok", found, text("validate.names_some") if lost else ""
    )


async def _network(round: Round) -> list[DoctorItem]:
    """The controls, and the resolver that is asked what the DNS says of hosts."""
    network = round.settings.network
    resolver, controls = await asyncio.gather(
        resolver_answers(network, stages.now), ask_controls(network, user_agent(round.settings.crawl.contact))
    )
    servers = " ".join(map(str, resolvers_of(network).servers)) or "–"
    items = [_resolver(servers, resolver)]
    if not controls:
        return [DoctorItem("controls", "missing", "–", text("validate.controls_none")), *items]
    silent = [one for one in controls if one.failure is not None]
    told = "\n".join(f"{one.url}: {one.failure or one.detail}" for one in controls)
    state = "wrong" if len(silent) == len(controls) else "missing" if silent else "ok"
    advice = "" if state == "ok" else text(f"validate.controls_{'silent' if state == 'wrong' else 'some'}")
    return [DoctorItem("controls", state, told, advice), *items]


def _resolver(servers: str, answers: bool) -> DoctorItem:
    return DoctorItem(
        "resolver", "ok" if answers else "missing", servers, "" if answers else text("doctor.resolver_advice")
    )


def _tell_lost(speaker: Speaker, named: Mapping[Place, Sequence[str]], lost: Mapping[Place, str]) -> None:
    table = Table(title=text("validate.lost"), title_justify="left", header_style="bold")
    for column in ("host", "agencies", "why"):
        table.add_column(text(f"validate.{column}"), overflow="fold")
    for place, why in list(lost.items())[:_SHOWN]:
        host, port = place
        table.add_row(
            visible(f"{host}:{port}"), visible(" ".join(named[place])), text(f"validate.lost_{why}")
        )
    speaker.show(table)
    if len(lost) > _SHOWN:
        speaker.say("validate.more", n=len(lost) - _SHOWN)
