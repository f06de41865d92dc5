"""What an order may not say."""

from __future__ import annotations

import pytest

from domain.errors import InvalidValueError
from domain.order import Side
from domain.units import MAX_PRICE, MAX_QUANTITY, MIN_PRICE
from market.continuous import MAX_TIME, LimitOrder

_KEY = b"k" * 32
_OFFER = LimitOrder(_KEY, Side.OFFER, 5, 10)


@pytest.mark.parametrize(
    "order",
    [
        _OFFER,
        LimitOrder(_KEY, Side.BID, MIN_PRICE, MAX_QUANTITY, expires=MAX_TIME),
        LimitOrder(_KEY, Side.OFFER, MAX_PRICE, 1, expires=0, minimum=1),
        _OFFER._replace(minimum=10, lem_low=-3, lem_high=-3),
    ],
)
def test_takes(order):
    order.require_valid()


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("key", b"short", "32 bytes"),
        ("key", "k" * 32, "32 bytes"),
        ("side", 1, "Side.BID or Side.OFFER"),
        ("price", MIN_PRICE - 1, f"an integer from {MIN_PRICE} to {MAX_PRICE}"),
        ("price", MAX_PRICE + 1, f"an integer from {MIN_PRICE} to {MAX_PRICE}"),
        ("price", 5.0, f"an integer from {MIN_PRICE} to {MAX_PRICE}"),
        ("price", True, f"an integer from {MIN_PRICE} to {MAX_PRICE}"),
        ("quantity", 0, f"an integer from 1 to {MAX_QUANTITY}"),
        ("quantity", MAX_QUANTITY + 1, f"an integer from 1 to {MAX_QUANTITY}"),
        ("quantity", float("nan"), f"an integer from 1 to {MAX_QUANTITY}"),
        ("expires", -1, f"an integer from 0 to {MAX_TIME}"),
        ("expires", MAX_TIME + 1, f"an integer from 0 to {MAX_TIME}"),
        ("expires", "9", f"an integer from 0 to {MAX_TIME}"),
        ("minimum", 0, "an integer from 1 to 10"),
        ("minimum", 11, "an integer from 1 to 10"),
        ("lem_low", MIN_PRICE - 1, f"an integer from {MIN_PRICE} to {MAX_PRICE}"),
        ("lem_high", MAX_PRICE + 1, f"an integer from {MIN_PRICE} to {MAX_PRICE}"),
    ],
)
def test_refuses(field, value, expected):
    with pytest.raises(InvalidValueError) as caught:
        _OFFER._replace(**{field: value}).require_valid()
    assert (caught.value.field, caught.value.expected) == (field, expected)


def test_refuses_a_range_without_a_price():
    with pytest.raises(InvalidValueError, match="lem_high: expected an integer from 4"):
        _OFFER._replace(lem_low=4, lem_high=3).require_valid()


def test_refuses_a_bid_with_a_minimum():
    with pytest.raises(InvalidValueError, match="minimum: expected 1, for bids have no minimum"):
        _OFFER._replace(side=Side.BID, minimum=2).require_valid()
