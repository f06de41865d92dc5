"""The coupled welfare optimum of several zones.

Source: EUPHEMIA Public Description (NEMO Committee), restricted to simple stepwise orders and
transfer-capacity lines. Borders are closed at a given price (as OpenEUPHEMIA does for Italy).
``docs/mechanisms/zonal.md`` states the rule, with an example worked by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from domain.apportionment import largest_remainder
from domain.errors import InvalidValueError
from market.coupling.book import Book
from market.coupling.curves import NetCurve
from market.coupling.descent import optimal_prices
from market.coupling.dispatch import dispatch, price_intervals
from market.coupling.exchange import Exchange, exchanges
from market.coupling.fills import Share, fill_book
from market.coupling.inputs import SDAC, Network, PriceBounds, ZonalOrders
from market.coupling.lines import Line
from market.coupling.outcome import Coupling
from market.coupling.routing import route_by_maximum_flow

Integers = NDArray[np.int64]


def couple(orders: ZonalOrders, network: Network, bounds: PriceBounds = SDAC) -> Coupling:
    """Clear several zones together at the greatest welfare.

    Neither prices nor fills depend on the sequence of orders or lines. Where several sets of prices
    support the optimum, each zone's price is the midpoint of its interval.

    Args:
        orders: one period's orders of all zones.
        network: zones, lines and borders.
        bounds: lowest and highest price; by default those of the European day-ahead market.

    Returns:
        Prices, intervals, flows and each order's fill.

    Raises:
        InvalidValueError: for an order of a zone that the network does not have, or where flows
            that lines must carry cannot be met.
    """
    beyond = np.flatnonzero(orders.zone >= network.zones)
    if beyond.size:
        index = int(beyond[0])
        expected = f"a zone from 0 to {network.zones - 1}"
        raise InvalidValueError(f"zone[{index}]", expected, int(orders.zone[index]))
    abroad = exchanges(network)
    book = _book(orders, abroad, bounds)
    inner = _inner_lines(network)
    lines = list(inner.values())
    low, high = _intervals(book, lines, abroad.forced, bounds)
    price = (low + high) // 2
    share = _share_by_keys(orders, book)
    fills = fill_book(book, price, lines, abroad.forced, route_by_maximum_flow, share)
    filled, exchanged = fills.filled[: len(orders)], fills.filled[len(orders) :]
    flow = abroad.base.copy()
    flow[list(inner)] = fills.flows
    np.add.at(flow, abroad.line, abroad.sign * exchanged)
    welfare = _welfare(orders, filled, network, flow, bounds)
    return Coupling(price, low, high, flow, filled, welfare)


def _book(orders: ZonalOrders, abroad: Exchange, bounds: PriceBounds) -> Book:
    """Put what borders take and give behind the orders of the zones."""
    return Book.within(
        bounds,
        node=np.concatenate([orders.zone, abroad.zone]),
        side=np.concatenate([orders.side, abroad.side]),
        price=np.concatenate([orders.price, abroad.price]),
        quantity=np.concatenate([orders.quantity, abroad.quantity]),
        own=len(orders),
    )


def _intervals(
    book: Book, lines: Sequence[Line], forced: Integers, bounds: PriceBounds
) -> tuple[Integers, Integers]:
    """Return the lowest and the highest optimal price of each zone."""
    curves = _curves(book, forced, bounds)
    prices = optimal_prices(curves, lines, bounds, _unit(book, lines, bounds))
    low, high = price_intervals(curves, lines, dispatch(curves, lines, prices))
    return np.array(low, np.int64), np.array(high, np.int64)


def _curves(book: Book, forced: Integers, bounds: PriceBounds) -> list[NetCurve]:
    """Build the zones' curves; what a border takes or gives counts as an order of the zone."""
    ranking = np.argsort(book.node, kind="stable")
    side, price, quantity = book.side[ranking], book.price[ranking], book.quantity[ranking]
    ends = np.searchsorted(book.node[ranking], np.arange(forced.size + 1)).tolist()
    return [
        NetCurve.of(side[start:end], price[start:end], quantity[start:end], leaving, bounds)
        for (start, end), leaving in zip(pairwise(ends), forced.tolist(), strict=True)
    ]


def _inner_lines(network: Network) -> dict[int, Line]:
    """Return the lines between two zones, by their numbers."""
    rows = zip(
        network.origin.tolist(),
        network.destination.tolist(),
        network.low.tolist(),
        network.high.tolist(),
        network.fee.tolist(),
        strict=True,
    )
    return {number: Line(*row) for number, row in enumerate(rows) if max(row[:2]) < network.zones}


def _unit(book: Book, lines: Sequence[Line], bounds: PriceBounds) -> int:
    """Return the greatest step whose multiples, from the floor on, hold optimal prices."""
    fees = np.array([line.fee for line in lines], np.int64)
    limits = np.unique(book.price) - bounds.floor
    return int(np.gcd.reduce(np.concatenate([limits, fees, [bounds.cap - bounds.floor]])))


def _share_by_keys(orders: ZonalOrders, book: Book) -> Share:
    """Share by largest remainder; without keys, orders are told apart by quantity and zone."""

    def share(total: int, weights: Integers, chosen: Integers) -> Integers:
        amounts = weights.tolist()
        if orders.keys is not None and chosen[0] < book.own:
            keys = [row.tobytes() for row in orders.keys.rows(chosen)]
        else:
            rows = zip(amounts, book.node[chosen].tolist(), chosen.tolist(), strict=True)
            keys = [b"".join(part.to_bytes(8, "big") for part in row) for row in rows]
        return np.array(largest_remainder(total, amounts, keys), np.int64)

    return share


def _welfare(
    orders: ZonalOrders, filled: Integers, network: Network, flow: Integers, bounds: PriceBounds
) -> int:
    """Return the welfare in exact integers, without overflow; prices beyond a bound count as it."""
    sign = 1 - 2 * orders.side
    clamped, border = (
        np.clip(price, bounds.floor, bounds.cap) for price in (orders.price, network.border_price)
    )
    welfare = _product(sign * clamped, filled) - _product(network.fee, np.abs(flow))
    worth = np.concatenate([np.zeros(network.zones, np.int64), border])
    gain = worth[network.destination] - worth[network.origin]
    both = np.minimum(network.origin, network.destination) >= network.zones
    return welfare + _product(np.where(both, 0, gain), flow)


def _product(left: Integers, right: Integers) -> int:
    return sum(a * b for a, b in zip(left.tolist(), right.tolist(), strict=True))
