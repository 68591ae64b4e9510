"""What cannot be read is named as such, and nothing is made of it: neither that it is as sealed, nor that it is not."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

from evidence import layout
from evidence.fault import Fault, Faults, Problem
from evidence.regular_files import error_text, unreadable_files, unreadable_reason
from evidence.signing.earlier_judgements import FILES
from evidence.signing.findings_seal import EARLIER, FINDINGS

EVIDENCE, RESULTS = "evidence/", "results/"
# What is told from the whole of the evidence, of which a part is not known.
_OF_THE_WHOLE: frozenset[Problem] = frozenset(
    ("changed_field", "changed_checkpoint", "changed_history", "unknown_capture", "lost_capture")
)
_OF_THE_LIST: frozenset[Problem] = frozenset(("extra_file", "stray_file", "extra_folder"))
_OF_THE_CHAIN: frozenset[Problem] = frozenset(("missing_judgement", "broken_chain"))


def check_readable(folder: Path, findings: Path | None, faults: Faults) -> set[str]:
    """Names every file and folder that cannot be read. EVIDENCE, RESULTS: where nothing can be looked for."""
    shut = unreadable_files(folder)
    for name, reason in shut.items():
        faults.add(EVIDENCE if name == "/" else name, "", "unreadable_file", reason)
    closed = {EVIDENCE} if "/" in shut else set()
    if findings is not None and not _check_results(findings.parent, faults):
        closed.add(RESULTS)
    return closed


def _check_results(results: Path, faults: Faults) -> bool:
    """Whether it can be looked into."""
    try:
        present = set(os.listdir(results))  # noqa: PTH208
        with contextlib.suppress(FileNotFoundError):
            (results / FINDINGS).lstat()  # a folder whose names can be listed may still not be entered
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError as error:
        faults.add(RESULTS, "", "unreadable_file", error_text(error))
        return False
    for name in FILES:
        reason = unreadable_reason(results / name) if name in present else None
        if reason is not None:
            faults.add(name, "", "unreadable_file", reason)
    if EARLIER in present and not (results / EARLIER).is_symlink() and (results / EARLIER).is_dir():
        for name, reason in unreadable_files(results / EARLIER).items():
            faults.add(f"{EARLIER}/{name}".replace("//", "/"), "", "unreadable_file", reason)
    return True


def named(error: OSError, folder: Path) -> str:
    """The file that an error is of, as faults name it."""
    if error.filename is None:
        return EVIDENCE
    path = Path(os.fsdecode(error.filename))
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name


def without_consequences(found: list[Fault]) -> list[Fault]:
    """Without what only follows from something that cannot be read, and may well be as it was sealed."""
    shut = {fault.file for fault in found if fault.problem == "unreadable_file"}
    return list(_kept(found, shut)) if shut else found


def _kept(found: Iterable[Fault], shut: set[str]) -> Iterable[Fault]:
    folders = tuple(name for name in shut if name.endswith("/"))
    unknown: frozenset[Problem] = frozenset()
    if any(not _is_of_results(name) for name in shut):
        unknown |= _OF_THE_WHOLE
    if layout.SUMS in shut:
        unknown |= _OF_THE_LIST
    if any(name.startswith(f"{EARLIER}/") for name in shut):
        unknown |= _OF_THE_CHAIN
    for fault in found:
        if fault.problem == "unreadable_file":
            yield fault
        elif fault.file in shut or fault.file.startswith(folders) or fault.item in shut:
            continue
        elif fault.problem not in unknown:
            yield fault


def _is_of_results(name: str) -> bool:
    return name in FILES or name == RESULTS or name.startswith(f"{EARLIER}/")
