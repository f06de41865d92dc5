"""What coupling gives back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Coupling:
    """The outcome of one period.

    Attributes:
        price: 10^-5 EUR/MWh of each zone: the midpoint of its interval, rounded down.
        low: lowest price of each zone in any set of prices that supports the optimum.
        high: highest such price.
        flow: Wh of each line, from origin to destination where positive.
        filled: Wh of each order that trade, in the sequence of the orders.
        welfare: what buyers would pay less what sellers and borders ask and lines charge, the
            greatest that any outcome reaches, in 10^-11 EUR; a limit beyond a bound of the price
            counts as the bound.
    """

    price: NDArray[np.int64]
    low: NDArray[np.int64]
    high: NDArray[np.int64]
    flow: NDArray[np.int64]
    filled: NDArray[np.int64]
    welfare: int
