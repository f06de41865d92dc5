"""Orders without blocks within the tariff, as pieces: flat ones and sloping ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from domain.tariff import Tariff
from market.clearing.limits import UNBOUNDED, limits
from market.clearing.orders import TieBreakers
from market.clearing.rationing import share
from market.supply_function.curve import Curve, Steps
from market.supply_function.exact import total
from market.supply_function.orders import NO_BLOCK, SupplyOrders
from market.supply_function.ramps import Ramps, Selection

Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Flats:
    """Pieces whose Wh share a limit.

    Attributes:
        order: which order each belongs to.
        is_offer: whether that is an offer.
        price: limit within the tariff.
        quantity: Wh, at least 1.
    """

    order: Integers
    is_offer: Mask
    price: Integers
    quantity: Integers

    def __getitem__(self, chosen: Selection) -> Flats:
        """Return some of the pieces."""
        return Flats(
            self.order[chosen], self.is_offer[chosen], self.price[chosen], self.quantity[chosen]
        )

    def up_to(self, price: int) -> Integers:
        """Return how many Wh of each have limits up to a price."""
        return np.where(self.price <= price, self.quantity, 0)


@dataclass(frozen=True, slots=True, eq=False)
class Slopes:
    """Pieces of linear orders strictly within the tariff on the side where it clamps.

    Attributes:
        order: which order each belongs to.
        is_offer: whether that is an offer.
        ramps: their limits.
    """

    order: Integers
    is_offer: Mask
    ramps: Ramps

    def __getitem__(self, chosen: Selection) -> Slopes:
        """Return some of the pieces."""
        return Slopes(self.order[chosen], self.is_offer[chosen], self.ramps[chosen])


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """What the orders without blocks can trade.

    A limit beyond the tariff on the side where the grid serves anyway counts as the tariff's
    (decision 0002); Wh that no price within the tariff serves are left out.
    """

    flats: Flats
    slopes: Slopes

    def curve(self) -> Curve:
        """Return the Wh in ascending order of limit."""
        flats, ramps = self.flats, self.slopes.ramps
        bids, falling = ~flats.is_offer, ramps[~self.slopes.is_offer]
        ends = [flats.price, ramps.limit(0 * ramps.quantity), ramps.limit(ramps.quantity - 1)]
        limit = np.concatenate(ends) if sum(map(len, ends)) else np.zeros(1, np.int64)
        return Curve(
            steps=Steps.of(flats.price, flats.quantity),
            ramps=ramps,
            settled=0,
            settled_value=0,
            lowest=int(limit.min()),
            highest=int(limit.max()),
            demand=int(flats.quantity[bids].sum()) + int(falling.quantity.sum()),
            demand_value=total(flats.quantity[bids] * flats.price[bids])
            + falling.value(falling.quantity),
            wh=int(flats.quantity.sum()) + int(ramps.quantity.sum()),
        )

    def fill(self, curve: Curve, injection: int, keys: TieBreakers, filled: Integers) -> None:
        """Fill the orders, in place.

        Where several prices clear, each order is accepted or not, whatever the price. Where one
        does, orders at it share what is left by largest remainders.

        Args:
            curve: of these pieces.
            injection: Wh that blocks sell more than they buy.
            keys: tie-breakers of all orders.
            filled: Wh of all orders.
        """
        low, high = curve.interval(injection)
        pieces = (
            (self.flats.order, self.flats.is_offer, self.flats.quantity, self.flats.up_to),
            (
                self.slopes.order,
                self.slopes.is_offer,
                self.slopes.ramps.quantity,
                self.slopes.ramps.up_to,
            ),
        )
        at_margin = np.zeros_like(filled)
        for order, is_offer, quantity, up_to in pieces:
            reached = np.zeros_like(quantity) if low is None else up_to(low)
            below = up_to(low - 1) if low is not None and low == high else reached
            np.add.at(filled, order, np.where(is_offer, below, quantity - reached))
            np.add.at(at_margin, order, reached - below)
        _share_margin(at_margin, injection, self._sides(), keys, filled)

    def _sides(self) -> tuple[Integers, Integers]:
        """Return the orders of these pieces, bids and offers."""
        order = np.concatenate([self.flats.order, self.slopes.order])
        is_offer = np.concatenate([self.flats.is_offer, self.slopes.is_offer])
        return np.unique(order[~is_offer]), np.unique(order[is_offer])


def _share_margin(
    at_margin: Integers,
    injection: int,
    sides: tuple[Integers, Integers],
    keys: TieBreakers,
    filled: Integers,
) -> None:
    """Trade as much as possible of what is offered and asked at exactly the price."""
    bids, offers = sides
    excess = int(filled[offers].sum()) + injection - int(filled[bids].sum())
    asked, offered = int(at_margin[bids].sum()), int(at_margin[offers].sum())
    bought = min(asked, offered + excess)
    for side, rest in ((bids, bought), (offers, bought - excess)):
        marginal = side[at_margin[side] > 0]
        filled[marginal] += share(rest, at_margin[marginal], keys, marginal)


def pieces_by_interval(
    orders: SupplyOrders, tariff: Tariff | None, intervals: Integers
) -> list[Pieces]:
    """Cut the orders without blocks into pieces within the tariff.

    Args:
        orders: of all intervals.
        tariff: bounds of the prices; without it, the range of prices.
        intervals: numbers of the intervals, ascending.

    Returns:
        The pieces of each interval.
    """
    bounds = tariff or UNBOUNDED
    single = orders.block == NO_BLOCK
    flats = _flats(orders, np.flatnonzero(single & ~orders.linear), tariff)
    clamped, slopes = _slopes(orders, np.flatnonzero(single & orders.linear), bounds)
    flats = _served(_joined(flats, clamped), bounds)
    by_flat = _parts(orders.interval[flats.order], intervals)
    by_slope = _parts(orders.interval[slopes.order], intervals)
    return [
        Pieces(flats[flat], slopes[slope]) for flat, slope in zip(by_flat, by_slope, strict=True)
    ]


def _parts(interval: Integers, intervals: Integers) -> Sequence[Integers]:
    ranking = np.argsort(interval, kind="stable")
    ends = np.searchsorted(interval[ranking], intervals, side="right").tolist()
    return [ranking[start:end] for start, end in pairwise([0, *ends])]


def _flats(orders: SupplyOrders, rows: Integers, tariff: Tariff | None) -> Flats:
    basic = orders.basic
    return Flats(rows, basic.is_offer[rows], limits(basic, tariff)[rows], basic.quantity[rows])


def _joined(one: Flats, other: Flats) -> Flats:
    return Flats(
        np.concatenate([one.order, other.order]),
        np.concatenate([one.is_offer, other.is_offer]),
        np.concatenate([one.price, other.price]),
        np.concatenate([one.quantity, other.quantity]),
    )


def _served(flats: Flats, bounds: Tariff) -> Flats:
    """Leave out bids below the feed-in price and offers above the retail price."""
    return flats[(flats.price >= bounds.feed_in) & (flats.price <= bounds.retail)]


def _slopes(orders: SupplyOrders, rows: Integers, bounds: Tariff) -> tuple[Flats, Slopes]:
    """Return what the tariff clamps of linear orders, and what lies within it.

    Offers are clamped up to the feed-in price and end at the retail price; bids are clamped at the
    retail price and end at the feed-in price. A Wh whose limit is exactly where orders are clamped
    counts as clamped, so that no order has two pieces with a common limit.
    """
    basic = orders.basic
    is_offer, quantity = basic.is_offer[rows], basic.quantity[rows]
    ramps = Ramps.of_lines(basic.price[rows], orders.price_to[rows], quantity, is_offer)
    first = np.where(is_offer, ramps.up_to(bounds.feed_in), ramps.up_to(bounds.feed_in - 1))
    end = np.where(is_offer, ramps.up_to(bounds.retail), ramps.up_to(bounds.retail - 1))
    clamped = np.where(is_offer, first, quantity - end)
    price = np.where(is_offer, bounds.feed_in, bounds.retail)
    flat, sloping = clamped > 0, end > first
    return (
        Flats(rows[flat], is_offer[flat], price[flat], clamped[flat]),
        Slopes(rows[sloping], is_offer[sloping], ramps.between(first, end)[sloping]),
    )
