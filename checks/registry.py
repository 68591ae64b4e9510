"""Every check, loaded from its folder. Nothing else lists them."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from checks.case import RegisteredCheck
from checks.elements.words import element_ids
from checks.folders import CheckFolder, IncompleteCheck, check_folders

# What tells a page from what stands in its place, before any check reads it.
_WORDS_OF_ALL = ("page/words/stand_ins.toml",)


@cache
def _loaded() -> dict[str, tuple[CheckFolder, RegisteredCheck]]:
    """Folder and check by id."""
    found: dict[str, tuple[CheckFolder, RegisteredCheck]] = {}
    for folder in check_folders():
        check = load(folder)
        if check.id in found:
            raise IncompleteCheck(
                f"{folder.path / 'check.py'}: {check.id} is also the id of {found[check.id][0].path}"
            )
        found[check.id] = folder, check
    return dict(sorted(found.items()))


def load(folder: CheckFolder) -> RegisteredCheck:
    """The check of a folder. Raises IncompleteCheck where `check.py` names none."""
    check = getattr(import_module(f"checks.{folder.family}.{folder.name}.check"), "CHECK", None)
    if not isinstance(check, RegisteredCheck):
        raise IncompleteCheck(
            f"{folder.path / 'check.py'}: CHECK is no check. It needs id, version, reasons, words and judge(case)."
        )
    return check


def all_checks() -> tuple[RegisteredCheck, ...]:
    """Every check, by id. Raises IncompleteCheck, also for an id that two have."""
    return tuple(check for _, check in _loaded().values())


def of_family(family: str) -> tuple[RegisteredCheck, ...]:
    """The checks of a family, by the names of their folders."""
    of = [(folder.name, check) for folder, check in _loaded().values() if folder.family == family]
    return tuple(check for _, check in sorted(of, key=lambda one: one[0]))


def check_of(id: str) -> RegisteredCheck:
    """The check with this id. Raises KeyError."""
    _, check = _loaded()[id]
    return check


def rule_of(finding: str) -> str:
    """Id of the check that gives findings under this id: that of the elements gives one for each element."""
    return "elements" if finding.startswith("elements.") else finding


@cache
def finding_ids() -> frozenset[str]:
    """Ids as findings carry them, which is what a model may name."""
    plain = _loaded().keys() - {"elements"}
    return frozenset(plain | {f"elements.{name}" for name in element_ids()})


def words_of(id: str) -> tuple[str, ...]:
    """The word lists that a finding of the check rests on, by their paths below `checks/`, sorted. Raises KeyError."""
    folder, check = _loaded()[id]
    own = () if folder.words is None else (folder.words,)
    return tuple(sorted({*_WORDS_OF_ALL, *check.words, *own}))
