"""RFC 6962 Merkle trees, grown one leaf at a time. Holds one hash a level, whatever the size.

Proofs that a leaf is in a tree (section 2.1.1) are gathered while it grows, and checked without it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

Side = Literal["left", "right"]

EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(content: bytes) -> bytes:
    digest = hashlib.sha256(b"\x00")
    digest.update(content)
    return digest.digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


class MerkleTree:
    """A tree that only grows. `root` is that of RFC 6962, section 2.1, for the leaves so far."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []  # roots of the complete subtrees, largest first

    def add(self, leaf: bytes) -> None:
        size = self.size
        while size & 1:
            leaf = node_hash(self._peaks.pop(), leaf)
            size >>= 1
        self._peaks.append(leaf)
        self.size += 1

    @property
    def root(self) -> bytes:
        if not self._peaks:
            return EMPTY_ROOT
        *rest, root = self._peaks
        for peak in reversed(rest):
            root = node_hash(peak, root)
        return root


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """That a leaf is the index-th, from 0, of a tree of so many.

    path: the sibling at every level, from the leaf up, and on which side of the way it stands.
    """

    index: int
    size: int
    path: tuple[tuple[Side, bytes], ...]

    def root(self, leaf: bytes) -> bytes | None:
        """Root of the tree that the leaf is in by this proof; None when it proves nothing at this place."""
        if not 0 <= self.index < self.size or [side for side, _ in self.path] != sides(self.index, self.size):
            return None
        return climb(leaf, self.path)


def climb(node: bytes, path: Sequence[tuple[Side, bytes]]) -> bytes:
    for side, sibling in path:
        node = node_hash(sibling, node) if side == "left" else node_hash(node, sibling)
    return node


def sides(index: int, size: int) -> list[Side]:
    """On which side the sibling stands at every level of the way up from a leaf."""
    found: list[Side] = []
    last = size - 1
    while last:
        if index & 1:
            found.append("left")
        elif index < last:
            found.append("right")
        index, last = index >> 1, last >> 1  # without a sibling a node rises as it is
    return found


class ProofCollector(MerkleTree):
    """A tree that gathers proofs of chosen leaves as it grows, one hash a level for each."""

    def __init__(self, wanted: Collection[int]) -> None:
        super().__init__()
        self._paths: dict[int, list[tuple[Side, bytes]]] = {index: [] for index in wanted}
        self._under: list[list[int]] = []  # the chosen leaves under each peak

    def add(self, leaf: bytes) -> None:
        under = [self.size] if self.size in self._paths else []
        node, size = leaf, self.size
        for peak, others in zip(reversed(self._peaks), reversed(self._under), strict=True):
            if not size & 1:
                break
            self._meet(self._paths, others, peak, under, node)
            node, under, size = node_hash(peak, node), others + under, size >> 1
        super().add(leaf)
        self._under = [*self._under[: len(self._peaks) - 1], under]

    def proofs(self) -> dict[int, InclusionProof]:
        """Proofs for the tree as it is now, by the leaf's index. A chosen leaf that did not come has none."""
        paths = {index: list(path) for index, path in self._paths.items() if index < self.size}
        node: bytes | None = None
        under: list[int] = []
        for peak, others in zip(reversed(self._peaks), reversed(self._under), strict=True):
            if node is not None:
                self._meet(paths, others, peak, under, node)
                peak = node_hash(peak, node)
            node, under = peak, others + under
        return {index: InclusionProof(index, self.size, tuple(path)) for index, path in paths.items()}

    @staticmethod
    def _meet(
        paths: dict[int, list[tuple[Side, bytes]]],
        under_left: list[int],
        left: bytes,
        under_right: list[int],
        right: bytes,
    ) -> None:
        for index in under_left:
            paths[index].append(("right", right))
        for index in under_right:
            paths[index].append(("left", left))
