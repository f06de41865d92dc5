"""What holds for every coupled market, on random small ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.order import Side
from market.coupling import Network, ZonalOrders, couple


@pytest.fixture(scope="module")
def coupled(cases):
    """Strategy of random markets within the bounds with their outcome."""
    return cases()


def _balance(case, result):
    sold = np.where(case.orders.side == Side.OFFER, result.filled, -result.filled)
    net = np.zeros(case.network.zones + case.network.border_price.size, np.int64)
    np.add.at(net, case.orders.zone, sold)
    np.add.at(net, case.network.origin, -result.flow)
    np.add.at(net, case.network.destination, result.flow)
    return net[: case.network.zones]


def _clamped(case, bounds):
    return np.clip(case.orders.price, bounds.floor, bounds.cap)


@given(data=st.data())
@settings(max_examples=300, deadline=None)
def test_flows_and_fills_are_feasible(data, coupled, bounds):
    case = data.draw(coupled)
    result = couple(case.orders, case.network, bounds)
    assert (_balance(case, result) == 0).all()
    assert ((case.network.low <= result.flow) & (result.flow <= case.network.high)).all()
    assert ((result.filled >= 0) & (result.filled <= case.orders.quantity)).all()
    assert (bounds.floor <= result.low).all()
    assert (result.low <= result.price).all()
    assert (result.price <= result.high).all()
    assert (result.high <= bounds.cap).all()


@given(data=st.data())
@settings(max_examples=300, deadline=None)
def test_nobody_loses_and_nobody_is_left_out(data, coupled, bounds):
    case = data.draw(coupled)
    result = couple(case.orders, case.network, bounds)
    way = np.where(case.orders.side == Side.BID, 1, -1)
    gain = way * (_clamped(case, bounds) - result.price[case.orders.zone])
    assert (result.filled[gain < 0] == 0).all()
    assert (result.filled[gain > 0] == case.orders.quantity[gain > 0]).all()


@given(data=st.data())
@settings(max_examples=300, deadline=None)
def test_prices_differ_by_more_than_the_fee_only_across_full_lines(data, coupled, bounds):
    case = data.draw(coupled)
    result = couple(case.orders, case.network, bounds)
    outside = np.clip(case.network.border_price, bounds.floor, bounds.cap)
    prices = np.concatenate([result.price, outside])
    lines = zip(
        case.network.origin,
        case.network.destination,
        case.network.low,
        case.network.high,
        case.network.fee,
        result.flow,
        strict=True,
    )
    for origin, destination, low, high, fee, flow in lines:
        if min(origin, destination) >= case.network.zones:
            assert flow == 0
            continue
        gap = prices[destination] - prices[origin]
        assert gap <= fee or flow == high
        assert gap >= -fee or flow == low
        assert abs(gap) >= fee or flow == 0


@given(data=st.data())
@settings(max_examples=200, deadline=None)
def test_welfare_is_that_of_the_linear_program(data, coupled, highs_welfare):
    case = data.draw(coupled)
    result = couple(case.orders, case.network)
    assert result.welfare == pytest.approx(highs_welfare(case), abs=1e-6)


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_intervals_are_as_wide_as_the_optimum_allows(data, coupled, bounds):
    """A unit more sold in a zone is worth the lowest price, a unit more bought the highest."""
    case = data.draw(coupled)
    before = couple(case.orders, case.network, bounds)
    zone = data.draw(st.integers(0, case.network.zones - 1))
    for side, price, at in (
        (Side.OFFER, bounds.floor, before.low[zone]),
        (Side.BID, bounds.cap, before.high[zone]),
    ):
        after = couple(_with(case.orders, zone, side, price), case.network, bounds)
        value = _worth(after, _with(case.orders, zone, side, price), case, bounds)
        gained = value - _worth(before, case.orders, case, bounds)
        if after.filled[-1]:
            assert gained == (at - price if side == Side.OFFER else price - at)


def _with(orders, zone, side, price):
    """Add an order of one Wh."""
    return ZonalOrders(
        np.append(orders.zone, zone),
        np.append(orders.side, int(side)),
        np.append(orders.price, price),
        np.append(orders.quantity, 1),
    )


def _worth(result, orders, case, bounds):
    way = np.where(orders.side == Side.BID, 1, -1)
    own = (way * np.clip(orders.price, bounds.floor, bounds.cap) * result.filled).sum()
    worth = np.concatenate([np.zeros(case.network.zones, int), case.network.border_price])
    gain = worth[case.network.destination] - worth[case.network.origin]
    return own + (gain * result.flow - case.network.fee * np.abs(result.flow)).sum()


@given(data=st.data(), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=150, deadline=None)
def test_sequence_of_orders_and_lines_does_not_matter(data, seed, coupled, bounds):
    case = data.draw(coupled)
    mixed = np.random.default_rng(seed)
    row, line = mixed.permutation(len(case.orders)), mixed.permutation(len(case.network))
    orders, network = case.orders, case.network
    shuffled = ZonalOrders(
        orders.zone[row], orders.side[row], orders.price[row], orders.quantity[row]
    )
    relaid = Network(
        network.zones,
        network.border_price,
        network.origin[line],
        network.destination[line],
        network.low[line],
        network.high[line],
        network.fee[line],
    )
    first, second = couple(orders, network, bounds), couple(shuffled, relaid, bounds)
    assert (first.low == second.low).all()
    assert (first.high == second.high).all()
    assert (first.price == second.price).all()
    assert first.welfare == second.welfare


@given(data=st.data(), factor=st.integers(2, 1000))
@settings(max_examples=100, deadline=None)
def test_units_of_quantity_do_not_matter(data, factor, coupled, bounds):
    case = data.draw(coupled)
    orders, network = case.orders, case.network
    larger = ZonalOrders(orders.zone, orders.side, orders.price, orders.quantity * factor)
    wider = Network(
        network.zones,
        network.border_price,
        network.origin,
        network.destination,
        network.low * factor,
        network.high * factor,
        network.fee,
    )
    one, other = couple(orders, network, bounds), couple(larger, wider, bounds)
    assert (one.price == other.price).all()
    assert one.welfare * factor == other.welfare
