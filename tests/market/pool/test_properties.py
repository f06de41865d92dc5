"""What every pool mechanism promises."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.tariff import Tariff
from market.clearing import DigestKeys, blocks
from market.pool import Equality, Pool, acceptance, sharing

_MANY = settings(max_examples=150, deadline=None)
_BOTH = pytest.mark.parametrize("equality", list(Equality), ids=lambda found: found.value)


@pytest.fixture(params=["tables", "no tables"])
def tables(request, monkeypatch):
    """Run with quantities looked up, and with one level a participant."""
    if request.param == "no tables":
        monkeypatch.setattr(sharing, "_TABLE", 0)
        monkeypatch.setattr(acceptance, "_TABLE", 0)
    else:
        monkeypatch.setattr(blocks, "BLOCK", 3)


def test_equals_the_plain_reference(tables, priced, pools, as_pool, settle_plainly):
    @_MANY
    @given(pools.pools, pools.tariffs)
    def check(members, tariff):
        outcome = priced(as_pool(members), tariff)
        filled, bills = settle_plainly(members, tariff, outcome.price or Fraction(0))
        assert outcome.filled.tolist() == filled
        assert outcome.bills.tolist() == bills

    check()


@pytest.mark.parametrize("limits", [False, True])
def test_money_and_energy_balance_exactly(mechanism, limits, pools, as_pool):
    @_MANY
    @given(pools.pools, pools.tariffs)
    def check(members, tariff):
        outcome = mechanism(as_pool(members, limits=limits), tariff)
        assert sum(outcome.payments.tolist()) == 0
        assert sum(outcome.bills.tolist()) == outcome.grid_income
        filled, net = outcome.filled, outcome.pool.net
        assert int(filled[net > 0].sum()) == int(filled[net < 0].sum()) == outcome.volume
        assert ((filled >= 0) & (filled <= np.abs(net))).all()
        assert outcome.residual.sum() == outcome.grid_import - outcome.grid_export

    check()


def test_nobody_is_worse_off_and_prices_stay_within_the_tariff(mechanism, pools, as_pool):
    """The bill of ``q`` Wh lies between what they cost at feed-in and at retail."""

    @_MANY
    @given(pools.pools, pools.tariffs)
    def check(members, tariff):
        outcome = mechanism(as_pool(members), tariff)
        net = outcome.pool.net
        takes = net > 0
        assert (outcome.bills <= outcome.alone).all()
        assert (outcome.bills[takes] >= net[takes] * tariff.feed_in).all()
        assert (outcome.bills[~takes] >= net[~takes] * tariff.retail).all()
        if outcome.price is not None:
            assert tariff.feed_in <= outcome.price <= tariff.retail

    check()


def test_the_same_energy_has_the_same_bill_up_to_one_unit(mechanism, pools, as_pool):
    @_MANY
    @given(pools.pools, pools.tariffs)
    def check(members, tariff):
        outcome = mechanism(as_pool(members), tariff)
        for net in set(outcome.pool.net.tolist()):
            alike = outcome.pool.net == net
            assert np.ptp(outcome.bills[alike]) <= 1
            assert np.ptp(outcome.filled[alike]) <= 1

    check()


@pytest.mark.parametrize("limits", [False, True])
def test_payments_by_trade_are_energy_times_price(priced, limits, pools, as_pool):
    @_MANY
    @given(pools.pools, pools.tariffs)
    def check(members, tariff):
        outcome = priced(as_pool(members, limits=limits), tariff, Equality.TRADES)
        assert sum(outcome.payments.tolist()) == 0
        sign = np.sign(outcome.pool.net)
        for payment, wh in zip(outcome.payments, sign * outcome.filled, strict=True):
            assert abs(int(payment) - int(wh) * (outcome.price or 0)) < 2
            low, high = sorted((int(wh) * tariff.feed_in, int(wh) * tariff.retail))
            assert low <= payment <= high

    check()


@pytest.mark.parametrize("limits", [False, True])
def test_outcome_depends_on_the_set_of_participants_only(mechanism, limits, pools, as_pool):
    @_MANY
    @given(pools.pools, pools.tariffs, st.randoms(use_true_random=False))
    def check(members, tariff, random):
        shuffled = random.sample(members, len(members))
        results = []
        for sequence in (members, shuffled):
            outcome = mechanism(as_pool(sequence, limits=limits), tariff)
            rows = zip(
                (m.key for m in sequence),
                outcome.filled.tolist(),
                outcome.payments.tolist(),
                strict=True,
            )
            results.append((outcome.price, outcome.volume, sorted(rows)))
        assert results[0] == results[1]

    check()


def test_units_do_not_matter(mechanism, pools, as_pool):
    """A thousand times the energy: the same price, a thousand times the bill up to rounding."""

    @_MANY
    @given(pools.small_pools, pools.tariffs, st.sampled_from([2, 7, 1000]))
    def check(members, tariff, factor):
        one = mechanism(as_pool(members), tariff)
        many = mechanism(as_pool([replace(m, net=m.net * factor) for m in members]), tariff)
        assert one.price == many.price
        assert many.volume == one.volume * factor
        assert (np.abs(many.bills - one.bills * factor) <= 2 * factor).all()

    check()


def test_prices_scale(priced, pools, as_pool):
    @_MANY
    @given(pools.small_pools, pools.tariffs, st.sampled_from([2, 7, 1000]))
    def check(members, tariff, factor):
        one = priced(as_pool(members), tariff)
        many = priced(as_pool(members), Tariff(tariff.feed_in * factor, tariff.retail * factor))
        if one.price is not None:
            assert many.price == one.price * factor

    check()


@_BOTH
def test_limits_are_respected_and_those_within_are_treated_alike(priced, equality, pools, as_pool):
    @_MANY
    @given(pools.pools, pools.tariffs)
    def check(members, tariff):
        outcome = priced(as_pool(members, limits=True), tariff, equality)
        if outcome.price is None:
            assert outcome.volume == 0
            return
        assert tariff.feed_in <= outcome.price <= tariff.retail
        traded = [(m, int(wh)) for m, wh in zip(members, outcome.filled, strict=True) if wh]
        for m, _ in traded:
            if m.net > 0:
                assert min(m.limit, tariff.retail) >= outcome.price
            else:
                assert max(m.limit, tariff.feed_in) <= outcome.price
        for net in {m.net for m, _ in traded}:
            assert np.ptp([wh for m, wh in traded if m.net == net]) <= 1

    check()


def test_limits_at_the_tariff_change_nothing(priced, pools, as_pool):
    @_MANY
    @given(pools.pools, pools.tariffs)
    def check(members, tariff):
        willing = [
            replace(m, limit=tariff.retail if m.net > 0 else tariff.feed_in) for m in members
        ]
        free = priced(as_pool(members), tariff)
        bound = priced(as_pool(willing, limits=True), tariff)
        if free.volume:
            assert free.price == bound.price
        assert free.payments.tolist() == bound.payments.tolist()

    check()


@pytest.mark.parametrize("widest", [5_000, 2**22], ids=["tables", "no tables"])
def test_large_pools_balance_and_treat_equals_alike(mechanism, widest):
    """As shipped: many blocks, many ties, and a price of half a millicent."""
    random = np.random.default_rng(widest)
    net = random.integers(1, widest, 200_000) * random.choice([-1, 1, 1], 200_000)
    net[:1_000] = 77
    keys = DigestKeys(random.integers(0, 256, (net.size, 32), np.uint8))
    outcome = mechanism(Pool(np.maximum(net, 0), np.maximum(-net, 0), keys), Tariff(8_000, 30_001))
    assert int(outcome.payments.sum()) == 0
    assert int(outcome.filled[net > 0].sum()) == int(outcome.filled[net < 0].sum())
    assert int(outcome.bills.sum()) == outcome.grid_income
    assert np.ptp(outcome.bills[:1_000]) <= 1
    assert (outcome.bills <= outcome.alone).all()
