"""The merit order walked in plain Python, as most simulators clear: exact, order by order."""

from __future__ import annotations

from typing import NamedTuple

from market.clearing import OrderArrays


class Walked(NamedTuple):
    """What the walk finds.

    Attributes:
        volume: Wh.
        filled: Wh by place of the order, of those that trade.
    """

    volume: int
    filled: dict[int, int]


class Row(NamedTuple):
    """One order as plain numbers: millicent per kWh, Wh, and its place in the book."""

    price: int
    quantity: int
    place: int


def rows_of(orders: OrderArrays) -> tuple[list[Row], list[Row]]:
    """Return bids and offers as plain numbers.

    Args:
        orders: one interval's orders.
    """
    sides: tuple[list[Row], list[Row]] = ([], [])
    columns = orders.side.tolist(), orders.price.tolist(), orders.quantity.tolist()
    for place, (side, price, quantity) in enumerate(zip(*columns, strict=True)):
        sides[side].append(Row(price, quantity, place))
    return sides


def walk(bids: list[Row], offers: list[Row]) -> Walked:
    """Let the dearest bid meet the cheapest offer for as long as that one pays.

    Args:
        bids: in any sequence.
        offers: likewise.
    """
    asking = sorted(bids, key=lambda row: -row.price)
    offering = sorted(offers, key=lambda row: row.price)
    filled: dict[int, int] = {}
    volume = bid = offer = bought = sold = 0
    while (
        bid < len(asking) and offer < len(offering) and asking[bid].price >= offering[offer].price
    ):
        wanted, given = asking[bid], offering[offer]
        quantity = min(wanted.quantity - bought, given.quantity - sold)
        volume += quantity
        bought += quantity
        sold += quantity
        filled[wanted.place], filled[given.place] = bought, sold
        if bought == wanted.quantity:
            bid, bought = bid + 1, 0
        if sold == given.quantity:
            offer, sold = offer + 1, 0
    return Walked(volume, filled)
