"""The transportation problem."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from market.preferences import plan as module
from market.preferences.plan import best_plan

_SOME = settings(max_examples=100, deadline=None)


@st.composite
def _problems(draw, gains, quantities, most):
    bids, offers = draw(st.integers(1, most)), draw(st.integers(1, most))
    cells = st.lists(gains, min_size=bids * offers, max_size=bids * offers)
    gain = np.array(draw(cells), np.int64).reshape(bids, offers)
    asked = draw(st.lists(quantities, min_size=bids, max_size=bids))
    offered = draw(st.lists(quantities, min_size=offers, max_size=offers))
    return gain, asked, offered


@pytest.fixture(params=[1, 64])
def rows_at_once(request, monkeypatch):
    monkeypatch.setattr(module, "_ROWS", request.param)


def _sums(gain, bid, offer, quantity):
    """Return welfare, volume and nearness to merit order of a plan."""
    bids, offers = gain.shape
    welfare = volume = merit = 0
    for i, j, wh in zip(bid, offer, quantity, strict=True):
        welfare += int(wh) * int(gain[i, j])
        volume += int(wh)
        merit += int(wh) * (bids - int(i)) * (offers - int(j))
    return welfare, volume, merit


def _every_plan(gain, asked, offered):
    bids, offers = gain.shape
    cells = list(itertools.product(range(bids), range(offers)))
    most = [min(asked[i], offered[j]) if gain[i, j] >= 0 else 0 for i, j in cells]
    for amounts in itertools.product(*(range(each + 1) for each in most)):
        plan = np.array(amounts).reshape(bids, offers)
        if (plan.sum(axis=1) <= asked).all() and (plan.sum(axis=0) <= offered).all():
            yield cells, amounts


def test_of_the_best_plans_the_largest_and_of_these_the_nearest_to_merit_order(rows_at_once):
    @_SOME
    @given(_problems(st.integers(-1, 2), st.integers(1, 2), 3))
    def check(problem):
        gain, asked, offered = problem
        plan = best_plan(gain, asked, offered)
        best = max(
            _sums(gain, *zip(*cells, strict=True), amounts)
            for cells, amounts in _every_plan(gain, asked, offered)
        )
        assert _sums(gain, plan.bid, plan.offer, plan.quantity) == best

    check()


def test_nobody_trades_too_much_or_at_a_loss(rows_at_once):
    @_SOME
    @given(_problems(st.integers(-1, 5), st.integers(1, 2**32 - 1), 8))
    def check(problem):
        gain, asked, offered = problem
        plan = best_plan(gain, asked, offered)
        assert (plan.quantity >= 1).all()
        assert (gain[plan.bid, plan.offer] >= 0).all()
        bought = np.bincount(plan.bid, plan.quantity, len(asked))
        sold = np.bincount(plan.offer, plan.quantity, len(offered))
        assert plan.bought.tolist() == bought.tolist()
        assert plan.sold.tolist() == sold.tolist()
        assert (plan.bought <= asked).all()
        assert (plan.sold <= offered).all()
        pairs = list(zip(plan.bid.tolist(), plan.offer.tolist(), strict=True))
        assert pairs == sorted(set(pairs))

    check()


@pytest.mark.parametrize("highest", [3, 100, 30_000])
@pytest.mark.parametrize("most", [1, 4, 5_000])
def test_welfare_is_that_of_a_linear_program(highest, most):
    random = np.random.default_rng([highest, most])
    gain = random.integers(-highest, highest, (60, 50), endpoint=True)
    gain = np.maximum(gain, -1)
    asked, offered = random.integers(1, most, 60, endpoint=True), random.integers(1, most + 1, 50)
    plan = best_plan(gain, asked.tolist(), offered.tolist())
    sides = np.vstack([np.kron(np.eye(60), np.ones(50)), np.kron(np.ones(60), np.eye(50))])
    solved = linprog(-gain.reshape(-1), sides, np.concatenate([asked, offered]), method="highs")
    assert _sums(gain, plan.bid, plan.offer, plan.quantity)[0] == round(-solved.fun)


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (40, 40)])
def test_ends_where_everything_ties(shape):
    bids, offers = shape
    plan = best_plan(np.zeros(shape, np.int64), [1] * bids, [1] * offers)
    first = list(range(min(shape)))
    assert (plan.bid.tolist(), plan.offer.tolist()) == (first, first)


def test_no_pair_may_trade():
    assert len(best_plan(np.full((3, 2), -1), [1, 1, 1], [2, 2])) == 0


def test_volume_comes_before_merit_order():
    """The dearest bid with the cheapest offer would leave the others without anybody."""
    gain = np.array([[0, -1, 0], [-1, -1, -1], [0, -1, -1]])
    plan = best_plan(gain, [1, 1, 1], [1, 1, 1])
    assert (plan.bid.tolist(), plan.offer.tolist()) == ([0, 2], [2, 0])


def test_welfare_comes_before_volume():
    gain = np.array([[1, 0], [0, -1]])
    plan = best_plan(gain, [1, 1], [1, 1])
    assert (plan.bid.tolist(), plan.offer.tolist()) == ([0], [0])
