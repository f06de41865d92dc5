"""The hashes of books and prices; that the contracts have the same is tested with the contracts."""

from __future__ import annotations

import pytest
from eth_abi.abi import encode
from hypothesis import given
from hypothesis import strategies as st

from chain.commitments import (
    EMPTY_BOOK,
    batch_commitment,
    cancel_in_book,
    digests_hash,
    extend_book,
    mechanism_id,
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
    *("uint256", "address", "uint96", "bytes32", "uint16", "uint8", "int32"),
    *("uint64", "int32", "int32", "bytes32", "uint32", "bytes32"),
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


@given(hashes, st.binary(min_size=12, max_size=12))
def test_cancel_in_book(book, packed) -> None:
    assert cancel_in_book(book, packed) == keccak256(book + keccak256(packed) + bytes(4))


@given(
    st.fixed_dictionaries(
        {
            "chain_id": st.integers(0, 2**63),
            "mechanism": hashes,
            "k": st.integers(0, 1000),
            "status": st.sampled_from(list(ClearingStatus)[1:]),
            "price": prices,
            "volume": st.integers(0, 2**64 - 1),
            "book_commitment": hashes,
            "order_count": st.integers(0, 2**32 - 1),
            "allocation_hash": hashes,
        }
    ),
    st.tuples(prices, prices).map(sorted),
)
def test_price_hash(told, bounds) -> None:
    recorded = told["price"] if told["status"] is ClearingStatus.CLEARED else 0
    rule = [told["mechanism"], told["k"]]
    outcome = [int(told["status"]), recorded, told["volume"], *bounds]
    book = [told["book_commitment"], told["order_count"], told["allocation_hash"]]
    fields = [told["chain_id"], MARKET, INTERVAL.packed, *rule, *outcome, *book]
    hashed = price_hash(market=MARKET, interval=INTERVAL, tariff=Tariff(*bounds), **told)
    assert hashed == keccak256(encode(PRICE_TYPES, fields))


def test_a_mechanism_is_named_by_the_hash_of_its_name() -> None:
    assert mechanism_id("pay-as-bid") == keccak256(b"pay-as-bid")


@pytest.mark.parametrize(
    "compute",
    [
        lambda: digests_hash([bytes(31)]),
        lambda: batch_commitment(b"", bytes(33)),
        lambda: extend_book(EMPTY_BOOK, b"", 1),
        lambda: extend_book(EMPTY_BOOK, bytes(32), 0),
        lambda: extend_book(bytes(31), bytes(32), 1),
        lambda: cancel_in_book(bytes(31), bytes(12)),
        lambda: cancel_in_book(EMPTY_BOOK, bytes(11)),
    ],
)
def test_what_cannot_be_hashed_is_refused(compute) -> None:
    with pytest.raises(InvalidValueError):
        compute()
