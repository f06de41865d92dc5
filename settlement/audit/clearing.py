"""Clearing an interval again, plainly: the rule spelled out for a reader, not for speed.

Uniform-price double auction. Limits are first clamped to the tariff, because the grid serves any
bid at retail and takes any offer at feed-in. The dearest bids meet the cheapest offers for as
long as the bid is worth the offer. The price is the middle of all prices at which exactly that
volume clears; the orders at the price share what the better ones leave.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from domain.apportionment import largest_remainder
from domain.order import Order, Side
from domain.tariff import Tariff


@dataclass(frozen=True, slots=True)
class BookOrder:
    """One order of a closed book.

    Attributes:
        digest: EIP-712 digest, 32 bytes, which orders equal remainders.
        order: what was signed.
    """

    digest: bytes
    order: Order


@dataclass(frozen=True, slots=True)
class Clearing:
    """What a book comes to.

    Attributes:
        volume: Wh that trade; 0 where nothing can.
        price: millicent per kWh, None where nothing trades.
        low: lowest price at which the volume clears, None where nothing trades.
        high: highest such price, None where nothing trades.
        filled: Wh of each order that trade, in the sequence of the book.
    """

    volume: int
    price: int | None
    low: int | None
    high: int | None
    filled: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Ranked:
    """An order with its clamped limit and its place in the book."""

    at: int
    digest: bytes
    quantity: int
    limit: int


def clear(book: Sequence[BookOrder], tariff: Tariff) -> Clearing:
    """Clear a book.

    Args:
        book: the orders; the result depends on the set of them and not on their sequence.
        tariff: the grid's prices, which bound the local price.
    """
    bids = sorted(_clamped(book, Side.BID, tariff), key=lambda bid: -bid.limit)
    offers = sorted(_clamped(book, Side.OFFER, tariff), key=lambda offer: offer.limit)
    volume = _tradable(bids, offers)
    if volume == 0:
        return Clearing(0, None, None, None, (0,) * len(book))
    low, high = _price_range(bids, offers, volume)
    price = (low + high) // 2
    filled = [0] * len(book)
    _fill([bid for bid in bids if bid.limit > price], bids, volume, price, filled)
    _fill([offer for offer in offers if offer.limit < price], offers, volume, price, filled)
    return Clearing(volume, price, low, high, tuple(filled))


def _clamped(book: Sequence[BookOrder], side: Side, tariff: Tariff) -> list[_Ranked]:
    return [
        _Ranked(at, entry.digest, entry.order.quantity, _limit(entry.order, tariff))
        for at, entry in enumerate(book)
        if entry.order.side is side
    ]


def _limit(order: Order, tariff: Tariff) -> int:
    if order.side is Side.BID:
        return min(order.price, tariff.retail)
    return max(order.price, tariff.feed_in)


def _tradable(bids: Sequence[_Ranked], offers: Sequence[_Ranked]) -> int:
    volume = demand = supply = 0
    waiting_bids, waiting_offers = iter(bids), iter(offers)
    bid, offer = next(waiting_bids, None), next(waiting_offers, None)
    while bid is not None and offer is not None and bid.limit >= offer.limit:
        volume = min(demand + bid.quantity, supply + offer.quantity)
        if demand + bid.quantity == volume:
            demand += bid.quantity
            bid = next(waiting_bids, None)
        else:
            supply += offer.quantity
            offer = next(waiting_offers, None)
    return volume


def _price_range(
    bids: Sequence[_Ranked], offers: Sequence[_Ranked], volume: int
) -> tuple[int, int]:
    low = _limit_of_unit(offers, volume)
    high = _limit_of_unit(bids, volume)
    rejected_bid = _limit_of_unit(bids, volume + 1)
    rejected_offer = _limit_of_unit(offers, volume + 1)
    if low is None or high is None:
        raise ValueError(f"the book holds less than the {volume} Wh that trade")
    if rejected_bid is not None:
        low = max(low, rejected_bid)
    if rejected_offer is not None:
        high = min(high, rejected_offer)
    return low, high


def _limit_of_unit(side: Sequence[_Ranked], unit: int) -> int | None:
    """Return the limit of the ``unit``-th watt-hour in merit order, None beyond the last."""
    for entry in side:
        unit -= entry.quantity
        if unit <= 0:
            return entry.limit
    return None


def _fill(
    better: Sequence[_Ranked],
    side: Sequence[_Ranked],
    volume: int,
    price: int,
    filled: list[int],
) -> None:
    for entry in better:
        filled[entry.at] = entry.quantity
    rest = volume - sum(entry.quantity for entry in better)
    at_price = [entry for entry in side if entry.limit == price]
    shares = largest_remainder(
        rest, [entry.quantity for entry in at_price], [entry.digest for entry in at_price]
    )
    for entry, share in zip(at_price, shares, strict=True):
        filled[entry.at] = share
