"""Continuous trading: an order book over an interval, in which orders trade as they come."""

from __future__ import annotations

from market.continuous.book import ContinuousBook, Level, OrderState
from market.continuous.events import Ended, Ending, Event, Trade
from market.continuous.limit_order import MAX_TIME, LimitOrder
from market.continuous.replay import Continuous, clear_continuous
from market.continuous.timed_orders import NEVER, LemPrices, RowError, TimedOrders

__all__ = [
    "MAX_TIME",
    "NEVER",
    "Continuous",
    "ContinuousBook",
    "Ended",
    "Ending",
    "Event",
    "LemPrices",
    "Level",
    "LimitOrder",
    "OrderState",
    "RowError",
    "TimedOrders",
    "Trade",
    "clear_continuous",
]
