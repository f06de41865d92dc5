"""Orders are what each participant expects, at prices that make a market of the day."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby

import pytest

from domain.order import Side
from node.scenarios.flows import ParticipantDay
from node.scenarios.scenario import MarketPlan, Scenario
from node.scenarios.strategy import PlannedOrder, planned_orders
from node.scenarios.tariffs import tariffs_of_day

Book = tuple[PlannedOrder, ...]


@pytest.fixture(scope="module")
def books(benetutti: Scenario, days: tuple[ParticipantDay, ...]) -> tuple[Book, ...]:
    return planned_orders(benetutti, days, tariffs_of_day(benetutti), "one")


def volume(book: Book, side: Side) -> int:
    return sum(order.quantity for order in book if order.side is side)


def test_each_order_is_the_expected_need_or_surplus(
    books: tuple[Book, ...], days: tuple[ParticipantDay, ...]
) -> None:
    for at, book in enumerate(books):
        signed = {
            order.participant: order.quantity if order.side is Side.BID else -order.quantity
            for order in book
        }
        expected = {day.participant.key: day.expected[at].net for day in days}
        assert signed == {key: net for key, net in expected.items() if net}


def test_limits_lie_between_feed_in_and_retail(
    books: tuple[Book, ...], benetutti: Scenario
) -> None:
    for book, tariff in zip(books, tariffs_of_day(benetutti), strict=True):
        for order in book:
            assert tariff.feed_in <= order.price <= tariff.retail


def test_prices_differ_from_one_participant_to_the_next(books: tuple[Book, ...]) -> None:
    assert len({order.price for order in books[48]}) > 10


def test_the_same_seed_gives_the_same_orders(
    books: tuple[Book, ...], benetutti: Scenario, days: tuple[ParticipantDay, ...]
) -> None:
    tariffs = tariffs_of_day(benetutti)
    assert planned_orders(benetutti, days, tariffs, "one") == books
    assert planned_orders(benetutti, days, tariffs, "two") != books


def test_the_day_has_scarcity_plenty_and_night(books: tuple[Book, ...]) -> None:
    def state(at: int) -> str:
        bids, offers = volume(books[at], Side.BID), volume(books[at], Side.OFFER)
        if not bids or not offers:
            return "no trade"
        return "plenty" if offers > bids else "scarcity"

    assert {state(at) for at in range(20)} == {"no trade"}
    assert state(4 * 8) == "scarcity"
    assert {state(at) for at in range(44, 52)} <= {"plenty", "no trade"}
    assert {state(at) for at in range(70, 74)} == {"scarcity"}
    assert {state(at) for at in range(80, 96)} == {"no trade"}


def test_most_of_the_daylight_can_trade(books: tuple[Book, ...]) -> None:
    crossing = [min(volume(book, Side.BID), volume(book, Side.OFFER)) > 0 for book in books[26:75]]
    longest = max(len(list(run)) for trades, run in groupby(crossing) if trades)
    assert sum(crossing) > 40
    assert longest > 16


@pytest.mark.parametrize("name", ["mid-market-rate", "supply-demand-ratio", "bill-sharing"])
def test_nobody_bargains_where_limits_move_no_price(
    benetutti: Scenario, days: tuple[ParticipantDay, ...], books: tuple[Book, ...], name: str
) -> None:
    pool = replace(benetutti, market=MarketPlan(name))
    tariffs = tariffs_of_day(pool)
    for tariff, book, bargained in zip(
        tariffs, planned_orders(pool, days, tariffs, "one"), books, strict=True
    ):
        for order, other in zip(book, bargained, strict=True):
            assert order.price == (tariff.retail if order.side is Side.BID else tariff.feed_in)
            assert replace(order, price=other.price) == other
