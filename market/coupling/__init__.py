"""Market coupling: several local markets or bidding zones cleared together at prices as duals."""

from __future__ import annotations

from market.coupling.clearing import couple
from market.coupling.inputs import SDAC, Network, PriceBounds, ZonalOrders
from market.coupling.outcome import Coupling

__all__ = ["SDAC", "Coupling", "Network", "PriceBounds", "ZonalOrders", "couple"]
