"""Trees and proofs against the vectors of Certificate Transparency and against RFC 6962 written out."""

from __future__ import annotations

import dataclasses
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.signing.merkle import (
    EMPTY_ROOT,
    InclusionProof,
    MerkleTree,
    ProofCollector,
    leaf_hash,
    node_hash,
)
from tests.depth import some

# The reference inputs of Certificate Transparency and what its implementations compute of them.
INPUTS = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
# (leaf counted from 0, size, path)
PATHS = [
    (0, 1, []),
    (
        0,
        8,
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        5,
        8,
        [
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    (
        1,
        5,
        [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
]


def _leaves(size: int) -> list[bytes]:
    return [leaf_hash(number.to_bytes(2, "big")) for number in range(size)]


def _grown(leaves: list[bytes], wanted: range | list[int]) -> ProofCollector:
    prover = ProofCollector(wanted)
    for leaf in leaves:
        prover.add(leaf)
    return prover


def _half(size: int) -> int:
    """The largest power of two smaller than the size."""
    return 1 << (size - 1).bit_length() - 1


def _mth(leaves: list[bytes]) -> bytes:
    """MTH(D[n]), word for word."""
    if len(leaves) == 1:
        return leaves[0]
    half = _half(len(leaves))
    return node_hash(_mth(leaves[:half]), _mth(leaves[half:]))


def _path(index: int, leaves: list[bytes]) -> list[bytes]:
    """PATH(m, D[n]), word for word."""
    if len(leaves) == 1:
        return []
    half = _half(len(leaves))
    if index < half:
        return [*_path(index, leaves[:half]), _mth(leaves[half:])]
    return [*_path(index - half, leaves[half:]), _mth(leaves[:half])]


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_of_the_reference_inputs(size: int) -> None:
    leaves = [leaf_hash(content) for content in INPUTS[:size]]
    assert _grown(leaves, []).root.hex() == ROOTS[size - 1]


@pytest.mark.parametrize(("index", "size", "path"), PATHS)
def test_paths_of_the_reference_inputs(index: int, size: int, path: list[str]) -> None:
    leaves = [leaf_hash(content) for content in INPUTS[:size]]
    proof = _grown(leaves, [index]).proofs()[index]
    assert [sibling.hex() for _, sibling in proof.path] == path
    root = proof.root(leaves[index])
    assert root is not None
    assert root.hex() == ROOTS[size - 1]


def test_the_empty_tree() -> None:
    assert ProofCollector([0]).proofs() == {}
    assert ProofCollector([]).root == EMPTY_ROOT == hashlib.sha256(b"").digest()


@pytest.mark.parametrize("size", [*range(1, 35), *some(range(35, 301), 12)])
def test_every_leaf_of_every_size_is_proven_as_the_rfc_writes_it(size: int) -> None:
    leaves = _leaves(size)
    prover = _grown(leaves, range(size))
    plain = MerkleTree()
    for leaf in leaves:
        plain.add(leaf)
    assert prover.root == plain.root == _mth(leaves)
    proofs = prover.proofs()
    assert sorted(proofs) == list(range(size))
    for index, proof in proofs.items():
        assert [sibling for _, sibling in proof.path] == _path(index, leaves)
        assert proof.root(leaves[index]) == plain.root


def test_proofs_are_right_at_every_moment_of_growth() -> None:
    leaves = _leaves(70)
    prover = ProofCollector(range(0, 70, 3))
    for size, leaf in enumerate(leaves, 1):
        prover.add(leaf)
        for index, proof in prover.proofs().items():
            assert proof.size == size
            assert proof.root(leaves[index]) == prover.root


@given(
    st.integers(1, 200).flatmap(lambda size: st.tuples(st.just(size), st.integers(0, size - 1))), st.data()
)
def test_a_proof_proves_one_leaf_at_one_place(place: tuple[int, int], data: st.DataObject) -> None:
    size, index = place
    leaves = _leaves(size)
    prover = _grown(leaves, [index])
    proof = prover.proofs()[index]
    assert proof.root(leaf_hash(b"another")) != prover.root
    elsewhere = data.draw(st.integers(-1, size + 1).filter(lambda at: at != index))
    # Left and right, read from the root down, lead to one leaf alone.
    assert dataclasses.replace(proof, index=elsewhere).root(leaves[index]) is None
    if proof.path:
        broken = data.draw(st.integers(0, len(proof.path) - 1))
        side, sibling = proof.path[broken]
        path = list(proof.path)
        path[broken] = (side, bytes([sibling[0] ^ 1]) + sibling[1:])
        assert InclusionProof(index, size, tuple(path)).root(leaves[index]) != prover.root
        assert InclusionProof(index, size, proof.path[:-1]).root(leaves[index]) is None
    assert InclusionProof(index, size, (*proof.path, ("left", leaves[0]))).root(leaves[index]) is None
    assert InclusionProof(index, 0, ()).root(leaves[index]) is None
