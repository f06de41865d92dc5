"""The books that are measured are those of the shared generator, number by number."""

from __future__ import annotations

import numpy as np
import pytest

from node.benchmarks.books import Prices, make_book, make_rows


@pytest.mark.parametrize("prices", Prices)
def test_rows_are_those_of_the_shared_generator(prices, shared_file):
    namespace = {"__name__": "double_auction_inputs"}
    exec(shared_file("bench/double_auction_inputs.py").read_bytes(), namespace)
    bids, offers = namespace["make"](1000, prices.label)
    price, quantity = make_rows(1000, prices)
    assert price.tolist() == [row["price"] for row in bids + offers]
    assert quantity.tolist() == [row["qty"] for row in bids + offers]


def test_numbers_are_the_same_everywhere():
    price, quantity = make_rows(2, Prices.FLOAT)
    assert price.tolist() == [17019, 30178, 27469, 17896]
    assert quantity.tolist() == [703, 669, 696, 598]


@pytest.mark.parametrize("prices", Prices)
def test_a_book_has_the_rows_in_random_sequence(prices):
    book = make_book(500, prices)
    orders = book.orders
    assert len(orders) == 1000
    assert int(orders.side.sum()) == 500
    assert (orders.side[:500] == 0).any()
    assert (orders.side[:500] == 1).any()
    assert (orders.price % prices.value == 0).all()
    for side, prices_of_side in ((0, book.bid_prices), (1, book.offer_prices)):
        held = np.sort(orders.price[orders.side == side])
        assert (held == np.sort(prices_of_side)).all()
    again = make_book(500, prices).orders
    assert (again.price == orders.price).all()
    assert (again.keys.digests == orders.keys.digests).all()
