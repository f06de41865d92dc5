"""The hashes by which the contracts know order books and prices, byte for byte as they do."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from domain.cancellation import PACKED_CANCELLATION_BYTES
from domain.errors import InvalidValueError
from domain.interval import Interval
from domain.tariff import Tariff
from domain.trade import NO_ALLOCATION, ClearingStatus
from domain.units import require_range
from identity.address import address_bytes
from identity.hashing import keccak256

EMPTY_BOOK: Final = bytes(32)
"""Commitment of a book without orders."""

_HASH_BYTES: Final = 32


def digests_hash(digests: Iterable[bytes]) -> bytes:
    """Return the hash of a batch's order digests, in the batch's sequence.

    The digests contain the orders' salts, so nobody can guess a batch from its commitment before
    this hash is published at clearing.

    Args:
        digests: EIP-712 digests, 32 bytes each.

    Raises:
        InvalidValueError: where one has another length.
    """
    joined = bytearray()
    for index, digest in enumerate(digests):
        joined += _hash(f"digest {index}", digest)
    return keccak256(bytes(joined))


def batch_commitment(packed: bytes, digests_hash: bytes) -> bytes:
    """Return the commitment of a batch of orders: ``keccak(keccak(packed) ++ digestsHash)``.

    Args:
        packed: the orders, 12 bytes each.
        digests_hash: of the same orders in the same sequence, 32 bytes.
    """
    return keccak256(keccak256(packed) + _hash("digests_hash", digests_hash))


def extend_book(book: bytes, batch: bytes, count: int) -> bytes:
    """Return the commitment of a book after one more batch: ``keccak(book ++ batch ++ count)``.

    Args:
        book: the book's commitment so far, ``EMPTY_BOOK`` at first.
        batch: the batch's commitment.
        count: number of orders in the batch, 1 to 2^32 - 1.
    """
    require_range("count", count, 1, 2**32 - 1)
    return keccak256(_hash("book", book) + _hash("batch", batch) + count.to_bytes(4, "big"))


def cancel_in_book(book: bytes, packed: bytes) -> bytes:
    """Return a book's commitment after a cancellation: ``keccak(book ++ keccak(packed) ++ 0)``.

    A cancellation stands in the chain of batches as one without orders.

    Args:
        book: the book's commitment so far.
        packed: the cancellation, 12 bytes.

    Raises:
        InvalidValueError: where it has another length.
    """
    if len(packed) != PACKED_CANCELLATION_BYTES:
        raise InvalidValueError("cancellation", f"{PACKED_CANCELLATION_BYTES} bytes", packed)
    return keccak256(_hash("book", book) + keccak256(packed) + bytes(4))


def mechanism_id(name: str) -> bytes:
    """Return the 32 bytes that stand for a clearing mechanism on chain.

    Args:
        name: of the mechanism (``uniform-price``).
    """
    return keccak256(name.encode())


def price_hash(
    *,
    chain_id: int,
    market: str,
    interval: Interval,
    mechanism: bytes,
    k: int,
    status: ClearingStatus,
    price: int,
    volume: int,
    tariff: Tariff,
    book_commitment: bytes,
    order_count: int,
    allocation_hash: bytes = NO_ALLOCATION,
) -> bytes:
    """Return what settlements refer to: the hash of an interval's outcome and of what led to it.

    Args:
        chain_id: number of the chain.
        market: address of the market contract.
        interval: which interval.
        mechanism: identifier of the clearing rule, 32 bytes.
        k: the community's point between two limits, in per mille; 0 for a rule without one.
        status: cleared, no trade or abandoned.
        price: millicent per kWh; counts as 0 where nothing traded.
        volume: Wh.
        tariff: the bounds that held.
        book_commitment: the book that was cleared, 32 bytes.
        order_count: number of its orders.
        allocation_hash: of what each account trades and pays, 32 bytes; zeros where it follows from
            the price.
    """
    recorded_price = price if status is ClearingStatus.CLEARED else 0
    return keccak256(
        _word(chain_id)
        + address_bytes(market, "market").rjust(32, b"\0")
        + _word(interval.packed)
        + _hash("mechanism", mechanism)
        + _word(k)
        + _word(status)
        + _word(recorded_price)
        + _word(volume)
        + _word(tariff.feed_in)
        + _word(tariff.retail)
        + _hash("book_commitment", book_commitment)
        + _word(order_count)
        + _hash("allocation_hash", allocation_hash)
    )


def _word(value: int) -> bytes:
    """Encode as the ABI does: two's complement over 256 bits."""
    return (value % 2**256).to_bytes(32, "big")


def _hash(field: str, value: bytes) -> bytes:
    if len(value) != _HASH_BYTES:
        raise InvalidValueError(field, f"{_HASH_BYTES} bytes", value)
    return value
