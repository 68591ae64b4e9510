"""`channels.answers` (P06): when did the agency last answer in each of its channels? One finding a channel.

Looked at: the pages of polls, idea box and forum, and the matters that they lead to. A question that nobody answered is
no answer; of a poll, its own date counts. Not looked at: whether an answer helps, and what only members see.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.case import Case
from checks.finding import Finding
from checks.participatory.channels import channels, finding_of
from checks.reasons import PORTAL
from checks.word_sets import OF_DATES, OF_SECTIONS


class ChannelAnswers:
    """Age of the newest answer in each channel, in days against the round's clock."""

    id = "channels.answers"
    version = 5
    reasons = PORTAL
    words = (*OF_SECTIONS, *OF_DATES, "participatory/words.toml")

    def judge(self, case: Case) -> Iterator[Finding]:
        for channel in channels(case):
            yield finding_of(self, case, channel, channel.name)


CHECK = ChannelAnswers()
