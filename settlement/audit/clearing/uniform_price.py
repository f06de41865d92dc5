"""The uniform-price double auction.

The dearest bids meet the cheapest offers for as long as the bid is worth the offer. The price lies
``k`` thousandths of the way from the lowest to the highest price at which exactly that volume
clears; the orders at the price share what the better ones leave.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from domain.order import Side
from domain.tariff import Tariff
from settlement.audit.clearing.book import (
    BookOrder,
    Clearing,
    Ranked,
    at_one_price,
    clamped,
    energy,
    no_trade,
    share_out,
)

PER_MILLE: Final = 1000


def clear_uniform_price(book: Sequence[BookOrder], tariff: Tariff, k: int) -> Clearing:
    """Clear a book at one price.

    Args:
        book: the orders; the result depends on the set of them and not on their sequence.
        tariff: the grid's prices, which bound the local price.
        k: where the price lies between the lowest and the highest one, in per mille.
    """
    bids = sorted(clamped(book, Side.BID, tariff), key=lambda bid: -bid.limit)
    offers = sorted(clamped(book, Side.OFFER, tariff), key=lambda offer: offer.limit)
    volume = _tradable(bids, offers)
    if volume == 0:
        return no_trade(book)
    low, high = _price_range(bids, offers, volume)
    price = low + (high - low) * k // PER_MILLE
    filled = [0] * len(book)
    _fill([bid for bid in bids if bid.limit > price], bids, volume, price, filled)
    _fill([offer for offer in offers if offer.limit < price], offers, volume, price, filled)
    return at_one_price(book, price, filled, low, high)


def _tradable(bids: Sequence[Ranked], offers: Sequence[Ranked]) -> int:
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


def _price_range(bids: Sequence[Ranked], offers: Sequence[Ranked], volume: int) -> tuple[int, int]:
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


def _limit_of_unit(side: Sequence[Ranked], unit: int) -> int | None:
    """Return the limit of the ``unit``-th watt-hour in merit order, None beyond the last."""
    for entry in side:
        unit -= entry.quantity
        if unit <= 0:
            return entry.limit
    return None


def _fill(
    better: Sequence[Ranked],
    side: Sequence[Ranked],
    volume: int,
    price: int,
    filled: list[int],
) -> None:
    for entry in better:
        filled[entry.at] = entry.quantity
    at_price = [entry for entry in side if entry.limit == price]
    share_out(volume - energy(better), at_price, filled)
