"""What holds for every market on a feeder, and cases that can be worked out by hand."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import InvalidValueError
from domain.tariff import Tariff
from domain.units import MAX_PRICE, MAX_QUANTITY, MIN_PRICE
from market.clearing import DigestKeys, OrderArrays, clear_uniform_price
from market.coupling import Network, PriceBounds, ZonalOrders, couple
from market.network import Feeder, clear_feeder

_MANY = settings(max_examples=300, deadline=None)
_SOME = settings(max_examples=150, deadline=None)
_ANY_TARIFF = Tariff(MIN_PRICE, MAX_PRICE)

BID, OFFER = 0, 1


def _clear(case):
    return clear_feeder(case.orders, case.node, case.feeder, case.tariff)


def _limits(case):
    """Limits within the tariff, and which orders no price within it can serve."""
    bounds = case.tariff or _ANY_TARIFF
    orders = case.orders
    clamped = np.clip(orders.price, bounds.feed_in, bounds.retail)
    beyond = np.where(orders.is_offer, orders.price > clamped, orders.price < clamped)
    return clamped, beyond


def _welfare(case, cleared):
    clamped, _ = _limits(case)
    way = np.where(case.orders.is_offer, -1, 1)
    fees = sum(one.fees for one in cleared.earnings())
    return int((way * clamped * cleared.filled).sum()) - fees


@given(data=st.data())
@_MANY
def test_welfare_and_volume_are_those_of_the_linear_program(data, cases, best):
    case = data.draw(cases())
    cleared = _clear(case)
    volume = cleared.outcome(case.orders, case.node).volume
    assert (_welfare(case, cleared), volume) == best(case)


@given(data=st.data())
@_SOME
def test_flows_and_fills_are_feasible(data, cases):
    case = data.draw(cases())
    cleared = _clear(case)
    feeder, orders = case.feeder, case.orders
    assert ((-feeder.reverse <= cleared.flow) & (cleared.flow <= feeder.forward)).all()
    assert ((cleared.filled >= 0) & (cleared.filled <= orders.quantity)).all()
    net = np.zeros(len(feeder), np.int64)
    np.add.at(net, case.node, np.where(orders.is_offer, cleared.filled, -cleared.filled))
    np.add.at(net, feeder.origin, -cleared.flow)
    np.add.at(net, feeder.destination, cleared.flow)
    assert (net == 0).all()


@given(data=st.data())
@_SOME
def test_nobody_loses_and_nobody_is_left_out(data, cases):
    case = data.draw(cases())
    cleared = _clear(case)
    orders = case.orders
    clamped, beyond = _limits(case)
    price = cleared.prices.price[case.node]
    way = np.where(orders.is_offer, -1, 1)
    traded = cleared.filled > 0
    assert (way * (orders.price - price) >= 0)[traded].all()
    wanted = (way * (clamped - price) > 0) & ~beyond
    assert (cleared.filled == orders.quantity)[wanted].all()


@given(data=st.data())
@_SOME
def test_prices_differ_by_more_than_the_fee_only_across_full_lines(data, cases):
    case = data.draw(cases())
    cleared = _clear(case)
    for prices in (cleared.prices.price, cleared.prices.low, cleared.prices.high):
        for line, flow in zip(case.feeder.lines, cleared.flow, strict=True):
            gap = prices[line.destination] - prices[line.origin]
            assert gap <= line.fee or flow == line.high
            assert gap >= -line.fee or flow == line.low
            assert abs(gap) >= line.fee or flow == 0


@given(data=st.data())
@_SOME
def test_prices_lie_within_their_intervals_and_the_tariff(data, cases):
    case = data.draw(cases())
    prices = _clear(case).prices
    bounds = case.tariff or _ANY_TARIFF
    assert (bounds.feed_in <= prices.low).all()
    assert (prices.high <= bounds.retail).all()
    assert (prices.low <= prices.high).all()
    assert (prices.price == (prices.low + prices.high) // 2).all()


@given(data=st.data())
@_SOME
def test_payments_add_up_to_congestion_rent_and_fees(data, cases):
    case = data.draw(cases())
    cleared = _clear(case)
    earned = cleared.earnings()
    assert all(one.rent >= 0 and one.fees >= 0 for one in earned)
    outcome = cleared.outcome(case.orders, case.node)
    assert outcome.surplus == sum(one.rent + one.fees for one in earned)


@given(data=st.data())
@_SOME
def test_a_watt_hour_more_is_worth_the_ends_of_the_interval(data, cases):
    """One more sold in a node is worth its lowest price, one more bought its highest."""
    case = data.draw(cases(tariff=False))
    bounds = Tariff(-20, 20)
    case = type(case)(case.feeder, case.rows, bounds)
    before = _clear(case)
    node = data.draw(st.integers(0, len(case.feeder) - 1))
    for side, limit, price in (
        (OFFER, bounds.feed_in, before.prices.low[node]),
        (BID, bounds.retail, before.prices.high[node]),
    ):
        larger = type(case)(case.feeder, [*case.rows, (node, side, limit, 1)], bounds)
        after = _clear(larger)
        gained = _welfare(larger, after) - _welfare(case, before)
        assert gained == (price - limit if side == OFFER else limit - price)


@given(data=st.data())
@_MANY
def test_wide_lines_give_the_uniform_price(data, cases):
    """Price, interval and fills, rationing included, are those of one place."""
    case = data.draw(cases(limit=(200, 300), fee=0))
    cleared = _clear(case)
    uniform = clear_uniform_price(case.orders, case.tariff)
    assert (cleared.filled == uniform.filled).all()
    outcome = cleared.outcome(case.orders, case.node)
    assert outcome.volume == uniform.volume
    assert (outcome.price, outcome.interval) == (uniform.price, uniform.interval)
    if uniform.price is not None:
        assert (cleared.prices.price == uniform.price).all()


@given(data=st.data())
@_MANY
def test_coupling_by_descent_gives_the_same(data, cases):
    """Another algorithm, for networks of any shape: prices, fills and flows are equal."""
    case = data.draw(cases())
    orders, feeder = case.orders, case.feeder
    bounds = case.tariff or _ANY_TARIFF
    coupled = couple(
        ZonalOrders(
            case.node, orders.side.astype(np.int64), orders.price, orders.quantity, orders.keys
        ),
        Network(
            len(feeder),
            np.zeros(0, np.int64),
            feeder.origin,
            feeder.destination,
            -feeder.reverse,
            feeder.forward,
            feeder.fee,
        ),
        PriceBounds(bounds.feed_in, bounds.retail),
    )
    cleared = _clear(case)
    assert (cleared.prices.low == coupled.low).all()
    assert (cleared.prices.high == coupled.high).all()
    assert (cleared.flow == coupled.flow).all()
    assert (cleared.filled == coupled.filled).all()


@given(data=st.data(), seed=st.integers(0, 2**32 - 1))
@_MANY
def test_sequence_of_orders_lines_and_nodes_does_not_matter(data, seed, cases):
    case = data.draw(cases())
    random = np.random.default_rng(seed)
    feeder, orders = case.feeder, case.orders
    row = random.permutation(len(orders))
    line = random.permutation(len(feeder.lines))
    renamed = random.permutation(len(feeder))
    swapped = random.random(line.size) < 0.5

    def turned(one, other):
        return np.where(swapped, other[line], one[line])

    relaid = Feeder(
        [feeder.nodes[node] for node in np.argsort(renamed)],
        renamed[turned(feeder.origin, feeder.destination)],
        renamed[turned(feeder.destination, feeder.origin)],
        turned(feeder.forward, feeder.reverse),
        turned(feeder.reverse, feeder.forward),
        feeder.fee[line],
    )
    keys = DigestKeys(orders.keys.rows(row))
    shuffled = OrderArrays(orders.side[row], orders.price[row], orders.quantity[row], keys)
    was = _clear(case)
    now = clear_feeder(shuffled, renamed[case.node][row], relaid, case.tariff)
    assert (now.filled == was.filled[row]).all()
    assert (now.flow == np.where(swapped, -1, 1) * was.flow[line]).all()
    assert (now.prices.low[renamed] == was.prices.low).all()
    assert (now.prices.high[renamed] == was.prices.high).all()


@given(data=st.data(), factor=st.integers(2, 1000))
@_SOME
def test_another_unit_of_energy_gives_the_same_market(data, factor, cases):
    case = data.draw(cases())
    feeder = case.feeder
    larger = type(case)(
        Feeder(
            feeder.nodes,
            feeder.origin,
            feeder.destination,
            feeder.forward * factor,
            feeder.reverse * factor,
            feeder.fee,
        ),
        [(*row[:3], row[3] * factor) for row in case.rows],
        case.tariff,
    )
    was, now = _clear(case), _clear(larger)
    assert (now.prices.low == was.prices.low).all()
    assert (now.prices.high == was.prices.high).all()
    assert _welfare(larger, now) == factor * _welfare(case, was)
    volume, wider = (c.outcome(x.orders, x.node).volume for c, x in ((was, case), (now, larger)))
    assert wider == factor * volume


@given(data=st.data(), factor=st.integers(2, 1000))
@_SOME
def test_another_unit_of_money_gives_the_same_market(data, factor, cases):
    case = data.draw(cases(tariff=False))
    feeder, bounds = case.feeder, Tariff(-8, 8)
    dearer = Feeder(
        feeder.nodes,
        feeder.origin,
        feeder.destination,
        feeder.forward,
        feeder.reverse,
        feeder.fee * factor,
    )
    rows = [(node, side, price * factor, wh) for node, side, price, wh in case.rows]
    was = _clear(type(case)(feeder, case.rows, bounds))
    now = _clear(type(case)(dearer, rows, Tariff(-8 * factor, 8 * factor)))
    assert (now.prices.low == was.prices.low * factor).all()
    assert (now.prices.high == was.prices.high * factor).all()
    assert now.filled.sum() == was.filled.sum()


@given(data=st.data())
@_MANY
def test_only_a_full_line_treats_equal_orders_differently(data, cases):
    """Nobody at the price could hand a Wh to someone who got a smaller part of the own order."""
    case = data.draw(cases(price=1, quantity=(1000, 3000), limit=(0, 6000), fee=1))
    cleared = _clear(case)
    orders, node = case.orders, case.node
    clamped, beyond = _limits(case)
    marginal = np.flatnonzero((clamped == cleared.prices.price[node]) & ~beyond)
    part = cleared.filled / orders.quantity
    room = _room(case.feeder, cleared)
    for giver, taker in itertools.permutations(marginal.tolist(), 2):
        if orders.side[giver] != orders.side[taker]:
            continue
        way = (taker, giver) if orders.is_offer[giver] else (giver, taker)
        if room[node[way[0]], node[way[1]]]:
            assert part[giver] <= part[taker] + 0.01


def _room(feeder, cleared):
    """Tell from which node to which one Wh more could flow at the prices."""
    prices = cleared.prices.price.tolist()
    size = len(feeder)
    room = np.eye(size, dtype=bool)
    for line, flow in zip(feeder.lines, cleared.flow.tolist(), strict=True):
        low, high = line.flows(prices[line.destination] - prices[line.origin])
        room[line.origin, line.destination] |= flow < high
        room[line.destination, line.origin] |= flow > low
    for _ in range(size):
        room = (room.astype(int) @ room.astype(int)) > 0
    return room


def test_a_full_line_parts_prices(case, feeder):
    market = case(feeder([(0, 1, 4, 4, 0)]), [(0, OFFER, 5, 9), (1, BID, 30, 9), (1, OFFER, 20, 9)])
    cleared = _clear(market)
    assert cleared.prices.price.tolist() == [5, 20]
    assert cleared.flow.tolist() == [4]
    assert cleared.filled.tolist() == [4, 9, 5]
    assert [one.rent for one in cleared.earnings()] == [60]


def test_directions_of_a_line_have_limits_of_their_own(case, feeder):
    rows = [(0, OFFER, 5, 9), (1, BID, 30, 9)]
    assert _clear(case(feeder([(0, 1, 2, 7, 0)]), rows)).flow.tolist() == [2]
    assert _clear(case(feeder([(1, 0, 2, 7, 0)]), rows)).flow.tolist() == [-7]


def test_equal_orders_share_over_nodes_and_the_smallest_key_gets_the_rest(case, feeder):
    """20 Wh for three equal offers of 10 at three nodes: 6 each, 2 left for the smallest keys."""
    market = case(
        feeder([(0, 1, 99, 99, 0), (1, 2, 99, 99, 0)]),
        [(0, OFFER, 5, 10), (1, OFFER, 5, 10), (2, OFFER, 5, 10), (0, BID, 9, 20)],
    )
    cleared = _clear(market)
    keys = [market.orders.keys.rows(np.array([place])).tobytes() for place in range(3)]
    last = keys.index(max(keys))
    assert cleared.filled.tolist() == [6 if place == last else 7 for place in range(3)] + [20]


def test_a_full_line_leaves_the_other_offers_to_share(case, feeder):
    """The far offer can send 2 Wh only; the near ones share the other 18 by their quantities."""
    market = case(
        feeder([(0, 1, 99, 99, 0), (2, 0, 2, 2, 0)]),
        [(0, OFFER, 5, 10), (1, OFFER, 5, 20), (2, OFFER, 5, 30), (0, BID, 9, 20)],
    )
    assert _clear(market).filled.tolist() == [6, 12, 2, 20]


def test_lines_that_are_full_together_come_before_the_fullest(case, feeder):
    """Half of each offer would overload the line to the bid by 4 Wh, the three far ones by 3 each.

    With the far ones at their 2 Wh, the near offers share 24 Wh, and the line to the bid has room.
    """
    far = [(node, 0, 2, 2, 0) for node in (2, 3, 4)]
    offers = [(node, OFFER, 5, 20 if node == 1 else 10) for node in range(5)]
    cleared = _clear(case(feeder([(0, 1, 16, 16, 0), *far]), [(1, BID, 9, 30), *offers]))
    assert cleared.filled.tolist() == [30, 8, 16, 2, 2, 2]
    assert cleared.flow.tolist() == [14, 2, 2, 2]


def test_bids_share_what_comes_through_a_line(case, feeder):
    market = case(
        feeder([(0, 1, 6, 6, 0)]),
        [(0, OFFER, 5, 99), (1, BID, 9, 4), (1, BID, 9, 8), (0, BID, 9, 5)],
    )
    cleared = _clear(market)
    assert cleared.filled.tolist() == [11, 2, 4, 5]
    assert cleared.prices.price.tolist() == [5, 9]


def test_what_a_line_cuts_off_has_prices_of_its_own(case, feeder):
    cut = case(feeder([(0, 1, 0, 0, 0)]), [(0, OFFER, 5, 9), (0, BID, 9, 2), (1, OFFER, 7, 9)])
    cleared = _clear(cut)
    assert cleared.prices.low.tolist() == [5, MIN_PRICE]
    assert cleared.prices.high.tolist() == [5, 7]


@pytest.mark.parametrize("limit", [MAX_QUANTITY - 1, 2 * MAX_QUANTITY])
def test_the_widest_values_stay_exact(limit, case, feeder):
    rows = [(0, OFFER, MIN_PRICE, MAX_QUANTITY), (2, BID, MAX_PRICE, MAX_QUANTITY)]
    cleared = _clear(case(feeder([(0, 1, limit, 0, 0), (1, 2, limit, 0, 0)]), rows))
    assert cleared.filled.tolist() == [min(limit, MAX_QUANTITY)] * 2
    full = limit < MAX_QUANTITY
    assert cleared.prices.price[0] == (MIN_PRICE if full else -1)
    assert cleared.prices.price[2] == (MAX_PRICE if full else -1)
    rent = (MAX_PRICE - MIN_PRICE) * limit if full else 0
    assert sum(one.rent for one in cleared.earnings()) == rent


def test_an_empty_market_trades_nothing(case, feeder):
    cleared = _clear(case(feeder([(0, 1, 5, 5, 0)]), [], Tariff(3, 12)))
    assert cleared.prices.price.tolist() == [7, 7]
    assert cleared.flow.tolist() == [0]
    outcome = cleared.outcome(case(feeder([(0, 1, 5, 5, 0)]), []).orders, np.zeros(0, np.int64))
    assert (outcome.volume, outcome.price, outcome.interval) == (0, None, None)


@pytest.mark.parametrize(
    ("node", "field"),
    [([0, 2], r"node\[1\]"), ([0, -1], r"node\[1\]"), ([0], "node"), ([[0, 1]], "node")],
)
def test_orders_elsewhere_are_named(node, field, case, feeder):
    orders = case(feeder([]), [(0, BID, 5, 1), (0, OFFER, 5, 1)]).orders
    with pytest.raises(InvalidValueError, match=field):
        clear_feeder(orders, np.array(node), feeder([(0, 1, 5, 5, 0)]))
