"""Flows that belong to optimal prices, and all prices that belong to the flows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from domain.errors import InvalidValueError
from market.coupling.areas import Area
from market.coupling.curves import NetCurve
from market.coupling.lines import Line
from market.coupling.routing import route_by_maximum_flow


@dataclass(frozen=True, slots=True)
class Dispatch:
    """An optimal exchange.

    Attributes:
        flows: Wh of each line.
        sales: Wh that each zone sells more than it buys.
    """

    flows: Sequence[int]
    sales: Sequence[int]


def dispatch(curves: Sequence[NetCurve], lines: Sequence[Line], prices: Sequence[int]) -> Dispatch:
    """Find flows and net sales with which optimal prices agree.

    Each starts as near to 0 as the prices allow; what does not balance then is made up along paths
    of lines and zones that the prices leave free.

    Raises:
        InvalidValueError: where flows that lines must carry exceed what zones can take or give.
    """
    market = len(curves)
    arcs = [*lines, *(Line(market, zone, 0, 0, 0) for zone in range(market))]
    spans = [line.flows(prices[line.destination] - prices[line.origin]) for line in lines]
    spans += [curve.sales(price) for curve, price in zip(curves, prices, strict=True)]
    nodes = range(market + 1)
    everything = Area(nodes, nodes, range(len(arcs)))
    found = route_by_maximum_flow(everything, arcs, spans, dict.fromkeys(nodes, 0))
    if found.overloaded:
        expected = "least flows that the zones can take and give"
        raise InvalidValueError("low", expected, "flows that no prices balance")
    carried = [found.flows[arc] for arc in range(len(arcs))]
    return Dispatch(carried[: len(lines)], carried[len(lines) :])


def price_intervals(
    curves: Sequence[NetCurve], lines: Sequence[Line], found: Dispatch
) -> tuple[list[int], list[int]]:
    """Return the lowest and the highest price of each zone among all that support the optimum.

    Prices support it exactly when each agrees with its zone's net sales and each difference with
    its line's flow (complementary slackness). Such a set of bounds and differences has a least and
    a greatest member, found by shortest paths (Bellman 1958).

    Args:
        curves: net sales, one a zone.
        lines: between zones.
        found: an optimal exchange; whichever it is, the result is the same.
    """
    own = [curve.interval(sales) for curve, sales in zip(curves, found.sales, strict=True)]
    above: list[tuple[int, int, int]] = []
    for line, flow in zip(lines, found.flows, strict=True):
        least, most = line.differences(flow)
        if most is not None:
            above.append((line.origin, line.destination, most))
        if least is not None:
            above.append((line.destination, line.origin, -least))
    below = [(head, tail, -gap) for tail, head, gap in above]
    low = _tightened([low for low, _ in own], below, max)
    return low, _tightened([high for _, high in own], above, min)


def _tightened(
    prices: list[int], gaps: Sequence[tuple[int, int, int]], tighter: Callable[[int, int], int]
) -> list[int]:
    for _ in prices:
        before = prices.copy()
        for tail, head, gap in gaps:
            prices[head] = tighter(prices[head], prices[tail] + gap)
        if prices == before:
            break
    return prices
