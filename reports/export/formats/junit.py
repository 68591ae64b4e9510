"""Findings as JUnit XML: a suite an agency, a case a finding, for whatever draws the results of tests.

Contradicted is a failure; what stayed open or does not apply is skipped, with its reason; what failed on our side is an
error. A claim that holds in part passes and says so: a test has no third answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from checks.finding import Finding
from claims.model import Agency
from reports.export.draft import WrittenFile
from reports.export.export_context import ExportContext, ExportTexts, line
from reports.export.export_format import ExportFormat

_TAGS = {"contradicted": "failure", "inconclusive": "skipped", "not_applicable": "skipped"}
_LONGEST_NAME = 300


def write(path: Path, context: ExportContext) -> WrittenFile:
    words = ExportTexts(context.round, context.language)
    counts = Counter(_tag(finding) for finding in context.told())
    if context.unsealed:
        counts["error"] += 1
    with path.open("w", encoding="utf-8", newline="\n", errors="replace") as file:
        file.write('<?xml version="1.0" encoding="UTF-8"?>\n')
        file.write(
            f"<testsuites name={_value(f'govah {context.round.settings.id}')} tests={_value(counts.total())}"
            f' failures={_value(counts["failure"])} errors={_value(counts["error"])} time="0">\n'
        )
        if mark := context.unsealed:
            file.write(
                f'<testsuite name={_value(words.text("unsealed_mark.short"))} tests="1" failures="0" errors="1" time="0">\n'
                f'<testcase name={_value(mark)} classname="govah.seal" time="0">'
                f'<error type="unsealed" message={_value(mark)}/></testcase>\n</testsuite>\n'
            )
        for number, agency in enumerate(context.agencies):
            file.writelines(_suite(context, words, agency, number, context.of(agency.id)))
        file.write("</testsuites>\n")
    said = {"passed": counts[""], **{tag: counts[tag] for tag in ("failure", "error", "skipped")}}
    return WrittenFile(Counter(said))


FORMAT = ExportFormat("junit.xml", lambda path, sources: write(path, sources.context), with_report=True)


def _tag(finding: Finding) -> str:
    """Of what a case holds; "" for one that passes."""
    return "error" if finding.reason == "own_error" else _TAGS.get(finding.verdict, "")


def _suite(
    context: ExportContext, words: ExportTexts, agency: Agency, number: int, findings: Sequence[Finding]
) -> Iterator[str]:
    counts = Counter(map(_tag, findings))
    yield (
        f"<testsuite name={_value(words.agency(agency.id))} id={_value(number)} package={_value(agency.id)}"
        f" tests={_value(len(findings))} failures={_value(counts['failure'])} errors={_value(counts['error'])}"
        f' skipped={_value(counts["skipped"])} timestamp={_value(context.moment)} time="0">\n'
    )
    for finding in findings:
        yield from _case(words, finding)
    yield "</testsuite>\n"


def _case(words: ExportTexts, finding: Finding) -> Iterator[str]:
    tag = _tag(finding)
    name = f"{line(words.subject(finding), _LONGEST_NAME)} ({finding.id})"
    yield (f'<testcase name={_value(name)} classname={_value(f"{finding.agency}.{finding.check}")} time="0"')
    if tag:
        kind = finding.reason or finding.verdict
        yield f"><{tag} type={_value(kind)} message={_value(words.verdict(finding))}>"
        yield f"{escape(_account(words, finding))}</{tag}></testcase>\n"
    elif finding.verdict == "partial":
        yield f"><system-out>{escape(_account(words, finding))}</system-out></testcase>\n"
    else:
        yield "/>\n"


def _account(words: ExportTexts, finding: Finding) -> str:
    """What a person needs to act on it, a line each."""
    said = [
        words.check(finding.check),
        words.verdict(finding),
        words.criterion(finding),
        words.effect(finding),
    ]
    if finding.subject.url:
        said.append(line(finding.subject.url))
    return "\n".join([*filter(None, said), f"govah explain ROUND {finding.id}"])


def _value(value: object) -> str:
    return quoteattr(line(value))
