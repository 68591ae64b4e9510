"""The example of docs/ci.md, run as it is written but for the port: a good portal passes, a broken claim is annotated and fails."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import junitparser
import pytest
from ruamel.yaml import YAML

from tests import command_server
from tests.ports import spare

pytestmark = pytest.mark.sockets

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs" / "ci-example"
WORKFLOW = ".github/workflows/audit.yml"
ACTION = "your-organisation/govah@"


class Runner:
    """A checkout of the example on a runner, and what its steps leave running."""

    def __init__(self, place: Path) -> None:
        self.checkout = place / "checkout"
        shutil.copytree(EXAMPLE, self.checkout)
        port = str(spare())
        for file in self.checkout.rglob("*"):
            if file.is_file() and "8080" in (text := file.read_text(encoding="utf-8")):
                file.write_text(text.replace("8080", port), encoding="utf-8")
        temp = place / "temp"
        command = temp / "govah" / "bin" / "govah"
        command.parent.mkdir(parents=True)
        command_server.install(command.parent)
        self.output = place / "output"
        self.output.touch()
        kept = {n: v for n, v in os.environ.items() if not n.startswith("GOVAH_")}
        self.environment = {
            **kept,
            "PATH": f"{command.parent}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "RUNNER_TEMP": str(temp),
            "GITHUB_WORKSPACE": str(self.checkout),
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_OUTPUT": str(self.output),
        }
        self._groups: list[int] = []

    def yaml(self, name: str) -> Any:
        return YAML(typ="safe").load((self.checkout / name).read_text(encoding="utf-8"))

    def run(self, script: str, **more: str) -> int:
        """As GitHub and GitLab run a step: bash, which ends at the first error."""
        process = subprocess.Popen(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=self.checkout,
            env={**self.environment, **more},
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._groups.append(process.pid)
        return process.wait(timeout=300)

    def use(self, given: dict[str, str]) -> int:
        """The action of this repository."""
        action = YAML(typ="safe").load((ROOT / "action.yml").read_text(encoding="utf-8"))
        inputs = {
            name: str(given.get(name, told.get("default", ""))) for name, told in action["inputs"].items()
        }
        for step in action["runs"]["steps"]:
            env = {
                name: inputs[value.split("inputs.")[1].strip(" }")]
                for name, value in step.get("env", {}).items()
            }
            if status := self.run(step["run"], **env):
                return status
        return 0

    def end(self) -> None:
        for group in self._groups:
            try:
                os.killpg(group, signal.SIGKILL)
            except ProcessLookupError:
                continue


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[Runner]:
    runner = Runner(tmp_path)
    try:
        yield runner
    finally:
        runner.end()


@pytest.mark.thorough
def test_the_workflow_passes_a_portal_that_keeps_its_claims(runner: Runner) -> None:
    (job,) = runner.yaml(WORKFLOW)["jobs"].values()
    told = []
    for step in job["steps"]:
        if "run" in step:
            assert runner.run(step["run"]) == 0
        elif step["uses"].startswith(ACTION):
            assert runner.use(step["with"]) == 0
        told.append(step.get("name", ""))
    assert told[1:3] == ["Serve the portal", "Audit"]
    outputs = dict(line.split("=") for line in runner.output.read_text().split())
    assert outputs == {
        "status": "0",
        "sarif": "audit/results/findings.sarif",
        "junit": "audit/results/junit.xml",
    }
    findings = (runner.checkout / "audit/results/findings.jsonl").read_text(encoding="utf-8").splitlines()
    entries = [f for f in map(json.loads, findings) if f["check"] == "services.entry"]
    assert {f["subject"]["id"]: f["verdict"] for f in entries} == {
        "permit": "verified",
        "inquiry": "verified",
    }


def test_the_pipeline_fails_a_broken_claim_and_says_on_which_line_it_stands(runner: Runner) -> None:
    (runner.checkout / "site/services/permit.html").unlink()
    job = runner.yaml(".gitlab-ci.yml")["audit"]
    job["variables"]["GOVAH_KEY"] = str(runner.checkout.parent / "signer.key")
    script = "\n".join(job["script"]).replace("/tmp/", f"{runner.environment['RUNNER_TEMP']}/")
    assert runner.run(script, **job["variables"]) == 1
    assert runner.run("\n".join(job["after_script"]), **job["variables"]) == 0
    (run,) = json.loads((runner.checkout / "audit/results/findings.sarif").read_text(encoding="utf-8"))[
        "runs"
    ]
    errors = [result for result in run["results"] if result["level"] == "error"]
    places = {
        (
            place["physicalLocation"]["artifactLocation"]["uri"],
            place["physicalLocation"]["region"]["startLine"],
        )
        for result in errors
        for place in result["locations"]
        if result["ruleId"] == "services.entry"
    }
    assert places == {("audit/services.csv", 2)}
    tests = junitparser.JUnitXml.fromfile(str(runner.checkout / job["artifacts"]["reports"]["junit"]))
    assert tests.failures == len(errors) > 0


def test_an_action_that_judged_nothing_names_no_files(runner: Runner) -> None:
    assert runner.use({"round": "nowhere"}) == 2
    assert runner.output.read_text() == "status=2\n"


@pytest.mark.parametrize(
    ("audit", "export", "ends", "says"),
    [(0, 0, 0, "sarif"), (1, 0, 1, "sarif"), (1, 2, 1, "junit"), (0, 2, 2, "junit"), (4, 70, 4, "junit")],
)
def test_a_failing_export_hides_no_status_of_the_audit(
    runner: Runner, audit: int, export: int, ends: int, says: str
) -> None:
    """The program's part is played by a script that ends with these statuses: it is the step that is tested."""
    program = Path(runner.environment["RUNNER_TEMP"]) / "govah/bin/govah"
    program.write_text(
        f'#!/bin/bash\n[ "$1" != init ] || exit 0\n[ "$1" = run ] || exit {export}\nmkdir -p audit/results\n'
        f"touch audit/results/junit.xml\nexit {audit}\n",
        encoding="utf-8",
    )
    assert runner.use({"round": "audit"}) == ends
    outputs = dict(line.split("=") for line in runner.output.read_text().split())
    assert outputs["status"] == str(audit)
    assert outputs["junit"] == "audit/results/junit.xml"
    assert ("sarif" in outputs) == (says == "sarif")


@pytest.mark.parametrize(
    ("schema", "file"),
    [
        ("vendor.github-actions", ROOT / "action.yml"),
        ("vendor.github-workflows", EXAMPLE / WORKFLOW),
        ("vendor.gitlab-ci", EXAMPLE / ".gitlab-ci.yml"),
    ],
)
def test_files_for_ci_fit_their_schemas(schema: str, file: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(file)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_step_puts_what_others_write_into_a_script() -> None:
    """`${{ … }}` in a script is replaced before the shell reads it."""
    action = YAML(typ="safe").load((ROOT / "action.yml").read_text(encoding="utf-8"))
    workflow = YAML(typ="safe").load((EXAMPLE / WORKFLOW).read_text(encoding="utf-8"))
    steps = [*action["runs"]["steps"], *workflow["jobs"]["audit"]["steps"]]
    assert not [step["name"] for step in steps if "${{" in step.get("run", "")]
