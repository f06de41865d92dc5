"""One day under several mechanisms: what has to be the same, and what may differ."""

from __future__ import annotations

from dataclasses import replace

import pytest

from market.mechanisms import MECHANISMS, mechanism
from node.comparison.books import DayOfBooks
from node.comparison.day import compare_day
from node.scenarios.flows import expected_and_actual
from node.scenarios.loading import load_scenario
from node.scenarios.tariffs import tariffs_of_day

SEED = "1"
EFFICIENT = ("uniform-price", "pay-as-bid", "vcg", "cooperative", "cooperative-shapley")


@pytest.fixture(scope="module")
def scenario():
    return load_scenario("benetutti")


@pytest.fixture(scope="module")
def compared(scenario):
    return compare_day(scenario, list(MECHANISMS.values()), SEED)


@pytest.fixture(scope="module")
def by_name(compared):
    return {day.name: day for day in compared.days}


def test_every_mechanism_clears_the_day(by_name, scenario):
    assert list(by_name) == list(MECHANISMS)
    for day in by_name.values():
        assert [price.start for price in day.prices] == [one.start for one in scenario.intervals()]


def test_the_efficient_ones_trade_the_same_energy_for_the_same_welfare(by_name):
    found = {(by_name[name].volume, by_name[name].welfare) for name in EFFICIENT}
    assert len(found) == 1
    most = by_name["uniform-price"].welfare
    assert most > 0
    assert all(day.welfare <= most for day in by_name.values())


def test_what_participants_save_comes_from_the_grid_and_the_operator(compared, scenario):
    """Money is conserved: bills are what the grid receives and what the operator keeps."""
    books = DayOfBooks.of(scenario, SEED)
    for day in compared.days:
        one = mechanism(day.name)
        grid = 0
        for index, tariff in enumerate(books.tariffs):
            request = books.request(index, one)
            outcome = one.fulfil(request).outcome
            for member in books.days:
                bought = sum(
                    int(energy) * (-1 if offer else 1)
                    for who, energy, offer in zip(
                        request.book.participants,
                        outcome.filled,
                        request.orders.is_offer,
                        strict=True,
                    )
                    if who == member.participant.key
                )
                rest = member.actual[index].net - bought
                grid += rest * (tariff.retail if rest > 0 else tariff.feed_in)
        bills = sum(compared.alone.values()) - sum(day.saved.values())
        assert bills == grid + day.surplus


@pytest.mark.parametrize("name", [name for name, one in MECHANISMS.items() if one.balanced])
def test_a_balanced_mechanism_leaves_the_operator_nothing(by_name, name):
    assert by_name[name].surplus == 0


def test_alone_is_what_the_meters_cost_at_the_tariff(compared, scenario):
    tariffs = tariffs_of_day(scenario)
    for day in expected_and_actual(scenario, SEED):
        cost = sum(
            flow.imported * tariff.retail - flow.exported * tariff.feed_in
            for flow, tariff in zip(day.actual, tariffs, strict=True)
        )
        assert compared.alone[day.participant.key] == cost


def test_exporters_are_those_who_gave_more_than_they_took(compared, scenario):
    for day in expected_and_actual(scenario, SEED):
        took = sum(flow.imported - flow.exported for flow in day.actual)
        assert (day.participant.key in compared.exporters) == (took < 0)
    day = compared.days[0]
    total = sum(day.saved.values())
    assert compared.saved_by(day, exporters=True) + compared.saved_by(day, exporters=False) == total


def test_prices_lie_within_the_tariff(compared, scenario):
    tariffs = tariffs_of_day(scenario)
    for day in compared.days:
        for price, tariff in zip(day.prices, tariffs, strict=True):
            for one in (price.buying, price.selling):
                assert one is None or tariff.feed_in <= one <= tariff.retail


def test_another_seed_is_another_day(scenario):
    short = [mechanism("uniform-price")]
    one, other = (compare_day(scenario, short, seed).days[0] for seed in ("1", "2"))
    assert one.volume != other.volume
    assert replace(one, name="") == replace(compare_day(scenario, short, "1").days[0], name="")
