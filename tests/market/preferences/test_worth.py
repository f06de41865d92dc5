"""The lattice of stable outcomes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from market.preferences.plan import best_plan
from market.preferences.worth import stable_worth

_SOME = settings(max_examples=100, deadline=None)


@st.composite
def _problems(draw):
    bids, offers = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    cells = draw(st.lists(st.integers(-1, 9), min_size=bids * offers, max_size=bids * offers))
    asked, offered = (
        np.array(draw(st.lists(st.integers(1, 4), min_size=size, max_size=size)))
        for size in (bids, offers)
    )
    return np.array(cells, np.int64).reshape(bids, offers), asked, offered


def _ends_by_linear_programs(gain, plan, asked, offered):
    """Return each offer's least and greatest worth over all stable outcomes."""
    bids, offers = gain.shape
    covers = np.hstack(
        [np.kron(np.eye(bids), np.ones((offers, 1))), np.kron(np.ones((bids, 1)), np.eye(offers))]
    )
    traded = plan.bid * offers + plan.offer
    filled = np.concatenate([plan.bought == asked, plan.sold == offered])
    ends = []
    for sign in (1, -1):
        row = []
        for offer in range(offers):
            target = np.zeros(bids + offers)
            target[bids + offer] = sign
            solved = linprog(
                target,
                -covers,
                -gain.reshape(-1),
                covers[traded] if traded.size else None,
                gain.reshape(-1)[traded] if traded.size else None,
                [(0, None if full else 0) for full in filled],
            )
            row.append(round(sign * solved.fun))
        ends.append(row)
    return ends


def test_ends_are_the_least_and_the_greatest_of_all_stable_outcomes():
    @_SOME
    @given(_problems())
    def check(problem):
        gain, asked, offered = problem
        plan = best_plan(gain, asked.tolist(), offered.tolist())
        worth = stable_worth(gain, plan, asked, offered, 500)
        ends = _ends_by_linear_programs(gain, plan, asked, offered)
        assert [worth.low.tolist(), worth.high.tolist()] == ends

    check()


@pytest.mark.parametrize(
    ("k", "chosen"), [(0, [2, 2]), (1, [2, 2]), (250, [3, 3]), (500, [4, 4]), (1000, [7, 7])]
)
def test_a_point_between_the_ends(k, chosen):
    """Two equal offers, two bids of 9 and 7, one left out of 2: each price from 2 to 7."""
    gain = np.array([[9, 9], [7, 7], [2, 2]])
    plan = best_plan(gain, [1, 1, 1], [1, 1])
    worth = stable_worth(gain, plan, np.ones(3), np.ones(2), k)
    assert (worth.low.tolist(), worth.high.tolist()) == ([2, 2], [7, 7])
    assert worth.chosen.tolist() == chosen


def test_a_long_chain_of_substitutes():
    """Each bid fits two neighbouring offers; one bid too many at the end sets every price."""
    size = 300
    gain = np.full((size + 1, size), -1)
    places = np.arange(size)
    gain[places, places] = 1000
    gain[places + 1, places] = 999
    plan = best_plan(gain, [1] * (size + 1), [1] * size)
    worth = stable_worth(gain, plan, np.ones(size + 1), np.ones(size), 0)
    assert worth.low.tolist() == list(range(1000 - size, 1000))
