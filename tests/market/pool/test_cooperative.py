"""Welfare, and shares of the gain that follow the axioms of their rules."""

from __future__ import annotations

import itertools
from fractions import Fraction
from math import factorial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import InvalidValueError
from domain.tariff import Tariff
from market.clearing import DigestKeys
from market.pool import Pool, Sampling, Sharing, clear_cooperative, shapley_error
from market.pool.shapley import gains_at_limits, shapley_exactly, worth_of_coalitions

_SOME = settings(max_examples=100, deadline=None)
_SAMPLED = Sampling(permutations=20, seed=7, exact_up_to=0)
_RULES = pytest.mark.parametrize(
    ("rule", "sampling"),
    [(Sharing.EQUAL, None), (Sharing.SHAPLEY, None), (Sharing.SHAPLEY, _SAMPLED)],
    ids=["equal", "exact Shapley", "sampled Shapley"],
)


def _welfare(outcome):
    limit = outcome.pool.limits_within(outcome.tariff)
    return int((np.sign(outcome.pool.net) * outcome.filled * limit).sum())


def _gains(outcome):
    limit = outcome.pool.limits_within(outcome.tariff)
    return np.sign(outcome.pool.net) * outcome.filled * limit - outcome.payments


@_RULES
@pytest.mark.parametrize("limits", [False, True])
def test_welfare_is_the_greatest_and_all_of_it_is_shared(
    rule, sampling, limits, pools, as_pool, best_welfare, member
):
    @_SOME
    @given(pools.small_pools, pools.tariffs)
    def check(members, tariff):
        if not limits:
            members = [
                member(m.net, tariff.retail if m.net > 0 else tariff.feed_in, m.key)
                for m in members
            ]
        outcome = clear_cooperative(as_pool(members, limits=limits), tariff, rule, sampling)
        assert _welfare(outcome) == best_welfare(members, tariff)
        gains = _gains(outcome)
        assert (gains >= 0).all()
        assert int(gains.sum()) == _welfare(outcome)

    check()


@_RULES
def test_bounds_equality_and_sequence_hold_for_each_rule(rule, sampling, pools, as_pool):
    @_SOME
    @given(pools.small_pools, pools.tariffs, st.randoms(use_true_random=False))
    def check(members, tariff, random):
        outcome = clear_cooperative(as_pool(members), tariff, rule, sampling)
        net = outcome.pool.net
        assert (outcome.bills <= outcome.alone).all()
        cap = np.abs(net) * (tariff.retail - tariff.feed_in)
        assert (outcome.alone - outcome.bills <= cap).all()
        for wh in set(net.tolist()):
            assert np.ptp(outcome.bills[net == wh]) <= 1
        shuffled = random.sample(members, len(members))
        other = clear_cooperative(as_pool(shuffled), tariff, rule, sampling)
        assert {m.key: b for m, b in zip(members, outcome.bills.tolist(), strict=True)} == {
            m.key: b for m, b in zip(shuffled, other.bills.tolist(), strict=True)
        }

    check()


def test_equal_with_limits_keeps_every_price_within_the_tariff(pools, as_pool):
    @_SOME
    @given(pools.pools, pools.tariffs)
    def check(members, tariff):
        outcome = clear_cooperative(as_pool(members, limits=True), tariff)
        wh = np.sign(outcome.pool.net) * outcome.filled
        low = np.minimum(wh * tariff.feed_in, wh * tariff.retail)
        high = np.maximum(wh * tariff.feed_in, wh * tariff.retail)
        assert ((low <= outcome.payments) & (outcome.payments <= high)).all()

    check()


def test_equal_gains_are_equal_unless_the_tariff_caps_them(pools, as_pool):
    @_SOME
    @given(pools.pools, pools.tariffs)
    def check(members, tariff):
        outcome = clear_cooperative(as_pool(members), tariff)
        gains = _gains(outcome)
        cap = np.abs(outcome.pool.net) * (tariff.retail - tariff.feed_in)
        free = gains[gains < cap]
        if free.size and outcome.volume:
            assert np.ptp(free) <= 1
            assert gains.max() <= free.max() + 1

    check()


_GAMES = (
    st.integers(1, 4)
    .flatmap(lambda n: st.lists(st.integers(-50, 50), min_size=2**n - 1, max_size=2**n - 1))
    .map(lambda worth: np.array([0, *worth], np.int64))
)


def _values(worth):
    numerators, parts = shapley_exactly(worth)
    return [Fraction(numerator, parts) for numerator in numerators]


@_SOME
@given(_GAMES)
def test_shapley_is_the_mean_over_all_sequences_and_efficient(worth):
    count = worth.size.bit_length() - 1
    sums = [0] * count
    for sequence in itertools.permutations(range(count)):
        coalition = 0
        for i in sequence:
            sums[i] += int(worth[coalition | 1 << i] - worth[coalition])
            coalition |= 1 << i
    assert _values(worth) == [Fraction(total, factorial(count)) for total in sums]
    assert sum(_values(worth)) == int(worth[-1])


