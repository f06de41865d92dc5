"""What clearing curves and blocks together promises."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.tariff import Tariff
from domain.units import MAX_PRICE, MAX_QUANTITY, MIN_PRICE
from market.clearing import clear_uniform_price
from market.supply_function import (
    NO_BLOCK,
    BlockStatus,
    Effort,
    SupplyOrders,
    clear_supply_function,
)

_SOME = settings(max_examples=80, deadline=None)


def test_steps_of_one_interval_clear_at_the_uniform_price(strategies, as_arrays):
    @settings(max_examples=300, deadline=None)
    @given(strategies.books, strategies.tariffs)
    def check(book, tariff):
        orders = as_arrays(book)
        expected = clear_uniform_price(orders, tariff).outcome(orders)
        several = SupplyOrders.of_steps(orders)
        cleared = clear_supply_function(several, tariff)
        found = cleared.outcome(several)
        assert found.filled.tolist() == expected.filled.tolist()
        assert found.payments.tolist() == expected.payments.tolist()
        assert (found.price, found.interval) == (expected.price, expected.interval)
        assert found.volume == expected.volume
        assert (cleared.gap, cleared.rounds) == (0.0, 0)
        assert cleared.bound == cleared.welfare

    check()


def test_the_welfare_is_that_of_brute_force(days, best_welfare):
    @_SOME
    @given(st.one_of(days.small, days.indivisible), days.tariffs)
    def check(day, tariff):
        found = clear_supply_function(day.orders(), tariff)
        best = best_welfare(day, tariff)
        assert found.welfare <= best <= found.bound
        assert found.welfare == best

    check()


def test_a_search_that_is_cut_short_still_bounds_the_welfare(days, best_welfare):
    @_SOME
    @given(st.one_of(days.small, days.indivisible))
    def check(day):
        found = clear_supply_function(day.orders(), effort=Effort(rounds=1, nodes=1))
        best = best_welfare(day, None)
        assert found.welfare <= best <= found.bound
        if found.welfare < best:
            assert found.gap > 0

    check()


def test_welfare_is_what_the_fills_are_worth(days, clamped):
    @_SOME
    @given(days.small, days.tariffs)
    def check(day, tariff):
        found = clear_supply_function(day.orders(), tariff)
        worth = 0
        for row, wh in zip(day.rows, found.filled.tolist(), strict=True):
            limits = [clamped(row, limit, tariff) for limit in row.limits()]
            worth -= row.sign * sum(limits[:wh])
        assert found.welfare == worth

    check()


def test_every_interval_balances(days):
    @_SOME
    @given(st.one_of(days.small, days.any), days.tariffs)
    def check(day, tariff):
        orders = day.orders()
        found = clear_supply_function(orders, tariff)
        for one in found.intervals:
            inside = orders.interval == one.interval
            bought = int(found.filled[inside & ~orders.basic.is_offer].sum())
            sold = int(found.filled[inside & orders.basic.is_offer].sum())
            assert bought == sold == one.volume
            assert (one.price is None) == (one.volume == 0)
        outcome = found.outcome(orders)
        assert outcome.surplus == 0
        assert outcome.volume == sum(one.volume for one in found.intervals)

    check()


def test_orders_without_blocks_keep_their_limits_and_envy_nobody(days, clamped):
    @_SOME
    @given(st.one_of(days.small, days.simple), days.tariffs)
    def check(day, tariff):
        found = clear_supply_function(day.orders(), tariff)
        prices = {one.interval: one.price for one in found.intervals}
        for row, wh in zip(day.rows, found.filled.tolist(), strict=True):
            assert 0 <= wh <= row.quantity
            price = prices[row.interval]
            if row.block != NO_BLOCK or price is None:
                continue
            gains = [row.sign * (price - clamped(row, limit, tariff)) for limit in row.limits()]
            assert all(gain >= 0 for gain in gains[:wh])
            assert all(gain <= 0 for gain in gains[wh:])

    check()


def test_prices_lie_within_tariff_and_clearing_interval(days):
    @_SOME
    @given(st.one_of(days.small, days.any), days.tariffs)
    def check(day, tariff):
        bounds = tariff or Tariff(MIN_PRICE, MAX_PRICE)
        for one in clear_supply_function(day.orders(), tariff).intervals:
            if one.price is not None:
                low, high = one.price_interval
                assert bounds.feed_in <= low <= one.price <= high <= bounds.retail

    check()


def test_no_block_loses_with_those_linked_to_it(days, clamped):
    @_SOME
    @given(st.one_of(days.small, days.indivisible, days.any), days.tariffs)
    def check(day, tariff):
        found = clear_supply_function(day.orders(), tariff)
        prices = {one.interval: one.price or 0 for one in found.intervals}
        surplus = [0] * len(day.terms)
        for row, wh in zip(day.rows, found.filled.tolist(), strict=True):
            if row.block != NO_BLOCK:
                limit = clamped(row, row.price, tariff)
                surplus[row.block] += row.sign * wh * (prices[row.interval] - limit)
        assert surplus == [one.surplus for one in found.blocks]
        for number, block in enumerate(found.blocks):
            if block.level:
                assert sum(surplus[one] for one in day.family(number)) >= 0

    check()


def test_blocks_trade_in_one_ratio_of_at_least_their_minimum(days):
    @_SOME
    @given(st.one_of(days.small, days.any))
    def check(day):
        found = clear_supply_function(day.orders())
        for number, (block, terms) in enumerate(zip(found.blocks, day.terms, strict=True)):
            assert block.size == day.size(number)
            assert block.level == 0 or 1000 * block.level >= terms.minimum * block.size
            if terms.parent != NO_BLOCK:
                parent = found.blocks[terms.parent]
                assert block.level * parent.size <= parent.level * block.size
        for row, wh in zip(day.rows, found.filled.tolist(), strict=True):
            if row.block != NO_BLOCK:
                block = found.blocks[row.block]
                assert wh == row.quantity * block.level // block.size

    check()


def test_rejected_blocks_in_the_money_are_called_paradoxical(days):
    @_SOME
    @given(days.indivisible)
    def check(day):
        found = clear_supply_function(day.orders())
        prices = {one.interval: one.price for one in found.intervals}
        for number, block in enumerate(found.blocks):
            rows = day.of_block(number)
            single = day.terms[number].parent == NO_BLOCK and len(day.family(number)) == 1
            if block.level or not single or any(prices[row.interval] is None for row in rows):
                continue
            gain = sum(row.sign * row.quantity * (prices[row.interval] - row.price) for row in rows)
            if any(row.quantity > _ordered(day, row) for row in rows):
                assert block.status is BlockStatus.UNFILLABLE
            elif gain > 0:
                assert block.status is BlockStatus.PARADOXICALLY_REJECTED
            else:
                assert block.status is BlockStatus.REJECTED

    check()


def _ordered(day, row):
    """Return how many Wh the other side ordered in an order's interval."""
    others = (one for one in day.rows if one.interval == row.interval)
    return sum(one.quantity for one in others if one.is_offer != row.is_offer)


