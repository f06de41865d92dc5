"""Mechanisms at one price: the price itself is the proof, found right in one pass over the book."""

from __future__ import annotations

from typing import Final

from domain.order import PACKED_ORDER_BYTES
from domain.tariff import Tariff
from market.clearing import Clearing, OrderArrays, clear_uniform_price
from market.pool.limit_orders import PoolRule
from market.proving.model import ClaimedPrice, Integers, Proposal, Provable


def _prove_uniform_price(
    orders: OrderArrays, _accounts: Integers, tariff: Tariff, k: int
) -> Proposal:
    return _proposed(clear_uniform_price(orders, tariff, k), orders)


UNIFORM_PRICE: Final = Provable(_prove_uniform_price, PACKED_ORDER_BYTES)


def pool_at_one_price(pool: PoolRule) -> Provable:
    """Make a pool of limit orders, which has no point ``k``, one that is proven."""

    def rule(orders: OrderArrays, _accounts: Integers, tariff: Tariff, _k: int) -> Proposal:
        return _proposed(pool(orders, tariff), orders)

    return Provable(rule, PACKED_ORDER_BYTES)


def _proposed(clearing: Clearing, orders: OrderArrays) -> Proposal:
    return Proposal(
        price=clearing.price,
        low=clearing.low,
        high=clearing.high,
        volume=clearing.volume,
        filled=clearing.filled,
        payments=clearing.payments(orders),
        proof=ClaimedPrice(clearing.separator, clearing.volume),
    )
