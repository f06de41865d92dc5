"""From a committed book to arrays, and from its outcome to fills."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from domain.order import Side
from domain.trade import Fill
from domain.units import Money, WattHours
from market.book import KeptOrder
from market.clearing import DigestKeys, OrderArrays

Integers = NDArray[np.int64]


def book_arrays(book: Sequence[KeptOrder]) -> tuple[OrderArrays, Integers]:
    """Return a book's orders, keys their digests, and whose each of them is."""
    orders = OrderArrays(
        side=np.array([kept.order.side for kept in book], np.uint8),
        price=np.array([kept.order.price for kept in book], np.int64),
        quantity=np.array([kept.order.quantity for kept in book], np.int64),
        keys=DigestKeys.of([kept.digest for kept in book]),
    )
    return orders, np.array([kept.order.account for kept in book], np.int64)


def fills_of(book: Sequence[KeptOrder], filled: Integers, payments: Integers) -> list[Fill]:
    """Return what each order trades; copies of one order in a book are one fill.

    Args:
        book: the orders.
        filled: Wh of each that trade.
        payments: 10^-8 EUR of each, positive where it pays.
    """
    fills: dict[bytes, Fill] = {}
    for index in np.flatnonzero(filled).tolist():
        fill = _fill(book[index], int(filled[index]), int(payments[index]))
        known = fills.get(fill.digest)
        fills[fill.digest] = fill if known is None else _joined(known, fill)
    return list(fills.values())


def _fill(kept: KeptOrder, quantity: int, payment: int) -> Fill:
    is_bid = kept.order.side is Side.BID
    return Fill(
        digest=kept.digest,
        account=kept.order.account,
        bought=WattHours(quantity if is_bid else 0),
        sold=WattHours(0 if is_bid else quantity),
        payment=Money(payment),
    )


def _joined(one: Fill, other: Fill) -> Fill:
    return replace(
        one,
        bought=WattHours(one.bought + other.bought),
        sold=WattHours(one.sold + other.sold),
        payment=Money(one.payment + other.payment),
    )
