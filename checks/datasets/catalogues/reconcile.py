"""Claims held against what was found, both ways: by address, then by title. Pure; accuses nobody.

A claim is called absent only when every catalogue of the agency's own was read to its end.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from checks.datasets.catalogues.merge import Found, key_of
from checks.datasets.catalogues.sources import Source
from claims.model import Dataset
from claims.persian import tight


@dataclass(frozen=True, slots=True)
class Reconciled:
    """matched: by id of the claim, the finds that it may be, one where nothing is doubtful. unclaimed: of the
    agency's own lists, and claimed by nobody. elsewhere: the same, on lists that others keep. absent: ids of claims,
    () where that cannot be said (`told` is False)."""

    matched: dict[str, tuple[Found, ...]]
    unclaimed: tuple[Found, ...]
    elsewhere: tuple[Found, ...]
    absent: tuple[str, ...]
    told: bool


def reconcile(claims: Sequence[Dataset], found: Sequence[Found], sources: Sequence[Source]) -> Reconciled:
    """claims, sources: of one agency. found: the sources' datasets, merged."""
    matched = _by_address(claims, found)
    taken = {id(one) for finds in matched.values() for one in finds}
    titles: dict[str, list[Found]] = defaultdict(list)
    for one in found:
        for title in {tight(entry.title) for entry in one.entries}:
            if title and id(one) not in taken:
                titles[title].append(one)
    for claim in claims:
        if claim.id not in matched and (alike := titles.get(tight(claim.title))):
            matched[claim.id] = tuple(alike)
            taken |= {id(one) for one in alike}
    own = [source for source in sources if source.own and source.is_catalogue]
    told = bool(own) and all(source.whole for source in own)
    listed = {
        claim
        for claim, finds in matched.items()
        if any(source.own for one in finds for source, _ in one.said)
    }
    rest = [one for one in found if id(one) not in taken]
    return Reconciled(
        matched,
        tuple(one for one in rest if one.own),
        tuple(one for one in rest if not one.own),
        tuple(claim.id for claim in claims if claim.id not in listed) if told else (),
        told,
    )


def _by_address(claims: Sequence[Dataset], found: Sequence[Found]) -> dict[str, tuple[Found, ...]]:
    by_key: dict[str, list[Found]] = defaultdict(list)
    for one in found:
        for url in one.urls:
            by_key[key_of(url)].append(one)
    matched: dict[str, tuple[Found, ...]] = {}
    for claim in claims:
        key = key_of(claim.url)
        # The page of a file of a CKAN stands inside of its dataset's.
        finds = by_key.get(key) or by_key.get(key.partition("/resource/")[0])
        if not finds:
            continue
        named = [one for one in finds if tight(claim.title) in {tight(entry.title) for entry in one.entries}]
        matched[claim.id] = tuple(dict.fromkeys(named or finds))
    return matched
