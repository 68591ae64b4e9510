"""Which page is a service's: what is proposed to an auditor, and the recording of what the auditor says. Prints nothing.

Not here: the recorded choices of a round (`govah.aliases`), the commands (`govah.commands.alias`).
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from checks.finding import Finding
from checks.retested import OBSERVED, case_of
from checks.services.entries import UNDECIDED
from checks.services.title_words import read as read_title
from checks.services.visit.alias import folded, page_at
from claims.aliases import EVENT, AliasChoice, Choice, aliases, choices, entry_values, normal_address
from claims.hosts import HostOwners
from claims.model import Alias, Round, Service
from evidence import reply_ledger
from evidence.signing.keys import Signer, fingerprint
from evidence.store import EvidenceStore
from evidence.verify.round_summary import trusted_keys
from govah.aliases import choices_of, id_of
from govah.replies import ledger_of
from govah.round_paths import RoundPaths, key_of
from govah.sealed_round import sealed_round
from govah.stages import as_of
from web.urls import absolute, host, is_web

CHECK = "services.entry"
_ADDRESS = re.compile(r"https?://[^\s<>\"'«»،؛]{1,2000}", re.IGNORECASE)
_TRAILING = ".,;:!?)]}»…"


class AliasRefused(Exception):
    """Nothing was recorded. code, params: of the text that says why (`alias.<code>`)."""

    def __init__(self, code: str, **params: object) -> None:
        self.code, self.params = code, params
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class ChosenPage:
    """What an auditor says of a service. address: of the page, or its number among the candidates; "" of no page.

    carried: the page that the round before chose. reply: id of the reply that named the address; "" of none.
    """

    service: str
    choice: Choice = "page"
    address: str = ""
    carried: bool = False
    reply: str = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the round before chose, for an auditor of this round to confirm. round: its id."""

    alias: Alias
    round: str


@dataclass(frozen=True, slots=True)
class WordPair:
    """A word of pages and a word of claims that stand for one another in aliases. services: whose."""

    page: str
    claim: str
    services: tuple[str, ...]


def proposals(round: Round) -> dict[str, Proposal]:
    """What the round before chose for services of this one, by service, where nobody has said anything here yet.

    None where the portal of the agency is another, or the ledger there is not signed by a key that is trusted.
    """
    before = round.settings.previous
    if before is None or not before.is_dir():
        return {}
    key = key_of(before)
    if key is None or fingerprint(key) not in trusted_keys(round.folder, round.settings.previous_key):
        return {}
    id = sealed_round(RoundPaths(before).evidence)
    if id is None:
        return {}
    then = aliases(choices(reply_ledger.read(before, key).entries, id))
    done = choices_of(round)
    found = {}
    for service in round.services if then else ():
        alias = then.get(service.id)
        if alias is None or service.id in done or alias.agency != service.agency:
            continue
        if normal_address(round.agency(service.agency).portal) == alias.portal:
            found[service.id] = Proposal(alias, id)
    return found


def entry_of(findings: Iterable[Finding], service: str) -> Finding | None:
    return next((f for f in findings if f.check == CHECK and f.subject.id == service), None)


def candidates(finding: Finding) -> Sequence[Mapping[str, Any]]:
    """The pages that the finding of an open claim offers, best first; () of any other."""
    found: Sequence[Mapping[str, Any]] = finding.observed.get("candidates", ())
    return found


def is_open(finding: Finding) -> bool:
    """Whether an auditor is asked for the page."""
    return finding.check == CHECK and finding.verdict == "inconclusive" and finding.reason in UNDECIDED


def record(
    round: Round,
    store: EvidenceStore,
    findings: Iterable[Finding],
    signer: Signer,
    chosen: ChosenPage,
    *,
    by: str,
    user: str,
    now: dt.datetime,
) -> AliasChoice:
    """Adds an auditor's word to the ledger; it counts with the next `govah check`.

    findings: of the check, or all. Raises AliasRefused, WriteFailed, EvidenceBusy.
    """
    service = next((one for one in round.services if one.id == chosen.service), None)
    if service is None:
        raise AliasRefused("no_such_service", service=chosen.service)
    finding = entry_of(findings, service.id)
    if finding is None:
        raise AliasRefused("not_judged", service=service.id)
    if not ledger_of(round).whole:
        raise AliasRefused("ledger_broken")
    said = AliasChoice(service.id, service.agency, chosen.choice, by, "")
    if chosen.choice == "page":
        if not (is_open(finding) or finding.verdict == "contradicted" or service.id in round.aliases):
            raise AliasRefused("not_open", service=service.id)
        said = _page(round, store, service, finding, chosen, said)
    values = entry_values(id_of(round), said)
    entry = reply_ledger.append(round.folder, signer, now, EVENT, by, user, values)
    return choices([entry], id_of(round))[service.id]