def test_the_result_depends_on_the_set_of_orders_only(days):
    @_SOME
    @given(st.one_of(days.small, days.indivisible), st.randoms(use_true_random=False))
    def check(day, random):
        places = random.sample(range(len(day.rows)), len(day.rows))
        numbers = random.sample(range(len(day.terms)), len(day.terms))
        shuffled = _renumbered(day, places, numbers)
        one, other = (clear_supply_function(each.orders()) for each in (day, shuffled))
        assert [one.filled[place] for place in places] == other.filled.tolist()
        assert [one.blocks[number] for number in numbers] == list(other.blocks)
        assert (one.intervals, one.welfare) == (other.intervals, other.welfare)
        assert (one.bound, one.rounds) == (other.bound, other.rounds)

    check()


def _renumbered(day, places, numbers):
    """Return the rows at these places, and the blocks with these numbers, in this sequence."""
    new = {old: number for number, old in enumerate(numbers)} | {NO_BLOCK: NO_BLOCK}
    rows = (replace(day.rows[place], block=new[day.rows[place].block]) for place in places)
    terms = (replace(day.terms[old], parent=new[day.terms[old].parent]) for old in numbers)
    return type(day)(tuple(rows), tuple(terms))


def test_units_of_price_scale_the_welfare_of_steps_and_blocks(days):
    @_SOME
    @given(days.indivisible, st.integers(2, 1000))
    def check(day, times):
        flat = type(day)(tuple(replace(row, price_to=row.price) for row in day.rows), day.terms)
        one = clear_supply_function(flat.orders())
        other = clear_supply_function(flat.scaled(times).orders())
        assert other.welfare >= one.welfare * times
        if not flat.terms:
            assert other.welfare == one.welfare * times

    check()


