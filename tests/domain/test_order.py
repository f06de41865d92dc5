from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidValueError
from domain.interval import Interval
from domain.order import Order, PackedOrder, Side, pack_orders, unpack_orders
from domain.units import Account, MillicentPerKilowattHour, WattHours

INTERVAL = Interval(1, 900)


def orders() -> st.SearchStrategy[Order]:
    return st.builds(
        Order,
        interval=st.just(INTERVAL),
        account=st.integers(1, 2**31 - 1).map(Account),
        side=st.sampled_from(Side),
        quantity=st.integers(1, 2**32 - 1).map(WattHours),
        price=st.integers(-(2**31), 2**31 - 1).map(MillicentPerKilowattHour),
        salt=st.integers(0, 2**128 - 1),
    )


def test_an_order_packs_as_documented() -> None:
    order = Order(
        INTERVAL, Account(5), Side.OFFER, WattHours(258), MillicentPerKilowattHour(-2), salt=0
    )
    assert order.pack().hex() == "80000005" + "00000102" + "fffffffe"


@given(st.lists(orders(), max_size=5))
def test_packed_orders_can_be_read_back(book: list[Order]) -> None:
    assert unpack_orders(pack_orders(book)) == [
        PackedOrder(order.account, order.side, order.quantity, order.price) for order in book
    ]


def test_a_cut_batch_is_refused() -> None:
    with pytest.raises(InvalidValueError, match="a multiple of 12 bytes"):
        unpack_orders(b"\0" * 13)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("account", 0),
        ("account", 2**31),
        ("quantity", 0),
        ("quantity", 2**32),
        ("price", 2**31),
        ("salt", 2**128),
    ],
)
def test_a_field_out_of_range_is_named(field: str, value: int) -> None:
    good = {"account": 1, "quantity": 1, "price": 0, "salt": 0}
    with pytest.raises(InvalidValueError) as caught:
        Order(interval=INTERVAL, side=Side.BID, **{**good, field: value})  # type: ignore[arg-type]
    assert caught.value.field == field


def test_a_side_reads_as_written() -> None:
    assert [Side.parse(side.label) for side in Side] == list(Side)
    with pytest.raises(InvalidValueError, match="'bid' or 'offer'"):
        Side.parse("buy")
