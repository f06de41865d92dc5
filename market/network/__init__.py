"""One market on a radial feeder: power limits in the clearing, prices by node."""

from __future__ import annotations

from market.network.clearing import clear_feeder
from market.network.feeder import Feeder
from market.network.outcome import FeederClearing
from market.network.restrictions import Restriction, energy_limit, in_force

__all__ = [
    "Feeder",
    "FeederClearing",
    "Restriction",
    "clear_feeder",
    "energy_limit",
    "in_force",
]
