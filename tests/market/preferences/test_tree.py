"""The spanning tree between bids and offers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.preferences.tree import SpanningTree

_QUANTITIES = st.lists(st.integers(1, 3), min_size=1, max_size=6)


def _arcs(tree):
    return [arc for arc in tree._arcs() if tree.ground not in arc[:2]]


def _require_sound(tree, bids, offers, values):
    """Flows balance, arcs are worth their potentials, and each empty arc leads to the ground."""
    balance = [*bids, *(-wh for wh in offers), sum(offers) - sum(bids)]
    for node, (tail, head, flow) in enumerate(tree._arcs()):
        assert flow >= 0
        assert flow or tail == node
        balance[tail] -= flow
        balance[head] += flow
        traded = tree.ground not in (tail, head)
        worth = values[tail, head - len(bids)] if traded else 0
        assert tree.potential[tail] - tree.potential[head] == worth
    assert not any(balance)
    assert tree.potential[tree.ground] == 0


@settings(max_examples=200, deadline=None)
@given(_QUANTITIES, _QUANTITIES, st.data())
def test_stays_sound_whichever_arcs_are_exchanged(bids, offers, data):
    cells = st.lists(
        st.integers(-3, 3), min_size=len(bids) * len(offers), max_size=len(bids) * len(offers)
    )
    values = np.array(data.draw(cells)).reshape(len(bids), len(offers))
    tree = SpanningTree(bids, offers)
    _require_sound(tree, bids, offers, values)
    for _ in range(12):
        inside = {(tail, head) for tail, head, _ in tree._arcs()}
        pairs = [(i, len(bids) + j) for i in range(len(bids)) for j in range(len(offers))]
        outside = [pair for pair in pairs if pair not in inside]
        if not outside:
            break
        tail, head = data.draw(st.sampled_from(outside))
        gain = values[tail, head - len(bids)] - tree.potential[tail] + tree.potential[head]
        tree.exchange(tail, head, int(gain))
        _require_sound(tree, bids, offers, values)


def test_an_exchange_sends_what_can_go_round():
    tree = SpanningTree([5, 2], [3])
    tree.exchange(0, 2, 7)
    assert tree.trades() == [(0, 0, 3)]
    assert tree.potential.tolist() == [0, 0, -7, 0]
    tree.exchange(1, 2, 2)
    assert tree.trades() == [(0, 0, 1), (1, 0, 2)]
    assert tree.potential.tolist() == [0, 2, -7, 0]


def test_other_values_give_other_potentials():
    tree = SpanningTree([5, 2], [3])
    tree.exchange(0, 2, 7)
    tree.exchange(1, 2, 2)
    tree.revalue(np.array([[4], [6]]))
    assert tree.potential.tolist() == [0, 2, -4, 0]


@pytest.mark.parametrize(("bids", "offers"), [([], [3]), ([2], []), ([], [])])
def test_one_side_trades_nothing(bids, offers):
    assert SpanningTree(bids, offers).trades() == []
