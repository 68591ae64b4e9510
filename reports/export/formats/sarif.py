"""Findings as SARIF 2.1.0, so that the rows of the round's files that claim too much are annotated where they stand.

A location is a file of the round and the line of the claim; addresses that were visited are properties. What failed
on our side is a notification of the tool, never a result. Limits are those of GitHub's code scanning.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import quote

from checks.finding import Finding, Verdict
from claims.file_places import SETTINGS, FilePlace, file_places
from reports.catalogue import LANGUAGES
from reports.export import json_file
from reports.export.draft import WrittenFile
from reports.export.export_context import WORST_FIRST, ExportContext, ExportTexts, line
from reports.export.export_format import ExportFormat

MOST_RESULTS = 25_000
"""Of one run. GitHub refuses a file with more, and shows the first 5,000 by severity."""
_LEVELS = {"contradicted": "error", "partial": "warning", "inconclusive": "note"}
_KINDS = {"verified": "pass", "not_applicable": "notApplicable"}
_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_MOST_CAPTURES = 20

Json = dict[str, Any]


def write(
    path: Path, context: ExportContext, root: str = "", least: Verdict | None = None, most: int = MOST_RESULTS
) -> WrittenFile:
    """root: from the root of the repository to the round's folder, with slashes; "" when they are the same.

    least: the mildest verdict that is told of; None for all.
    """
    wanted = WORST_FIRST if least is None else WORST_FIRST[: WORST_FIRST.index(least) + 1]
    return _Log(context, root).write(path, frozenset(wanted), most)


FORMAT = ExportFormat(
    "findings.sarif",
    lambda path, sources: write(path, sources.context, sources.root, sources.least),
    with_report=True,
)


class _Log:
    def __init__(self, context: ExportContext, root: str) -> None:
        self._context = context
        self._root = f"{root.strip('/')}/" if root.strip("/") else ""
        self._words = ExportTexts(context.round, context.language)
        self._every = [ExportTexts(context.round, language) for language in LANGUAGES]
        self._places = file_places(context.round.folder)

    def write(self, path: Path, wanted: frozenset[Verdict], most: int) -> WrittenFile:
        checks, own, numbers_of = set[str](), list[Finding](), Counter[Verdict]()
        for finding in self._context.told():
            checks.add(finding.check)
            if finding.reason == "own_error":
                own.append(finding)
            elif finding.verdict in wanted:
                numbers_of[finding.verdict] += 1
        own.sort(key=lambda one: WORST_FIRST.index(one.verdict))
        left, room = Counter[str](), most
        for verdict in WORST_FIRST:
            if (over := numbers_of[verdict] - room) > 0:
                left[f"not_in_sarif_{verdict}"] = over
            room = max(0, room - numbers_of[verdict])
        rules = sorted(checks)
        numbers = {check: number for number, check in enumerate(rules)}
        run = {
            "automationDetails": {"id": f"govah/{quote(self._context.round.settings.id, safe='')}"},
            "columnKind": "unicodeCodePoints",
            "invocations": [
                {
                    "executionSuccessful": True,
                    "toolExecutionNotifications": [
                        *self._unsealed(),
                        *self._missing(left),
                        *(self._notification(finding, numbers) for finding in own),
                    ],
                }
            ],
            "language": self._context.language,
            "properties": {
                "asOf": self._context.moment,
                "leftOut": dict(sorted(left.items())),
                "seal": self._context.seal,
                "round": line(self._context.round.settings.id),
                "vantage": line(self._context.round.settings.vantage),
            },
            "tool": {
                "driver": {
                    "name": "govah",
                    "version": self._context.version,
                    "rules": [self._rule(check) for check in rules],
                }
            },
        }
        around = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
        told = (one for one in self._context.worst_first(wanted) if one.reason != "own_error")
        results = (self._result(finding, numbers) for finding in islice(told, most))
        count = json_file.write(path, around, "results", results, depth="runs")
        return WrittenFile(Counter({"results": count, "notifications": len(own)}), left)

    def _rule(self, check: str) -> Json:
        names = [words.check(check) for words in self._every]
        return {
            "id": check,
            "shortDescription": {"text": _plain(self._words.check(check))},
            "fullDescription": {"text": _plain(" / ".join(names))},
            "help": {"text": "\n\n".join(_plain(self._help(words, check)) for words in self._every)},
            "properties": {"tags": ["govah", check.partition(".")[0]]},
        }

    def _help(self, words: ExportTexts, check: str) -> str:
        return words.text("export.sarif_help", name=words.check(check))

    def _result(self, finding: Finding, rules: Mapping[str, int]) -> Json:
        kind = _KINDS.get(finding.verdict, "fail")
        subject = finding.subject
        return {
            "ruleId": finding.check,
            "ruleIndex": rules[finding.check],
            "kind": kind,
            "level": _LEVELS.get(finding.verdict, "none"),
            "message": {"text": self._message(finding)},
            "locations": [self._location(finding)],
            # GitHub knows a result again by the first, whatever moves in the file
            "partialFingerprints": {"primaryLocationLineHash": finding.id, "govahFinding/v1": finding.id},
            "properties": {
                "agency": line(finding.agency),
                "attempts": finding.attempts,
                "captures": list(finding.captures[:_MOST_CAPTURES]),
                "checkVersion": finding.check_version,
                "finding": finding.id,
                "reason": finding.reason,
                "subject": {"id": line(subject.id), "kind": subject.kind},
                "url": None if subject.url is None else line(subject.url),
                "verdict": finding.verdict,
            },
        }

    def _notification(self, finding: Finding, rules: Mapping[str, int]) -> Json:
        return {
            "level": "error",
            "message": {"text": self._message(finding)},
            "locations": [self._location(finding)],
            "associatedRule": {"id": finding.check, "index": rules[finding.check]},
            "properties": {"agency": line(finding.agency), "finding": finding.id},
        }

    def _unsealed(self) -> Iterator[Json]:
        if mark := self._context.unsealed:
            yield {"level": "error", "message": {"text": _plain(mark)}}

    def _missing(self, left: Mapping[str, int]) -> Iterator[Json]:
        if count := sum(left.values()):
            text = self._words.text("export.sarif_left_out", count=count, most=MOST_RESULTS)
            yield {"level": "warning", "message": {"text": _plain(text)}}

    def _message(self, finding: Finding) -> str:
        words = self._words
        values = {
            "agency": words.agency(finding.agency),
            "check": words.check(finding.check),
            "subject": words.subject(finding),
            "verdict": words.verdict(finding),
            "effect": words.effect(finding),
            "finding": finding.id,
        }
        # code scanning shows messages and no notifications
        said = words.text("export.finding", **values).strip()
        return _plain(f"{self._context.unsealed} {said}" if self._context.unsealed else said)

    def _location(self, finding: Finding) -> Json:
        subject = finding.subject
        place = self._places.get((subject.kind, subject.id)) or self._places.get(("agency", finding.agency))
        at = place or FilePlace(SETTINGS, 1)
        return {
            "physicalLocation": {
                "artifactLocation": {"uri": quote(f"{self._root}{at.file}")},
                "region": {"startLine": at.line},
            }
        }


def _plain(text: str) -> str:
    """As a message: brackets would make a link of it, braces a place for an argument (SARIF 2.1.0, 3.11.5 and 3.11.6)."""
    for sign, written in (("\\", "\\\\"), ("[", "\\["), ("]", "\\]"), ("{", "{{"), ("}", "}}")):
        text = text.replace(sign, written)
    return text
