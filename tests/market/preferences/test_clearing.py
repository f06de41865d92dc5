"""What clearing with preferences promises."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import InvalidValueError
from domain.units import MAX_PRICE, MAX_QUANTITY, MIN_PRICE
from identity.hashing import keccak256
from market.clearing import clear_pay_as_bid, clear_uniform_price
from market.preferences import Terms, clear_with_preferences

_SOME = settings(max_examples=100, deadline=None)
_POINTS = st.sampled_from([0, 1, 333, 500, 999, 1000])


def _trades(outcome):
    trades = outcome.trades
    columns = (trades.buyer, trades.seller, trades.quantity, trades.price)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def test_welfare_and_volume_against_trying_everything(strategies, try_all):
    @_SOME
    @given(strategies.small)
    def check(town):
        found = town.clear()
        bids, offers = ([town.orders[i] for i in side] for side in (town.bids, town.offers))
        gains = [[town.gain(bid, offer) for offer in offers] for bid in bids]
        sizes = [[order.quantity for order in side] for side in (bids, offers)]
        assert (found.welfare, found.outcome.volume) == try_all(gains, *sizes)

    check()


def test_gains_prove_the_welfare(strategies):
    """Weak duality: no plan can be worth more than gains that cover every pair."""

    @_SOME
    @given(strategies.communities, _POINTS)
    def check(town, k):
        found = town.clear(k)
        gain = found.gain.tolist()
        assert min(gain, default=0) >= 0
        assert sum(g * o.quantity for g, o in zip(gain, town.orders, strict=True)) == found.welfare
        for bid in town.bids:
            for offer in town.offers:
                pair = town.gain(town.orders[bid], town.orders[offer])
                assert pair is None or gain[bid] + gain[offer] >= pair
        for bid, offer, _, _ in _trades(found.outcome):
            pair = town.gain(town.orders[bid], town.orders[offer])
            assert gain[bid] + gain[offer] == pair
        for order, wh, each in zip(town.orders, found.outcome.filled, gain, strict=True):
            assert wh == order.quantity or not each

    check()


def test_no_pair_could_both_gain_by_trading_with_one_another(strategies):
    """Whatever price two could agree on, one of them would lose a Wh's gain by it.

    What an order would give up is its worst Wh: what is not sold, or what is sold at least gain.
    """

    @_SOME
    @given(strategies.communities, _POINTS)
    def check(town, k):
        found = town.clear(k)
        worst = {}
        for buyer, seller, _, price in _trades(found.outcome):
            bid, offer = town.orders[buyer], town.orders[seller]
            pays = town.willing(bid, offer) - town.fee(bid, offer) - price
            for party, gains in ((buyer, pays), (seller, price - town.asked(bid, offer))):
                worst[party] = min(worst.get(party, gains), gains)
        for place, (order, wh) in enumerate(zip(town.orders, found.outcome.filled, strict=True)):
            if wh < order.quantity:
                worst[place] = 0
        for bid in town.bids:
            for offer in town.offers:
                pair = town.gain(town.orders[bid], town.orders[offer])
                assert pair is None or worst[bid] + worst[offer] >= pair

    check()


def test_limits_preferences_and_tariff_are_kept(strategies):
    @_SOME
    @given(strategies.communities, _POINTS)
    def check(town, k):
        found = town.clear(k)
        low, high = (
            (town.tariff.feed_in, town.tariff.retail) if town.tariff else (MIN_PRICE, MAX_PRICE)
        )
        for trade, fee in zip(_trades(found.outcome), found.fee.tolist(), strict=True):
            buyer, seller, wh, price = trade
            bid, offer = town.orders[buyer], town.orders[seller]
            assert not bid.is_offer
            assert offer.is_offer
            assert wh >= 1
            assert fee == town.fee(bid, offer)
            assert not town.refused(bid, offer)
            assert town.asked(bid, offer) <= price <= town.willing(bid, offer) - fee
            assert low <= price <= price + fee <= high
        assert all(
            0 <= wh <= order.quantity
            for order, wh in zip(town.orders, found.outcome.filled.tolist(), strict=True)
        )

    check()


def test_trades_fills_fees_and_payments_add_up(strategies):
    @_SOME
    @given(strategies.communities, _POINTS)
    def check(town, k):
        found = town.clear(k)
        filled, payments, fees = Counter(), Counter(), 0
        prices = {}
        trades = _trades(found.outcome)
        for (buyer, seller, wh, price), fee in zip(trades, found.fee.tolist(), strict=True):
            filled.update({buyer: wh, seller: wh})
            payments.update({buyer: wh * (price + fee), seller: -wh * price})
            fees += wh * fee
            prices.setdefault(buyer, []).append(price + fee)
            prices.setdefault(seller, []).append(price)
        places = range(len(town.orders))
        outcome = found.outcome
        assert outcome.filled.tolist() == [filled[place] for place in places]
        assert outcome.payments.tolist() == [payments[place] for place in places]
        assert outcome.surplus == found.network_fees == fees == sum(payments.values())
        assert outcome.volume == sum(wh for _, _, wh, _ in trades)
        assert len({trade[:2] for trade in trades}) == len(trades)
        for place, paid in prices.items():
            assert outcome.ranges.lowest[place] == min(paid)
            assert outcome.ranges.highest[place] == max(paid)

    check()


def test_nothing_depends_on_sequence_or_numbering(strategies):
    @_SOME
    @given(strategies.communities, _POINTS, st.randoms(use_true_random=False))
    def check(town, k, random):
        party, area, word = (random.sample(range(n), n) for n in (4, 3, 2))
        renamed = [
            replace(
                o,
                party=party[o.party],
                area=area[o.area],
                words=frozenset(word[one] for one in o.words),
            )
            for o in town.orders
        ]
        said = [
            replace(
                s,
                party=party[s.party],
                partner=s.partner if s.partner < 0 else party[s.partner],
                attribute=s.attribute if s.attribute < 0 else word[s.attribute],
            )
            for s in town.statements
        ]
        fees = [[0] * 3 for _ in range(3)]
        for origin in range(3):
            for destination in range(3):
                fees[area[origin]][area[destination]] = town.fees[origin][destination]
        other = replace(
            town,
            orders=tuple(random.sample(renamed, len(renamed))),
            statements=tuple(random.sample(said, len(said))),
            fees=tuple(map(tuple, fees)),
        )
        assert _by_key(town, k) == _by_key(other, k)

    check()


def _by_key(town, k):
    found = town.clear(k)
    keys = [order.key for order in town.orders]
    columns = (found.outcome.filled, found.outcome.payments, found.gain)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    trades = [(keys[b], keys[s], wh, price) for b, s, wh, price in _trades(found.outcome)]
    terms = [column.tolist() for column in (found.fee, found.lowest, found.highest)]
    return dict(zip(keys, rows, strict=True)), trades, terms, found.welfare


def test_stable_prices_span_the_interval(strategies):
    """The ends are reached by all trades at once, and rounding is down from there."""

    @_SOME
    @given(strategies.communities, _POINTS)
    def check(town, k):
        found = town.clear(k)
        low, high = found.lowest, found.highest
        assert (low <= high).all()
        between = low + (high - low) * k // 1000
        assert found.outcome.trades.price.tolist() == between.tolist()
        for end, prices in ((0, low), (1000, high)):
            assert town.clear(end).outcome.trades.price.tolist() == prices.tolist()

    check()


def test_without_terms_it_is_the_uniform_price(strategies):
    """Fills and price as at the uniform price, pairs as in pay-as-bid."""

    @_SOME
    @given(strategies.plain, _POINTS)
    def check(town, k):
        found = clear_with_preferences(town.arrays, None, town.tariff, k)
        uniform = clear_uniform_price(town.arrays, town.tariff, k)
        assert found.outcome.volume == uniform.volume
        assert found.outcome.filled.tolist() == uniform.filled.tolist()
        assert found.outcome.payments.tolist() == uniform.payments(town.arrays).tolist()
        trades = _trades(found.outcome)
        assert {price for *_, price in trades} <= {uniform.price}
        paired = clear_pay_as_bid(town.arrays, town.tariff)
        assert [trade[:3] for trade in trades] == [trade[:3] for trade in _trades(paired)]
        assert found.network_fees == 0

    check()


def test_traits_that_nobody_minds_change_nothing(strategies):
    @_SOME
    @given(strategies.plain)
    def check(town):
        plainly = clear_with_preferences(town.arrays, None, town.tariff)
        found = town.clear()
        assert _trades(found.outcome) == _trades(plainly.outcome)

    check()


@pytest.mark.parametrize("factor", [2, 7])
def test_another_unit_of_energy_gives_the_same_market(strategies, factor):
    """A share of an order differs by what rounding moved."""

    @_SOME
    @given(strategies.small)
    def check(town):
        was, now = town.clear(), town.scaled(energy=factor).clear()
        assert now.outcome.volume == was.outcome.volume * factor
        assert now.welfare == was.welfare * factor
        assert now.gain.tolist() == was.gain.tolist()
        assert (abs(now.outcome.filled - was.outcome.filled * factor) < factor).all()

    check()


@pytest.mark.parametrize("factor", [2, 7])
def test_another_unit_of_money_gives_the_same_market(strategies, factor):
    @_SOME
    @given(strategies.small, st.sampled_from([0, 1000]))
    def check(town, k):
        was, now = town.clear(k), town.scaled(money=factor).clear(k)
        assert now.outcome.filled.tolist() == was.outcome.filled.tolist()
        assert now.outcome.payments.tolist() == [p * factor for p in was.outcome.payments.tolist()]
        assert now.network_fees == was.network_fees * factor

    check()


def test_equal_orders_share_in_proportion(order, statement, community):
    """Areas with equal fees and preferences about nobody present do not set orders apart."""
    town = community(
        (
            order(False, 9, 300, keccak256(b"a"), party=0, area=0),
            order(False, 9, 100, keccak256(b"b"), party=1, area=1),
            order(True, 5, 200, keccak256(b"c"), party=2, area=2),
        ),
        (statement(0, partner=3, premium=4), statement(1, attribute=1)),
        fees=((0, 0, 3), (0, 0, 3), (2, 2, 0)),
    )
    assert town.clear().outcome.filled.tolist() == [150, 50, 200]


def test_a_pair_that_gains_nothing_trades(order, community):
    town = community(
        (order(False, 7, 5, keccak256(b"a")), order(True, 5, 4, keccak256(b"b"))),
        fees=((2, 0, 0), (0, 0, 0), (0, 0, 0)),
    )
    found = town.clear()
    assert (found.outcome.volume, found.welfare, found.network_fees) == (4, 0, 8)
    assert _trades(found.outcome) == [(0, 1, 4, 5)]


def test_refused_partners_do_not_trade_whatever_they_would_gain(order, statement, community):
    pair = (
        order(False, 9, 5, keccak256(b"a"), party=0),
        order(True, 1, 5, keccak256(b"b"), party=1),
    )
    assert community(pair).clear().outcome.volume == 5
    for said in (statement(0, partner=1), statement(1, partner=0)):
        assert community(pair, (said,)).clear().outcome.volume == 0


@pytest.mark.parametrize("quantity", [1, MAX_QUANTITY])
def test_the_widest_values_stay_exact(order, statement, community, quantity):
    keys = [keccak256(bytes([number])) for number in range(6)]
    town = community(
        tuple(
            order(place < 3, MIN_PRICE if place < 3 else MAX_PRICE, quantity, key, party=place)
            for place, key in enumerate(keys)
        ),
        (
            *(statement(place, attribute=-1, premium=MAX_PRICE) for place in range(6)),
            statement(3, partner=0, premium=MIN_PRICE),
        ),
        fees=((MAX_PRICE,) * 3,) * 3,
    )
    found = town.clear()
    assert found.outcome.volume == 3 * quantity
    assert found.welfare == 3 * quantity * (MAX_PRICE - MIN_PRICE - MAX_PRICE)
    assert found.network_fees == 3 * quantity * MAX_PRICE
    assert sum(found.outcome.payments.tolist()) == found.network_fees


@pytest.mark.parametrize("side", [False, True])
def test_one_sided_and_empty_books_trade_nothing(order, community, side):
    for orders in ((), (order(side, 7, 5, keccak256(b"alone")),)):
        found = community(orders).clear()
        assert found.outcome.volume == found.welfare == found.network_fees == 0
        assert not found.outcome.filled.any()
        assert not len(found.outcome.trades)
        assert found.fee.size == found.lowest.size == found.highest.size == 0


def test_one_kind_of_order_per_side_is_cheap(community, order):
    """A hundred thousand orders that nobody tells apart are two kinds."""
    rows = 50_000
    town = [order(place >= rows, 5, 1, place.to_bytes(32, "big")) for place in range(2 * rows)]
    assert community(tuple(town)).clear().outcome.volume == rows


def test_refuses_terms_of_other_orders_and_too_many_pairs(order, community):
    town = community((order(False, 9, 5, keccak256(b"a")), order(True, 1, 5, keccak256(b"b"))))
    with pytest.raises(InvalidValueError, match="terms: expected traits of 2 orders, got 3"):
        clear_with_preferences(town.arrays, Terms.none(3))
    with pytest.raises(InvalidValueError, match=r"^k: "):
        clear_with_preferences(town.arrays, None, None, 1001)
    many = tuple(
        order(place >= 4097, place, 1, place.to_bytes(32, "big")) for place in range(2 * 4097)
    )
    with pytest.raises(InvalidValueError, match="orders: expected at most 16777216 pairs"):
        clear_with_preferences(community(many).arrays)
