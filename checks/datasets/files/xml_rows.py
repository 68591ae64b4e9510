"""Rows out of XML: the elements that repeat most are the table. Bounded, entities refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.parsers import expat

from checks.datasets.files.json_rows import (
    MAX_CELLS,
    MAX_COLUMNS,
    MAX_DEPTH,
    Beside,
    Malformed,
    Records,
    tabular,
)
from checks.datasets.files.packages import TooMuch

_MAX_PATHS = 5_000  # Different paths of elements. Later ones are not counted: the table is one that repeats.
MAX_FIELD = 1_000_000  # Characters of one value. More is a limit of ours, as in a CSV.
_ERROR_ROOTS = frozenset(
    {"error", "errors", "exceptionreport", "serviceexceptionreport", "fault", "exception"}
)


@dataclass(slots=True)
class _Path:
    count: int = 0
    children: int = 0
    attributes: int = 0


@dataclass(slots=True)
class _Walk:
    """One pass of expat. wanted: the path whose elements are records, None in the pass that finds it."""

    wanted: str | None = None
    paths: dict[str, _Path] = field(default_factory=dict)
    stack: list[str] = field(default_factory=list)
    records: list[dict[str, str]] = field(default_factory=list)
    _record: dict[str, str] | None = None
    _record_depth: int = 0
    _keys: list[str] = field(default_factory=list)
    _cells: int = 0
    _closed: dict[str, int] = field(default_factory=dict)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self.stack) >= MAX_DEPTH:
            raise TooMuch("depth")
        parent = self.stack[-1] if self.stack else ""
        path = f"{parent}/{_local(name)}"
        self.stack.append(path)
        if self.wanted is None:
            if path in self.paths or len(self.paths) < _MAX_PATHS:
                known = self.paths.setdefault(path, _Path())
                known.count += 1
                known.attributes += len(attributes)
            if parent in self.paths:
                self.paths[parent].children += 1
        elif self._record is not None:
            self._keys.append(_local(name))
            self._open_cell(".".join(self._keys))
            self._put(attributes, ".".join(self._keys))
        elif path == self.wanted:
            self._record, self._record_depth = {}, len(self.stack)
            self._closed.clear()
            self._put(attributes, "")

    def _put(self, attributes: dict[str, str], prefix: str) -> None:
        assert self._record is not None
        for key, value in attributes.items():
            self._set(f"{prefix}@{_local(key)}", value)

    def _set(self, key: str, value: str) -> None:
        assert self._record is not None
        if key not in self._record:
            self._cells += 1
            if self._cells > MAX_CELLS:
                raise TooMuch("cells")
            if len(self._record) >= MAX_COLUMNS:
                raise TooMuch("columns")
        self._record[key] = value

    def _open_cell(self, key: str) -> None:
        assert self._record is not None
        number = self._closed.get(key, 0)
        if number:  # the third of its name is name#3
            self._keys[-1] += f"#{number + 1}"
        self._closed[key] = number + 1
        if (name := ".".join(self._keys)) not in self._record:
            self._set(name, "")

    def text(self, data: str) -> None:
        if self._record is None:
            return
        key = ".".join(self._keys)
        known = self._record.get(key, "")
        if len(known) + len(data) > MAX_FIELD:
            raise TooMuch("field")
        self._set(key, known + data)

    def end(self, name: str) -> None:
        if self._record is not None:
            if len(self.stack) == self._record_depth:
                cells = {key: value.strip() for key, value in self._record.items()}
                self.records.append({key: value for key, value in cells.items() if value})
                self._record = None
            else:
                self._keys.pop()
        self.stack.pop()


def _local(name: str) -> str:
    return name.rpartition(":")[2][:100]


def xml_records(body: bytes) -> Records:
    """Raises Malformed, TooMuch (entities, depth)."""
    first = _walked(body, _Walk())
    root = next(iter(first.paths)).strip("/").lower()
    if root in _ERROR_ROOTS:
        return Records(iter(()), error=True)
    repeated = [
        (known.count, path)
        for path, known in first.paths.items()
        if known.count > 1 and (known.children or known.attributes >= 2 * known.count)
    ]
    if not repeated:
        leaves = [path for path, known in first.paths.items() if known.count > 1]
        if not leaves:
            return Records(tabular(_walked(body, _Walk(wanted=next(iter(first.paths)))).records))
        repeated = [(first.paths[path].count, path) for path in leaves]
    _, wanted = max(repeated, key=lambda item: (item[0], -item[1].count("/"), item[1]))
    while _only_wraps(first.paths, wanted):
        wanted = wanted.rpartition("/")[0]
    return Records(tabular(_walked(body, _Walk(wanted=wanted)).records), beside=_beside(first.paths, wanted))


def _beside(paths: dict[str, _Path], wanted: str) -> Beside:
    """What is in no element of the wanted path, nor around all of them."""
    rest = [
        known
        for path, known in paths.items()
        if not f"{path}/".startswith(f"{wanted}/") and not wanted.startswith(f"{path}/")
    ]
    if any(known.count > 1 and (known.children or known.attributes) for known in rest):
        return "records"
    around = [known for path, known in paths.items() if wanted.startswith(f"{path}/")]
    return "values" if rest or any(known.attributes for known in around) else ""


def _only_wraps(paths: dict[str, _Path], path: str) -> bool:
    """A cell around one value, in a row that repeats: the row is the record."""
    parent = paths.get(path.rpartition("/")[0])
    own = paths[path]
    return parent is not None and parent.count > 1 and own.children <= own.count


def _walked(body: bytes, walk: _Walk) -> _Walk:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = walk.start
    parser.EndElementHandler = walk.end
    parser.CharacterDataHandler = walk.text
    parser.StartDoctypeDeclHandler = _doctype
    parser.EntityDeclHandler = _refuse
    try:
        parser.Parse(body, True)
    except expat.ExpatError as error:
        raise Malformed("xml") from error
    except (ValueError, LookupError) as error:  # an encoding that the parser does not know
        raise TooMuch("encoding") from error
    return walk


def _doctype(name: str, system: str | None, public: str | None, inner: int) -> None:
    # A document type elsewhere is never fetched; one in the text declares entities and defaults without end.
    if inner:
        raise TooMuch("entities")


def _refuse(*_: object) -> None:
    raise TooMuch("entities")
