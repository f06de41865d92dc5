"""Clearing mechanisms: pure functions from arrays of orders to prices and fills."""

from __future__ import annotations

from market.clearing.orders import DigestKeys, OrderArrays, TieBreakers
from market.clearing.outcome import Clearing
from market.clearing.uniform_price import clear_uniform_price

__all__ = ["Clearing", "DigestKeys", "OrderArrays", "TieBreakers", "clear_uniform_price"]