def test_units_of_energy_scale_the_welfare_of_steps_and_indivisible_blocks(days):
    @_SOME
    @given(days.indivisible, st.integers(2, 1000))
    def check(day, times):
        flat = type(day)(tuple(replace(row, price_to=row.price) for row in day.rows), day.terms)
        one = clear_supply_function(flat.orders())
        other = clear_supply_function(flat.enlarged(times).orders())
        assert other.welfare == one.welfare * times
        assert other.welfare <= other.bound

    check()


def test_a_divisible_block_of_one_order_clears_as_a_step(days, day, row, terms):
    @_SOME
    @given(days.simple, st.data())
    def check(found, data):
        flat = [replace(one, price_to=one.price) for one in found.rows]
        chosen = data.draw(st.sets(st.sampled_from(range(len(flat))))) if flat else set()
        number = {place: at for at, place in enumerate(sorted(chosen))}
        mixed = (replace(one, block=number.get(at, NO_BLOCK)) for at, one in enumerate(flat))
        blocks = day(tuple(mixed), (terms(0),) * len(chosen))
        steps = clear_supply_function(day(tuple(flat)).orders())
        assert clear_supply_function(blocks.orders()).welfare == steps.welfare

    check()


def test_a_linear_order_clears_as_steps_of_one_wh(days, day):
    @_SOME
    @given(days.simple, days.tariffs)
    def check(found, tariff):
        whs = [
            replace(row, price=limit, price_to=limit, quantity=1, key=bytes([at, wh]) + bytes(30))
            for at, row in enumerate(found.rows)
            for wh, limit in enumerate(row.limits())
        ]
        one = clear_supply_function(found.orders(), tariff)
        other = clear_supply_function(day(tuple(whs)).orders(), tariff)
        assert one.intervals == other.intervals
        assert one.welfare == other.welfare

    check()


def test_the_largest_numbers_there_are(row, day, terms):
    rows = (
        row(True, MIN_PRICE, MAX_PRICE, MAX_QUANTITY, 0, bytes(31) + b"1"),
        row(False, MAX_PRICE, MIN_PRICE, MAX_QUANTITY, 0, bytes(31) + b"2"),
        row(True, MAX_PRICE, MAX_PRICE, MAX_QUANTITY, 0, bytes(31) + b"3", 0),
        row(True, MIN_PRICE, MIN_PRICE, MAX_QUANTITY, 1, bytes(31) + b"4", 0),
        row(False, MAX_PRICE, MAX_PRICE, MAX_QUANTITY, 1, bytes(31) + b"5"),
    )
    orders = day(rows, (terms(1000),)).orders()
    found = clear_supply_function(orders)
    assert found.blocks[0].status is BlockStatus.ACCEPTED
    assert found.filled.tolist() == [0, MAX_QUANTITY, *[MAX_QUANTITY] * 3]
    assert found.outcome(orders).surplus == 0
    assert found.welfare <= found.bound


def test_prices_move_as_far_as_a_block_needs_and_no_farther(row, day, terms):
    """Beside the block, 10 Wh of 20 sell at 5 in each interval: 5 to 25 clears, as far as it goes.

    The block's first order asks 60 and can have 25. The others ask 2, so that their middles are 15;
    to make up for 35, they have to add 9 to their 13 and 13, the farther of them 5.
    """
    rows = [
        row(is_offer, price, price, 10, interval, bytes([interval, number]) + bytes(30))
        for interval in range(3)
        for number, (is_offer, price) in enumerate([(False, 30), (False, 25), (True, 5)])
    ]
    block = [
        row(True, price, price, 10, interval, bytes([9, interval]) + bytes(30), 0)
        for interval, price in enumerate((60, 2, 2))
    ]
    found = clear_supply_function(day((*rows, *block), (terms(1000),)).orders())
    assert found.blocks[0].status is BlockStatus.ACCEPTED
    assert found.blocks[0].surplus == 0
    prices = [one.price for one in found.intervals]
    assert prices[0] == 25
    assert sorted(prices[1:]) == [19, 20]
    assert [one.price_interval for one in found.intervals] == [(5, 25)] * 3


def test_what_is_printed_is_json(days):
    @settings(max_examples=20, deadline=None)
    @given(days.small)
    def check(day):
        found = clear_supply_function(day.orders())
        values = [found.welfare, found.bound, found.gap, found.rounds]
        assert json.loads(json.dumps(values)) == values
        assert all(type(one.surplus) is int for one in found.blocks)

    check()


def test_nothing_trades_without_orders(day):
    found = clear_supply_function(day(()).orders())
    assert (found.intervals, found.blocks, found.welfare, found.gap) == ((), (), 0, 0.0)
    assert np.array_equal(found.filled, np.zeros(0, np.int64))
