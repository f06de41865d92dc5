"""Pay-as-bid: who trades is as at a uniform price, what for is agreed pair by pair.

What is filled stands in merit order, bids from the dearest, offers from the cheapest, equal limits
by smallest digest. The first Wh bought is the first Wh sold, and so on; each pair trades ``k``
thousandths of the way from the offer's limit to the bid's, rounded down. The recorded price is the
uniform one, halfway through its range.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from domain.order import Side
from domain.tariff import Tariff
from settlement.audit.clearing.book import BookOrder, Clearing, Ranked, clamped, no_trade
from settlement.audit.clearing.uniform_price import PER_MILLE, clear_uniform_price

_HALF: Final = 500


def clear_pay_as_bid(book: Sequence[BookOrder], tariff: Tariff, k: int) -> Clearing:
    """Clear a book pair by pair.

    Args:
        book: the orders; the result depends on the set of them and not on their sequence.
        tariff: the grid's prices, which bound the limits.
        k: where a pair's price lies between the offer's limit and the bid's, in per mille.
    """
    uniform = clear_uniform_price(book, tariff, _HALF)
    if not uniform.volume:
        return no_trade(book)
    bids = clamped(book, Side.BID, tariff)
    offers = clamped(book, Side.OFFER, tariff)
    bids.sort(key=lambda bid: (-bid.limit, bid.digest))
    offers.sort(key=lambda offer: (offer.limit, offer.digest))
    payments = _pay(_filled(bids, uniform), _filled(offers, uniform), k, len(book))
    return replace(uniform, payments=tuple(payments), is_allocated=True)


def _filled(side: Sequence[Ranked], uniform: Clearing) -> list[Ranked]:
    """Return the orders that trade, each with the quantity that it trades."""
    traded = [replace(entry, quantity=uniform.filled[entry.at]) for entry in side]
    return [entry for entry in traded if entry.quantity]


def _pay(bids: Sequence[Ranked], offers: Sequence[Ranked], k: int, orders: int) -> list[int]:
    """Let buyers and sellers, as much of both, meet in sequence."""
    payments = [0] * orders
    wanted = [bid.quantity for bid in bids]
    offered = [offer.quantity for offer in offers]
    buyer = seller = 0
    while buyer < len(bids):
        bid, offer = bids[buyer], offers[seller]
        quantity = min(wanted[buyer], offered[seller])
        price = offer.limit + (bid.limit - offer.limit) * k // PER_MILLE
        payments[bid.at] += quantity * price
        payments[offer.at] -= quantity * price
        wanted[buyer] -= quantity
        offered[seller] -= quantity
        buyer += not wanted[buyer]
        seller += not offered[seller]
    return payments
