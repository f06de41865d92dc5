"""Clearing mechanisms: pure functions from arrays of orders to prices and fills."""

from __future__ import annotations

from market.clearing.orders import DigestKeys, OrderArrays, TieBreakers
from market.clearing.outcome import Clearing, Outcome, PriceRanges, TradeList, Trades
from market.clearing.pay_as_bid import clear_pay_as_bid
from market.clearing.point import HALF, PER_MILLE
from market.clearing.trade_reduction import clear_trade_reduction
from market.clearing.uniform_price import clear_uniform_price
from market.clearing.vcg import clear_vcg

__all__ = [
    "HALF",
    "PER_MILLE",
    "Clearing",
    "DigestKeys",
    "OrderArrays",
    "Outcome",
    "PriceRanges",
    "TieBreakers",
    "TradeList",
    "Trades",
    "clear_pay_as_bid",
    "clear_trade_reduction",
    "clear_uniform_price",
    "clear_vcg",
]
