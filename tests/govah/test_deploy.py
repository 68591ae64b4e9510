"""The templates for clusters: their own commands, in a loop that starts again what dies, and sealed in the end."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from evidence import layout
from evidence.canonical import canonical_line
from evidence.store import EvidenceStore
from govah.exits import Exit
from tests.govah.test_spread import AGENCIES, made, portals, said, sites
from tests.keys import made_key

pytestmark = pytest.mark.processes

__all__ = ["portals", "sites"]

ROOT = Path(__file__).parents[2]
SLURM, KUBERNETES = ROOT / "deploy/slurm.sh", ROOT / "deploy/kubernetes.yaml"
STAND_IN = Path(__file__).with_name("slurm_stand_in.py")
SCHEMA = Path(__file__).parent / "data/kubernetes-1.33.json"


@pytest.fixture
def path(tmp_path: Path) -> Iterator[dict[str, str]]:
    """An environment without a key, in which `govah`, `sbatch` and `scontrol` are found."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for name, command in (
        ("govah", f"{sys.executable} -m govah"),
        ("sbatch", f"{sys.executable} {STAND_IN} sbatch"),
        ("scontrol", f"{sys.executable} {STAND_IN} scontrol"),
    ):
        (programs / name).write_text(f'#!/bin/sh\nexec {command} "$@"\n', encoding="utf-8")
        (programs / name).chmod(0o755)
    queue = tmp_path / "queue"
    queue.mkdir()
    yield {
        **{name: value for name, value in os.environ.items() if not name.startswith("GOVAH_")},
        "PATH": f"{programs}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "GOVAH_LANG": "en",
        "STAND_IN_QUEUE": str(queue),
        "HOME": str(tmp_path),
        "XDG_DATA_HOME": str(tmp_path / "data"),
    }


def _until(condition: Callable[[], Any], seconds: float = 120.0) -> Any:
    until = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < until, "did not come about in time"
        time.sleep(0.02)
    return found


def _at_work(folder: Path, shard: int) -> int:
    """The process of a shard, once it has seen something; 0 until then."""
    try:
        told = json.loads((folder / "evidence" / layout.shard_name(shard) / layout.PROGRESS).read_bytes())
    except (OSError, ValueError):
        return 0
    return int(told["pid"]) if told["fetched"] > 4 and told["state"] == "running" else 0


def _nothing_lost_or_twice(folder: Path) -> None:
    with EvidenceStore.open(folder / "evidence") as store:
        captures = list(store.captures())
    asked = Counter((c.agency, c.kind, c.url, c.attempt) for c in captures if c.kind == "http" and c.agency)
    assert {capture.agency for capture in captures if capture.agency} == {f"p{n}" for n in range(AGENCIES)}
    robots = [what for what in asked if what[2].endswith("/robots.txt")]  # once a process
    assert max(times for what, times in asked.items() if what not in robots) == 1


