from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from eth_abi.abi import encode
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidValueError
from identity.hashing import keccak256
from identity.merkle import MerkleTree, reading_leaf, standard_leaf, verify_proof

hashes = st.binary(min_size=32, max_size=32)
leaf_lists = st.lists(hashes, min_size=1, max_size=33, unique=True)


def leaf_of(dump: dict[str, Any], entry: dict[str, Any]) -> bytes:
    if dump["format"] == "standard-v1":
        return standard_leaf(encode(dump["leafEncoding"], entry["value"]))
    return bytes.fromhex(entry["value"][2:])


def test_trees_dumped_by_openzeppelin(vectors: Callable[[str], Any]) -> None:
    dumps = vectors("oz_merkle_tree")["dumps"]
    assert dumps
    for name, dump in dumps.items():
        leaves = [leaf_of(dump, entry) for entry in dump["values"]]
        tree = MerkleTree(leaves, sort_leaves="unsorted" not in name)
        assert ["0x" + node.hex() for node in tree.nodes] == dump["tree"], name
        for index, (leaf, entry) in enumerate(zip(leaves, dump["values"], strict=True)):
            assert tree.nodes[entry["treeIndex"]] == leaf
            assert verify_proof(tree.root, leaf, tree.proof(index))


@given(leaf_lists)
def test_every_leaf_is_proven_and_no_other(leaves: list[bytes]) -> None:
    tree = MerkleTree(leaves)
    for index, leaf in enumerate(leaves):
        assert verify_proof(tree.root, leaf, tree.proof(index))
        assert not verify_proof(tree.root, keccak256(leaf), tree.proof(index))


@given(leaf_lists, st.randoms(use_true_random=False))
def test_the_root_depends_on_the_set_of_leaves_only(
    leaves: list[bytes], source: random.Random
) -> None:
    shuffled = list(leaves)
    source.shuffle(shuffled)
    assert MerkleTree(shuffled).root == MerkleTree(leaves).root


@given(leaf_lists, st.data())
def test_a_flipped_bit_changes_the_root_and_breaks_the_proof(
    leaves: list[bytes], data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    bit = data.draw(st.integers(0, 255))
    changed = bytearray(leaves[index])
    changed[bit // 8] ^= 1 << bit % 8
    tree = MerkleTree(leaves)
    altered = [*leaves[:index], bytes(changed), *leaves[index + 1 :]]
    assert MerkleTree(altered).root != tree.root or bytes(changed) in leaves
    assert not verify_proof(tree.root, bytes(changed), tree.proof(index)) or (
        bytes(changed) in leaves
    )


def test_one_leaf_is_its_own_root() -> None:
    leaf = bytes(range(32))
    tree = MerkleTree([leaf])
    assert tree.root == leaf
    assert tree.proof(0) == []


def test_two_leaves_by_hand() -> None:
    low, high = b"\x01" * 32, b"\x02" * 32
    for leaves in ([low, high], [high, low]):
        assert MerkleTree(leaves).root == keccak256(low + high)


@given(st.binary(min_size=16, max_size=16), hashes)
def test_reading_leaf_is_that_of_the_contract(salt: bytes, document_hash: bytes) -> None:
    encoded = encode(["bytes16", "bytes32"], [salt, document_hash])
    assert reading_leaf(salt, document_hash) == keccak256(keccak256(encoded))


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(InvalidValueError, match="leaves"):
        MerkleTree([])
    with pytest.raises(InvalidValueError, match="leaf 1"):
        MerkleTree([bytes(32), bytes(31)])
    with pytest.raises(InvalidValueError, match="index"):
        MerkleTree([bytes(32)]).proof(1)
    with pytest.raises(InvalidValueError, match="salt"):
        reading_leaf(bytes(15), bytes(32))
    with pytest.raises(InvalidValueError, match="document hash"):
        reading_leaf(bytes(16), bytes(33))
    with pytest.raises(InvalidValueError, match="proof 0"):
        verify_proof(bytes(32), bytes(32), [b""])
