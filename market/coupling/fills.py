"""Which orders of a zone trade at its price."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from domain.apportionment import largest_remainder
from domain.order import Side

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Book:
    """Orders of one zone: side, price within the bounds, and quantity, one array each."""

    side: Integers
    price: Integers
    quantity: Integers


def fill_zone(own: Book, abroad: Book, price: int, sales: int) -> tuple[Integers, Integers]:
    """Fill the orders of a zone so that it sells ``sales`` Wh more than it buys.

    Orders that the price beats trade wholly. Of those exactly at the price, the zone's own trade as
    much as they can, borders take up the rest, and orders of one side share what is left to them in
    proportion (EUPHEMIA: greatest traded volume).

    Args:
        own: the zone's orders.
        abroad: what its borders take and give.
        price: of the zone.
        sales: net, with those of the borders counted as the zone's.

    Returns:
        Wh of each own order and of each border order.
    """
    filled, outside = _beaten(own, price), _beaten(abroad, price)
    missing = sales - _net(own, filled) - _net(abroad, outside)
    bids, offers = _marginal(own, price, Side.BID), _marginal(own, price, Side.OFFER)
    taking, giving = _marginal(abroad, price, Side.BID), _marginal(abroad, price, Side.OFFER)
    bought, sold = int(own.quantity[bids].sum()), int(own.quantity[offers].sum())
    left = sold - bought - missing
    room, reserve = int(abroad.quantity[taking].sum()), int(abroad.quantity[giving].sum())
    sold -= max(left - room, 0)
    bought -= max(-left - reserve, 0)
    left = max(-reserve, min(room, left))
    for amounts, book, chosen, total in (
        (filled, own, bids, bought),
        (filled, own, offers, sold),
        (outside, abroad, taking, max(left, 0)),
        (outside, abroad, giving, max(-left, 0)),
    ):
        amounts[chosen] = _share(total, book.quantity[chosen])
    return filled, outside


def _beaten(book: Book, price: int) -> Integers:
    margin = np.where(book.side == Side.BID, book.price - price, price - book.price)
    return np.where(margin > 0, book.quantity, 0)


def _net(book: Book, filled: Integers) -> int:
    return int((filled * (2 * book.side - 1)).sum())


def _marginal(book: Book, price: int, side: Side) -> Integers:
    return np.flatnonzero((book.price == price) & (book.side == side))


def _share(total: int, weights: Integers) -> list[int]:
    amounts = weights.tolist()
    keys = [
        amount.to_bytes(8, "big") + place.to_bytes(8, "big") for place, amount in enumerate(amounts)
    ]
    return largest_remainder(total, amounts, keys)
