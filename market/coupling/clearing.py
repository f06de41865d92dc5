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

from domain.errors import InvalidValueError
from market.coupling.curves import NetCurve
from market.coupling.descent import optimal_prices
from market.coupling.dispatch import dispatch, price_intervals
from market.coupling.exchange import Exchange, exchanges
from market.coupling.fills import Book, fill_zone
from market.coupling.inputs import SDAC, Network, PriceBounds, ZonalOrders
from market.coupling.lines import Line
from market.coupling.outcome import Coupling

Integers = NDArray[np.int64]


def couple(orders: ZonalOrders, network: Network, bounds: PriceBounds = SDAC) -> Coupling:
    """Clear several zones together at the greatest welfare.

    Prices do not depend on the sequence of orders, lines or borders. Where several sets of prices
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
    curves = _curves(orders, abroad, network.zones, bounds)
    inner = _inner_lines(network)
    lines = [line for _, line in inner]
    unit = _unit(orders, abroad, lines, bounds)
    found = dispatch(curves, lines, optimal_prices(curves, lines, bounds, unit))
    low, high = price_intervals(curves, lines, found)
    price = [(least + most) // 2 for least, most in zip(low, high, strict=True)]
    flow = abroad.base.copy()
    for (number, _), amount in zip(inner, found.flows, strict=True):
        flow[number] = amount
    filled = _fill(orders, abroad, price, found.sales, bounds, flow)
    return Coupling(
        price=np.array(price, np.int64),
        low=np.array(low, np.int64),
        high=np.array(high, np.int64),
        flow=flow,
        filled=filled,
        welfare=_welfare(orders, filled, network, flow, bounds),
    )


def _curves(
    orders: ZonalOrders, abroad: Exchange, zones: int, bounds: PriceBounds
) -> list[NetCurve]:
    """Build the zones' curves; what a border takes or gives counts as an order of the zone."""
    zone = np.concatenate([orders.zone, abroad.zone])
    ranking = np.argsort(zone, kind="stable")
    side = np.concatenate([orders.side, abroad.side])[ranking]
    price = np.concatenate([orders.price, abroad.price])[ranking]
    quantity = np.concatenate([orders.quantity, abroad.quantity])[ranking]
    ends = np.searchsorted(zone[ranking], np.arange(zones + 1)).tolist()
    return [
        NetCurve.of(side[start:end], price[start:end], quantity[start:end], forced, bounds)
        for (start, end), forced in zip(pairwise(ends), abroad.forced.tolist(), strict=True)
    ]


def _inner_lines(network: Network) -> list[tuple[int, Line]]:
    """Return the lines between two zones, with their numbers."""
    rows = zip(
        network.origin.tolist(),
        network.destination.tolist(),
        network.low.tolist(),
        network.high.tolist(),
        network.fee.tolist(),
        strict=True,
    )
    return [(number, Line(*row)) for number, row in enumerate(rows) if max(row[:2]) < network.zones]


def _unit(orders: ZonalOrders, abroad: Exchange, lines: Sequence[Line], bounds: PriceBounds) -> int:
    """Return the greatest step whose multiples, from the floor on, hold optimal prices."""
    limits = np.clip(np.concatenate([orders.price, abroad.price]), bounds.floor, bounds.cap)
    fees = np.array([line.fee for line in lines], np.int64)
    parts = np.concatenate([np.unique(limits) - bounds.floor, fees, [bounds.cap - bounds.floor]])
    return int(np.gcd.reduce(parts))


def _fill(
    orders: ZonalOrders,
    abroad: Exchange,
    price: Sequence[int],
    sales: Sequence[int],
    bounds: PriceBounds,
    flow: Integers,
) -> Integers:
    """Fill the orders of each zone and set, in place, the flows across borders."""
    filled = np.zeros(len(orders), np.int64)
    clamped = np.clip(orders.price, bounds.floor, bounds.cap)
    outside = np.clip(abroad.price, bounds.floor, bounds.cap)
    for zone, (at, net) in enumerate(zip(price, sales, strict=True)):
        own = np.flatnonzero(orders.zone == zone)
        other = np.flatnonzero(abroad.zone == zone)
        filled[own], exchanged = fill_zone(
            Book(orders.side[own], clamped[own], orders.quantity[own]),
            Book(abroad.side[other], outside[other], abroad.quantity[other]),
            at,
            net + int(abroad.forced[zone]),
        )
        np.add.at(flow, abroad.line[other], abroad.sign[other] * exchanged)
    return filled


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
