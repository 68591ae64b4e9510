"""Reading a model file: a shipped name, or a TOML file of the round's folder. All errors at once.

Every error names the id it is about and, where it can be found, the line of the file. Texts of the error
codes are in the catalogues under `model_problem`.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from scoring.crosscheck import cross_check
from scoring.model import Contents, Model
from scoring.problems import CODES, ModelError, ModelProblem, Place, line_of

MAX_BYTES = 4_000_000  # Bytes of a model file. Larger is an error of the file; ours have under 100,000.
_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")


def shipped() -> tuple[str, ...]:
    """Names of the models that come with the program."""
    folder = files("scoring") / "models"
    return tuple(
        sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))
    )


def load_model(name: str, folder: Path, known_checks: frozenset[str] | None = None) -> Model:
    """The model that a round names. A file must lie inside `folder`; raises `ModelError`."""
    if _NAME.fullmatch(name) and name in shipped():
        return parse((files("scoring") / "models" / f"{name}.toml").read_bytes(), name, known_checks)
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()) or not path.is_file():
        raise ModelError(name, (ModelProblem(None, "", "not_found", name),))
    if path.stat().st_size > MAX_BYTES:
        raise ModelError(name, (ModelProblem(None, "", "too_large", str(MAX_BYTES)),))
    return parse(path.read_bytes(), name, known_checks)


def parse(raw: bytes, source: str, known_checks: frozenset[str] | None = None) -> Model:
    """A model from its bytes. known_checks: ids that a part may name; None leaves that unchecked."""
    try:
        text = raw.decode("utf-8-sig")
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # also of a number, or tables, that Python does not read
        raise ModelError(source, (_not_toml(error),)) from None
    try:
        contents = Contents.model_validate(data)
    except ValidationError as error:
        raise ModelError(source, _ordered(_told(error, data, text))) from None
    found = tuple(
        ModelProblem(line_of(text, place), _where(place, data), code, value)
        for place, code, value in cross_check(contents, known_checks)
    )
    if found:
        raise ModelError(source, _ordered(found))
    return Model(contents, hashlib.sha256(raw).hexdigest())


def _not_toml(error: Exception) -> ModelProblem:
    line = re.search(r"at line (\d+)", str(error))
    return ModelProblem(int(line.group(1)) if line else None, "", "not_toml", str(error))


def _ordered(problems: tuple[ModelProblem, ...]) -> tuple[ModelProblem, ...]:
    return tuple(sorted(problems, key=lambda p: (p.line or 0, p.where, p.code)))


def _told(error: ValidationError, data: Mapping[str, Any], text: str) -> tuple[ModelProblem, ...]:
    """One problem a place. A list that is "too short" only because its own entries failed is left out."""
    found: dict[str, ModelProblem] = {}
    for item in error.errors(include_url=False):
        problem = _problem(item, data, text)
        found.setdefault(problem.where, problem)
    return tuple(
        problem
        for where, problem in found.items()
        if "at least 1 item" not in problem.detail
        or not any(other.startswith(f"{where}[") for other in found)
    )


def _problem(item: Any, data: Mapping[str, Any], text: str) -> ModelProblem:
    place: Place = tuple(key for key in item["loc"] if not _is_tag(key, item["loc"]))
    value = "" if item["type"] == "missing" else repr(item["input"])[:200]
    code = item["type"] if item["type"] in CODES else "invalid"
    return ModelProblem(line_of(text, place), _where(place, data), code, value, item["msg"])


# pydantic puts the tag of a union (the part's kind) and of a credit into the place; the file has no such key
def _is_tag(key: str | int, place: Place) -> bool:
    if isinstance(key, int):
        return False
    position = place.index(key)
    after_part = position >= 2 and place[position - 2] == "part" and isinstance(place[position - 1], int)
    return after_part or "constrained" in key or key.startswith(("literal[", "[key]"))


def _where(place: Place, data: Any) -> str:
    """The place with ids for the numbers of tables: `indicator[U01].part[1].credit`."""
    said = ""
    node = data
    for key in place:
        try:
            node = node[key]
        except (KeyError, IndexError, TypeError):
            node = None
        if isinstance(key, int):
            known = node.get("id") if isinstance(node, Mapping) else None
            said += f"[{known if known is not None else key + 1}]"
        else:
            said += f".{key}" if said else key
    return said
