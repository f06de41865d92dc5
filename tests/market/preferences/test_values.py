"""What pairs ask and gain."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from domain.tariff import Tariff
from identity.hashing import keccak256
from market.preferences.profiles import profiles
from market.preferences.values import pair_values

_TARIFF = Tariff(5, 30)


def test_every_pair_is_valued_as_the_rule_reads(strategies):
    @settings(max_examples=100, deadline=None)
    @given(strategies.communities)
    def check(town):
        bids, offers = profiles(town.arrays, town.terms, town.tariff)
        values = pair_values(bids, offers, town.terms, town.tariff)
        for at, bid in zip(bids.profile, bids.orders, strict=True):
            for to, offer in zip(offers.profile, offers.orders, strict=True):
                pair = (town.orders[bid], town.orders[offer])
                expected = town.gain(*pair)
                assert values.gain[at, to] == (-1 if expected is None else expected)
                assert values.asked[at, to] == town.asked(*pair)

    check()


@pytest.fixture
def pair(order, community):
    """A buyer at 20 in area 0, and a green seller at 12 in area 1; the network takes 3."""
    return community(
        (
            order(False, 20, 1, keccak256(b"bid"), party=0, area=0),
            order(True, 12, 1, keccak256(b"offer"), party=1, area=1, words=frozenset({1})),
        ),
        fees=((0, 9, 9), (3, 0, 9), (9, 9, 9)),
        tariff=_TARIFF,
    )


def _gain(town):
    bids, offers = profiles(town.arrays, town.terms, town.tariff)
    values = pair_values(bids, offers, town.terms, town.tariff)
    return values.asked.item(), values.gain.item()


def test_limits_less_the_fee_towards_the_buyer(pair):
    assert _gain(pair) == (12, 5)


@pytest.mark.parametrize(
    ("said", "asked", "gain"),
    [
        ({"party": 0, "partner": 1, "premium": 2}, 12, 7),
        ({"party": 0, "attribute": 1, "premium": 2}, 12, 7),
        ({"party": 0, "partner": 1, "attribute": 1, "premium": 2}, 12, 7),
        ({"party": 0, "attribute": 1, "premium": -3}, 12, 2),
        ({"party": 0, "attribute": 1, "premium": -6}, 12, -1),
        ({"party": 0, "attribute": 0, "premium": 2}, 12, 5),
        ({"party": 0, "partner": 0, "premium": 2}, 12, 5),
        ({"party": 0, "partner": 1, "attribute": 0, "premium": 2}, 12, 5),
        ({"party": 1, "partner": 0, "premium": 2}, 10, 7),
        ({"party": 1, "partner": 0, "premium": -2}, 14, 3),
        ({"party": 0, "attribute": 1, "premium": 50}, 12, 15),
        ({"party": 1, "partner": 0, "premium": 50}, 5, 12),
        ({"party": 0, "attribute": 1}, 12, -1),
        ({"party": 1, "partner": 0}, 12, -1),
        ({"party": 1, "attribute": 1}, 12, 5),
    ],
)
def test_a_statement(pair, statement, said, asked, gain):
    assert _gain(replace(pair, statements=(statement(**said),))) == (asked, gain)


def test_premiums_add_up_and_a_refusal_outdoes_them(pair, statement):
    both = (
        statement(0, partner=1, premium=2),
        statement(0, attribute=1, premium=-1),
        statement(1, partner=0, premium=3),
    )
    assert _gain(replace(pair, statements=both)) == (9, 9)
    refused = (*both, statement(0, attribute=1))
    assert _gain(replace(pair, statements=refused)) == (9, -1)


def test_limits_beyond_the_tariff_count_as_its_prices_before_premiums(pair, statement):
    bid, offer = pair.orders
    greedy = (replace(bid, price=99), replace(offer, price=-99))
    dislike = (statement(0, partner=1, premium=-4), statement(1, partner=0, premium=-4))
    assert _gain(replace(pair, orders=greedy)) == (5, 22)
    assert _gain(replace(pair, orders=greedy, statements=dislike)) == (9, 14)
