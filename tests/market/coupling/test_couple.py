"""The rule on markets that can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from domain.errors import InvalidValueError
from market.clearing import DigestKeys
from market.coupling import SDAC, PriceBounds, ZonalOrders, couple

BID, OFFER = 0, 1


def test_a_full_line_parts_prices(orders, network, bounds):
    book = orders([(0, OFFER, 5, 9), (1, BID, 30, 9), (1, OFFER, 20, 9)])
    result = couple(book, network(2, [(0, 1, -4, 4, 0)]), bounds)
    assert result.price.tolist() == [5, 20]
    assert result.flow.tolist() == [4]
    assert result.filled.tolist() == [4, 9, 5]


def test_a_line_with_room_holds_prices_together(orders, network, bounds):
    book = orders([(0, OFFER, 5, 9), (1, BID, 30, 4), (1, OFFER, 20, 9)])
    result = couple(book, network(2, [(1, 0, -5, 5, 0)]), bounds)
    assert result.price.tolist() == [5, 5]
    assert result.flow.tolist() == [-4]


def test_a_fee_parts_prices_by_the_fee(orders, network, bounds):
    book = orders([(0, OFFER, 5, 9), (1, BID, 30, 4)])
    result = couple(book, network(2, [(0, 1, -5, 5, 3)]), bounds)
    assert result.price.tolist() == [5, 8]
    assert result.welfare == 4 * (30 - 5 - 3)


def test_a_fee_above_the_gap_stops_the_flow(orders, network, bounds):
    book = orders([(0, OFFER, 5, 9), (0, BID, 9, 2), (1, BID, 7, 4), (1, OFFER, 7, 9)])
    result = couple(book, network(2, [(0, 1, -5, 5, 3)]), bounds)
    assert result.price.tolist() == [5, 7]
    assert result.flow.tolist() == [0]


def test_the_midpoint_is_taken_of_what_the_whole_network_leaves_open(orders, network, bounds):
    """Zone 0 alone would leave 4 to 30 open, zone 1 leaves 10 to 25; the line joins them."""
    book = orders([(0, OFFER, 4, 2), (0, BID, 30, 2), (1, OFFER, 10, 3), (1, BID, 25, 3)])
    result = couple(book, network(2, [(0, 1, -9, 9, 0)]), bounds)
    assert (result.low.tolist(), result.high.tolist()) == ([10, 10], [25, 25])
    assert result.price.tolist() == [17, 17]


def test_a_line_exactly_full_leaves_an_interval(orders, network, bounds):
    """The line carries just what zone 1 asks for: its price may lie from 5 to its bid."""
    book = orders([(0, OFFER, 5, 9), (1, BID, 30, 4)])
    result = couple(book, network(2, [(0, 1, -4, 4, 0)]), bounds)
    assert (result.low.tolist(), result.high.tolist()) == ([5, 5], [5, 30])
    assert result.price.tolist() == [5, 17]


def test_a_zone_without_orders_passes_energy_on(orders, network, bounds):
    book = orders([(0, OFFER, 5, 9), (2, BID, 30, 4)])
    result = couple(book, network(3, [(0, 1, -5, 5, 0), (1, 2, -3, 3, 0)]), bounds)
    assert result.flow.tolist() == [3, 3]
    assert result.price.tolist() == [5, 5, 30]


def test_a_border_takes_and_gives_at_its_price(orders, network, bounds):
    book = orders([(0, OFFER, 5, 9), (0, BID, 30, 4)])
    result = couple(book, network(1, [(0, 1, -3, 3, 0)], (12,)), bounds)
    assert result.price.tolist() == [5]
    assert result.flow.tolist() == [3]
    wide = couple(book, network(1, [(1, 0, -9, 9, 0)], (12,)), bounds)
    assert wide.price.tolist() == [12]
    assert wide.flow.tolist() == [-5]


def test_lines_between_borders_are_not_ours(orders, network, bounds):
    book = orders([(0, OFFER, 5, 9)])
    rows = [(1, 2, -9, 9, 0), (0, 1, -3, 3, 0)]
    assert couple(book, network(1, rows, (12, 30)), bounds).flow.tolist() == [0, 3]


def test_an_island_stands_alone(orders, network, bounds):
    book = orders([(0, OFFER, 5, 9), (1, BID, 30, 4), (1, OFFER, 20, 4)])
    result = couple(book, network(2, [(0, 1, 0, 0, 0)]), bounds)
    assert result.price.tolist() == [(bounds.floor + 5) // 2, 25]


def test_scarcity_prices_at_the_cap_and_shares_what_there_is(orders, network, bounds):
    book = orders([(0, BID, 40, 6), (0, BID, 90, 3), (0, OFFER, 1, 3)])
    result = couple(book, network(1, []), bounds)
    assert result.price.tolist() == [40]
    assert result.filled.tolist() == [2, 1, 3]


def test_surplus_prices_at_the_floor(orders, network, bounds):
    book = orders([(0, BID, 40, 3), (0, OFFER, -99, 9)])
    assert couple(book, network(1, []), bounds).price.tolist() == [bounds.floor]


def test_equal_prices_trade_as_much_as_they_can(orders, network, bounds):
    book = orders([(0, BID, 7, 5), (0, OFFER, 7, 3)])
    result = couple(book, network(1, [(0, 1, -9, 9, 0)], (7,)), bounds)
    assert result.filled.tolist() == [5, 3]
    assert result.flow.tolist() == [-2]


def test_flows_that_a_line_must_carry_are_carried(orders, network, bounds):
    book = orders([(0, OFFER, 25, 9), (1, OFFER, 5, 9), (1, BID, 30, 4)])
    result = couple(book, network(2, [(0, 1, 2, 6, 0)]), bounds)
    assert result.flow.tolist() == [2]
    assert result.price.tolist() == [25, 5]
    outward = couple(book, network(2, [(2, 1, -6, -2, 1), (0, 1, 0, 9, 0)], (3,)), bounds)
    assert outward.flow.tolist() == [-2, 0]
    assert outward.welfare == 4 * 30 - 6 * 5 + 2 * 3 - 2 * 1


def test_flows_that_nobody_can_meet_are_refused(orders, network, bounds):
    with pytest.raises(InvalidValueError, match="low"):
        couple(orders([(0, OFFER, 5, 1)]), network(2, [(0, 1, 2, 6, 0)]), bounds)


def test_orders_that_no_price_within_the_bounds_serves_do_not_trade(orders, network):
    """Offers below the floor count as at it, bids below it would pay more than they say."""
    book = orders([(0, BID, -25, 5), (0, BID, -20, 3), (0, OFFER, -90, 6), (0, OFFER, 41, 1)])
    result = couple(book, network(1, []), PriceBounds(-20, 40))
    assert result.price.tolist() == [-20]
    assert result.filled.tolist() == [0, 3, 3, 0]


def test_bounds_may_leave_one_price(orders, network):
    book = orders([(0, OFFER, 2, 5), (1, BID, 9, 3), (1, BID, 6, 3)])
    result = couple(book, network(2, [(0, 1, -9, 9, 0)]), PriceBounds(7, 7))
    assert result.price.tolist() == [7, 7]
    assert result.filled.tolist() == [3, 3, 0]


def test_zones_at_one_price_trade_as_much_as_they_can_together(orders, network, bounds):
    """Neither zone has both sides; the line carries what they can trade at the common price."""
    book = orders([(0, BID, 7, 5), (1, OFFER, 7, 9)])
    result = couple(book, network(2, [(0, 1, -4, 9, 0)]), bounds)
    assert result.filled.tolist() == [4, 4]
    assert result.flow.tolist() == [-4]


def test_equal_orders_share_over_zones(orders, network, bounds):
    book = orders([(0, OFFER, 7, 4), (1, OFFER, 7, 8), (2, OFFER, 7, 12), (2, BID, 9, 12)])
    lines = [(0, 1, -9, 9, 0), (1, 2, -9, 9, 0), (2, 0, -9, 9, 0)]
    assert couple(book, network(3, lines), bounds).filled.tolist() == [2, 4, 6, 12]
    narrow = [(0, 1, 0, 0, 0), (1, 2, -2, 2, 0), (2, 0, -9, 9, 0)]
    assert couple(book, network(3, narrow), bounds).filled.tolist() == [3, 2, 7, 12]


@pytest.mark.parametrize("first", [0, 1])
def test_keys_say_who_gets_the_last_watt_hour(first, network, bounds):
    keys = DigestKeys.of([bytes([place ^ first]) * 32 for place in range(2)] + [bytes(32)])
    rows = np.array([(0, OFFER, 7, 3), (1, OFFER, 7, 3), (0, BID, 9, 3)], np.int64)
    result = couple(ZonalOrders(*rows.T, keys), network(2, [(0, 1, -9, 9, 0)]), bounds)
    assert result.filled.tolist() == ([2, 1, 3] if first == 0 else [1, 2, 3])


def test_an_empty_market_has_a_price_within_the_bounds(orders, network):
    result = couple(orders([]), network(1, []))
    assert result.price.tolist() == [(SDAC.floor + SDAC.cap) // 2]
    assert result.welfare == 0


def test_figures_beyond_64_bits_stay_exact(orders, network):
    """Quantity times price passes 2^63."""
    most = 2**50
    book = orders([(0, OFFER, 10**6, most), (1, BID, 3 * 10**8, most - 1)])
    result = couple(book, network(2, [(0, 1, -most, most, 0)]))
    assert result.flow.tolist() == [most - 1]
    assert result.price.tolist() == [10**6, 10**6]
    assert result.welfare == (most - 1) * (3 * 10**8 - 10**6)


@pytest.mark.parametrize(
    ("rows", "field"),
    [
        ([(0, OFFER, 5, -1)], r"quantity\[0\]"),
        ([(0, 2, 5, 1)], r"side\[0\]"),
        ([(1, OFFER, 5, 1)], r"zone\[0\]"),
        ([(0, OFFER, 2**41, 1)], r"price\[0\]"),
    ],
)
def test_bad_orders_are_named(orders, network, rows, field):
    with pytest.raises(InvalidValueError, match=field):
        couple(orders(rows), network(1, []))


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ((0, 2, 0, 1, 0), r"destination\[0\]"),
        ((0, 0, 0, 1, 0), r"destination\[0\]"),
        ((0, 1, 2, 1, 0), r"high\[0\]"),
        ((0, 1, 0, 1, -1), r"fee\[0\]"),
    ],
)
def test_bad_lines_are_named(network, line, field):
    with pytest.raises(InvalidValueError, match=field):
        network(2, [line])


def test_other_faults_of_arrays_are_named(orders, network):
    with pytest.raises(InvalidValueError, match="in all"):
        orders([(0, OFFER, 5, 2**50)] * 1_025)
    with pytest.raises(InvalidValueError, match="bounds"):
        PriceBounds(3, 2)
    keys = DigestKeys.of([bytes(32)])
    with pytest.raises(InvalidValueError, match="keys"):
        ZonalOrders(*np.array([(0, OFFER, 5, 1)] * 2, np.int64).T, keys)
    with pytest.raises(InvalidValueError, match="integers"):
        type(orders([]))(np.zeros(1), np.zeros(1, int), np.zeros(1, int), np.zeros(1, int))
