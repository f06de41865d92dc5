"""Merkle trees that OpenZeppelin's MerkleProof contract verifies.

Same layout as OpenZeppelin's StandardMerkleTree: leaves sorted by hash, pairs sorted when hashed,
leaves hashed twice so that no inner node can pass for one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from domain.errors import InvalidValueError
from identity.hashing import keccak256

HASH_BYTES: Final = 32
SALT_BYTES: Final = 16


class MerkleTree:
    """A complete binary tree over leaf hashes, kept as an array with the root first."""

    __slots__ = ("_nodes", "_places")

    def __init__(self, leaves: Sequence[bytes], *, sort_leaves: bool = True) -> None:
        """Build the tree.

        Args:
            leaves: 32-byte leaf hashes, at least one.
            sort_leaves: whether the root depends on the set of leaves only, not their sequence.

        Raises:
            InvalidValueError: where there is no leaf, or one of another length.
        """
        if not leaves:
            raise InvalidValueError("leaves", "at least one leaf", 0)
        for index, leaf in enumerate(leaves):
            _require_hash(f"leaf {index}", leaf)
        order = list(range(len(leaves)))
        if sort_leaves:
            order.sort(key=leaves.__getitem__)
        size = 2 * len(leaves) - 1
        self._places = [0] * len(leaves)
        self._nodes = [b""] * size
        for rank, index in enumerate(order):
            self._places[index] = size - 1 - rank
            self._nodes[size - 1 - rank] = leaves[index]
        for place in range(size - 1 - len(leaves), -1, -1):
            self._nodes[place] = hash_pair(self._nodes[2 * place + 1], self._nodes[2 * place + 2])

    @property
    def root(self) -> bytes:
        """The 32 bytes that stand for all leaves."""
        return self._nodes[0]

    @property
    def nodes(self) -> tuple[bytes, ...]:
        """All hashes, the root first, the children of node i at 2i + 1 and 2i + 2."""
        return tuple(self._nodes)

    def proof(self, index: int) -> list[bytes]:
        """Return the siblings on the way from a leaf to the root.

        Args:
            index: place of the leaf in the sequence the tree was made from.

        Raises:
            InvalidValueError: where there is no such leaf.
        """
        if not 0 <= index < len(self._places):
            raise InvalidValueError("index", f"0 to {len(self._places) - 1}", index)
        place = self._places[index]
        siblings = []
        while place > 0:
            siblings.append(self._nodes[place + 1 if place % 2 else place - 1])
            place = (place - 1) // 2
        return siblings


def verify_proof(root: bytes, leaf: bytes, proof: Iterable[bytes]) -> bool:
    """Tell whether a leaf hash lies under a root.

    Raises:
        InvalidValueError: where one of them has not 32 bytes.
    """
    _require_hash("root", root)
    _require_hash("leaf", leaf)
    node = leaf
    for depth, sibling in enumerate(proof):
        _require_hash(f"proof {depth}", sibling)
        node = hash_pair(node, sibling)
    return node == root


def hash_pair(one: bytes, other: bytes) -> bytes:
    """Return the node above two 32-byte nodes, whichever stands left."""
    return keccak256(one + other if one < other else other + one)


def standard_leaf(encoded: bytes) -> bytes:
    """Return the leaf hash of an ABI-encoded value: hashed twice."""
    return keccak256(keccak256(encoded))


def reading_leaf(salt: bytes, document_hash: bytes) -> bytes:
    """Return the leaf of a reading: of ``abi.encode(bytes16 salt, bytes32 documentHash)``.

    Args:
        salt: 16 random bytes, kept off chain; without them the leaf tells nothing.
        document_hash: 32 bytes, Keccak-256 of the signed document's canonical bytes.

    Raises:
        InvalidValueError: where one of them has another length.
    """
    if len(salt) != SALT_BYTES:
        raise InvalidValueError("salt", f"{SALT_BYTES} bytes", salt)
    _require_hash("document hash", document_hash)
    return standard_leaf(salt.ljust(HASH_BYTES, b"\0") + document_hash)


def _require_hash(field: str, value: bytes) -> None:
    if len(value) != HASH_BYTES:
        raise InvalidValueError(field, f"{HASH_BYTES} bytes", value)
