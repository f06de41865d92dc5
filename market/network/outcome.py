"""What clearing a feeder gives back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from market.clearing.orders import OrderArrays
from market.clearing.outcome import Outcome
from market.coupling.located import Earnings, LocalPrices, earnings, located_outcome
from market.network.feeder import Feeder

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class FeederClearing:
    """The outcome of one interval on a feeder.

    Attributes:
        feeder: nodes and lines.
        prices: of the nodes, in millicent per kWh.
        flow: Wh of each line, from origin to destination where positive.
        filled: Wh of each order that trade, in the sequence of the orders.
    """

    feeder: Feeder
    prices: LocalPrices
    flow: Integers
    filled: Integers

    def outcome(self, orders: OrderArrays, node: Integers) -> Outcome:
        """Return what every mechanism returns; the surplus is what the lines earn.

        Args:
            orders: the orders that were cleared.
            node: of each order.
        """
        return located_outcome(orders, node, self.prices, self.filled)

    def earnings(self) -> Sequence[Earnings]:
        """Return what each line earns; no rent is negative.

        All rents and fees together are what all orders pay less what they receive.
        """
        prices = self.prices.price.tolist()
        return [
            earnings(line, flow, prices[line.origin], prices[line.destination])
            for line, flow in zip(self.feeder.lines, self.flow.tolist(), strict=True)
        ]
