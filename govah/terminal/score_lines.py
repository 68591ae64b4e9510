"""How a score is told on a terminal: its tree, down to the subjects. Everything told is data of `scoring.explain`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rich.tree import Tree

from checks.finding import Finding
from govah.terminal.console import text, visible
from govah.terminal.trace_lines import figure, outcome, short
from reports.error_rates import credit_line
from scoring.model import Contents

Json = dict[str, Any]
_NARROW = 100  # columns; under them a line is two
_SHOWN = 3  # subjects of a part, where a whole agency is told


class ScoreLines:
    """The tree of one agency. whole: the agency, with the first subjects of each part; else all of them.

    titles: of services and datasets, by id. command: what shows the rest of a node, its id left open.
    """

    def __init__(
        self,
        contents: Contents,
        findings: Iterable[Finding],
        titles: Mapping[str, str],
        command: str,
        width: int,
        whole: bool,
    ) -> None:
        language = text("cli.language")
        self._names = {one.id: getattr(one.name, language) for one in contents.axis}
        self._names |= {one.id: getattr(one.name, language) for one in contents.group}
        self._names |= {one.id: getattr(one.name, language) for one in contents.indicator}
        self._findings = {finding.id: finding for finding in findings}
        self._titles = titles
        self._command = command
        self._join = "\n" if width < _NARROW else "  "
        self._whole = whole

    def tree(self, told: Json) -> Tree:
        tree = Tree(self._line(told))
        self._grow(tree, told)
        return tree

    def _line(self, node: Json) -> str:
        numbers = text(
            "cli.explain_line",
            verified=percent(node["verified"]),
            possible=percent(node["possible"]),
            declared=percent(node["declared"]),
            weight=figure(f"{node['weight']:g}"),
        )
        return f"{self._name(node)}  [cyan]{points(node['points'])}[/]{self._join}[dim]{numbers}[/]"

    def _name(self, node: Json) -> str:
        id = visible(node["id"])
        if node["kind"] == "agency":
            return f"[bold]{id}[/]"
        if node["kind"] != "part":
            return f"{id} [bold]{visible(self._names[node['id']])}[/]"
        rule = text(f"rule.{node['rule']}")
        said = (
            rule if node["check"] is None else text("branch.part", check=check_name(node["check"]), rule=rule)
        )
        return f"{id} {said}"

    def _grow(self, tree: Tree, node: Json) -> None:
        for child in node["children"]:
            alone = self._whole and child["kind"] == "part" and len(node["children"]) == 1
            branch = tree if alone else tree.add(self._line(child))
            self._grow(branch, child)
        if "attestation" in node:
            for stated in attested_lines(node["attestation"]):
                tree.add(stated)
        if "credit" in node:
            tree.add(credit_line(node["credit"], text, visible))
        # what costs points first, where not all are shown
        inputs = (
            sorted(node["inputs"], key=lambda one: (one["lower"], one["upper"]))
            if self._whole
            else node["inputs"]
        )
        most = _SHOWN if self._whole else len(inputs)
        for one in inputs[:most]:
            tree.add(self._input(one))
        if left := inputs[most:]:
            command = self._command.format(id=node["id"].partition(".")[0])
            tree.add(f"[dim]{text('gains.more_command', n=figure(len(left)), command=command)}[/]")
        if node["left_out"]:
            tree.add(f"[dim]{text('branch.left_out', n=figure(len(node['left_out'])))}[/]")
            if not self._whole:
                for one in node["left_out"]:
                    tree.add(f"[dim]{self._subject(one)}  {visible(one['finding'])}[/]")

    def _input(self, one: Json) -> str:
        value = percent(one["lower"])
        if one["upper"] != one["lower"]:
            value = text("branch.value_range", lower=value, upper=percent(one["upper"]))
        line = text(
            "cli.explain_input", subject=self._subject(one), value=value, points=points(one["points"])
        )
        finding = self._findings.get(one["finding"] or "")
        if finding is None:
            return f"{line}{self._join}[dim]{visible(one['finding'] or text('branch.no_finding'))}[/]"
        said = outcome(finding.verdict, finding.reason) + ("" if self._whole else measured(finding))
        return f"{line}{self._join}{said}  [dim]{finding.id}[/]"

    def _subject(self, one: Json) -> str:
        id = one["subject"] or "–"
        title = self._titles.get(id)
        return visible(id) if title is None else f"{visible(id)} {short(title)}"


def attested_lines(told: Mapping[str, Any]) -> Iterator[str]:
    """A document that an agency gives: its name, its date, its bytes, and what it counts until when."""
    yield text("cli.attested", document=visible(told["document"]), date=told["date"] or "–")
    if told["sha256"]:
        yield text("cli.attested_file", sha256=told["sha256"], size=told["size"])
    else:
        yield text("cli.attested_no_file")
    key = "cli.attested_counts" if told["valid"] else "cli.attested_nothing"
    yield text(key, value=percent(told["value"]), until=told["until"] or "–")


def measured(finding: Finding) -> str:
    """Whole numbers that the finding observed, which is what a count or a share was made from."""
    numbers = {name: value for name, value in sorted(finding.observed.items()) if type(value) is int}
    return "".join(f" · {_named('observed', name)} {figure(value)}" for name, value in numbers.items())


def check_name(check: str) -> str:
    return _named("check", check)


def points(value: float) -> str:
    """Points of the score, signed."""
    return text("gains.plus", points=_decimal(value, 2))


def percent(value: float | None) -> str:
    return "–" if value is None else _decimal(value * 100, 1) + text("branch.percent")


def _decimal(value: float, digits: int) -> str:
    return figure(f"{value:.{digits}f}".replace(".", text("branch.decimal")))


def _named(table: str, code: str) -> str:
    try:
        return text(f"{table}.{code}")
    except KeyError:
        return visible(code)
