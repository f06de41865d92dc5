"""Proof that a batch belongs to a committed book, as the disputes contract reads it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from chain.commitments import EMPTY_BOOK, batch_commitment
from domain.errors import InvalidValueError
from identity.hashing import keccak256


@dataclass(frozen=True, slots=True)
class BookLink:
    """One link of the chain of hashes that a book's commitment ends.

    Attributes:
        commitment: of a batch, or of what else the market puts among the batches, 32 bytes.
        count: number of the batch's orders, 0 to 2^32 - 1; 0 for a link that is no batch.
    """

    commitment: bytes
    count: int


@dataclass(frozen=True, slots=True)
class BatchOpening:
    """A batch of a book, and what proves that it is.

    Attributes:
        before: the book's commitment before the batch, 32 bytes.
        packed_hash: Keccak-256 of the batch's packed orders, 32 bytes; of a link without orders,
            its commitment.
        digests: the orders' EIP-712 digests, 32 bytes each.
        later: the links behind it, 36 bytes each: commitment, number of orders.
    """

    before: bytes
    packed_hash: bytes
    digests: bytes
    later: bytes


def open_batch(
    links: Sequence[BookLink], number: int, packed: bytes, digests: bytes
) -> BatchOpening:
    """Prove a batch of a book.

    Args:
        links: of the whole book, in sequence.
        number: of the batch, from 0.
        packed: the batch's orders, 12 bytes each; none for a link without orders.
        digests: their EIP-712 digests, 32 bytes each.

    Raises:
        InvalidValueError: where the book has no such batch, or another one at that place.
    """
    if not 0 <= number < len(links):
        raise InvalidValueError("number", f"0 to {len(links) - 1}", number)
    own = links[number]
    if own.count and batch_commitment(packed, keccak256(digests)) != own.commitment:
        raise InvalidValueError("batch", own.commitment.hex(), f"batch {number} of other orders")
    return BatchOpening(
        before=commitment_of(links[:number]),
        packed_hash=keccak256(packed) if own.count else own.commitment,
        digests=digests if own.count else b"",
        later=b"".join(
            link.commitment + link.count.to_bytes(4, "big") for link in links[number + 1 :]
        ),
    )


def commitment_of(links: Iterable[BookLink]) -> bytes:
    """Return the commitment of a book that consists of these links, 32 bytes."""
    book = EMPTY_BOOK
    for link in links:
        book = keccak256(book + link.commitment + link.count.to_bytes(4, "big"))
    return book
