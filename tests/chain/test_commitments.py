"""The hashes of books and prices; that the contracts have the same is tested with the contracts."""

from __future__ import annotations

import pytest
from eth_abi.abi import encode
from hypothesis import given
from hypothesis import strategies as st

from chain.commitments import (
    EMPTY_BOOK,
    UNIFORM_PRICE,
    batch_commitment,
    digests_hash,
    extend_book,
    price_hash,
)
from domain.errors import InvalidValueError
from domain.interval import Interval
from domain.tariff import Tariff
from domain.trade import ClearingStatus
from identity.hashing import keccak256

MARKET = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
INTERVAL = Interval(3, 900, 900)
hashes = st.binary(min_size=32, max_size=32)
PRICE_TYPES = (
    *("uint256", "address", "uint96", "bytes32", "uint8", "int32"),
    *("uint64", "int32", "int32", "bytes32", "uint32"),
)
prices = st.integers(-(2**31), 2**31 - 1)


@given(st.lists(hashes, max_size=5))
def test_digests_hash(digests) -> None:
    assert digests_hash(iter(digests)) == keccak256(b"".join(digests))


@given(st.binary(max_size=60), hashes)
def test_batch_commitment(packed, hashed) -> None:
    assert batch_commitment(packed, hashed) == keccak256(keccak256(packed) + hashed)


@given(hashes, hashes, st.integers(1, 2**32 - 1))
def test_extend_book(book, batch, count) -> None:
    assert extend_book(book, batch, count) == keccak256(book + batch + count.to_bytes(4, "big"))


@given(
    st.integers(0, 2**63),
    st.sampled_from([ClearingStatus.CLEARED, ClearingStatus.NO_TRADE]),
    prices,
    st.integers(0, 2**64 - 1),
    st.tuples(prices, prices).map(sorted),
    hashes,
    st.integers(0, 2**32 - 1),
)
def test_price_hash(chain_id, status, price, volume, bounds, book, count) -> None:
    recorded = price if status is ClearingStatus.CLEARED else 0
    fields = [chain_id, MARKET, INTERVAL.packed, UNIFORM_PRICE, int(status), recorded, volume]
    expected = keccak256(encode(PRICE_TYPES, [*fields, *bounds, book, count]))
    tariff = Tariff(*bounds)
    hashed = price_hash(chain_id, MARKET, INTERVAL, status, price, volume, tariff, book, count)
    assert hashed == expected


def test_the_mechanism_is_named_by_its_hash() -> None:
    assert keccak256(b"uniform-price") == UNIFORM_PRICE


@pytest.mark.parametrize(
    "compute",
    [
        lambda: digests_hash([bytes(31)]),
        lambda: batch_commitment(b"", bytes(33)),
        lambda: extend_book(EMPTY_BOOK, b"", 1),
        lambda: extend_book(EMPTY_BOOK, bytes(32), 0),
        lambda: extend_book(bytes(31), bytes(32), 1),
    ],
)
def test_what_cannot_be_hashed_is_refused(compute) -> None:
    with pytest.raises(InvalidValueError):
        compute()
