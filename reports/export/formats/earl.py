"""Findings in W3C's Evaluation and Report Language (EARL 1.0 Schema), as JSON-LD that needs no context from elsewhere.

An assertion a finding: the program as assertor, what was tested, by which check, with which outcome, and the captures
it rests on. Addresses are literals: what portals link to need not be an IRI. A claim that holds in part is neither
passed nor failed and stands as cantTell, with its verdict as information.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from checks.finding import Finding
from reports.catalogue import LANGUAGES
from reports.export import json_file
from reports.export.draft import WrittenFile
from reports.export.export_context import ExportContext, ExportTexts, line
from reports.export.export_format import ExportFormat

_OUTCOMES = {
    "verified": "passed",
    "contradicted": "failed",
    "partial": "cantTell",
    "inconclusive": "cantTell",
    "not_applicable": "inapplicable",
}
_EARL = "http://www.w3.org/ns/earl#"
_DCT = "http://purl.org/dc/terms/"
_CONTEXT = {
    "earl": _EARL,
    "dct": _DCT,
    "ptr": "http://www.w3.org/2009/pointers#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "assertedBy": {"@id": "earl:assertedBy", "@type": "@id"},
    "subject": {"@id": "earl:subject", "@type": "@id"},
    "test": {"@id": "earl:test", "@type": "@id"},
    "result": "earl:result",
    "outcome": {"@id": "earl:outcome", "@type": "@id"},
    "mode": {"@id": "earl:mode", "@type": "@id"},
    "info": "earl:info",
    "pointer": "earl:pointer",
    "date": {"@id": "dct:date", "@type": "xsd:dateTime"},
    "identifier": "dct:identifier",
    "source": "dct:source",
    "title": "dct:title",
    "description": "dct:description",
    "isPartOf": {"@id": "dct:isPartOf", "@type": "@id"},
    "hasVersion": "dct:hasVersion",
}

Json = dict[str, Any]


def write(path: Path, context: ExportContext) -> WrittenFile:
    return _Graph(context).write(path)


FORMAT = ExportFormat("earl.jsonld", lambda path, sources: write(path, sources.context))


class _Graph:
    def __init__(self, context: ExportContext) -> None:
        self._context = context
        self._words = ExportTexts(context.round, context.language)
        self._every = {language: ExportTexts(context.round, language) for language in LANGUAGES}
        self._base = f"urn:govah:{_part(context.round.settings.id)}"
        self._assertor = f"urn:govah:program:{_part(context.version)}"
        self._counts: Counter[str] = Counter()
        mark = {"@value": context.unsealed, "@language": context.language}
        self._mark: Json = {"description": mark} if context.unsealed else {}

    def write(self, path: Path) -> WrittenFile:
        json_file.write(path, {"@context": _CONTEXT}, "@graph", self._nodes())
        return WrittenFile(self._counts)

    def _nodes(self) -> Iterator[Json]:
        settings = self._context.round.settings
        yield {
            "@id": self._assertor,
            "@type": ["earl:Assertor", "earl:Software"],
            "title": "govah",
            "hasVersion": self._context.version,
        }
        title = {
            "@value": line(settings.title_in(settings.language) or settings.id),
            "@language": settings.language,
        }
        yield {
            "@id": self._base,
            "identifier": line(settings.id),
            "title": title,
            "date": self._context.moment,
            **self._mark,
        }
        for check in sorted({finding.check for finding in self._context.told()}):
            yield {
                "@id": _check(check),
                "@type": ["earl:TestCriterion", "earl:TestCase"],
                "identifier": check,
                "title": [
                    {"@value": words.check(check), "@language": language}
                    for language, words in self._every.items()
                ],
            }
        agency, seen = "", set[str]()
        for finding in self._context.told():
            if finding.agency != agency:  # subjects are named by their agency
                agency, seen = finding.agency, set()
            subject = self._subject(finding)
            if subject not in seen:
                seen.add(subject)
                yield self._tested(finding, subject)
            yield self._assertion(finding, subject)

    def _subject(self, finding: Finding) -> str:
        kind, name = finding.subject.kind, finding.subject.id
        return f"{self._base}:{_part(finding.agency)}:{kind}:{_part(line(name))}"

    def _tested(self, finding: Finding, identifier: str) -> Json:
        node: Json = {
            "@id": identifier,
            "@type": "earl:TestSubject",
            "identifier": line(finding.subject.id),
            "title": self._words.subject(finding),
            "isPartOf": self._base,
        }
        return node | ({"source": line(finding.subject.url)} if finding.subject.url else {})

    def _assertion(self, finding: Finding, subject: str) -> Json:
        outcome = "untested" if finding.reason == "not_attempted" else _OUTCOMES[finding.verdict]
        self._counts[outcome] += 1
        code = f"{finding.verdict} {finding.reason}" if finding.reason else finding.verdict
        return {
            "@id": f"{self._base}:{finding.id}",
            "@type": "earl:Assertion",
            "identifier": finding.id,
            "assertedBy": self._assertor,
            "subject": subject,
            "test": _check(finding.check),
            "mode": "earl:automatic",
            **self._mark,
            "result": {
                "@type": "earl:TestResult",
                "outcome": f"earl:{outcome}",
                "date": self._context.moment,
                "info": code,
                "description": {"@value": self._words.verdict(finding), "@language": self._context.language},
                "pointer": [
                    {
                        "@id": f"urn:govah:capture:{_part(capture)}",
                        "@type": "ptr:Pointer",
                        "identifier": capture,
                    }
                    for capture in finding.captures
                ],
            },
        }


def _check(check: str) -> str:
    return f"urn:govah:check:{_part(check)}"


def _part(text: str) -> str:
    return quote(text, safe="")
