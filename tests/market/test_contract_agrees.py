"""The contract accepts exactly what clearing finds, and refuses what lies next to it."""

from __future__ import annotations

import numpy as np
import pytest

from chain.commitments import batch_commitment
from chain.contracts import ParticipantRole
from chain.development import advance_to
from chain.errors import ContractRefusedError
from domain.interval import Interval
from domain.order import Order, Side
from domain.tariff import Tariff
from domain.units import MAX_PRICE, MAX_QUANTITY, MIN_PRICE
from identity.hashing import keccak256
from market.clearing import DigestKeys, OrderArrays, clear_uniform_price

pytestmark = pytest.mark.chain

_COMMUNITY = 7
_BOOKS = 240
_NEIGHBOURS = {"PriceRuleViolated", "NotAnEquilibrium", "VolumeMismatch", "PriceOutsideTariff"}


def _random_book(random, size=None):
    """Ties and few levels in most books; any price and quantity there is in some."""
    count = int(random.integers(0, 13)) if size is None else size
    side = random.integers(0, 2, count).astype(np.uint8)
    if random.random() < 0.1:
        side[:] = random.integers(0, 2)
    if random.random() < 0.3:
        price = random.choice([MIN_PRICE, -1, 0, 1, MAX_PRICE, 7, -7], count)
        quantity = random.choice([1, 2, MAX_QUANTITY, MAX_QUANTITY - 1], count)
    else:
        price = random.integers(-5, 6, count) * int(random.choice([1, 3]))
        quantity = random.integers(1, 6, count)
    return side, price.astype(np.int64), quantity.astype(np.int64)


def _random_tariff(random):
    if random.random() < 0.3:
        return Tariff(MIN_PRICE, MAX_PRICE)
    low, high = sorted(random.integers(-8, 9, 2).tolist())
    return Tariff(low, high)


def _packed(interval, side, price, quantity):
    return b"".join(
        Order(interval, number % 1000 + 1, Side(int(one)), int(wh), int(limit), 0).pack()
        for number, (one, limit, wh) in enumerate(zip(side, price, quantity, strict=True))
    )


class _Books:
    """Committed books, one an interval, whose gates have closed."""

    def __init__(self, chain, contracts, keys, send):
        self._chain, self._market = chain, contracts.market
        self._keys, self._send = keys, send
        call = contracts.registry.register_participant(
            keys.grid.address, bytes(32), ParticipantRole.GRID
        )
        send(keys.registrar, call)
        send(keys.admin, self._market.create_community(_COMMUNITY, 300, 0, 1))
        self._next = (chain.block_time() // 300 + 20) * 300
        self._posted = {}

    def post_tariffs(self, tariffs):
        first = Interval(_COMMUNITY, self._next, 300)
        for at in range(0, len(tariffs), 100):
            part = Interval(_COMMUNITY, self._next + at * 300, 300)
            call = self._market.post_tariffs(part, tariffs[at : at + 100])
            self._send(self._keys.tariff_oracle, call)
        return [Interval(_COMMUNITY, first.start + n * 300, 300) for n in range(len(tariffs))]

    def commit(self, interval, batches):
        for packed in batches:
            commitment = batch_commitment(packed, keccak256(packed))
            call = self._market.commit_orders(interval, commitment, len(packed) // 12)
            self._send(self._keys.operator, call)
        self._posted[interval] = batches

    def claim(self, interval, batches):
        """Answer for other orders than the committed ones."""
        self._posted[interval] = batches

    def close(self, last):
        advance_to(self._chain, last.start)

    def answer(self, interval, price, volume):
        """Return None where the contract accepts, or the name of its error."""
        batches = self._posted[interval]
        hashes = [keccak256(packed) for packed in batches]
        call = self._market.clear(interval, batches, hashes, price, volume)
        try:
            self._chain.call(call.to, call.data)
        except ContractRefusedError as error:
            return error.error
        return None


@pytest.fixture
def books(chain, contracts, keys, send):
    return _Books(chain, contracts, keys, send)


def _cleared(side, price, quantity, tariff):
    keys = DigestKeys.of([keccak256(index.to_bytes(4, "big")) for index in range(len(side))])
    return clear_uniform_price(OrderArrays(side, price, quantity, keys), tariff)


def test_random_books(books):
    random = np.random.default_rng(31337)
    made = [(_random_book(random), _random_tariff(random)) for _ in range(_BOOKS)]
    intervals = books.post_tariffs([tariff for _, tariff in made])
    for interval, (book, _) in zip(intervals, made, strict=True):
        packed = _packed(interval, *book)
        cut = int(random.integers(0, len(packed) // 12 + 1)) * 12
        books.commit(interval, [part for part in (packed[:cut], packed[cut:]) if part])
    books.close(intervals[-1])
    traded = 0
    for interval, (book, tariff) in zip(intervals, made, strict=True):
        clearing = _cleared(*book, tariff)
        assert books.answer(interval, clearing.separator, clearing.volume) is None, (book, tariff)
        assert books.answer(interval, clearing.separator, clearing.volume + 1) == "VolumeMismatch"
        if clearing.volume:
            traded += 1
            _assert_neighbours_refused(books, interval, clearing)
    assert _BOOKS // 4 < traded < _BOOKS * 3 // 4 + _BOOKS // 8


def _assert_neighbours_refused(books, interval, clearing):
    volume = clearing.volume
    assert books.answer(interval, clearing.price, volume - 1) == "VolumeMismatch"
    for price in {clearing.price - 1, clearing.price + 1, clearing.low, clearing.high}:
        if price != clearing.price and MIN_PRICE <= price <= MAX_PRICE:
            refusal = books.answer(interval, price, volume)
            inside = clearing.low <= price <= clearing.high
            assert refusal in ({"PriceRuleViolated"} if inside else _NEIGHBOURS)


def test_a_book_of_ten_thousand_orders(books):
    random = np.random.default_rng(10_000)
    size = 10_000
    side = random.integers(0, 2, size).astype(np.uint8)
    price = random.integers(5_000, 40_000, size)
    quantity = random.integers(100, 5_000, size)
    tariff = Tariff(8_000, 30_000)
    (interval,) = books.post_tariffs([tariff])
    books.commit(interval, [_packed(interval, side, price, quantity)])
    books.close(interval)
    clearing = _cleared(side, price, quantity, tariff)
    assert books.answer(interval, clearing.price, clearing.volume) is None
    _assert_neighbours_refused(books, interval, clearing)
    changed = _packed(interval, side, price, np.where(np.arange(size) == 17, 99, quantity))
    books.claim(interval, [changed])
    assert books.answer(interval, clearing.price, clearing.volume) == "BookMismatch"
