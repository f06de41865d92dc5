"""Supply functions: steps, linear orders and blocks of several intervals, cleared together."""

from __future__ import annotations

from market.supply_function.clearing import clear_supply_function
from market.supply_function.orders import (
    MAX_INTERVAL,
    NO_BLOCK,
    BlockTerms,
    PlaceError,
    SupplyOrders,
)
from market.supply_function.outcome import (
    BlockResult,
    BlockStatus,
    IntervalResult,
    SupplyClearing,
)
from market.supply_function.search import Effort

__all__ = [
    "MAX_INTERVAL",
    "NO_BLOCK",
    "BlockResult",
    "BlockStatus",
    "BlockTerms",
    "Effort",
    "IntervalResult",
    "PlaceError",
    "SupplyClearing",
    "SupplyOrders",
    "clear_supply_function",
]
