"""`govah report`: scores a round and writes its pages."""

from __future__ import annotations

from pathlib import Path

from claims.model import Round
from crawler.browser.renderer import find_browser
from govah import stages
from govah.exits import Exit
from govah.results_database import keep_database
from govah.round_loading import (
    evidence,
    findings_file,
    refuse_links,
    report_broken,
)
from govah.round_paths import RoundPaths
from govah.terminal.console import Speaker
from govah.terminal.progress import Display


def report_round(
    speaker: Speaker,
    round: Round,
    agencies: frozenset[str] | None,
    pdf: bool = False,
    browser: str | None = None,
    jobs: int = 1,
    every_page: bool = False,
    unsealed: bool = False,
) -> tuple[Path, stages.ScoredRound]:
    """Scores and writes the report; returns its first page, and what it tells. every_page: also of a country's agencies.

    unsealed: as for `score`.
    """
    from govah.export_findings import beside_report
    from govah.replies import replies_of
    from govah.terminal.edit_lines import tell_edits
    from reports.html.write import (
        MOST_AGENCIES,
        FindingTotals,
        write_report,
    )  # a crawl starts without the templates

    refuse_links(speaker, RoundPaths(round.folder).results)
    store = evidence(speaker, round)
    findings, stand = findings_file(speaker, round, unsealed)
    target = RoundPaths(round.folder).report
    with report_broken(speaker), Display(speaker, "report", lines=False):
        scored_round = stages.weigh(round, store, findings, stand, jobs)
        tell_edits(speaker, round.folder, scored_round.results["round"].get("edits"))
        country = len(round.agencies) > MOST_AGENCIES
        if not country:  # first, for the report links to what lies beside it
            beside_report(round, findings, stand, store, scored_round.results)
        index = write_report(
            round,
            scored_round.results,
            findings,
            scored_round.scores,
            store,
            target,
            agencies,
            replies_of(round),
            jobs,
            counted=FindingTotals(scored_round.tally, scored_round.hosts),
            every_page=every_page,
        )
    keep_database(speaker, round, store, findings)
    if country and not every_page:
        speaker.note("cli.pages_left", n=len(round.agencies) - len(agencies or ()), folder=round.folder)
    if round.settings.previous is not None:
        from govah.commands.trend import write_page

        write_page(speaker, round, scored_round.results, scored_round.scores, target, unsealed)
    if pdf:
        from reports.html.places import factsheet_of, page_of
        from reports.pdf import PrintError, print_report

        found = find_browser(browser)
        if found is None:
            speaker.fail(Exit.USAGE, "cli.pdf_needs_browser")
        try:
            others = frozenset() if agencies is None else {agency.id for agency in round.agencies} - agencies
            print_report(
                index.parent, found, frozenset(name(id) for id in others for name in (page_of, factsheet_of))
            )
        except PrintError as error:
            speaker.fail(Exit.USAGE, "cli.pdf_failed", detail=error)
    return index, scored_round


def next_steps(speaker: Speaker, round: Round, report: Path) -> None:
    """Where the report lies, and what is usually done next."""
    speaker.say("cli.report_done", path=report)
    first = min(agency.id for agency in round.agencies)
    speaker.say("ending.next", folder=round.folder, agency=first)
