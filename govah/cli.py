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


def _option(names: str, metavar: str, help: str, **more: Any) -> Any:
    """An option with a value. help: key of its text."""
    return typer.Option(*names.split(), metavar=metavar, help=text(help), **more)


def _flag(names: str, help: str, **more: Any) -> Any:
    return typer.Option(*names.split(), help=text(help), **more)


def _argument(metavar: str, help: str, show_default: bool = False, **more: Any) -> Any:
    return typer.Argument(metavar=metavar, help=text(help), show_default=show_default, **more)


RoundFolder = Annotated[Path, _argument("ROUND", "help.round", autocompletion=completion.rounds)]
Agencies = Annotated[
    list[str] | None, _option("--agency", "ID", "help.agency", autocompletion=completion.agencies)
]
Quiet = Annotated[bool, _flag("--quiet -q", "help.quiet")]
AsJson = Annotated[bool, _flag("--json", "help.json")]


def _there(ctx: typer.Context, param: typer.CallbackParam, path: Path | None) -> Path | None:
    """A key that was named is never made: with a name that was mistyped everything would be signed by a new one."""
    if path is not None and not ctx.resilient_parsing and not path.exists():
        Speaker(as_json="--json" in sys.argv).fail(Exit.USAGE, "cli.no_key", path=path)
    return path


def _key(help: str) -> Any:
    return _option("--key", "FILE", help, envvar="GOVAH_KEY", callback=_there)


Key = Annotated[Path | None, _key("help.key")]
Browser = Annotated[str | None, _option("--browser", "PATH", "help.browser", envvar="GOVAH_BROWSER")]
Jobs = Annotated[int, _option("--jobs -j", "N", "help.jobs", min=1)]
Sharers = Annotated[int, _option("--jobs -j", "N", "help.report_jobs", min=1)]
FailOn = Annotated[
    str, _option("--fail-on", "LEVEL", "help.fail_on", autocompletion=completion.among(*completion.LEVELS))
]
ControlTimeout = Annotated[float, _option("--control-timeout", "SECONDS", "help.control_timeout", min=0)]
Cluster = Annotated[str | None, _option("--cluster", "URL", "help.cluster")]
ClusterCa = Annotated[
    Path | None, _option("--cluster-ca", "FILE", "help.cluster_ca", envvar="GOVAH_CLUSTER_CA")
]
ClusterCert = Annotated[
    Path | None, _option("--cluster-cert", "FILE", "help.cluster_cert", envvar="GOVAH_CLUSTER_CERT")
]
ClusterKey = Annotated[
    Path | None, _option("--cluster-key", "FILE", "help.cluster_key", envvar="GOVAH_CLUSTER_KEY")
]
ClusterUnsafe = Annotated[bool, _flag("--cluster-unsafe", "help.cluster_unsafe")]

Unsealed = Annotated[bool, _flag("--unsealed", "help.unsealed")]
Progress = Annotated[
    str,
    _option(
        "--progress",
        "FORM",
        "help.progress",
        envvar=PROGRESS,
        is_eager=True,
        expose_value=False,
        callback=_progress,
        autocompletion=completion.among(*completion.PROGRESS),
    ),
]
Every = Annotated[bool, _flag("--all", "help.all")]
By = Annotated[str, _option("--by", "NAME", "help.by")]

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
    version: Annotated[bool, _flag("--version", "help.version", callback=_version, is_eager=True)] = False,
    plain: Annotated[bool, _flag("--plain", "help.plain", callback=_plain, expose_value=False)] = False,
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
    shard: Annotated[str | None, _option("--shard", "I/N", "help.shard")] = None,
    vantage: Annotated[str | None, _option("--vantage", "NAME", "help.vantage")] = None,
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
    shards: Annotated[int | None, _option("--shards", "N", "help.plan_shards", min=1, max=9_999)] = None,
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
    results, tally = score_round(speaker, round, jobs, unsealed)
    show_summary(speaker, round, results, tally, every)
    speaker.say("ending.next_report", folder=round.folder)
    speaker.json_file(RoundPaths(round.folder).results_json)


