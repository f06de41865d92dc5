"""What borders take and give, as orders of the zones at which they lie."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from domain.order import Side
from market.coupling.inputs import Network

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Exchange:
    """Orders that stand for the lines between a zone and a border, two a line.

    A border buys what its line can carry out of the zone and sells what it can bring in, at its
    price less or plus the line's fee. What the line must carry in any case comes beside the orders.

    Attributes:
        line: number of the order's line.
        sign: 1 where the order's quantity flows from the line's origin to its destination, else -1.
        zone: of the order, as in ``ZonalOrders``.
        side: likewise.
        price: likewise.
        quantity: likewise.
        forced: Wh that leave each zone in any case.
        base: Wh that flow on each line in any case, shape ``(lines,)``.
    """

    line: Integers
    sign: Integers
    zone: Integers
    side: Integers
    price: Integers
    quantity: Integers
    forced: Integers
    base: Integers


def exchanges(network: Network) -> Exchange:
    """Turn a network's border lines into orders."""
    begins, ends = network.origin < network.zones, network.destination < network.zones
    line = np.flatnonzero(begins ^ ends)
    sign = np.where(begins, 1, -1)[line]
    zone = np.where(begins, network.origin, network.destination)[line]
    border = np.where(begins, network.destination, network.origin)[line] - network.zones
    price, fee = network.border_price[border], network.fee[line]
    low = np.where(sign > 0, network.low[line], -network.high[line])
    high = np.where(sign > 0, network.high[line], -network.low[line])
    idle = np.clip(0, low, high)
    forced, base = np.zeros(network.zones, np.int64), np.zeros(len(network), np.int64)
    np.add.at(forced, zone, idle)
    base[line] = sign * idle
    return Exchange(
        line=np.concatenate([line, line]),
        sign=np.concatenate([sign, -sign]),
        zone=np.concatenate([zone, zone]),
        side=np.repeat(np.array([Side.BID, Side.OFFER], np.int64), line.size),
        price=np.concatenate([price - fee, price + fee]),
        quantity=np.concatenate([high - idle, idle - low]),
        forced=forced,
        base=base,
    )
