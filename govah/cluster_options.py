"""The options of a cluster, and what is said of one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from claims.model import Round
from crawler.fleet.cluster import ClusterOptions
from crawler.fleet.dask_link import ClusterUnusable, DaskScheduler
from crawler.fleet.keyless_process import CancelSignal, Tell, run_without_key
from govah import stages
from govah.exits import Exit
from govah.terminal.console import Speaker


def scheduler_of(
    speaker: Speaker,
    round: Round,
    address: str | None,
    ca: Path | None,
    cert: Path | None,
    key: Path | None,
    unsafe: bool,
) -> DaskScheduler | None:
    """What the options ask for, once it has answered and each of its workers is made for the round; None without a cluster.

    What does not fit is wrong usage, said before anything of the round is touched.
    """
    if address is None:
        if unsafe:
            speaker.fail(Exit.USAGE, "cluster.no_address")
        return None
    scheduler = DaskScheduler(address, ca, cert, key, unsafe)
    with report_cluster_error(speaker):
        scheduler.refuse_unusable()
        number = int(run_without_key(_examine, scheduler, round.folder.resolve()))
    speaker.note("cluster.workers", number=number, address=address)
    return scheduler


def _examine(tell: Tell, stop: CancelSignal, scheduler: DaskScheduler, folder: Path) -> int:
    return scheduler.examine(folder)


@contextmanager
def report_cluster_error(speaker: Speaker) -> Iterator[None]:
    """Says why a cluster cannot be used, and ends with status 2."""
    try:
        yield
    except ClusterUnusable as unusable:
        speaker.fail(Exit.USAGE, f"cluster.{unusable.code}", **unusable.params)


def cluster_options(speaker: Speaker, scheduler: DaskScheduler) -> ClusterOptions:
    return ClusterOptions(scheduler, stages.round_of, partial(print_note, speaker))


def print_note(speaker: Speaker, code: str, params: Mapping[str, object]) -> None:
    speaker.note(f"cluster.{code}", **params)
