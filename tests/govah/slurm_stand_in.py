"""Stands for Slurm where there is none: `sbatch --wait --array=1-N SCRIPT …` and `scontrol requeue`.

Each task of the array is run by bash with the variables that Slurm sets; a task that asked to be put into the queue again, or
whose shell was killed as with its node, is run again, with a higher SLURM_RESTART_COUNT.
"""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

JOB = "77"


def main(program: str, arguments: list[str]) -> int:
    queue = Path(os.environ["STAND_IN_QUEUE"])
    if program == "scontrol":
        assert arguments[0] == "requeue", arguments
        (queue / arguments[1]).write_text("again", encoding="ascii")
        return 0
    assert arguments[:1] == ["--wait"], arguments
    first, last = arguments[1].removeprefix("--array=").split("-")
    with ThreadPoolExecutor() as pool:
        statuses = list(
            pool.map(lambda task: _task(queue, task, arguments[2:]), range(int(first), int(last) + 1))
        )
    return max(statuses)


def _task(queue: Path, task: int, script: list[str]) -> int:
    restarts = 0
    while True:
        variables = {
            "SLURM_ARRAY_JOB_ID": JOB,
            "SLURM_ARRAY_TASK_ID": str(task),
            **({"SLURM_RESTART_COUNT": str(restarts)} if restarts else {}),
        }
        shell = subprocess.Popen(["bash", *script], env={**os.environ, **variables})
        (queue / f"shell-{task}").write_text(str(shell.pid), encoding="ascii")
        status = shell.wait()
        asked = queue / f"{JOB}_{task}"
        if status >= 0 and not asked.exists():
            return status
        asked.unlink(missing_ok=True)
        restarts += 1
        with (queue / "restarts").open("a", encoding="ascii") as file:
            file.write(f"{task}\n")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1], sys.argv[2:]))
