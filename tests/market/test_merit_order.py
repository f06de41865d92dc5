"""Who meets whom in merit order, against one Wh after the other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.clearing import DigestKeys, blocks, merit_order
from market.clearing.merit_order import by_price_and_key, join_ends, meetings

_QUANTITIES = st.lists(st.integers(1, 4), min_size=1, max_size=12)


@pytest.fixture(params=["whole rows", "small blocks"])
def sizes(request, monkeypatch):
    if request.param == "small blocks":
        monkeypatch.setattr(blocks, "BLOCK", 3)
        monkeypatch.setattr(merit_order, "AT_A_TIME", 3)


def test_every_wh_of_one_row_meets_the_same_wh_of_the_other(sizes):
    @settings(max_examples=400, deadline=None)
    @given(_QUANTITIES, _QUANTITIES)
    def check(bids, offers):
        shorter, missing = (bids, sum(offers) - sum(bids))
        if missing < 0:
            shorter, missing = offers, -missing
        if missing:
            shorter.append(missing)
        found = [
            (int(bid), int(offer))
            for part in _meetings(bids, offers)
            for bid, offer, wh in zip(part.bid, part.offer, part.quantity, strict=True)
            for _ in range(wh)
        ]
        assert found == list(zip(_unit_by_unit(bids), _unit_by_unit(offers), strict=True))

    check()


def _meetings(bids, offers):
    ends = np.array(bids + offers)
    join_ends(ends, len(bids))
    return meetings(ends)


def _unit_by_unit(quantities):
    return [place for place, wh in enumerate(quantities) for _ in range(wh)]


def test_ends_are_told_once_for_each_party(sizes):
    bids, offers = [3, 2, 5], [5, 1, 1, 3]
    ended = {"bid": [], "offer": []}
    for part in _meetings(bids, offers):
        assert (part.quantity >= 0).all()
        ended["bid"] += part.bid[part.bid_ends].tolist()
        ended["offer"] += part.offer[part.offer_ends].tolist()
    assert ended == {"bid": [0, 1, 2], "offer": [0, 1, 2, 3]}


@pytest.mark.parametrize("common", [0, 8, 31])
def test_equal_prices_go_by_the_whole_key(sizes, common):
    random = np.random.default_rng(common)
    digests = random.integers(0, 256, (50, 32)).astype(np.uint8)
    digests[:, :common] = 0
    digests = np.unique(digests, axis=0)
    price = random.integers(-2, 3, len(digests))
    sequence = random.permutation(len(digests))
    ranking = by_price_and_key(price[sequence], DigestKeys(digests), sequence)
    expected = sorted(sequence.tolist(), key=lambda at: (price[at], bytes(digests[at])))
    assert ranking.indices.tolist() == expected
    assert ranking.price.tolist() == price[expected].tolist()
