"""Which tests `make test-thorough` runs otherwise than `make test` did, for `--after-usual`.

A test runs otherwise if it is `thorough`, is a property, or reads how much to try from tests/depth.py: by itself, by a
fixture, or by what it calls in its own module and in other modules of the tests. Names decide, and every doubt is for
running it once more: whoever mentions such a name, as a word or as a string, counts as reading it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
_DEPTH, _SAME = "tests.depth", {"some"}  # `some` marks rows as thorough, and changes none of them
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def runs_otherwise(item: pytest.Item) -> bool:
    if item.get_closest_marker("thorough") is not None or not isinstance(item, pytest.Function):
        return True
    deep = deep_names(item.path)
    used = {item.originalname, item.cls.__name__ if item.cls else "", *item.fixturenames}
    return bool(used & deep) or "pytest_generate_tests" in deep


@cache
def deep_names(path: Path, root: Path = ROOT) -> frozenset[str]:
    """What is defined or imported at the top of a module of the tests and goes by the depth, fixtures above it among them."""
    tree = ast.parse(path.read_bytes())
    deep = {name for conftest in _conftests(path, root) for name in _functions(conftest, root)}
    deep |= {bound for node in ast.walk(tree) for bound in _deep_imports(node, root)}
    parts = [(_bound(node), _mentioned(node)) for node in tree.body]
    grown = True
    while grown:
        before = len(deep)
        deep.update(*(bound for bound, mentioned in parts if mentioned & deep))
        grown = len(deep) > before
    return frozenset(deep)


def _conftests(path: Path, root: Path) -> Iterator[Path]:
    """Whose fixtures a module of tests may use. The first one of all has hooks alone."""
    if not path.name.startswith("test_"):
        return
    for folder in path.parents:
        conftest = folder / "conftest.py"
        if root / "tests" in folder.parents and conftest.is_file() and conftest != path:
            yield conftest


def _functions(path: Path, root: Path) -> set[str]:
    return {
        node.name for node in ast.parse(path.read_bytes()).body if isinstance(node, _FUNCTIONS)
    } & deep_names(path, root)


def _deep_imports(node: ast.AST, root: Path) -> Iterator[str]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            if _any_deep(alias.name, root):
                yield alias.asname or alias.name.partition(".")[0]
    elif isinstance(node, ast.ImportFrom) and node.module:
        for alias in node.names:
            if _is_deep(node.module, alias.name, root):
                yield alias.asname or alias.name


def _is_deep(module: str, name: str, root: Path) -> bool:
    if module == _DEPTH:
        return name not in _SAME
    if module.partition(".")[0] == "hypothesis" or _any_deep(f"{module}.{name}", root):
        return True
    file = _file(module, root)
    return file is not None and name in deep_names(file, root)


def _any_deep(module: str, root: Path) -> bool:
    if module == _DEPTH or module.partition(".")[0] == "hypothesis":
        return True
    file = _file(module, root)
    return file is not None and bool(deep_names(file, root))


def _file(module: str, root: Path) -> Path | None:
    """A module of the tests. The product reads no depth."""
    file = root.joinpath(*module.split(".")).with_suffix(".py")
    return file if module.startswith("tests.") and file.is_file() else None


def _bound(node: ast.stmt) -> set[str]:
    if isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
        return {node.name}
    return {
        part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
    }


def _mentioned(node: ast.stmt) -> set[str]:
    names = set()
    for part in ast.walk(node):
        match part:
            case ast.Name(id=name) | ast.arg(arg=name) | ast.Constant(value=str() as name):
                names.add(name)
            case ast.alias(name=module, asname=name):
                names.add(name or module.partition(".")[0])
    return names