@app.command(cls=LocalizedCommand, help=text("help.report"), rich_help_panel=READ)
def report(
    round_folder: RoundFolder,
    agency: Agencies = None,
    pdf: Annotated[bool, _flag("--pdf", "help.pdf")] = False,
    browser: Browser = None,
    jobs: Sharers = _SHARERS,
    all_pages: Annotated[bool, _flag("--all-pages", "help.all_pages")] = False,
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
        Path, _argument("ROUND|PACK", "help.round_or_pack", readable=False, autocompletion=completion.rounds)
    ],
    fingerprint: Annotated[str | None, _option("--fingerprint", "SHA256", "help.fingerprint")] = None,
    rebuild: Annotated[bool, _flag("--rebuild", "help.rebuild")] = False,
    authority_roots: Annotated[
        Path | None, _option("--authority-roots", "FILE", "help.authority_roots")
    ] = None,
    checkpoints: Annotated[
        Path | None, _option("--checkpoints", "FILE", "help.checkpoints", exists=True, dir_okay=False)
    ] = None,
    jobs: Annotated[int, _option("--jobs -j", "N", "help.verify_jobs", min=1)] = _CORES,
    witness: Annotated[bool, _flag("--witness", "help.witness")] = False,
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
        str, _argument("AGENCY[/INDICATOR]", "help.explain_subject", autocompletion=completion.subjects)
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
    reply: Annotated[str, _argument("REPLY", "help.decide_reply", autocompletion=completion.replies)],
    decision: Annotated[
        str,
        _argument("DECISION", "help.decide_decision", autocompletion=completion.among(*completion.DECISIONS)),
    ],
    by: By,
    said: Annotated[str, _option("--text", "TEXT", "help.decide_text")],
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
    subject: Annotated[str, _argument("SUBJECT", "help.retest_subject", autocompletion=completion.claims)],
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
        str | None, _argument("SERVICE", "help.candidates_service", autocompletion=completion.services)
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
        str | None, _argument("SERVICE", "help.alias_service", autocompletion=completion.services)
    ] = None,
    address: Annotated[str, _argument("ADDRESS", "help.alias_address")] = "",
    auditor: Annotated[str, _option("--auditor", "NAME", "help.alias_auditor")] = "",
    none: Annotated[bool, _flag("--none", "help.alias_none")] = False,
    cannot_tell: Annotated[bool, _flag("--cannot-tell", "help.alias_cannot_tell")] = False,
    confirm: Annotated[bool, _flag("--confirm", "help.alias_confirm")] = False,
    reply: Annotated[
        str, _option("--reply", "REPLY", "help.alias_reply", autocompletion=completion.replies)
    ] = "",
    words: Annotated[bool, _flag("--words", "help.alias_words")] = False,
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
    size: Annotated[int, _option("--size -n", "N", "help.worklist_size", min=1)] = 50,
    as_csv: Annotated[bool, _flag("--csv", "help.worklist_csv")] = False,
    pages: Annotated[bool, _flag("--pages", "help.worklist_pages")] = False,
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
    host: Annotated[str, _option("--host", "ADDRESS", "help.serve_host")] = "127.0.0.1",
    port: Annotated[int, _option("--port", "PORT", "help.serve_port", min=0, max=65535)] = 8000,
    socket: Annotated[Path | None, _option("--socket", "FILE", "help.serve_socket")] = None,
    token: Annotated[
        str | None, _option("--token", "TOKEN", "help.serve_token", envvar="GOVAH_TOKEN")
    ] = None,
    auditor: Annotated[str, _option("--auditor", "NAME", "help.serve_auditor")] = "",
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
    old: Annotated[Path, _argument("OLD", "help.diff_old", autocompletion=completion.rounds)],
    new: Annotated[Path, _argument("NEW", "help.diff_new", autocompletion=completion.rounds)],
    rejudge: Annotated[bool, _flag("--rejudge", "help.rejudge")] = False,
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
    worse = (
        c.after.verdict
        for c in comparison.changes
        if c.after and not (c.before and _counts(c.before.verdict, level))
    )
    raise typer.Exit(int(_failed(worse, level)))


@app.command(cls=LocalizedCommand, help=text("help.trend"), rich_help_panel=READ)
def trend(
    round_folder: RoundFolder,
    same_model: Annotated[bool, _flag("--same-model", "help.same_model")] = False,
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
    output: Annotated[Path | None, _option("--output -o", "FILE", "help.export_output")] = None,
    at_least: Annotated[str | None, _option("--at-least", "LEVEL", "help.export_at_least")] = None,
    root: Annotated[
        Path | None, _option("--root", "DIR", "help.export_root", exists=True, file_okay=False)
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
    finding: Annotated[str, _argument("FINDING", "help.pack_finding", autocompletion=completion.findings)],
    output: Annotated[Path | None, _option("--output -o", "FILE", "help.pack_output")] = None,
    whole: Annotated[bool, _flag("--whole", "help.pack_whole")] = False,
    no_redact: Annotated[list[str] | None, _option("--no-redact", "KIND", "help.pack_no_redact")] = None,
    key: Annotated[Path | None, _key("help.pack_key")] = None,
    jobs: Annotated[int, _option("--jobs -j", "N", "help.verify_jobs", min=1)] = _CORES,
    progress: Progress = "auto",
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    from govah.commands import pack

    pack.pack(Speaker(quiet, as_json), round_folder, finding, key, output, no_redact or [], whole, jobs)


@app.command(cls=LocalizedCommand, help=text("help.init"), rich_help_panel=TOOLS)
def init(
    folder: Annotated[Path, _argument("DIR", "help.init_dir")],
    key: Annotated[Path | None, _option("--key", "FILE", "help.init_key", envvar="GOVAH_KEY")] = None,
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
    folder: Annotated[Path, _option("--folder", "DIR", "help.demo_folder")] = Path("demo"),
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
        Path | None, _argument("ROUND", "help.doctor_round", autocompletion=completion.rounds)
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
    file: Annotated[Path, _argument("FILE", "help.model_file")], quiet: Quiet = False, as_json: AsJson = False
) -> None:
    from govah.commands import model

    model.model_check(Speaker(quiet, as_json), file)


@model_app.command("show", cls=LocalizedCommand, help=text("help.model_show"))
def model_show(
    name: Annotated[
        str, _argument("MODEL", "help.model_name", autocompletion=completion.models, show_default=True)
    ] = "ir-portals",
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    from govah.commands import model

    model.model_show(Speaker(quiet, as_json), name)


@model_app.command("whatif", cls=LocalizedCommand, help=text("help.model_whatif"))
def model_whatif(
    country: Annotated[str, _option("--country", "NAME", "help.whatif_country")],
    rank: Annotated[int, _option("--rank", "N", "help.whatif_rank", min=1)],
    name: Annotated[
        str, _argument("MODEL", "help.whatif_model", autocompletion=completion.models, show_default=True)
    ] = "un-egdi",
    table: Annotated[Path | None, _option("--table", "FILE", "help.whatif_table")] = None,
    only: Annotated[list[str] | None, _option("--only", "INDICATOR", "help.whatif_only")] = None,
    plot: Annotated[Path | None, _option("--plot", "FILE", "help.whatif_plot")] = None,
    round_folder: Annotated[
        Path | None, _option("--round", "ROUND", "help.whatif_round", autocompletion=completion.rounds)
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
