"""The command line: one function a command, options by the usual conventions."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from govah.exits import Exit
from govah.terminal import completion, usage
from govah.terminal.console import PLAIN, PROGRESS, Speaker, plain_wanted, text
from govah.terminal.help import GovahCommands, LocalizedCommand, LocalizedGroup
from govah.terminal.suggestions import hint

if TYPE_CHECKING:
    from claims.model import Round


def _plain(wanted: bool) -> bool:
    """For this command and the processes that it starts."""
    if wanted:
        os.environ[PLAIN] = "1"
    return wanted


def _progress(ctx: typer.Context, wanted: str) -> str:
    """For this command and the processes that it starts."""
    if not ctx.resilient_parsing:
        if wanted not in completion.PROGRESS:
            Speaker(as_json="--json" in sys.argv).fail(
                Exit.USAGE, "cli.bad_progress", value=wanted, hint=hint(wanted, completion.PROGRESS)
            )
        os.environ[PROGRESS] = wanted
    return wanted


app = typer.Typer(
    name="govah",
    cls=GovahCommands,
    help=text("help.govah"),
    no_args_is_help=True,
    rich_markup_mode=None if plain_wanted() else "rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)
model_app = typer.Typer(cls=LocalizedGroup, help=text("help.model"), no_args_is_help=True)

_CORES = os.cpu_count() or 1
_REFUSED = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT)
_SHARERS = min(4, _CORES)  # of a report: each holds the texts and templates
_FAIL_ON = completion.LEVELS

RoundFolder = Annotated[
    Path,
    typer.Argument(
        metavar="ROUND", help=text("help.round"), show_default=False, autocompletion=completion.rounds
    ),
]
Agencies = Annotated[
    list[str] | None,
    typer.Option("--agency", metavar="ID", help=text("help.agency"), autocompletion=completion.agencies),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help=text("help.quiet"))]
AsJson = Annotated[bool, typer.Option("--json", help=text("help.json"))]


def _there(ctx: typer.Context, param: typer.CallbackParam, path: Path | None) -> Path | None:
    """A key that was named is never made: with a name that was mistyped everything would be signed by a new one."""
    if path is not None and not ctx.resilient_parsing and not path.exists():
        Speaker(as_json="--json" in sys.argv).fail(Exit.USAGE, "cli.no_key", path=path)
    return path


def _key(help: str) -> Any:
    return typer.Option("--key", metavar="FILE", envvar="GOVAH_KEY", help=text(help), callback=_there)


Key = Annotated[Path | None, _key("help.key")]
Browser = Annotated[
    str | None, typer.Option("--browser", metavar="PATH", envvar="GOVAH_BROWSER", help=text("help.browser"))
]
Jobs = Annotated[int, typer.Option("--jobs", "-j", metavar="N", min=1, help=text("help.jobs"))]
Sharers = Annotated[int, typer.Option("--jobs", "-j", metavar="N", min=1, help=text("help.report_jobs"))]
FailOn = Annotated[
    str,
    typer.Option(
        "--fail-on",
        metavar="LEVEL",
        help=text("help.fail_on"),
        autocompletion=completion.among(*completion.LEVELS),
    ),
]
ControlTimeout = Annotated[
    float, typer.Option("--control-timeout", metavar="SECONDS", min=0, help=text("help.control_timeout"))
]
Cluster = Annotated[
    str | None, typer.Option("--cluster", metavar="URL", help=text("help.cluster"), show_default=False)
]
ClusterCa = Annotated[
    Path | None,
    typer.Option("--cluster-ca", metavar="FILE", envvar="GOVAH_CLUSTER_CA", help=text("help.cluster_ca")),
]
ClusterCert = Annotated[
    Path | None,
    typer.Option(
        "--cluster-cert", metavar="FILE", envvar="GOVAH_CLUSTER_CERT", help=text("help.cluster_cert")
    ),
]
ClusterKey = Annotated[
    Path | None,
    typer.Option("--cluster-key", metavar="FILE", envvar="GOVAH_CLUSTER_KEY", help=text("help.cluster_key")),
]
ClusterUnsafe = Annotated[bool, typer.Option("--cluster-unsafe", help=text("help.cluster_unsafe"))]

Unsealed = Annotated[bool, typer.Option("--unsealed", help=text("help.unsealed"))]
Progress = Annotated[
    str,
    typer.Option(
        "--progress",
        metavar="FORM",
        envvar=PROGRESS,
        is_eager=True,
        expose_value=False,
        callback=_progress,
        help=text("help.progress"),
        autocompletion=completion.among(*completion.PROGRESS),
    ),
]
Every = Annotated[bool, typer.Option("--all", help=text("help.all"))]
By = Annotated[str, typer.Option("--by", metavar="NAME", help=text("help.by"), show_default=False)]

SEE = text("help.panel_see")
JUDGE = text("help.panel_judge")
READ = text("help.panel_read")
ANSWER = text("help.panel_answer")
TOOLS = text("help.panel_tools")


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"govah {version('govah')}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help=text("help.version"))
    ] = False,
    plain: Annotated[
        bool, typer.Option("--plain", callback=_plain, expose_value=False, help=text("help.plain"))
    ] = False,
) -> None:
    pass


@app.command(cls=LocalizedCommand, help=text("help.run"), rich_help_panel=SEE)
def run(
    round_folder: RoundFolder,
    agency: Agencies = None,
    fail_on: FailOn = "never",
    jobs: Jobs = _CORES,
    key: Key = None,
    browser: Browser = None,
    control_timeout: ControlTimeout = 60.0,
    every: Every = False,
    progress: Progress = "auto",
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    from govah.commands.check import check_round, counts
    from govah.commands.crawl import crawl_round, ended
    from govah.commands.report import next_steps, report_round
    from govah.terminal.browser_lines import open_for_browser
    from govah.terminal.summary import show_summary

    speaker, round, chosen = _begin(round_folder, quiet, as_json, agency)
    level = _level(speaker, fail_on)
    outcome = crawl_round(speaker, round, chosen, key, browser, control_timeout, jobs)
    if outcome.state != "complete":
        raise typer.Exit(int(ended(speaker, outcome)))
    findings = check_round(speaker, round, chosen, key, jobs)
    report, scored_round = report_round(speaker, round, chosen, jobs=min(jobs, _SHARERS))
    national = scored_round.results["national"]
    show_summary(speaker, round, scored_round.results, findings, every)
    next_steps(speaker, round, report)
    speaker.json(
        {
            "report": str(report),
            "national": national,
            "verdicts": counts(findings),
            "browser": None if outcome.browser is None else outcome.browser.to_json(),
            "coverage": dict(outcome.coverage),
            "needs_browser": open_for_browser(findings),
            "edits": scored_round.results["round"].get("edits"),
        }
    )
    raise typer.Exit(int(_failed(counts(findings), level)))


@app.command(cls=LocalizedCommand, help=text("help.crawl"), rich_help_panel=SEE)
def crawl(
    round_folder: RoundFolder,
    agency: Agencies = None,
    jobs: Jobs = _CORES,
    key: Key = None,
    browser: Browser = None,
    control_timeout: ControlTimeout = 60.0,
    shard: Annotated[
        str | None, typer.Option("--shard", metavar="I/N", help=text("help.shard"), show_default=False)
    ] = None,
    vantage: Annotated[
        str | None, typer.Option("--vantage", metavar="NAME", help=text("help.vantage"), show_default=False)
    ] = None,
    cluster: Cluster = None,
    cluster_ca: ClusterCa = None,
    cluster_cert: ClusterCert = None,
    cluster_key: ClusterKey = None,
    cluster_unsafe: ClusterUnsafe = False,
    progress: Progress = "auto",
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    from govah import cluster_options
    from govah.commands.crawl import crawl_round, ended, from_vantage

    speaker, round, chosen = _begin(round_folder, quiet, as_json, agency)
    if cluster is not None and shard is not None:
        speaker.fail(Exit.USAGE, "cluster.with_shard")
    if vantage is not None and (cluster is not None or shard is not None):
        speaker.fail(Exit.USAGE, "vantage.alone")  # others who crawl read the name in round.toml
    round = from_vantage(speaker, round, vantage)
    scheduler = cluster_options.scheduler_of(
        speaker, round, cluster, cluster_ca, cluster_cert, cluster_key, cluster_unsafe
    )
    with cluster_options.report_cluster_error(speaker):
        outcome = crawl_round(
            speaker, round, chosen, key, browser, control_timeout, jobs, shard=shard, scheduler=scheduler
        )
    raise typer.Exit(int(ended(speaker, outcome)))


@app.command(cls=LocalizedCommand, help=text("help.plan"), rich_help_panel=SEE)
def plan(
    round_folder: RoundFolder,
    shards: Annotated[
        int | None,
        typer.Option(
            "--shards", metavar="N", min=1, max=9_999, help=text("help.plan_shards"), show_default=False
        ),
    ] = None,
    key: Key = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    from govah.commands.plan import plan_shards

    speaker, round, _ = _begin(round_folder, quiet, as_json)
    plan_shards(speaker, round, shards, key)


@app.command(cls=LocalizedCommand, help=text("help.status"), rich_help_panel=SEE)
def status(round_folder: RoundFolder, as_json: AsJson = False) -> None:
    from govah.commands.status import show_status

    speaker, round, _ = _begin(round_folder, False, as_json)
    show_status(speaker, round.folder)


@app.command(cls=LocalizedCommand, help=text("help.check"), rich_help_panel=JUDGE)
def check(
    round_folder: RoundFolder,
    agency: Agencies = None,
    fail_on: FailOn = "never",
    jobs: Jobs = _CORES,
    key: Key = None,
    every: Every = False,
    cluster: Cluster = None,
    cluster_ca: ClusterCa = None,
    cluster_cert: ClusterCert = None,
    cluster_key: ClusterKey = None,
    cluster_unsafe: ClusterUnsafe = False,
    progress: Progress = "auto",
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    from govah import cluster_options
    from govah.commands.check import check_round, counts
    from govah.results_database import keep_database
    from govah.terminal.browser_lines import open_for_browser
    from govah.terminal.summary import show_verdicts

    speaker, round, chosen = _begin(round_folder, quiet, as_json, agency)
    level = _level(speaker, fail_on)
    scheduler = cluster_options.scheduler_of(
        speaker, round, cluster, cluster_ca, cluster_cert, cluster_key, cluster_unsafe
    )
    with cluster_options.report_cluster_error(speaker):
        findings = check_round(speaker, round, chosen, key, jobs, scheduler)
    keep_database(speaker, round)
    show_verdicts(speaker, findings, every)
    speaker.json(
        {
            "findings": findings.counts.total(),
            "verdicts": counts(findings),
            "needs_browser": open_for_browser(findings),
        }
    )
    raise typer.Exit(int(_failed(counts(findings), level)))


@app.command(cls=LocalizedCommand, help=text("help.score"), rich_help_panel=JUDGE)
def score(
    round_folder: RoundFolder,
    jobs: Sharers = _SHARERS,
    every: Every = False,
    unsealed: Unsealed = False,
    progress: Progress = "auto",
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    from govah.commands.score import score_round
    from govah.round_paths import RoundPaths
    from govah.terminal.summary import show_summary

    speaker, round, _ = _begin(round_folder, quiet, as_json)
    scored_round = score_round(speaker, round, jobs, unsealed)
    show_summary(speaker, round, scored_round.results, scored_round.tally, every)
    speaker.say("ending.next_report", folder=round.folder)
    speaker.json_file(RoundPaths(round.folder).results_json)


@app.command(cls=LocalizedCommand, help=text("help.report"), rich_help_panel=READ)
def report(
    round_folder: RoundFolder,
    agency: Agencies = None,
    pdf: Annotated[bool, typer.Option("--pdf", help=text("help.pdf"))] = False,
    browser: Browser = None,
    jobs: Sharers = _SHARERS,
    all_pages: Annotated[bool, typer.Option("--all-pages", help=text("help.all_pages"))] = False,
    every: Every = False,
    unsealed: Unsealed = False,
    progress: Progress = "auto",
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    from govah.commands.report import next_steps, report_round
    from govah.terminal.summary import show_summary

    speaker, round, chosen = _begin(round_folder, quiet, as_json, agency)
    path, scored_round = report_round(
        speaker, round, chosen, pdf=pdf, browser=browser, jobs=jobs, every_page=all_pages, unsealed=unsealed
    )
    show_summary(speaker, round, scored_round.results, scored_round.tally, every)
    next_steps(speaker, round, path)
    speaker.json({"report": str(path), "edits": scored_round.results["round"].get("edits")})


@app.command(cls=LocalizedCommand, help=text("help.verify"), rich_help_panel=READ)
def verify(
    round_folder: Annotated[
        Path,
        typer.Argument(
            metavar="ROUND|PACK",
            readable=False,
            help=text("help.round_or_pack"),
            show_default=False,
            autocompletion=completion.rounds,
        ),
    ],
    fingerprint: Annotated[
        str | None, typer.Option("--fingerprint", metavar="SHA256", help=text("help.fingerprint"))
    ] = None,
    rebuild: Annotated[bool, typer.Option("--rebuild", help=text("help.rebuild"))] = False,
    authority_roots: Annotated[
        Path | None, typer.Option("--authority-roots", metavar="FILE", help=text("help.authority_roots"))
    ] = None,
    checkpoints: Annotated[
        Path | None,
        typer.Option(
            "--checkpoints", metavar="FILE", exists=True, dir_okay=False, help=text("help.checkpoints")
        ),
    ] = None,
    jobs: Annotated[
        int, typer.Option("--jobs", "-j", metavar="N", min=1, help=text("help.verify_jobs"))
    ] = _CORES,
    witness: Annotated[bool, typer.Option("--witness", help=text("help.witness"))] = False,
    progress: Progress = "auto",
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    from govah.commands import verify

    speaker = Speaker(quiet, as_json)
    told = verify.verify(
        speaker,
        round_folder,
        fingerprint,
        rebuild,
        authority_roots,
        published=checkpoints,
        jobs=jobs,
        witness=witness,
    )
    raise typer.Exit(int(told))


@app.command(cls=LocalizedCommand, help=text("help.explain"), rich_help_panel=READ)
def explain(
    round_folder: RoundFolder,
    subject: Annotated[
        str,
        typer.Argument(
            metavar="AGENCY[/INDICATOR]",
            help=text("help.explain_subject"),
            show_default=False,
            autocompletion=completion.subjects,
        ),
    ],
    unsealed: Unsealed = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    from govah.commands.explain import explain_named

    speaker, round, _ = _begin(round_folder, quiet, as_json)
    explain_named(speaker, round, subject, unsealed)


@app.command(cls=LocalizedCommand, help=text("help.replies"), rich_help_panel=ANSWER)
def replies(
    round_folder: RoundFolder, key: Key = None, quiet: Quiet = False, as_json: AsJson = False
) -> None:
    from govah.commands import replies

    speaker, round, _ = _begin(round_folder, quiet, as_json)
    replies.replies(speaker, round, key)


@app.command(cls=LocalizedCommand, help=text("help.decide"), rich_help_panel=ANSWER)
def decide(
    round_folder: RoundFolder,
    reply: Annotated[
        str,
        typer.Argument(
            metavar="REPLY",
            help=text("help.decide_reply"),
            show_default=False,
            autocompletion=completion.replies,
        ),
    ],
    decision: Annotated[
        str,
        typer.Argument(
            metavar="DECISION",
            help=text("help.decide_decision"),
            show_default=False,
            autocompletion=completion.among(*completion.DECISIONS),
        ),
    ],
    by: By,
    said: Annotated[
        str, typer.Option("--text", metavar="TEXT", help=text("help.decide_text"), show_default=False)
    ],
    key: Key = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    from govah.commands import replies

    speaker, round, _ = _begin(round_folder, quiet, as_json)
    replies.answer(speaker, round, reply, decision, by, said, key)


@app.command(cls=LocalizedCommand, help=text("help.retest"), rich_help_panel=ANSWER)
def retest(
    round_folder: RoundFolder,
    subject: Annotated[
        str,
        typer.Argument(
            metavar="SUBJECT",
            help=text("help.retest_subject"),
            show_default=False,
            autocompletion=completion.claims,
        ),
    ],
    by: By,
    jobs: Jobs = _CORES,
    key: Key = None,
    browser: Browser = None,
    control_timeout: ControlTimeout = 60.0,
    progress: Progress = "auto",
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    from govah.commands import retest

    speaker, round, _ = _begin(round_folder, quiet, as_json)
    raise typer.Exit(int(retest.retest(speaker, round, subject, by, key, browser, control_timeout, jobs)))


@app.command(cls=LocalizedCommand, help=text("help.candidates"), rich_help_panel=ANSWER)
def candidates(
    round_folder: RoundFolder,
    service: Annotated[
        str | None,
        typer.Argument(
            metavar="SERVICE",
            help=text("help.candidates_service"),
            show_default=False,
            autocompletion=completion.services,
        ),
    ] = None,
    unsealed: Unsealed = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    from govah.commands import alias

    speaker, round, _ = _begin(round_folder, quiet, as_json)
    alias.candidates(speaker, round, service, unsealed)


@app.command(cls=LocalizedCommand, help=text("help.alias"), rich_help_panel=ANSWER)
def alias(
    round_folder: RoundFolder,
    service: Annotated[
        str | None,
        typer.Argument(
            metavar="SERVICE",
            help=text("help.alias_service"),
            show_default=False,
            autocompletion=completion.services,
        ),
    ] = None,
    address: Annotated[
        str,
        typer.Argument(metavar="ADDRESS", help=text("help.alias_address"), show_default=False),
    ] = "",
    auditor: Annotated[
        str, typer.Option("--auditor", metavar="NAME", help=text("help.alias_auditor"), show_default=False)
    ] = "",
    none: Annotated[bool, typer.Option("--none", help=text("help.alias_none"))] = False,
    cannot_tell: Annotated[bool, typer.Option("--cannot-tell", help=text("help.alias_cannot_tell"))] = False,
    confirm: Annotated[bool, typer.Option("--confirm", help=text("help.alias_confirm"))] = False,
    reply: Annotated[
        str,
        typer.Option(
            "--reply",
            metavar="REPLY",
            help=text("help.alias_reply"),
            show_default=False,
            autocompletion=completion.replies,
        ),
    ] = "",
    words: Annotated[bool, typer.Option("--words", help=text("help.alias_words"))] = False,
    key: Key = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    from govah.alias_recording import ChosenPage
    from govah.commands import alias

    speaker, round, _ = _begin(round_folder, quiet, as_json)
    if words:
        alias.words(speaker, round)
        return
    if service is None:
        speaker.fail(Exit.USAGE, "alias.no_service")
    if sum((bool(address or reply), none, cannot_tell, confirm)) != 1:
        speaker.fail(Exit.USAGE, "alias.one_choice")
    if not auditor:
        speaker.fail(Exit.USAGE, "alias.no_auditor")
    chosen = ChosenPage(
        service, "none" if none else "cannot_tell" if cannot_tell else "page", address, confirm, reply
    )
    alias.record(speaker, round, chosen, auditor, key)


@app.command(cls=LocalizedCommand, help=text("help.worklist"), rich_help_panel=READ)
def worklist(
    round_folder: RoundFolder,
    size: Annotated[
        int, typer.Option("--size", "-n", metavar="N", min=1, help=text("help.worklist_size"))
    ] = 50,
    as_csv: Annotated[bool, typer.Option("--csv", help=text("help.worklist_csv"))] = False,
    pages: Annotated[bool, typer.Option("--pages", help=text("help.worklist_pages"))] = False,
    unsealed: Unsealed = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    from govah.commands import worklist

    speaker, round, _ = _begin(round_folder, quiet, as_json)
    worklist.worklist(speaker, round, size, as_csv, pages, unsealed)


@app.command(cls=LocalizedCommand, help=text("help.serve"), rich_help_panel=ANSWER)
def serve(
    context: typer.Context,
    round_folder: RoundFolder,
    host: Annotated[
        str, typer.Option("--host", metavar="ADDRESS", help=text("help.serve_host"))
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", metavar="PORT", min=0, max=65535, help=text("help.serve_port"))
    ] = 8000,
    socket: Annotated[
        Path | None, typer.Option("--socket", metavar="FILE", help=text("help.serve_socket"))
    ] = None,
    token: Annotated[
        str | None,
        typer.Option("--token", metavar="TOKEN", envvar="GOVAH_TOKEN", help=text("help.serve_token")),
    ] = None,
    auditor: Annotated[
        str, typer.Option("--auditor", metavar="NAME", help=text("help.serve_auditor"), show_default=False)
    ] = "",
    key: Annotated[Path | None, _key("help.serve_key")] = None,
    unsealed: Unsealed = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    from govah.commands import serve

    speaker, round, _ = _begin(round_folder, quiet, as_json)
    typed = {
        name
        for name in ("host", "port", "token")
        if getattr(context.get_parameter_source(name), "name", "") == "COMMANDLINE"
    }
    if socket is not None and (both := sorted(typed & {"host", "port"})):
        speaker.fail(Exit.USAGE, "serve.socket_alone", option=f"--{both[0]}")
    opening = serve.DeskOptions(host, port, socket, token, seen="token" in typed)
    serve.serve(speaker, round, opening, auditor, key, unsealed)


@app.command(cls=LocalizedCommand, help=text("help.diff"), rich_help_panel=READ)
def diff(
    old: Annotated[
        Path,
        typer.Argument(
            metavar="OLD", help=text("help.diff_old"), show_default=False, autocompletion=completion.rounds
        ),
    ],
    new: Annotated[
        Path,
        typer.Argument(
            metavar="NEW", help=text("help.diff_new"), show_default=False, autocompletion=completion.rounds
        ),
    ],
    rejudge: Annotated[bool, typer.Option("--rejudge", help=text("help.rejudge"))] = False,
    fail_on: FailOn = "never",
    jobs: Jobs = _CORES,
    unsealed: Unsealed = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    from govah.commands import diff

    speaker = Speaker(quiet, as_json)
    level = _level(speaker, fail_on)
    comparison = diff.diff(speaker, old, new, rejudge, jobs, unsealed)
    worse = [
        c.after for c in comparison.changes if c.after and not (c.before and _counts(c.before.verdict, level))
    ]
    raise typer.Exit(int(_failed((finding.verdict for finding in worse), level)))


@app.command(cls=LocalizedCommand, help=text("help.trend"), rich_help_panel=READ)
def trend(
    round_folder: RoundFolder,
    same_model: Annotated[bool, typer.Option("--same-model", help=text("help.same_model"))] = False,
    unsealed: Unsealed = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    from govah.commands import trend

    speaker, round, _ = _begin(round_folder, quiet, as_json)
    trend.tell(speaker, round, same_model, unsealed)


@app.command(cls=LocalizedCommand, help=text("help.export"), rich_help_panel=READ)
def export(
    round_folder: RoundFolder,
    format: Annotated[
        str,
        typer.Argument(
            metavar="FORMAT",
            help=text("help.export_format", formats=", ".join(completion.FORMATS)),
            show_default=False,
            autocompletion=completion.among(*completion.FORMATS),
        ),
    ],
    agency: Agencies = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help=text("help.export_output"))
    ] = None,
    at_least: Annotated[
        str | None, typer.Option("--at-least", metavar="LEVEL", help=text("help.export_at_least"))
    ] = None,
    root: Annotated[
        Path | None,
        typer.Option("--root", metavar="DIR", exists=True, file_okay=False, help=text("help.export_root")),
    ] = None,
    unsealed: Unsealed = False,
    progress: Progress = "auto",
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    from govah.commands import export

    speaker, round, chosen = _begin(round_folder, quiet, as_json, agency)
    export.export(speaker, round, chosen, format, output, root, at_least, unsealed)


@app.command(cls=LocalizedCommand, help=text("help.pack"), rich_help_panel=READ)
def pack(
    round_folder: RoundFolder,
    finding: Annotated[
        str,
        typer.Argument(
            metavar="FINDING",
            help=text("help.pack_finding"),
            show_default=False,
            autocompletion=completion.findings,
        ),
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help=text("help.pack_output"))
    ] = None,
    whole: Annotated[bool, typer.Option("--whole", help=text("help.pack_whole"))] = False,
    no_redact: Annotated[
        list[str] | None, typer.Option("--no-redact", metavar="KIND", help=text("help.pack_no_redact"))
    ] = None,
    key: Annotated[Path | None, _key("help.pack_key")] = None,
    jobs: Annotated[
        int, typer.Option("--jobs", "-j", metavar="N", min=1, help=text("help.verify_jobs"))
    ] = _CORES,
    progress: Progress = "auto",
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    from govah.commands import pack

    pack.pack(Speaker(quiet, as_json), round_folder, finding, key, output, no_redact or [], whole, jobs)


@app.command(cls=LocalizedCommand, help=text("help.init"), rich_help_panel=TOOLS)
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help=text("help.init_dir"), show_default=False)],
    key: Annotated[
        Path | None,
        typer.Option("--key", metavar="FILE", envvar="GOVAH_KEY", help=text("help.init_key")),
    ] = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    from evidence.signing.keys import KeyUnusable, load_or_create
    from govah.commands.init import write_example
    from govah.stages import key_path

    speaker = Speaker(quiet, as_json)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        speaker.fail(Exit.USAGE, "cli.not_empty", folder=folder)
    try:
        fingerprint = load_or_create(key_path(key, folder)).fingerprint
    except (KeyUnusable, OSError) as error:
        speaker.fail(Exit.USAGE, "cli.bad_key", detail=error)
    files = write_example(folder)
    speaker.say("cli.init_done", folder=folder, fingerprint=fingerprint)
    speaker.json({"folder": str(folder), "files": files, "fingerprint": fingerprint})


@app.command(cls=LocalizedCommand, help=text("help.demo"), rich_help_panel=TOOLS)
def demo(
    folder: Annotated[Path, typer.Option("--folder", metavar="DIR", help=text("help.demo_folder"))] = Path(
        "demo"
    ),
    browser: Browser = None,
    quiet: Quiet = False,
) -> None:
    from govah.commands.demo import run_demo

    raise typer.Exit(int(run_demo(folder, browser, Speaker(quiet))))


@app.command(cls=LocalizedCommand, help=text("help.validate"), rich_help_panel=TOOLS)
def validate(
    round_folder: RoundFolder,
    browser: Browser = None,
    key: Key = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    from govah.commands.validate import validate

    raise typer.Exit(int(validate(Speaker(quiet, as_json), round_folder, browser, key)))


@app.command(cls=LocalizedCommand, help=text("help.doctor"), rich_help_panel=TOOLS)
def doctor(
    round_folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="ROUND",
            help=text("help.doctor_round"),
            show_default=False,
            autocompletion=completion.rounds,
        ),
    ] = None,
    browser: Browser = None,
    key: Key = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    from govah.commands.doctor import examine

    speaker = Speaker(quiet, as_json)
    if round_folder is not None and not round_folder.is_dir():
        speaker.fail(Exit.USAGE, "cli.cannot_be_read", path=round_folder, detail=os.strerror(errno.ENOTDIR))
    raise typer.Exit(int(examine(speaker, browser, key, round_folder)))


app.add_typer(model_app, name="model", rich_help_panel=TOOLS)


@model_app.command("check", cls=LocalizedCommand, help=text("help.model_check"))
def model_check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=text("help.model_file"), show_default=False)],
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    from govah.commands import model

    model.model_check(Speaker(quiet, as_json), file)


@model_app.command("show", cls=LocalizedCommand, help=text("help.model_show"))
def model_show(
    name: Annotated[
        str, typer.Argument(metavar="MODEL", help=text("help.model_name"), autocompletion=completion.models)
    ] = "ir-portals",
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    from govah.commands import model

    model.model_show(Speaker(quiet, as_json), name)


@model_app.command("whatif", cls=LocalizedCommand, help=text("help.model_whatif"))
def model_whatif(
    country: Annotated[
        str,
        typer.Option(
            "--country",
            metavar="NAME",
            help=text("help.whatif_country"),
            show_default=False,
        ),
    ],
    rank: Annotated[
        int, typer.Option("--rank", metavar="N", min=1, help=text("help.whatif_rank"), show_default=False)
    ],
    name: Annotated[
        str, typer.Argument(metavar="MODEL", help=text("help.whatif_model"), autocompletion=completion.models)
    ] = "un-egdi",
    table: Annotated[
        Path | None, typer.Option("--table", metavar="FILE", help=text("help.whatif_table"))
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="INDICATOR", help=text("help.whatif_only"))
    ] = None,
    plot: Annotated[
        Path | None, typer.Option("--plot", metavar="FILE", help=text("help.whatif_plot"))
    ] = None,
    round_folder: Annotated[
        Path | None,
        typer.Option(
            "--round", metavar="ROUND", help=text("help.whatif_round"), autocompletion=completion.rounds
        ),
    ] = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    from govah.commands import model

    speaker = Speaker(quiet, as_json)
    model.model_what_if(speaker, name, country, rank, table, only or [], plot, round_folder)


def _begin(
    folder: Path, quiet: bool, as_json: bool, agency: list[str] | None = None
) -> tuple[Speaker, Round, frozenset[str] | None]:
    """What a command on a round begins with: who speaks, the round, the agencies of --agency (None for all)."""
    from govah import round_loading

    speaker = Speaker(quiet, as_json)
    round = round_loading.read(speaker, folder).round
    return speaker, round, round_loading.chosen(speaker, round, agency)


def _level(speaker: Speaker, fail_on: str) -> str:
    if fail_on not in _FAIL_ON:
        speaker.fail(Exit.USAGE, "cli.bad_level", value=fail_on, hint=hint(fail_on, _FAIL_ON))
    return fail_on


def _failed(verdicts: Iterable[str], level: str) -> Exit:
    return Exit.FINDING if any(_counts(verdict, level) for verdict in verdicts) else Exit.DONE


def _counts(verdict: str, level: str) -> bool:
    """Whether a verdict is at or above a level of --fail-on."""
    return level != "never" and verdict in _FAIL_ON[: _FAIL_ON.index(level) + 1]


def main() -> None:
    """Entry point. An error of ours has a status of its own; wrong usage is said in the user's language."""
    try:
        status = app(standalone_mode=False)
    except typer.TyperException as error:
        status = usage.tell(Speaker(as_json="--json" in sys.argv), error)
    except (KeyboardInterrupt, typer.Abort):
        status = Exit.INTERRUPTED
    except Exception as error:
        told = Speaker(as_json="--json" in sys.argv)
        if (
            isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG
        ):  # nobody's name but one that was given
            told.fail(Exit.USAGE, "cli.cannot_be_read", path=error.filename, detail=error.strerror)
        if isinstance(error, OSError) and error.errno in _REFUSED and error.filename is not None:
            told.fail(Exit.USAGE, "cli.refused", path=error.filename, detail=error.strerror)
        traceback.print_exc()
        told.fail(Exit.CRASHED, "cli.crashed")
    if status == Exit.INTERRUPTED:
        Speaker().note("cli.interrupted")
    sys.exit(status if isinstance(status, int) else Exit.DONE)