@pytest.mark.sockets
@pytest.mark.thorough
def test_slurm_starts_again_what_was_killed_and_what_its_time_ran_out_for(
    sites: Any, portals: Any, tmp_path: Path, path: dict[str, str]
) -> None:
    key = made_key(tmp_path / "signer.key")
    folder = made(tmp_path / "round", portals)
    for site in sites:
        site.hold(after=6)  # no shard is over before it was killed
    coordinator = subprocess.Popen(
        [str(SLURM), str(folder), "2"],
        env={**path, "GOVAH_KEY": str(key)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        os.kill(_until(lambda: _at_work(folder, 1)), signal.SIGKILL)
        first = _until(lambda: _at_work(folder, 2))
        shell = int((tmp_path / "queue/shell-2").read_text(encoding="ascii"))
        os.kill(shell, signal.SIGTERM)  # as --signal=B:TERM does when the time is nearly up
        _until(lambda: _at_work(folder, 2) not in (0, first))
        for site in sites:
            site.go_on()
        output, _ = coordinator.communicate(timeout=300)
    finally:
        coordinator.kill()
        coordinator.communicate()
    assert coordinator.returncode == 0, output
    assert sorted((tmp_path / "queue/restarts").read_text(encoding="ascii").split()) == ["1", "2"], output
    assert "complete and sealed" in output
    evidence = folder / "evidence"
    assert layout.epochs(evidence / layout.shard_name(1)) == [1, 2]
    assert json.loads(said(folder, key, "verify", "--json"))["intact"]
    _nothing_lost_or_twice(folder)


@pytest.mark.parametrize(("status", "again"), [(0, 0), (2, 0), (4, 0), (3, 4), (70, 4), (137, 4)])
def test_slurm_tries_again_where_that_is_of_use_and_not_for_ever(
    tmp_path: Path, path: dict[str, str], status: int, again: int
) -> None:
    govah = tmp_path / "programs/govah"
    govah.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/said\nexit {status}\n', encoding="utf-8")
    done = subprocess.run(
        ["sbatch", "--wait", "--array=1-1", str(SLURM), "a folder", "3"],
        env=path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == status, done.stderr
    said = (tmp_path / "said").read_text(encoding="utf-8").splitlines()
    assert said == ["crawl a folder --shard 1/3"] * (again + 1)


@pytest.mark.parametrize("arguments", [(), ("a folder",), ("a", "folder", "3")])
def test_slurm_says_how_it_is_used(path: dict[str, str], tmp_path: Path, arguments: tuple[str, ...]) -> None:
    (tmp_path / "programs/govah").write_text("#!/bin/sh\nexit 0\n", encoding="utf-8")
    done = subprocess.run([str(SLURM), *arguments], env=path, capture_output=True, text=True, timeout=60)
    assert done.returncode == Exit.USAGE
    assert "ROUND SHARDS" in done.stderr


def test_slurm_does_not_go_on_with_what_was_asked_to_end(tmp_path: Path, path: dict[str, str]) -> None:
    govah = tmp_path / "programs/govah"
    stop = tmp_path / "round/evidence/stop"
    stop.parent.mkdir(parents=True)
    govah.write_text(
        f'#!/bin/sh\necho "$*" >> {tmp_path}/said\n[ "$1" = plan ] && exit 0\ntouch {stop}\nexit 3\n',
        encoding="utf-8",
    )
    done = subprocess.run(
        [str(SLURM), str(tmp_path / "round"), "1"], env=path, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == Exit.INCOMPLETE, done.stderr
    folder = tmp_path / "round"
    said = (tmp_path / "said").read_text(encoding="utf-8").splitlines()
    assert said == [f"plan {folder} --shards 1", f"crawl {folder} --shard 1/1"]


def _manifest() -> tuple[dict[str, Any], dict[str, Any]]:
    volume, job = YAML(typ="safe").load_all(KUBERNETES.read_text(encoding="utf-8"))
    return volume, job


def test_the_manifest_fits_the_schema_of_the_api(tmp_path: Path) -> None:
    for number, part in enumerate(_manifest()):
        file = tmp_path / f"{number}.json"
        file.write_text(json.dumps(part), encoding="utf-8")
        command = [sys.executable, "-m", "check_jsonschema", "--schemafile", str(SCHEMA), str(file)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
        file.write_text(json.dumps({**part, "spec": {**part["spec"], "unheard": 1}}), encoding="utf-8")
        assert subprocess.run(command, capture_output=True, timeout=120).returncode == 1


def test_pods_have_no_key_no_rights_and_the_user_of_the_image() -> None:
    _, job = _manifest()
    pod = job["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    user = re.search(
        r"^USER (\d+):(\d+)$", (ROOT / "Containerfile").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert user is not None
    security = pod["securityContext"]
    assert [str(security[name]) for name in ("runAsUser", "runAsGroup")] == list(user.groups())
    assert security["runAsNonRoot"] and container["securityContext"]["readOnlyRootFilesystem"]
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert not pod["automountServiceAccountToken"]
    assert "secret" not in json.dumps(pod).lower() and "key" not in json.dumps(container).lower()
    rules = {rule["action"]: rule for rule in job["spec"]["podFailurePolicy"]["rules"]}
    assert rules["FailIndex"]["onExitCodes"]["values"] == [Exit.USAGE, Exit.TAMPERED]
    assert rules["FailIndex"]["onExitCodes"]["containerName"] == container["name"]
    shards = next(one["value"] for one in container["env"] if one["name"] == "SHARDS")
    assert job["spec"]["completions"] == int(shards)
    assert "maxFailedIndexes" not in job["spec"], "for any number of shards"


def _pod(job: dict[str, Any], index: int, environment: dict[str, str], tries: list[int]) -> None:
    """What Kubernetes does with one index: pods until one ends well, an exit code says stop, or there were too many."""
    (container,) = job["spec"]["template"]["spec"]["containers"]
    rules = job["spec"]["podFailurePolicy"]["rules"]
    final = next(rule["onExitCodes"]["values"] for rule in rules if rule["action"] == "FailIndex")
    for attempt in range(job["spec"]["backoffLimitPerIndex"] + 1):
        time.sleep(0.2 * min(attempt, 3))
        done = subprocess.run(
            [*container["command"], *container["args"]],
            env={**environment, "JOB_COMPLETION_INDEX": str(index)},
            capture_output=True,
            timeout=300,
        )
        tries.append(done.returncode)
        if done.returncode == 0 or done.returncode in final:
            return


@pytest.mark.sockets
@pytest.mark.thorough
def test_pods_that_are_killed_are_followed_and_the_coordinator_seals(
    sites: Any, portals: Any, tmp_path: Path, path: dict[str, str]
) -> None:
    key = made_key(tmp_path / "signer.key")
    folder = made(tmp_path / "round", portals)
    for site in sites:
        site.hold(after=6)
    said(folder, key, "plan", "--shards", "2")
    _, job = _manifest()
    (container,) = job["spec"]["template"]["spec"]["containers"]
    environment = {**path, **{one["name"]: one["value"] for one in container["env"]}}
    environment |= {"ROUND": str(folder), "SHARDS": "2"}
    tries: list[list[int]] = [[], []]
    pods = [threading.Thread(target=_pod, args=(job, n, environment, tries[n])) for n in range(2)]
    for pod in pods:
        pod.start()
    try:
        os.kill(_until(lambda: _at_work(folder, 2)), signal.SIGKILL)
    finally:
        for site in sites:
            site.go_on()
        for pod in pods:
            pod.join()
    assert tries == [[0], [-signal.SIGKILL, 0]]
    assert not (tmp_path / "data").exists(), "a pod makes no key"
    assert "complete and sealed" in said(folder, key, "crawl")
    assert json.loads(said(folder, key, "verify", "--json"))["intact"]
    _nothing_lost_or_twice(folder)


@pytest.mark.sockets
def test_a_shard_that_another_has_is_tried_again(portals: Any, tmp_path: Path) -> None:
    folder = made(tmp_path / "round", portals, delay=1.0)
    shard = folder / "evidence" / layout.shard_name(1)
    shard.mkdir(parents=True)
    lost = {"host": "elsewhere", "machine": "another", "pid": 1, "started": "1"}
    (shard / layout.epoch_name(1)).write_bytes(canonical_line(lost))
    told = said(folder, None, "crawl", "--shard", "1/2", status=Exit.INCOMPLETE)
    assert "Another process holds shard 1" in told
