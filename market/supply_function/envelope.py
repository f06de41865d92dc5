"""Straight lines between which prices follow injections.

The more blocks sell, the lower the price. The points of injection and price that belong together
form a falling staircase; it lies within rectangles between points that are known, and these within
the convex hull of their corners. In a market with many orders the staircase is nearly straight and
the hull narrow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from market.supply_function.interval_market import IntervalMarket
from market.supply_function.ranges import Range

_PRICES: Final = 64
"""Stretches into which the range of prices is cut."""

Corner = tuple[int, int]
"""An injection and a price."""


@dataclass(frozen=True, slots=True)
class Line:
    """A bound of the price, ``constant + slope * injection``.

    Attributes:
        slope: millicent per kWh, per Wh.
        constant: millicent per kWh at no injection.
        above: whether prices lie below the line rather than above it.
    """

    slope: float
    constant: float
    above: bool


def price_lines(market: IntervalMarket, limits: Range) -> tuple[Line, ...]:
    """Return lines around the points of injection and price.

    Args:
        market: the interval.
        limits: where injection and price can lie.
    """
    if limits.least == limits.most:
        return ()
    known = _known(market, limits)
    ends = [known[0], known[-1]]
    above = [(most, high) for (most, _), (_, high) in pairwise(known)]
    below = [(least, low) for (_, low), (least, _) in pairwise(known)]
    return (*_hull([*above, *ends], above=True), *_hull([*below, *ends], above=False))


def _known(market: IntervalMarket, limits: Range) -> list[Corner]:
    """Return points on the staircase, from the greatest injection to the least."""
    width = limits.high - limits.low
    stretches = max(1, min(width, _PRICES))
    prices = [limits.low + width * number // stretches for number in range(stretches + 1)]
    inside = [max(limits.least, min(limits.most, market.at_price(price))) for price in prices]
    inner = zip(inside, prices, strict=True)
    return [(limits.most, limits.low), *inner, (limits.least, limits.high)]


def _hull(corners: Sequence[Corner], *, above: bool) -> list[Line]:
    """Return the upper or the lower side of the convex hull (Andrew's monotone chain)."""
    sign = 1 if above else -1
    chain: list[Corner] = []
    for corner in sorted(corners, key=lambda one: (one[0], -sign * one[1])):
        if chain and chain[-1][0] == corner[0]:
            continue
        while len(chain) > 1 and sign * _turn(chain[-2], chain[-1], corner) >= 0:
            chain.pop()
        chain.append(corner)
    return [_line(one, other, above) for one, other in pairwise(chain)]


def _turn(first: Corner, second: Corner, third: Corner) -> int:
    """Return a positive number where the way through three points turns left."""
    run, rise = second[0] - first[0], second[1] - first[1]
    return run * (third[1] - first[1]) - rise * (third[0] - first[0])


def _line(one: Corner, other: Corner, above: bool) -> Line:
    slope = (other[1] - one[1]) / (other[0] - one[0])
    return Line(slope, one[1] - slope * one[0], above)
