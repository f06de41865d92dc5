"""All orders of a network, within the bounds of the price."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.order import Side
from market.coupling.inputs import PriceBounds

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Book:
    """Orders at nodes, one array a field; those of borders stand behind the participants' own.

    Attributes:
        node: where each order stands.
        side: 0 bids, 1 offers.
        price: limit, within the bounds.
        quantity: Wh; 0 where the limit is one that no price within the bounds meets.
        own: how many orders are the participants'.
    """

    node: Integers
    side: Integers
    price: Integers
    quantity: Integers
    own: int

    @classmethod
    def within(
        cls,
        bounds: PriceBounds,
        node: Integers,
        side: NDArray[np.integer[Any]],
        price: Integers,
        quantity: Integers,
        own: int | None = None,
    ) -> Book:
        """Take orders whose limits may lie beyond the bounds.

        A bid above the highest price and an offer below the lowest count as orders at it. A bid
        below the lowest price and an offer above the highest do not trade.

        Args:
            bounds: lowest and highest price.
            node: of each order.
            side: of each order.
            price: of each order.
            quantity: of each order.
            own: how many of them, the first ones, are the participants'; by default all.
        """
        hopeless = np.where(side == Side.BID, price < bounds.floor, price > bounds.cap)
        return cls(
            node=node,
            side=side.astype(np.int64),
            price=np.clip(price, bounds.floor, bounds.cap),
            quantity=np.where(hopeless, 0, quantity),
            own=node.size if own is None else own,
        )
