from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidValueError
from domain.units import (
    MillicentPerKilowattHour,
    Money,
    WattHours,
    euros,
    payment,
    require_range,
)


def test_one_kilowatt_hour_at_one_euro_is_one_euro() -> None:
    assert payment(WattHours(1000), MillicentPerKilowattHour(100_000)) == 100_000_000


@given(st.integers(0, 2**32 - 1), st.integers(-(2**31), 2**31 - 1), st.integers(0, 2**32 - 1))
def test_payment_adds_up_over_parts_without_rounding(first: int, price: int, second: int) -> None:
    unit_price = MillicentPerKilowattHour(price)
    parts = payment(WattHours(first), unit_price) + payment(WattHours(second), unit_price)
    assert parts == payment(WattHours(first + second), unit_price)


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0, "0.00 EUR"),
        (1, "0.00000001 EUR"),
        (-123_450_000, "-1.2345 EUR"),
        (250_000_000, "2.50 EUR"),
    ],
)
def test_euros_shows_every_digit(amount: int, text: str) -> None:
    assert euros(Money(amount)) == text


@pytest.mark.parametrize("value", [0, 11, True, 1.0, "5", None])
def test_require_range_names_field_expected_and_got(value: object) -> None:
    with pytest.raises(InvalidValueError) as caught:
        require_range("quantity", value, 1, 10)  # type: ignore[arg-type]
    assert caught.value.field == "quantity"
    assert caught.value.got is value
    assert str(caught.value) == f"quantity: expected an integer from 1 to 10, got {value!r}"
