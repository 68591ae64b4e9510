"""What each address that an agency's pages link to came to: the judgements that both checks of links report.

Broken is what a visitor meets too, seen twice; whatever may be ours or a firewall's is inconclusive.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from checks.case import Case, Visit
from checks.link_index import LinkTarget, survey
from checks.links.outcome import Judgement, judge_fragment, judge_page

MOST_UNASKED = 1_000  # findings of an agency about addresses that nobody asked for


def is_unasked(judgement: Judgement | Exception) -> bool:
    """Whether nobody asked for the address: an example is as good as all of them."""
    return isinstance(judgement, Judgement) and judgement.reason == "limit" and not judgement.visits


def reported(case: Case) -> list[tuple[LinkTarget, Judgement | Exception, int]]:
    """The judgements, those of one host's certificate once, at its first address; with how many more addresses share it."""
    return case.derived("links.told", lambda: list(_once_a_host(judgements(case))))


def _once_a_host(
    judged: Sequence[tuple[LinkTarget, Judgement | Exception]],
) -> Iterator[tuple[LinkTarget, Judgement | Exception, int]]:
    faults = Counter(fault for _, judgement in judged if (fault := _fault(judgement)) is not None)
    met = set[tuple[str, str]]()
    for target, judgement in judged:
        fault = _fault(judgement)
        if fault not in met:
            yield target, judgement, faults[fault] - 1 if fault is not None else 0
        if fault is not None:
            met.add(fault)


def _fault(judgement: Judgement | Exception) -> tuple[str, str] | None:
    """(host with port, reason) of a certificate at fault."""
    if isinstance(judgement, Exception) or judgement.certificate is None:
        return None
    return judgement.certificate, judgement.reason or ""


def judgements(case: Case) -> list[tuple[LinkTarget, Judgement | Exception]]:
    """One for each distinct address; a fragment counts only where the page behind it is there."""
    return case.derived("links.judgements", lambda: list(_judgements(case)))


def _judgements(case: Case) -> Iterator[tuple[LinkTarget, Judgement | Exception]]:
    targets = survey(case).targets
    visits: dict[str, tuple[Visit, ...]] = {}
    for key, fragment in sorted(targets, key=lambda pair: (pair[0], pair[1] or "")):
        target = targets[key, fragment]
        if fragment is None:
            judgement = _guarded(partial(judge_page, case, target))
            if isinstance(judgement, Judgement) and judgement.reason is None:
                visits[key] = judgement.visits
            yield target, judgement
        elif key in visits:
            yield target, _guarded(partial(judge_fragment, case, target, visits[key]))


def _guarded(judge: Callable[[], Judgement]) -> Judgement | Exception:
    try:
        return judge()
    except Exception as error:
        return error
