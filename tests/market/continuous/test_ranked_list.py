"""A sorted list in blocks, against a plain list."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from market.continuous import ranked_list
from market.continuous.ranked_list import RankedList

_RANKS = st.integers(-20, 20)
_HURDLES = st.integers(-5, 5)


class AgainstPlainList(RuleBasedStateMachine):
    """Items are their own ranks as texts."""

    def __init__(self):
        super().__init__()
        self.found = RankedList()
        self.plain = {}

    @rule(rank=_RANKS, hurdle=_HURDLES)
    def add(self, rank, hurdle):
        if rank not in self.plain:
            self.found.add(rank, hurdle, str(rank))
            self.plain[rank] = hurdle

    @precondition(lambda self: self.plain)
    @rule(data=st.data())
    def remove(self, data):
        rank = data.draw(st.sampled_from(sorted(self.plain)))
        self.found.remove(rank)
        del self.plain[rank]

    @precondition(lambda self: self.plain)
    @rule(data=st.data(), more=st.integers(0, 4))
    def raise_hurdle(self, data, more):
        rank = data.draw(st.sampled_from(sorted(self.plain)))
        self.plain[rank] += more
        self.found.raise_hurdle(rank, self.plain[rank])

    @rule(reach=_HURDLES, bound=_RANKS, after=st.none() | _RANKS)
    def first(self, reach, bound, after):
        ranks = [
            rank
            for rank, hurdle in self.plain.items()
            if hurdle <= reach and rank < bound and (after is None or rank > after)
        ]
        assert self.found.first(reach, bound, after) == (str(min(ranks)) if ranks else None)

    @rule(low=_RANKS, high=_RANKS)
    def between(self, low, high):
        expected = [(rank, str(rank)) for rank in sorted(self.plain) if low <= rank < high]
        assert list(self.found.between(low, high)) == expected

    @rule(rank=_RANKS)
    def missing(self, rank):
        if rank not in self.plain:
            for call in (self.found.remove, lambda rank: self.found.raise_hurdle(rank, 9)):
                with pytest.raises(KeyError):
                    call(rank)

    @invariant()
    def ascending(self):
        assert list(self.found) == [str(rank) for rank in sorted(self.plain)]


@pytest.mark.parametrize("most", [1, 3])
def test_equals_a_plain_list(most, monkeypatch):
    monkeypatch.setattr(ranked_list, "_MOST", most)
    case = AgainstPlainList.TestCase()
    case.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
    case.runTest()


def test_a_search_learns_that_a_block_has_nothing():
    """Stale lowest hurdles are renewed, so that the block is passed over from then on."""
    found = RankedList()
    for rank in range(4):
        found.add(rank, 0, rank)
    for rank in range(4):
        found.raise_hurdle(rank, 9)
    block = found._blocks[0]
    assert block.lowest == 0
    assert found.first(5, 100) is None
    assert block.lowest == 9