def _page(
    round: Round,
    store: EvidenceStore,
    service: Service,
    finding: Finding,
    chosen: ChosenPage,
    said: AliasChoice,
) -> AliasChoice:
    before: Proposal | None = None
    if chosen.carried:
        before = proposals(round).get(service.id)
        if before is None:
            raise AliasRefused("nothing_carried", service=service.id)
        address = before.alias.address
    else:
        address = _address(round, service, finding, chosen)
    capture, heading = _seen(round, store, service, finding, address, unseen=bool(chosen.reply))
    if before is not None and before.alias.heading not in (None, heading):
        raise AliasRefused("carried_void", service=service.id, then=before.alias.heading, now=heading or "")
    portal = normal_address(round.agency(service.agency).portal)
    alias = Alias(service.agency, service.id, address, heading, portal, said.by, "", capture, chosen.reply)
    return replace(said, alias=alias, carried=before.round if before is not None else "")


def _address(round: Round, service: Service, finding: Finding, chosen: ChosenPage) -> str:
    given = chosen.address.strip()
    if given.isascii() and given.isdigit() and len(given) == 1:
        offered = candidates(finding)
        if not 0 < int(given) <= len(offered):
            raise AliasRefused("no_such_candidate", number=given, count=len(offered))
        given = str(offered[int(given) - 1]["url"])
    if chosen.reply:
        named = addresses_in(round, chosen.reply, service)
        if not given and len(named) == 1:
            given = named[0]
        if normal_address(given) not in {normal_address(one) for one in named}:
            raise AliasRefused("not_in_reply", reply=chosen.reply, named=", ".join(named) or "–")
    url = absolute(given, "") if is_web(given) else None
    if url is None:
        raise AliasRefused("no_address", address=given)
    if not HostOwners(round).owns(round.agency(service.agency), host(url)):
        raise AliasRefused("other_host", host=host(url), agency=service.agency)
    return normal_address(url)


def addresses_in(round: Round, reply: str, service: Service) -> list[str]:
    """Web addresses that a recorded reply about the service names, in order."""
    known = (entry["reply"] for entry in ledger_of(round).entries if entry["event"] == "received")
    said = next((one for one in known if one["reply"] == reply), None)
    if said is None or said["agency"] != service.agency:
        raise AliasRefused("no_such_reply", reply=reply)
    found = (address.rstrip(_TRAILING) for address in _ADDRESS.findall(said["text"]))
    return list(dict.fromkeys(found))


def _seen(
    round: Round, store: EvidenceStore, service: Service, finding: Finding, address: str, *, unseen: bool
) -> tuple[str, str | None]:
    """The capture that the page is chosen from, and its heading, folded.

    unseen: a page that nobody visited is taken too, for a re-test to visit: it has neither.
    """
    for page in candidates(finding):
        if page["capture"] and normal_address(page["url"]) == address:
            return page["capture"], folded(page["heading"])
    last = int(finding.observed.get(OBSERVED, 0))
    agency = round.agency(service.agency)
    case = case_of(round, agency, store, as_of(round, store), "service", service.id, last)
    found = page_at(case, address)
    if not isinstance(found, str):
        return found[0], folded(found[1])
    if unseen and found == "not_seen":
        return "", None
    raise AliasRefused("no_page", address=address)


def word_pairs(round: Round) -> list[WordPair]:
    """Words of the pages' headings that claims do not say, with words of claims that the headings do not say; most first."""
    titles = {service.id: service.title for service in round.services}
    of: dict[tuple[str, str], list[str]] = {}
    for service, alias in sorted(round.aliases.items()):
        for pair in _pairs(alias.heading or "", titles[service]):
            of.setdefault(pair, []).append(service)
    counted = Counter({pair: len(services) for pair, services in of.items()})
    ranked = sorted(counted, key=lambda pair: (-counted[pair], pair))
    return [WordPair(page, claim, tuple(of[page, claim])) for page, claim in ranked]


def _pairs(heading: str, title: str) -> Iterator[tuple[str, str]]:
    page, claim = read_title(heading), read_title(title)
    for theirs in dict.fromkeys(word for word in page.words if word not in claim.words):
        for mine in dict.fromkeys(word for word in claim.words if word not in page.words):
            yield theirs, mine
