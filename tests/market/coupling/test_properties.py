"""What holds for every coupled market, on random small ones."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.order import Side
from domain.tariff import Tariff
from identity.hashing import keccak256
from market.clearing import DigestKeys, OrderArrays, clear_uniform_price
from market.coupling import Network, ZonalOrders, couple
from market.coupling.lines import Line


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
    orders, network = _with_keys(case.orders), case.network
    shuffled = ZonalOrders(
        orders.zone[row],
        orders.side[row],
        orders.price[row],
        orders.quantity[row],
        DigestKeys(orders.keys.rows(row)),
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
    assert (first.filled[row] == second.filled).all()
    assert first.welfare == second.welfare


def _with_keys(orders):
    keys = [keccak256(place.to_bytes(2, "big")) for place in range(len(orders))]
    return ZonalOrders(orders.zone, orders.side, orders.price, orders.quantity, DigestKeys.of(keys))


@given(data=st.data())
@settings(max_examples=200, deadline=None)
def test_zones_joined_by_wide_lines_are_one_market(data, coupled, bounds):
    """Price, interval and fills, rationing included, are those of the uniform price."""
    case = data.draw(coupled)
    some = _with_keys(case.orders)
    chosen = np.flatnonzero(some.quantity)
    keys = DigestKeys(some.keys.rows(chosen))
    orders = ZonalOrders(
        some.zone[chosen], some.side[chosen], some.price[chosen], some.quantity[chosen], keys
    )
    ring = np.arange(case.network.zones)
    wide, none = np.full(ring.size, 999), np.zeros(ring.size, np.int64)
    network = Network(ring.size + 1, np.zeros(0, np.int64), ring, ring + 1, -wide, wide, none)
    result = couple(orders, network, bounds)
    arrays = OrderArrays(orders.side, orders.price, orders.quantity, keys)
    uniform = clear_uniform_price(arrays, Tariff(bounds.floor, bounds.cap))
    assert (result.filled == uniform.filled).all()
    if uniform.price is not None:
        assert (result.price == uniform.price).all()
        assert (result.low == uniform.low).all()
        assert (result.high == uniform.high).all()


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_own_orders_trade_the_most_that_welfare_allows(data, coupled, bounds):
    """No Wh could go from an offer at its price to a bid at its price over lines with room."""
    case = data.draw(coupled)
    result = couple(case.orders, case.network, bounds)
    orders, room = case.orders, _room(case.network, result)
    clamped = np.clip(orders.price, bounds.floor, bounds.cap)
    within = np.where(
        orders.side == Side.BID, orders.price >= bounds.floor, orders.price <= bounds.cap
    )
    left = within & (clamped == result.price[orders.zone]) & (result.filled < orders.quantity)
    for seller in orders.zone[left & (orders.side == Side.OFFER)]:
        for buyer in orders.zone[left & (orders.side == Side.BID)]:
            assert not room[seller, buyer]


@given(data=st.data())
@settings(max_examples=200, deadline=None)
def test_only_a_full_line_treats_equal_orders_differently(data, coupled, bounds):
    """Nobody at the price could hand a Wh to someone who got a smaller part of the own order."""
    small = data.draw(coupled)
    orders, network = (_larger(one, 1000) for one in (small.orders, small.network))
    result = couple(orders, network, bounds)
    room = _room(network, result)
    served = np.where(
        orders.side == Side.BID, orders.price >= bounds.floor, orders.price <= bounds.cap
    )
    clamped = np.clip(orders.price, bounds.floor, bounds.cap)
    at = (clamped == result.price[orders.zone]) & served & (orders.quantity > 0)
    for giver, taker in itertools.permutations(np.flatnonzero(at).tolist(), 2):
        if orders.side[giver] != orders.side[taker]:
            continue
        ends = orders.zone[[taker, giver]]
        if room[tuple(ends if orders.side[giver] == Side.OFFER else ends[::-1])]:
            part = result.filled[[giver, taker]] / orders.quantity[[giver, taker]]
            assert part[0] <= part[1] + 0.01


def _larger(one, factor):
    fields = ("quantity",) if isinstance(one, ZonalOrders) else ("low", "high")
    return replace(one, **{field: getattr(one, field) * factor for field in fields})


def _room(network, result):
    """Tell from which zone to which one Wh more could flow at the prices."""
    prices = np.concatenate([result.price, network.border_price]).tolist()
    room = np.eye(network.zones, dtype=bool)
    rows = (network.origin, network.destination, network.low, network.high, network.fee)
    for row, flow in zip(np.array(rows).T.tolist(), result.flow.tolist(), strict=True):
        line = Line(*row)
        if max(row[:2]) < network.zones:
            low, high = line.flows(prices[line.destination] - prices[line.origin])
            room[line.origin, line.destination] |= flow < high
            room[line.destination, line.origin] |= flow > low
    for _ in range(network.zones):
        room = (room.astype(int) @ room.astype(int)) > 0
    return room


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
