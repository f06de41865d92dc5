"""At one price, the contract accepts exactly what clearing finds, and refuses what lies next."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from domain.tariff import Tariff
from domain.units import MAX_PRICE, MIN_PRICE
from market.proving import ClaimedPrice

pytestmark = pytest.mark.chain

_NEIGHBOURS = {
    *("PriceRuleViolated", "NotAnEquilibrium", "VolumeMismatch", "PriceOutsideTariff"),
    *("PriceBelowRatio", "PriceNotLowest"),
}
_CASES = [
    ("uniform-price", 500, 240),
    ("uniform-price", 0, 80),
    ("uniform-price", 333, 80),
    ("uniform-price", 1000, 80),
    ("mid-market-rate", 0, 160),
    ("supply-demand-ratio", 0, 320),
    ("bill-sharing", 0, 160),
]


@pytest.mark.parametrize(("name", "k", "count"), _CASES)
def test_random_books(committed_books, random_books, name, k, count):
    books = committed_books(name, k)
    random = np.random.default_rng([31337, k, *name.encode()])
    traded = 0
    for interval, tariff in random_books.committed(random, books, count):
        proposal = books.propose(interval, tariff)
        assert books.answer(interval, proposal.proof) is None, (interval, tariff)
        _assert_neighbours_refused(books, interval, proposal, is_pool=name != "uniform-price")
        traded += bool(proposal.volume)
    assert count // 8 < traded < count * 7 // 8


def _assert_neighbours_refused(books, interval, proposal, is_pool):
    price, volume = proposal.proof.price, proposal.volume
    assert books.answer(interval, ClaimedPrice(price, volume + 1)) == "VolumeMismatch"
    if volume:
        assert books.answer(interval, ClaimedPrice(price, volume - 1)) == "VolumeMismatch"
    elif not is_pool:
        return  # Any price that shows that nothing trades will do.
    for other in {price - 1, price + 1, proposal.low, proposal.high} - {price, None}:
        if MIN_PRICE <= other <= MAX_PRICE:
            refusal = books.answer(interval, ClaimedPrice(other, volume))
            inside = not is_pool and proposal.low <= other <= proposal.high
            assert refusal in ({"PriceRuleViolated"} if inside else _NEIGHBOURS)


def _large_rows(size):
    random = np.random.default_rng(size)
    side = random.integers(0, 2, size).tolist()
    price = random.integers(5_000, 40_000, size).tolist()
    quantity = random.integers(100, 5_000, size).tolist()
    return list(zip(side, price, quantity, strict=True))


@pytest.mark.parametrize("name", ["uniform-price", "mid-market-rate", "supply-demand-ratio"])
def test_a_book_of_ten_thousand_orders(committed_books, random_books, name):
    books = committed_books(name, 0)
    tariff = Tariff(8_000, 30_000)
    (interval,) = books.post_tariffs([tariff])
    rows = _large_rows(books.provable.book_limit)
    assert len(rows) == 10_000
    orders = random_books.orders(interval, rows)
    books.commit(interval, [orders])
    books.close(interval)
    proposal = books.propose(interval, tariff)
    assert books.answer(interval, proposal.proof) is None
    _assert_neighbours_refused(books, interval, proposal, is_pool=name != "uniform-price")
    changed = replace(orders[17], order=replace(orders[17].order, quantity=99))
    books.claim(interval, [[*orders[:17], changed, *orders[18:]]])
    assert books.answer(interval, proposal.proof) == "BookMismatch"
