"""Prices in EUR/MWh as texts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidValueError
from domain.units import MAX_PRICE, MIN_PRICE
from oracle.prices.decimals import read_price, written_price


@pytest.mark.parametrize(
    ("text", "price"),
    [("95.03007", 9503), ("-0.015", -2), ("+7", 700), ("7.", 700), (".5", 50), ("-0", 0)],
)
def test_a_price_is_read_half_to_even(text, price):
    assert read_price(text, "price") == price


@pytest.mark.parametrize(
    "text",
    ["", ".", "-", "1,5", "1 5", " 1", "1e3", "NaN", "inf", "0x1", "1_0", "٣", "1" * 41, "9" * 12],
)
def test_what_is_no_price_is_refused_by_field(text):
    with pytest.raises(InvalidValueError) as caught:
        read_price(text, "line 3: price")
    assert caught.value.field == "line 3: price"
    assert caught.value.got == text


@given(st.integers(MIN_PRICE, MAX_PRICE))
def test_a_price_is_written_and_read_back(price):
    text = written_price(price)
    assert read_price(text, "price") == price
    assert text.partition(".")[2].isdigit()
    assert len(text.partition(".")[2]) == 2


def test_small_negative_prices_keep_their_sign():
    assert [written_price(price) for price in (-1, -100, -105, 0)] == [
        "-0.01",
        "-1.00",
        "-1.05",
        "0.00",
    ]
