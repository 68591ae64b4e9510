"""Other Pythons than the one that runs the tests, each with govah's locked libraries in a virtual environment of its own.

`python -m tests.pythons` makes them under `out/python/`, of the interpreters that the machine has (on the path, by pyenv, by
uv), and says which it has not. Tests use what is there and skip the rest by name; they never fetch anything.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

VERSIONS = ("3.11", "3.12", "3.13")
ROOT = Path(__file__).parents[1]
_FOLDER = ROOT / "out/python"


def running() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def python(version: str) -> Path | None:
    """The interpreter of a version with the libraries; None when there is none."""
    if version == running():
        return Path(sys.executable)
    program = _FOLDER / version / "bin/python"
    return program if _is(program, version) and _imports(program) else None


def _is(program: Path | str, version: str) -> bool:
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        said = subprocess.run([str(program), "-c", code], capture_output=True, text=True, timeout=60)
    except OSError:
        return False
    return said.returncode == 0 and said.stdout.strip() == version


def _imports(program: Path) -> bool:
    said = subprocess.run(
        [str(program), "-c", "import checks.hosts.security.check"], capture_output=True, cwd=ROOT, timeout=120
    )
    return said.returncode == 0


def _interpreter(version: str) -> str | None:
    candidates = [shutil.which(f"python{version}")]
    candidates += sorted(map(str, Path.home().glob(f".pyenv/versions/{version}.*/bin/python")))
    if shutil.which("uv") is not None:
        found = subprocess.run(["uv", "python", "find", version], capture_output=True, text=True)
        candidates.append(found.stdout.strip() or None)
    return next((one for one in candidates if one and _is(one, version)), None)


def main() -> int:
    missing = []
    for version in VERSIONS:
        if python(version) is not None:
            sys.stdout.write(f"{version}: there\n")
            continue
        interpreter = _interpreter(version)
        if interpreter is None:
            missing.append(version)
            sys.stdout.write(f"{version}: this machine has no such Python (python{version}, pyenv or uv)\n")
            continue
        folder = _FOLDER / version
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([interpreter, "-m", "venv", str(folder)], check=True)
        pip = [str(folder / "bin/python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--require-hashes", "-r", str(ROOT / "requirements/base.txt")], check=True)
        sys.stdout.write(f"{version}: made of {interpreter}\n")
    return 1 if missing else 0


if __name__ == "__main__":
    raise SystemExit(main())
