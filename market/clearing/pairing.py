"""Orders in merit order that meet Wh by Wh, each pair at a price of its own.

What everybody pays is worked out without a list of the pairs, which are as many as the orders and
take four numbers each; the list is made when somebody asks for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd

import numpy as np
from numpy.typing import NDArray

from market.clearing.blocks import differences, gather
from market.clearing.merit_order import Stretches, meetings
from market.clearing.outcome import Trades
from market.clearing.point import PER_MILLE

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Point:
    """A price between two limits as a fraction in lowest terms, which needs no wide numbers.

    Attributes:
        bid: weight of the bid's limit.
        offer: weight of the offer's.
    """

    bid: int
    offer: int

    @classmethod
    def of(cls, k: int) -> Point:
        """Take ``k`` per mille of the way from the offer's limit to the bid's."""
        common = gcd(k, PER_MILLE)
        return cls(k // common, (PER_MILLE - k) // common)

    def prices(self, weighted: Integers) -> None:
        """Divide sums of weighted limits by the sum of the weights, rounding down, in place.

        With whole limits, ``s + floor((b - s) * k / 1000)`` is ``floor`` of the weighted mean.
        """
        whole = self.bid + self.offer
        if whole & (whole - 1):
            weighted //= whole
        else:
            weighted >>= whole.bit_length() - 1


@dataclass(frozen=True, slots=True, eq=False)
class Pairing:
    """Who meets whom, in the fewest numbers.

    Attributes:
        indices: which orders trade: bids in merit order, then offers.
        weighted: their limits times the point's weight.
        ends: the Wh at which each has traded all, from ``merit_order.join_ends``.
        bids: how many of them are bids.
        point: where between two limits a price lies.
        spare: two rows as long as ``ends`` to work in, which the list of trades then takes.
    """

    indices: Integers
    weighted: Integers
    ends: Integers
    bids: int
    point: Point
    spare: Integers

    def pay(self, payments: Integers) -> None:
        """Work out 10^-8 EUR of each order: positive pays, negative receives.

        Sums of money that exceed 64 bits wrap; their differences, the payments, fit and are exact.

        Args:
            payments: where they go, one an order, trading or not.
        """
        through = self.spare[0]
        bids, offers = through[: self.bids], through[self.bids :]
        bid = offer = 0
        money = np.zeros(1, np.int64)
        for stretches in meetings(self.ends):
            paid = self._prices(stretches)
            paid *= stretches.quantity
            paid[:1] += money
            np.cumsum(paid, out=paid)
            money = paid[-1:]
            last_bid, last_offer = bid + stretches.bid_ends.size, offer + stretches.offer_ends.size
            gather(paid, stretches.bid_ends, bids[bid:last_bid])
            gather(paid, stretches.offer_ends, offers[offer:last_offer])
            bid, offer = last_bid, last_offer
        payments.fill(0)
        payments[self.indices[: self.bids]] = differences(bids)
        payments[self.indices[self.bids :]] = np.negative(differences(offers))

    def trades(self) -> Trades:
        """List the pairs, in the sequence in which they meet; payments are worked out before."""
        columns = (*self.spare, *np.empty_like(self.spare))
        count = 0
        bids, offers = self.indices[: self.bids], self.indices[self.bids :]
        for stretches in meetings(self.ends):
            real = np.flatnonzero(stretches.quantity)
            buyer, seller, quantity, price = (one[count : count + real.size] for one in columns)
            gather(bids, gather(stretches.bid, real), buyer)
            gather(offers, gather(stretches.offer, real), seller)
            gather(stretches.quantity, real, quantity)
            gather(self._prices(stretches), real, price)
            count += real.size
        return Trades(*(one[:count] for one in columns))

    def _prices(self, stretches: Stretches) -> Integers:
        prices = gather(self.weighted[: self.bids], stretches.bid)
        prices += gather(self.weighted[self.bids :], stretches.offer)
        self.point.prices(prices)
        return prices


class PairedTrades:
    """The trades of a pairing, listed when somebody first asks for one of their fields."""

    def __init__(self, pairing: Pairing) -> None:
        self._pairing = pairing
        self._listed: Trades | None = None

    @property
    def listed(self) -> Trades:
        """All of them."""
        if self._listed is None:
            self._listed = self._pairing.trades()
        return self._listed

    @property
    def buyer(self) -> Integers:
        """Which of the orders buys, shape ``(t,)``."""
        return self.listed.buyer

    @property
    def seller(self) -> Integers:
        """Which of the orders sells."""
        return self.listed.seller

    @property
    def quantity(self) -> Integers:
        """Wh, at least 1."""
        return self.listed.quantity

    @property
    def price(self) -> Integers:
        """Millicent per kWh."""
        return self.listed.price

    @property
    def payments(self) -> Integers:
        """What each buyer pays its seller, in 10^-8 EUR."""
        return self.listed.payments

    def __len__(self) -> int:
        """Return the number of trades."""
        return len(self.listed)
