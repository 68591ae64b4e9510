"""Records of a country, packed: held as objects, the sheets of 30,000 agencies take 200 MB of every process.

Rows lie in blocks, a column beside the other, and are made anew when they are asked for. Few rows stay a tuple.
Not here: what a record is (`claims.model`).
"""

from __future__ import annotations

import marshal
import zlib
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from hashlib import blake2b
from itertools import chain, islice
from operator import attrgetter
from typing import Any, Protocol, TypeVar, overload

# Rows that stay objects: 10 MB of them, which is less than the modules of a command take, and nothing is made twice.
FEW = 20_000
# Rows of a block: a claim that is asked for alone costs half a millisecond, and what is packed is as small as of more.
_BLOCK = 256
# Blocks that an agency lies in, on average, besides those that it fills. Where rows of an agency are all over the sheet, each would be unpacked often.
_SCATTERED = 4
_PLACE = 24  # bits of a place; a round has no more than a million claims
_DIGEST = 5  # bytes of a key's digest, so that both fit into one number


class Owned(Protocol):
    """A record of an agency."""

    @property
    def agency(self) -> str: ...


_Columns = Sequence[bytes | tuple[object, ...]]
T = TypeVar("T", bound=Owned)


class PackedRecords(Sequence[T]):
    """As immutable as the tuple that it stands for. The block that was read last is kept.

    lies_in: the blocks that have records of an agency.
    """

    def __init__(
        self,
        kind: type[T],
        blocks: Sequence[_Columns],
        length: int,
        lies_in: Mapping[str, tuple[int, ...]],
    ) -> None:
        self.lies_in = lies_in
        self._kind = kind
        self._blocks = blocks
        self._length = length
        self._last: tuple[int, tuple[T, ...]] = (-1, ())

    def block(self, number: int) -> tuple[T, ...]:
        last = self._last  # another thread may put its own there
        if last[0] != number:
            columns = map(_unpacked, self._blocks[number])
            last = self._last = (number, tuple(map(self._kind, *columns)))
        return last[1]

    def __iter__(self) -> Iterator[T]:
        return chain.from_iterable(map(self.block, range(len(self._blocks))))

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, place: int) -> T: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[T]: ...
    def __getitem__(self, place: int | slice) -> T | Sequence[T]:
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(self._length))]
        number, row = divmod(range(self._length)[place], _BLOCK)
        return self.block(number)[row]

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_last": (-1, ())}


class PackedByAgency(Mapping[str, tuple[T, ...]]):
    """The records of each agency, in the order of the sheet."""

    def __init__(self, records: PackedRecords[T]) -> None:
        self._records = records

    def __getitem__(self, agency: str) -> tuple[T, ...]:
        blocks = map(self._records.block, self._records.lies_in[agency])
        return tuple(one for block in blocks for one in block if one.agency == agency)

    def __iter__(self) -> Iterator[str]:
        return iter(self._records.lies_in)

    def __len__(self) -> int:
        return len(self._records.lies_in)


def packed(records: Iterable[T], few: int = FEW) -> Sequence[T]:
    """The records in their order: a tuple, or packed where there are more than a few and those of an agency stand together."""
    rest = iter(records)
    first = tuple(islice(rest, few + 1))
    if len(first) <= few:
        return first
    rest = chain(first, rest)
    kind, names = type(first[0]), [field.name for field in fields(first[0])]  # type: ignore[arg-type]
    del first
    values, blocks, length = attrgetter(*names), list[_Columns](), 0
    lies_in: dict[str, tuple[int, ...]] = {}
    while block := list(islice(rest, _BLOCK)):
        here = (len(blocks),)
        for agency in dict.fromkeys(record.agency for record in block):
            lies_in[agency] = lies_in[agency] + here if agency in lies_in else here
        blocks.append([_packed(column) for column in zip(*map(values, block), strict=True)])
        length += len(block)
    found = PackedRecords(kind, blocks, length, lies_in)
    together = sum(map(len, lies_in.values())) <= _SCATTERED * len(lies_in) + len(blocks)
    return found if together else tuple(found)


def _packed(column: tuple[object, ...]) -> bytes | tuple[object, ...]:
    """Dates and cycles stay as they are: rows share the few that there are."""
    try:
        return zlib.compress(marshal.dumps(column), 1)  # type: ignore[arg-type]
    except ValueError:
        return column


def _unpacked(column: bytes | tuple[object, ...]) -> tuple[Any, ...]:
    if isinstance(column, tuple):
        return column
    values: tuple[Any, ...] = marshal.loads(zlib.decompress(column))  # noqa: S302 - bytes of this program
    return values


def by_agency(records: Sequence[T]) -> Mapping[str, tuple[T, ...]]:
    """The records of each agency that has any, in their order."""
    if isinstance(records, PackedRecords):
        return PackedByAgency(records)
    found: dict[str, list[T]] = {}
    for record in records:
        found.setdefault(record.agency, []).append(record)
    return {agency: tuple(own) for agency, own in found.items()}


class PlaceIndex:
    """Where records are, by a key of each, in eight bytes a record. keys: in the order of the records, None for one without."""

    def __init__(self, keys: Iterable[str | None]) -> None:
        placed = enumerate(keys)
        self._found = array("Q", sorted(_digest(key) << _PLACE | n for n, key in placed if key is not None))

    def __len__(self) -> int:
        return len(self._found)

    def places(self, key: str) -> Iterator[int]:
        """Of the records with this key, in order, and perhaps of some with another."""
        digest = _digest(key)
        at = bisect_left(self._found, digest << _PLACE)
        while at < len(self._found) and self._found[at] >> _PLACE == digest:
            yield self._found[at] & (1 << _PLACE) - 1
            at += 1


def _digest(key: str) -> int:
    return int.from_bytes(blake2b(key.encode("utf-8", "surrogatepass"), digest_size=_DIGEST).digest())
