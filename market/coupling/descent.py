"""Optimal prices by steepest descent on a lattice.

The dual of welfare maximisation is a sum of convex functions of the zones' prices and of their
differences along lines: an L-natural-convex function of whole prices. Such a function has no local
minima but global ones, the best set of zones to raise (or lower) together is a minimum cut, and
coarse steps halved down to the finest reach the minimum in a number of cuts that grows with the
logarithm of the price range (Murota, Discrete Convex Analysis, SIAM 2003, chapter 10).
"""

from __future__ import annotations

from collections.abc import Sequence

from market.coupling.curves import NetCurve
from market.coupling.inputs import PriceBounds
from market.coupling.lines import Line
from market.coupling.residual import Residual


def optimal_prices(
    curves: Sequence[NetCurve], lines: Sequence[Line], bounds: PriceBounds, unit: int
) -> list[int]:
    """Return one optimal price a zone.

    Args:
        curves: net sales, one a zone.
        lines: between zones.
        bounds: lowest and highest price.
        unit: a whole number that divides all differences between limits, bounds and fees.
    """
    if bounds.floor == bounds.cap:
        return [bounds.floor] * len(curves)
    reach = (bounds.cap - bounds.floor) // unit
    step = unit << max(reach.bit_length() - 1, 0)
    prices = [bounds.floor + step] * len(curves)
    while step >= unit:
        _descend(curves, lines, bounds, prices, step)
        step //= 2
    return prices


def _descend(
    curves: Sequence[NetCurve],
    lines: Sequence[Line],
    bounds: PriceBounds,
    prices: list[int],
    step: int,
) -> None:
    """Move the prices, in place, by multiples of a step to the best of such prices."""
    idle = 0
    move = step
    while idle < 2:
        moving = _best_set(curves, lines, bounds, prices, move)
        if moving:
            idle = 0
            for zone in moving:
                prices[zone] += move
        else:
            idle += 1
            move = -move


def _best_set(
    curves: Sequence[NetCurve],
    lines: Sequence[Line],
    bounds: PriceBounds,
    prices: Sequence[int],
    move: int,
) -> list[int]:
    """Return the zones whose common move lowers the dual the most, the fewest of such."""
    costs = [
        curve.integral(price + move) - curve.integral(price)
        for curve, price in zip(curves, prices, strict=True)
    ]
    cuts: list[tuple[int, int, int]] = []
    for line in lines:
        difference = prices[line.destination] - prices[line.origin]
        now = line.surplus(difference)
        ahead = line.surplus(difference + move) - now
        behind = line.surplus(difference - move) - now
        costs[line.origin] -= ahead
        costs[line.destination] += ahead
        if ahead + behind:
            cuts.append((line.origin, line.destination, ahead + behind))
    free = [bounds.floor <= price + move <= bounds.cap for price in prices]
    if not any(cost < 0 and may for cost, may in zip(costs, free, strict=True)):
        return []
    return _smallest_cut(costs, cuts, free)


def _smallest_cut(
    costs: Sequence[int], cuts: Sequence[tuple[int, int, int]], free: Sequence[bool]
) -> list[int]:
    source, sink = len(costs), len(costs) + 1
    forbidding = 1 + sum(map(abs, costs)) + sum(weight for _, _, weight in cuts)
    graph = Residual(len(costs) + 2)
    for zone, cost in enumerate(costs):
        if cost < 0:
            graph.add(source, zone, -cost)
        loss = max(cost, 0) if free[zone] else forbidding
        if loss:
            graph.add(zone, sink, loss)
    for tail, head, weight in cuts:
        graph.add(tail, head, weight)
    graph.saturate(source, sink)
    return [zone for zone, inside in enumerate(graph.reachable(source)[:source]) if inside]
