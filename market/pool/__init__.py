"""Pool mechanisms: everybody's need and surplus meet at equal terms, the rest with the grid."""

from __future__ import annotations

from market.pool.cooperative import Sampling, Sharing, clear_cooperative
from market.pool.outcome import PoolOutcome
from market.pool.participants import Pool
from market.pool.prices import (
    clear_bill_sharing,
    clear_mid_market_rate,
    clear_supply_demand_ratio,
)
from market.pool.settling import Equality
from market.pool.shapley import shapley_error

__all__ = [
    "Equality",
    "Pool",
    "PoolOutcome",
    "Sampling",
    "Sharing",
    "clear_bill_sharing",
    "clear_cooperative",
    "clear_mid_market_rate",
    "clear_supply_demand_ratio",
    "shapley_error",
]
