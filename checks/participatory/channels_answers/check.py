"""`channels.answers` (P06): when did the agency last answer in each of its channels?"""

from __future__ import annotations

from collections.abc import Iterator

from checks.case import Case
from checks.finding import Finding
from checks.participatory.channels import channels, finding_of
from checks.reasons import PORTAL
from checks.word_sets import OF_SECTIONS


class ChannelAnswers:
    """Age of the newest answer in each channel, in days against the round's clock."""

    id = "channels.answers"
    version = 5
    reasons = PORTAL
    words = (*OF_SECTIONS, "dated.toml", "participatory/words.toml")

    def judge(self, case: Case) -> Iterator[Finding]:
        for channel in channels(case):
            yield finding_of(self, case, channel, channel.name)


CHECK = ChannelAnswers()
