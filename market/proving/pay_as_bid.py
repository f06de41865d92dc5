"""Proving pay-as-bid: who accepts the uniform price, in merit order, and where the sharing ends.

The uniform price at one half proves volume and fills. The contract lets the named orders meet in
the sequence given and prices the pairs by itself; it records the hash of what each account comes
to. It compares every order at the price with the last one that receives a Wh left over, rather than
sorting their remainders.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from chain.contracts import NO_ORDER, RANKED_ORDER_BYTES, PayAsBidResult, pack_ranked
from domain.allocation import AllocationRow, allocate, pack_allocation
from domain.order import PACKED_ORDER_BYTES
from domain.tariff import Tariff
from domain.trade import NO_ALLOCATION
from domain.units import Account, Money, WattHours
from identity.hashing import keccak256
from market.clearing import Clearing, OrderArrays, clear_pay_as_bid, clear_uniform_price
from market.clearing.limits import limits
from market.clearing.merit_order import by_price_and_key
from market.clearing.orders import KEY_BYTES
from market.proving.model import Integers, Proposal, Provable


def _prove_pay_as_bid(orders: OrderArrays, accounts: Integers, tariff: Tariff, k: int) -> Proposal:
    uniform = clear_uniform_price(orders, tariff)
    payments = clear_pay_as_bid(orders, tariff, k).payments
    return Proposal(
        price=uniform.price,
        low=uniform.low,
        high=uniform.high,
        volume=uniform.volume,
        filled=uniform.filled,
        payments=payments,
        proof=_proof(orders, accounts, tariff, uniform, payments),
    )


PAY_AS_BID: Final = Provable(_prove_pay_as_bid, PACKED_ORDER_BYTES + KEY_BYTES + RANKED_ORDER_BYTES)


def _proof(
    orders: OrderArrays, accounts: Integers, tariff: Tariff, uniform: Clearing, payments: Integers
) -> PayAsBidResult:
    price = uniform.separator
    if not uniform.volume:
        return PayAsBidResult(price, 0, b"", b"", NO_ORDER, 0, NO_ALLOCATION)
    rows = allocate(_parts(orders, accounts, uniform.filled, payments))
    limit = limits(orders, tariff)
    bids = np.flatnonzero(~orders.is_offer & (limit >= price))
    offers = np.flatnonzero(orders.is_offer & (limit <= price))
    row_of = {int(row.account): at for at, row in enumerate(rows)}

    def ranked(side: Integers, ascending: Integers) -> bytes:
        places = by_price_and_key(ascending[side], orders.keys, side).indices
        # An account whose orders all come to 0 Wh has no row; the contract does not read theirs.
        return pack_ranked((at, row_of.get(int(accounts[at]), 0)) for at in places.tolist())

    return PayAsBidResult(
        price=price,
        volume=uniform.volume,
        bids=ranked(bids, -limit),
        offers=ranked(offers, limit),
        last_extra=_last_extra(orders, limit, uniform),
        accounts=len(rows),
        allocation_hash=keccak256(pack_allocation(rows)),
    )


def _parts(
    orders: OrderArrays, accounts: Integers, filled: Integers, payments: Integers
) -> list[AllocationRow]:
    """Return what each order that trades adds to its account."""
    return [
        AllocationRow(
            account=Account(int(accounts[at])),
            bought=WattHours(0 if orders.is_offer[at] else int(filled[at])),
            sold=WattHours(int(filled[at]) if orders.is_offer[at] else 0),
            payment=Money(int(payments[at])),
        )
        for at in np.flatnonzero(filled).tolist()
    ]


def _last_extra(orders: OrderArrays, limit: Integers, uniform: Clearing) -> int:
    """Return the place of the last order that gets one of the Wh left over; one side has them."""
    for is_offer in (False, True):
        side = np.flatnonzero((limit == uniform.price) & (orders.is_offer == is_offer))
        extra = _extra(orders.quantity[side], uniform.filled[side])
        if extra:
            keys = orders.keys.rows(side)
            last = max(extra, key=lambda at: (-extra[at], keys[at].tobytes(), at))
            return int(side[last])
    return NO_ORDER


def _extra(quantities: Integers, filled: Integers) -> dict[int, int]:
    """Return which orders get a Wh more than their share rounded down, with their remainders."""
    total, capacity = int(filled.sum()), int(quantities.sum())
    divided = [divmod(total * quantity, capacity) for quantity in quantities.tolist()]
    return {
        at: remainder
        for at, ((whole, remainder), wh) in enumerate(zip(divided, filled.tolist(), strict=True))
        if wh > whole
    }
