"""The pages that auditors chose for services of a round, as its ledger has them. Prints nothing, and starts without the checks.

The ledger is that of replies (`evidence.reply_ledger`): one key, one chain, one head. Not here: recording a choice
(`govah.alias_recording`), what an alias does to a finding (`checks.services.entries`).
"""

from __future__ import annotations

from dataclasses import replace

from claims.aliases import AliasChoice, aliases, choices, foreign
from claims.model import Round
from evidence import reply_ledger
from govah.round_paths import RoundPaths, key_of
from govah.sealed_round import sealed_round


def with_aliases(round: Round) -> Round:
    """The round with the pages that were chosen for services that it still claims."""
    chosen = aliases(choices_of(round))
    return replace(round, aliases=chosen) if chosen else round


def choices_of(round: Round) -> dict[str, AliasChoice]:
    """The last word about each service of the round, as far as the ledger is as it was signed."""
    said = choices(_ledger(round).entries, id_of(round))
    owners = {service.id: service.agency for service in round.services} if said else {}
    return {service: one for service, one in said.items() if owners.get(service) == one.agency}


def left_out(round: Round) -> int:
    """Entries about aliases that say nothing in this round."""
    return foreign(_ledger(round).entries, id_of(round))


def id_of(round: Round) -> str:
    """The round's name under the seal of its evidence, else its own."""
    return sealed_round(RoundPaths(round.folder).evidence) or round.settings.id


def _ledger(round: Round) -> reply_ledger.ReplyLedger:
    return reply_ledger.read(round.folder, key_of(round.folder))
