"""Flows that belong to optimal prices, and all prices that belong to the flows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from domain.errors import InvalidValueError
from market.coupling.curves import NetCurve
from market.coupling.lines import Line
from market.coupling.residual import Residual


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
    tails = [*(line.origin for line in lines), *([market] * market)]
    heads = [*(line.destination for line in lines), *range(market)]
    spans = [line.flows(prices[line.destination] - prices[line.origin]) for line in lines]
    spans += [curve.sales(price) for curve, price in zip(curves, prices, strict=True)]
    carried = _circulation(market + 1, tails, heads, spans)
    return Dispatch(carried[: len(lines)], carried[len(lines) :])


def _circulation(
    nodes: int, tails: Sequence[int], heads: Sequence[int], spans: Sequence[tuple[int, int]]
) -> list[int]:
    """Return what each arc carries, within its span and balanced at every node."""
    source, sink = nodes, nodes + 1
    graph = Residual(nodes + 2)
    carried = [min(max(0, low), high) for low, high in spans]
    excess = [0] * nodes
    for tail, head, (low, high), amount in zip(tails, heads, spans, carried, strict=True):
        graph.add(tail, head, high - amount, amount - low)
        excess[tail] -= amount
        excess[head] += amount
    for node, amount in enumerate(excess):
        if amount > 0:
            graph.add(source, node, amount)
        elif amount < 0:
            graph.add(node, sink, -amount)
    wanted = sum(amount for amount in excess if amount > 0)
    if graph.saturate(source, sink) != wanted:
        expected = "least flows that the zones can take and give"
        raise InvalidValueError("low", expected, "flows that no prices balance")
    return [high - graph.room[2 * arc] for arc, (_, high) in enumerate(spans)]


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
