"""The discriminatory double auction: every pair trades at a price of its own.

Volume and fills are those of the uniform price, rationing at the margin included. What is filled
stands in merit order, bids from the dearest, offers from the cheapest, equal limits by smallest
key; the first Wh bought is the first Wh sold, and so on. Bid ``b`` and offer ``s`` trade at
``s + floor((b - s) * k / 1000)``: between their limits, so that nobody trades against the own one.
With ``k`` of 1000 buyers pay their bids, with 0 sellers receive what they ask.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from domain.tariff import Tariff
from market.clearing.blocks import blocks, gather
from market.clearing.limits import UNBOUNDED
from market.clearing.merit_order import join_ends, rank
from market.clearing.orders import OrderArrays
from market.clearing.outcome import Outcome, Trades
from market.clearing.pairing import PairedTrades, Pairing, Point
from market.clearing.point import HALF, require_k
from market.clearing.uniform_price import clear_uniform_price

Integers = NDArray[np.int64]

_QUANTITY_BITS: Final = 32
_ROWS: Final = 5


def clear_pay_as_bid(orders: OrderArrays, tariff: Tariff | None = None, k: int = HALF) -> Outcome:
    """Clear one interval's orders pair by pair.

    Args:
        orders: one interval's orders.
        tariff: bounds of the prices; without it, the range of prices.
        k: share of the gain that sellers have, in per mille: the price's place between the offer's
            limit and the bid's.

    Returns:
        Fills, payments that add up to 0, and the trades in merit order, which are listed when
        they are first asked for.

    Raises:
        InvalidValueError: for ``k`` outside 0 to 1000.
    """
    require_k(k)
    clearing = clear_uniform_price(orders, tariff)
    if not clearing.volume:
        return Outcome.nothing(orders, Trades.none())
    filled = clearing.filled
    payments, rows, bids = _memory(orders, filled)
    pairing = _paired(orders, filled, tariff or UNBOUNDED, Point.of(k), bids, rows)
    pairing.pay(payments)
    trades = PairedTrades(pairing)
    return Outcome(clearing.volume, filled, payments, clearing.interval, trades=trades)


def _memory(orders: OrderArrays, filled: Integers) -> tuple[Integers, Integers, int]:
    """Get memory in one piece.

    A system hands out one large piece quickly, and may keep it at hand; several smaller ones can
    take longer to get than all the arithmetic.

    Returns:
        One number an order; rows of one number for each order that trades, in the first of which
        their indices stand, bids before offers; and how many of them are bids.
    """
    traded = filled.astype(np.bool_)
    bids = np.flatnonzero(traded > orders.is_offer)
    offers = np.flatnonzero(traded & orders.is_offer)
    piece = np.empty(len(orders) + _ROWS * (bids.size + offers.size), np.int64)
    rows = piece[len(orders) :].reshape(_ROWS, -1)
    np.concatenate([bids, offers], out=rows[0])
    return piece[: len(orders)], rows, bids.size


def _paired(
    orders: OrderArrays, filled: Integers, bounds: Tariff, point: Point, bids: int, rows: Integers
) -> Pairing:
    """Let what trades meet in merit order.

    Args:
        orders: all orders.
        filled: Wh of each that trade.
        bounds: of the prices.
        point: where between two limits a price lies.
        bids: how many bids trade.
        rows: indices of the bids that trade, and then of the offers; and rows to work in.
    """
    indices, weighted, ends, *_ = rows
    spare = rows[-2:]
    fetched, places = spare
    heads = orders.keys.heads(indices)
    asking, offering = slice(0, bids), slice(bids, None)
    gather(orders.price, indices, weighted)
    # The best come first in ascending sequence; beyond its bound, a limit counts as one at it.
    np.negative(weighted[asking], out=weighted[asking])
    for side, bound in ((asking, -bounds.retail), (offering, bounds.feed_in)):
        merit = np.maximum(weighted[side], bound, out=weighted[side])
        rank(merit, orders.keys, indices[side], heads[side], places[side])
    weighted[asking] *= -point.bid
    weighted[offering] *= point.offer
    _with_quantity(filled, indices, fetched)
    for side in (asking, offering):
        gather(fetched[side], places[side], ends[side])
    np.right_shift(ends, _QUANTITY_BITS, out=indices)
    ends &= (1 << _QUANTITY_BITS) - 1
    join_ends(ends, bids)
    return Pairing(indices, weighted, ends, bids, point, spare)


def _with_quantity(filled: Integers, indices: Integers, both: Integers) -> None:
    """Put what each order trades behind its index, so that both are fetched at once."""
    for block in blocks(indices.size):
        part = np.left_shift(indices[block], _QUANTITY_BITS, out=both[block])
        part |= gather(filled, indices[block])
