"""Energy that accepts a price, counted price by price and asked one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.tariff import Tariff
from domain.units import MAX_QUANTITY
from market.clearing import blocks
from market.pool import acceptance
from market.pool.acceptance import Acceptance, accepting

_ROWS = st.lists(
    st.tuples(st.integers(-MAX_QUANTITY, MAX_QUANTITY), st.integers(-6, 6)), max_size=20
)


@pytest.fixture(params=["table", "no table", "small blocks"])
def sizes(request, monkeypatch):
    if request.param == "no table":
        monkeypatch.setattr(acceptance, "_TABLE", 0)
    if request.param == "small blocks":
        monkeypatch.setattr(blocks, "BLOCK", 3)
        monkeypatch.setattr(acceptance, "BLOCK", 3)


def test_counts_those_who_accept(sizes):
    @settings(max_examples=300, deadline=None)
    @given(_ROWS, st.integers(-4, 4), st.integers(0, 4))
    def check(rows, low, span):
        net, limit = (np.array([row[at] for row in rows], np.int64) for at in (0, 1))
        found = Acceptance.of(np.abs(net), net < 0, limit, Tariff(low, low + span))
        for price in range(low, low + span + 1):
            need = sum(wh for wh, most in rows if wh > 0 and most >= price)
            surplus = sum(-wh for wh, least in rows if wh < 0 and least <= price)
            assert found.energy_at(price) == (need, surplus)

    check()


def test_a_price_between_two_whole_ones_is_accepted_by_who_accepts_both():
    net, limit = np.array([5, 5, -5, -5]), np.array([10, 11, 10, 11])
    assert accepting(net, limit, 10, 11).tolist() == [0, 5, -5, 0]