@_SOME
@given(_GAMES, st.data())
def test_shapley_is_additive(worth, data):
    size = worth.size - 1
    more = data.draw(st.lists(st.integers(-50, 50), min_size=size, max_size=size))
    other = np.array([0, *more], np.int64)
    pairs = zip(_values(worth), _values(other), strict=True)
    assert _values(worth + other) == [one + two for one, two in pairs]


@_SOME
@given(_GAMES)
def test_shapley_gives_nothing_to_null_players_and_the_same_to_symmetric_ones(worth):
    coalitions = np.arange(worth.size * 2)
    top = worth.size
    with_null = worth[coalitions & (top - 1)]
    assert _values(with_null)[-1] == 0
    # The last two are interchangeable: worth depends on how many of them are there.
    paired = np.arange(worth.size * 2)
    low = worth.size // 2
    both = (paired & low > 0).astype(int) + (paired & top > 0)
    symmetric = worth[paired & (low - 1)] + both * 3
    values = _values(symmetric)
    assert values[-1] == values[-2]


def test_worth_is_the_best_welfare_of_each_coalition(pools, as_pool, best_welfare):
    @settings(max_examples=60, deadline=None)
    @given(pools.small_pools, pools.tariffs)
    def check(members, tariff):
        pool = as_pool(members, limits=True)
        if not members:
            return
        worth = worth_of_coalitions(gains_at_limits(pool.net, pool.limits_within(tariff)))
        for coalition in range(worth.size):
            present = [m for i, m in enumerate(members) if coalition >> i & 1]
            assert worth[coalition] == best_welfare(present, tariff)

    check()


@pytest.mark.parametrize("limits", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_samples_stay_within_the_stated_error(limits, seed, as_pool, member):
    random = np.random.default_rng(seed)
    members = [
        member(int(net), int(limit), bytes([at]) * 32)
        for at, (net, limit) in enumerate(
            zip(
                random.integers(1, 900, 10) * random.choice([-1, 1], 10),
                random.integers(8_000, 30_001, 10),
                strict=True,
            )
        )
    ]
    tariff, pool = Tariff(8_000, 30_000), as_pool(members, limits=limits)
    exact = clear_cooperative(pool, tariff, Sharing.SHAPLEY)
    sampled = clear_cooperative(
        pool, tariff, Sharing.SHAPLEY, Sampling(permutations=2_000, seed=seed, exact_up_to=0)
    )
    error = shapley_error(tariff, 10, 2_000, confidence=999)
    assert 0 < error < 22_000 // 10
    assert (np.abs(exact.payments - sampled.payments) <= error * np.abs(pool.net) + 1).all()


def test_same_seed_same_sample_another_seed_another(as_pool, member):
    members = [member(net, 0, bytes([at]) * 32) for at, net in enumerate([5, 9, -4, -7, 3, -2])]
    tariff, pool = Tariff(0, 1000), as_pool(members)

    def payments(seed):
        sampling = Sampling(permutations=3, seed=seed, exact_up_to=0)
        return clear_cooperative(pool, tariff, Sharing.SHAPLEY, sampling).payments.tolist()

    assert payments(1) == payments(1)
    assert any(payments(seed) != payments(1) for seed in range(2, 6))


@pytest.mark.parametrize(
    ("field", "make"),
    [
        ("permutations", lambda: Sampling(permutations=0)),
        ("seed", lambda: Sampling(seed=-1)),
        ("exact_up_to", lambda: Sampling(exact_up_to=17)),
        ("participants", lambda: worth_of_coalitions(np.zeros((17, 1), np.int64))),
        ("confidence", lambda: shapley_error(Tariff(0, 1), 1, 1, confidence=1000)),
        ("participants", lambda: shapley_error(Tariff(0, 1), 0, 1)),
    ],
)
def test_refuses_what_it_cannot_sample(field, make):
    with pytest.raises(InvalidValueError) as refused:
        make()
    assert refused.value.field == field


def test_refuses_samples_whose_sums_do_not_fit(as_pool, member):
    members = [member(2**31, 0, b"\1" * 32), member(-(2**31), 0, b"\2" * 32)]
    sampling = Sampling(permutations=2**31 - 1, exact_up_to=0)
    with pytest.raises(InvalidValueError) as refused:
        clear_cooperative(as_pool(members), Tariff(0, 2), Sharing.SHAPLEY, sampling)
    assert refused.value.field == "permutations"


def test_limits_far_outside_the_tariff_do_not_make_money():
    """Energy times such a limit exceeds 64 bits; within the tariff it is worth nothing."""
    pool = Pool(
        need=np.array([0, 4_254_842_718, 3_665_391_071, 2_746_509_457]),
        surplus=np.array([404_002_575, 0, 0, 0]),
        keys=DigestKeys.of([bytes([at]) * 32 for at in range(4)]),
        limit=np.array([-1_941_877_476, -1_409_988_257, 689_548_674, -2_076_594_505]),
    )
    outcome = clear_cooperative(pool, Tariff(2, 6), Sharing.SHAPLEY)
    assert outcome.payments.tolist() == [-1_616_010_300, 0, 1_616_010_300, 0]
