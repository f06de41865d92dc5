"""How long the search goes on."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from domain.errors import InvalidValueError
from market.supply_function import Effort, clear_supply_function
from market.supply_function.relaxation import Relaxation


@pytest.mark.parametrize(
    ("field", "value"),
    [("rounds", 0), ("rounds", 10_001), ("nodes", 0), ("gap_per_billion", -1), ("nodes", 1.5)],
)
def test_efforts_that_are_none(field, value):
    with pytest.raises(InvalidValueError) as caught:
        Effort(**{field: value})
    assert caught.value.field == field


def test_the_search_ends_at_the_gap(days):
    @settings(max_examples=80, deadline=None)
    @given(days.small)
    def check(day):
        found = clear_supply_function(day.orders(), effort=Effort(gap_per_billion=10**9))
        assert found.rounds <= 1
        exact = clear_supply_function(day.orders(), effort=Effort(gap_per_billion=0))
        assert exact.rounds <= Effort().rounds
        assert exact.gap == 0.0

    check()


def test_without_proposals_the_bound_is_known_without_the_solver(days, best_welfare, monkeypatch):
    monkeypatch.setattr(Relaxation, "solve", lambda *_: (None, float("inf")))

    @settings(max_examples=80, deadline=None)
    @given(days.small)
    def check(day):
        found = clear_supply_function(day.orders())
        assert found.welfare <= best_welfare(day, None) <= found.bound

    check()


def test_the_nearest_levels_are_repaired(days, best_welfare, monkeypatch):
    """Where the solver proposes to accept everything, what can be kept is a result."""

    def all_accepted(self, nodes, relative_gap):
        from market.supply_function.relaxation import Proposal

        return Proposal(tuple(block.size for block in self._book.blocks), {}), float("inf")

    monkeypatch.setattr(Relaxation, "solve", all_accepted)

    @settings(max_examples=80, deadline=None)
    @given(days.small)
    def check(day):
        found = clear_supply_function(day.orders())
        assert found.welfare <= best_welfare(day, None) <= found.bound
        for number, block in enumerate(found.blocks):
            if block.level:
                assert sum(found.blocks[one].surplus for one in day.family(number)) >= 0

    check()
