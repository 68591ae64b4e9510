"""`channels.newest` (P06): when did the agency last answer in any channel? One finding an agency, which the indicator counts.

What is looked at, and what not, is as for `channels.answers`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from checks.case import Case
from checks.finding import Finding
from checks.participatory.channels import CHANNELS, Channel, channels, finding_of, unseen
from checks.reasons import PORTAL
from checks.word_sets import OF_DATES, OF_SECTIONS


class ChannelsNewest:
    """Age of the newest answer in any channel."""

    id = "channels.newest"
    version = 5
    reasons = PORTAL
    words = (*OF_SECTIONS, *OF_DATES, "participatory/words.toml")

    def judge(self, case: Case) -> Iterator[Finding]:
        seen = channels(case)
        told = [one for one in seen if one.newest is not None]
        if told:
            best = max(told, key=lambda one: one.newest.day if one.newest is not None else dt.date.min)
            yield finding_of(self, case, best, "channels", newer=_may_be_newer(seen))
            return
        yield finding_of(self, case, min(seen, key=_rank), "channels")


def _may_be_newer(seen: tuple[Channel, ...]) -> bool:
    """Whether a channel that we could not read may have been answered since."""
    return any(unseen(one) for one in seen)


def _rank(channel: Channel) -> tuple[int, int]:
    """What to say where no channel tells an answer: our own lack first, then what was seen, then what was not there."""
    place = CHANNELS.index(channel.name)
    absent = channel.url is None and channel.look.else_.reason == "no_match"
    if unseen(channel):
        return 0, place
    if absent and not channel.look.complete:
        return 1, place
    if channel.url is not None:
        return (2 if channel.reason == "undated" else 3), place
    return (5 if absent else 4), place


CHECK = ChannelsNewest()
