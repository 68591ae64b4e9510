"""Whether the right page is among the candidates of a claim: asked of claims whose declared address is withheld.

    python -m tests.estate.candidates [--dry] [NAME ...]

Over kept crawls of portals with a known truth. Asked is of each electronic claim that is true at least in part and whose
declared address shows a page of the agency's that is no home page, root or list: not a redirect to the national sign-on. Right is that page, and the page on which the check finds the
entry from it. Nothing is crawled; the figures are kept in docs/performance.md.
"""

from __future__ import annotations

import argparse
import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from checks.case import Case, Shared
from checks.retested import RetestView
from checks.services.entries import find_entry
from checks.services.matching.titles import titles_of
from checks.services.shortlist import MOST, page_key, shortlist
from checks.services.visit.seen import homes
from claims.model import Round, Service
from claims.read import load_round
from evidence.store import EvidenceStore
from fixtures.benchmarks.figures import Figures
from fixtures.portals.registry import SETS
from tests.rounds import crawled
from web.urls import host, identity, path

FIGURES = Figures("candidates")
_MET = ("verified", "partial")
_OF_LISTS = "two_clicks"  # a set whose declared addresses are lists and roots: they are not the pages that are looked for


def sets() -> list[str]:
    """Names of the sets that can be asked."""
    return [
        name for name in sorted(SETS) if name != _OF_LISTS and (SETS[name].truth / "services.csv").is_file()
    ]


def places(folder: Path, truth: Path) -> Iterator[tuple[Service, int]]:
    """Each claim that is asked about, and the place of the right page among its candidates; 0 where it is none of them."""
    round, store = load_round(folder).round, EvidenceStore.open(folder / "evidence")
    true = {row["subject"] for row in _rows(truth) if row["verdict"] in _MET}
    view = RetestView(store)
    shared = Shared(round, view)
    for agency in round.agencies:
        whole = Case(round, agency, view, store.opened, shared)
        for service in round.services_of(agency.id):
            if service.id not in true or not service.electronic or service.url is None:
                continue
            if not (right := _right(whole, service)):
                continue
            withheld = _without_address(round, service)
            case = Case(withheld, agency, view, store.opened, Shared(withheld, view))
            claim = next(one for one in withheld.services_of(agency.id) if one.id == service.id)
            found = [page_key(page.url) for page in shortlist(case, titles_of(case), claim)]
            yield service, next((place for place, key in enumerate(found, 1) if key in right), 0)


def _rows(truth: Path) -> list[dict[str, str]]:
    with (truth / "services.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _right(case: Case, service: Service) -> set[str]:
    """Keys of the pages that are right; none where the declared address shows no page of its own."""
    assert service.url is not None
    visits = case.visits(service.url)
    if not visits or visits[-1].status != 200 or not case.is_html(visits[-1].final):
        return set()
    seen, _ = find_entry(case, titles_of(case), service)
    several = seen.look is not None and (seen.look.kind == "list" or "one_link_on" in seen.notes)
    if several or identity(service.url) in homes(case) or path(service.url) in ("", "/"):
        return set()
    final = visits[-1].final.url
    if not case.owns(host(final)):
        return set()
    right = {page_key(service.url), page_key(final)}
    return right | ({page_key(seen.url)} if seen.verdict in _MET else set())


def _without_address(round: Round, service: Service) -> Round:
    hidden = (replace(one, url=None) if one.id == service.id else one for one in round.services)
    return replace(round, services=tuple(hidden))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="sets of portals (default: all)")
    FIGURES.dry_option(parser)
    options = parser.parse_args()
    total: Counter[int] = Counter()
    lines = ["", "| set | claims | first | among three |", "|---|---:|---:|---:|"]
    for name in options.names or sets():
        counts = Counter(place for _, place in places(crawled(name).round, SETS[name].truth))
        total += counts
        lines.append(_line(name, counts))
        print(lines[-1], flush=True)
    lines += [_line("**all**", total), ""]
    print(lines[-2])
    if not options.dry:
        FIGURES.write(lines)


def _line(name: str, counts: Counter[int]) -> str:
    asked = counts.total()
    within = sum(counts[place] for place in range(1, MOST + 1))
    return f"| {name} | {asked} | {_share(counts[1], asked)} | {_share(within, asked)} |"


def _share(part: int, whole: int) -> str:
    return f"{part} ({100 * part / whole:.1f} %)" if whole else "–"


if __name__ == "__main__":
    main()
