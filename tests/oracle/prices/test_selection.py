"""Which time series are taken is chosen, and two different prices are never one."""

from __future__ import annotations

import random

import pytest

from domain.errors import InvalidValueError
from domain.price_series import utc_text
from oracle.prices.publication import read_publication
from oracle.prices.selection import Choice, NothingSelectedError, select

NEXT = {"start": "2025-04-01T00:00Z", "end": "2025-04-01T02:00Z"}


@pytest.fixture
def selected(publication_xml):
    """Select of a document of some time series."""

    def selected(*series, **choice):
        published = read_publication(publication_xml(*series), "doc.xml")
        return select(published, Choice(**choice), "doc.xml")

    return selected


def test_several_days_make_one_series(selected, series_xml):
    found = selected(series_xml([(1, "3"), (2, "4")], **NEXT), series_xml()).prices
    assert found.prices == (1000, 2050, 300, 400)
    assert (utc_text(found.start), utc_text(found.end)) == ("2025-03-31T22:00Z", NEXT["end"])
    assert (found.step, list(found.gaps())) == (3600, [])


def test_days_with_a_day_between_them_leave_a_gap(selected, series_xml):
    later = series_xml(start="2025-04-02T22:00Z", end="2025-04-03T00:00Z")
    ((begin, end),) = selected(series_xml(), later).prices.gaps()
    assert (utc_text(begin), utc_text(end)) == ("2025-04-01T00:00Z", "2025-04-02T22:00Z")


def test_the_coupled_auction_is_taken_unless_another_is_chosen(document):
    published = read_publication(document("two-auctions-two-days.xml"), "doc.xml")
    coupled = select(published, Choice(), "doc.xml")
    assert (coupled.prices.step, len(coupled.prices.prices)) == (3600, 48)
    assert coupled.prices.prices[:4] == (6050, 5821, 5821, 5500)
    assert coupled.left_out == ("2 time series of auction sequence 2",)
    separate = select(published, Choice(sequence=2), "doc.xml")
    assert (separate.prices.step, len(separate.prices.prices)) == (900, 192)
    assert separate.prices.prices[:3] == (6102, 6102, 5990)
    assert separate.left_out == ("2 time series of auction sequence 1",)


def test_another_auction_never_stands_in_for_the_coupled_one(selected, series_xml):
    with pytest.raises(NothingSelectedError) as caught:
        selected(series_xml(sequence=2))
    assert caught.value.expected == "day-ahead prices in EUR, auction sequence 1"
    assert caught.value.got == "1 time series of auction sequence 2"


def test_intraday_auctions_and_other_currencies_are_left_out_and_named(selected, series_xml):
    found = selected(
        series_xml([(1, "99"), (2, "99")], contract="A07"),
        series_xml([(1, "400"), (2, "400")], currency="PLN"),
        series_xml(),
        series_xml([(1, "1"), (2, "2")], zone="10Y1001A1001A73I"),
        zone="10Y1001A1001A74G",
    )
    assert found.prices.prices == (1000, 2050)
    assert found.left_out == (
        "1 time series in PLN, not EUR",
        "1 time series of contract type A07, not day-ahead",
        "1 time series of zone 10Y1001A1001A73I",
    )


def test_another_currency_alone_is_refused(selected, series_xml):
    with pytest.raises(NothingSelectedError, match="1 time series in PLN, not EUR"):
        selected(series_xml(currency="PLN"))


def test_one_of_several_zones_has_to_be_chosen(selected, series_xml):
    both = series_xml(), series_xml(zone="10Y1001A1001A73I")
    with pytest.raises(InvalidValueError, match=r"one to be chosen of .*73I, .*74G"):
        selected(*both)
    assert selected(*both, zone="10Y1001A1001A73I").prices.prices == (1000, 2050)
    with pytest.raises(NothingSelectedError, match="of zone 10YCZ-CEPS-----N"):
        selected(*both, zone="10YCZ-CEPS-----N")


def quarters(series_xml, *prices):
    points = list(enumerate(prices, 1))
    return series_xml(points, resolution="PT15M", curve="A03")


def test_resolutions_that_agree_make_one_series_in_the_shorter_step(selected, series_xml):
    same = quarters(series_xml, *["10"] * 4, "20.5")
    found = selected(series_xml(), same).prices
    assert (found.step, found.prices) == (900, (1000,) * 4 + (2050,) * 4)


def test_resolutions_that_disagree_are_refused_until_one_is_chosen(selected, series_xml):
    both = series_xml(), quarters(series_xml, "8", "9", "11", "12", "20.5")
    with pytest.raises(InvalidValueError) as caught:
        selected(*both)
    assert caught.value.field.endswith("position 1: price from 2025-03-31T22:00Z on")
    assert caught.value.expected.endswith("where resolutions disagree, choose one")
    assert selected(*both, resolution=3600).prices.prices == (1000, 2050)
    assert selected(*both, resolution=900).prices.prices[:5] == (800, 900, 1100, 1200, 2050)
    with pytest.raises(NothingSelectedError, match="in steps of 1800 seconds"):
        selected(*both, resolution=1800)


def test_hours_before_a_change_of_resolution_are_repeated_in_quarters(selected, series_xml):
    after = series_xml([(1, "1"), (2, "2"), (5, "3")], resolution="PT15M", curve="A03", **NEXT)
    found = selected(series_xml(), after).prices
    assert found.step == 900
    assert found.prices == (1000,) * 4 + (2050,) * 4 + (100,) + (200,) * 3 + (300,) * 4


def test_the_same_price_twice_is_one_price(selected, series_xml):
    assert selected(series_xml(), series_xml()).prices.prices == (1000, 2050)


def test_the_result_does_not_depend_on_the_sequence(document):
    published = list(read_publication(document("two-auctions-two-days.xml"), "doc.xml"))
    expected = select(published, Choice(), "doc.xml")
    for seed in range(10):
        random.Random(seed).shuffle(published)
        assert select(published, Choice(), "doc.xml") == expected


def test_the_refusal_does_not_depend_on_the_sequence(publication_xml, series_xml):
    content = publication_xml(series_xml(), series_xml([(1, "10"), (2, "7")]))
    published = read_publication(content, "doc.xml")
    said = set()
    for order in (published, published[::-1]):
        with pytest.raises(InvalidValueError) as caught:
            select(order, Choice(), "doc.xml")
        said.add(str(caught.value))
    assert said == {
        "doc.xml TimeSeries 2 Period 1 position 2: price from 2025-03-31T23:00Z on: expected 2050, "
        "as in doc.xml TimeSeries 1 Period 1 position 2 (millicent per kWh); where resolutions "
        "disagree, choose one, got 700"
    }
