"""Which URLs are visited again, and when. Pure but for what it remembers of first visits."""

from __future__ import annotations

import re
from dataclasses import replace

from claims.persian import fold
from crawler.jobs import RANK_CLAIM, RANK_FRONT, RANK_LINK, Job
from crawler.politeness.host_slot import MAX_RETRY_AFTER
from evidence.kinds.http import HttpFacts
from evidence.records import Purpose
from web.document import Document

# Visited twice whatever came: what a contradiction may rest on.
ALWAYS_TWICE: frozenset[Purpose] = frozenset({"home", "claim", "dataset", "listed", "host"})
_ON_FAILURE: frozenset[Purpose] = frozenset({"page", "link", "catalogue"})
_PASSING = (429, 500, 502, 503, 504)  # Answers that may be others in a moment: a further attempt is worth it
# Visits of what a contradiction may rest on: two that agree are enough, one may fail for a moment.
_MOST_ATTEMPTS = 3
MOST_LANDMARKS = 150  # per agency
MOST_LOGINS = 20  # per agency

# Words of pages and messages about what is not there; they decide what is looked at twice, never a verdict.
_ERROR = re.compile(
    r"\b(?:404|410|50\d)\b|not(?: be)? found|n.t find|(?:no longer|n.t|not) (?:exist|available)|removed|خطا|یافت ن|پیدا ن"
    r"|وجود ندا|موجود ن|حذف |(?:صحیح|درست|معتبر) ن|نادرست|نامعتبر|اشتباه|در دسترس ن|اینجا نیست|غیر موجود|العثور",
    re.IGNORECASE,
)
_BETWEEN = "|"  # of texts that are looked at together, which no word of these has
_LONGEST = 300  # Characters of a heading in which words of an error are looked for. The rest is not read.
_SMALL = 4_000  # characters of source
_MESSAGE = 2_000  # Bytes of an application's error message, as in checks/page/soft404.py.

Outcome = tuple[int | None, str | None]


def outcome_of(facts: HttpFacts) -> Outcome:
    return facts.status, facts.failure


def passes(facts: HttpFacts) -> bool:
    """Whether an answer, or the want of one, may be another a while later."""
    return facts.failure is not None or facts.status is None or facts.status in _PASSING


def is_bad(facts: HttpFacts) -> bool:
    """The visit failed: no complete answer, or an error status. Nothing is concluded from it here."""
    return facts.failure is not None or facts.status is None or facts.status >= 400


def may_be_error(document: Document) -> bool:
    """Whether a page that came with 200 may say of itself that it is an error. Generous: it only costs a visit."""
    told = [
        document.title,
        *(node.text(deep=True)[:_LONGEST] for node in document.tree.css("h1, h2, h3, h4")[:8]),
    ]
    body = document.tree.body
    if len(document.source) < _SMALL and body is not None:
        told.append(body.text(separator=" ")[:_LONGEST])
    return _ERROR.search(fold(_BETWEEN.join(text[:_LONGEST] for text in told))) is not None


def may_tell_error(body: bytes, kind: str | None) -> bool:
    """The same of a short message in JSON."""
    short = "json" in (kind or "").lower() and len(body) <= _MESSAGE
    return short and _ERROR.search(fold(body.decode("utf-8", "replace"))) is not None


def asks_for_password(document: Document) -> bool:
    return document.tree.css_first("input[type=password i]") is not None


def interval(retry_after: float) -> float:
    """Seconds from a first visit to a second one: a little more than what a contradiction needs.

    We wait by one clock and the evidence is dated by another, which may be slowed down meanwhile.
    """
    return retry_after * 1.01 + 0.02


class SecondVisits:
    """Per agency. Remembers the outcomes of every root URL that is not fine."""

    def __init__(self, retry_after: float) -> None:
        self._interval = interval(retry_after)
        self._outcomes: dict[str, list[Outcome]] = {}
        self._landmarks = 0
        self._logins = set[str]()

    def login(self, job: Job, document: Document) -> None:
        """Notes an entry of a claimed service that asks for a password: whose login it is is told by two visits."""
        if job.entry and job.attempt == 1 and len(self._logins) < MOST_LOGINS and asks_for_password(document):
            self._logins.add(job.root)

    def wanted(self, job: Job, facts: HttpFacts, doubtful: bool) -> bool:
        """Whether the chain that ended with this answer is to be visited once more.

        doubtful: a redirect loop, or an answer that looks like what the server says to anything.
        """
        outcomes = self._outcomes.setdefault(job.root, [])
        outcomes.append(outcome_of(facts))
        if job.attempt == 1:
            if job.purpose in ALWAYS_TWICE or job.root in self._logins or self._is_landmark(job):
                return True
            wanted = job.purpose in _ON_FAILURE and (doubtful or is_bad(facts))
            wanted = wanted or (job.purpose == "listing" and passes(facts))
            if not wanted:
                del self._outcomes[job.root]
            return wanted
        if job.attempt >= _MOST_ATTEMPTS or job.purpose not in ALWAYS_TWICE:
            return False
        passing = any(status in _PASSING for status, _ in outcomes)
        return passing and outcomes[0] != outcomes[-1]

    def _is_landmark(self, job: Job) -> bool:
        """Portal elements are judged hollow on two looks, so the pages that may be one get both."""
        if not job.landmark or self._landmarks >= MOST_LANDMARKS:
            return False
        self._landmarks += 1
        return True

    def job(self, job: Job, now: float, ago: float, asked_to_wait: float | None) -> Job:
        """The next visit, from the chain's first hop. ago: seconds since the answer came."""
        wait = max(self._interval, min(asked_to_wait or 0.0, MAX_RETRY_AFTER))
        return replace(
            job,
            url=job.root,
            attempt=job.attempt + 1,
            previous=None,
            chain=(),
            given=(),
            cookies=(),
            counts=False,
            rank=_rank(job),
            not_before=now + max(0.0, wait - ago),
        )


def _rank(job: Job) -> int:
    if job.purpose == "listed":
        return job.rank
    return RANK_CLAIM if job.purpose in ALWAYS_TWICE else RANK_FRONT if job.front else RANK_LINK
