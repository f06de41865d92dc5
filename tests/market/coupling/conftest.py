"""Random networks, and the welfare optimum by linear programming to compare with."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

from market.coupling import Network, PriceBounds, ZonalOrders

BOUNDS = PriceBounds(-20, 40)


@dataclass(frozen=True)
class Case:
    """One random market."""

    orders: ZonalOrders
    network: Network


def make_orders(rows: list[tuple[int, int, int, int]]) -> ZonalOrders:
    """Take rows of zone, side, price and quantity."""
    return ZonalOrders(*np.array(rows, np.int64).reshape(-1, 4).T)


def make_network(
    zones: int, lines: list[tuple[int, int, int, int, int]], borders: tuple[int, ...] = ()
) -> Network:
    """Take rows of origin, destination, low, high and fee."""
    return Network(zones, np.array(borders, np.int64), *np.array(lines, np.int64).reshape(-1, 5).T)


@st.composite
def _cases(draw: Any, *, fees: bool = True) -> Case:
    zones = draw(st.integers(1, 4))
    borders = draw(st.lists(st.integers(-15, 30), max_size=2))
    row = st.tuples(
        st.integers(0, zones - 1), st.integers(0, 1), st.integers(-25, 45), st.integers(0, 9)
    )
    rows = draw(st.lists(row, max_size=16))
    nodes = zones + len(borders)
    pairs = [(a, b) for a in range(nodes) for b in range(nodes) if a != b]
    lines = []
    if pairs:
        fee = st.integers(0, 6) if fees else st.just(0)
        for pair in draw(st.lists(st.sampled_from(pairs), max_size=6)):
            low, high, cost = draw(st.tuples(st.integers(-8, 0), st.integers(0, 8), fee))
            lines.append((*pair, low, high, cost))
    return Case(make_orders(rows), make_network(zones, lines, tuple(borders)))


@pytest.fixture(scope="session")
def bounds() -> PriceBounds:
    return BOUNDS


@pytest.fixture(scope="session")
def cases() -> Callable[..., st.SearchStrategy[Case]]:
    return _cases


@pytest.fixture(scope="session")
def orders() -> Callable[..., ZonalOrders]:
    return make_orders


@pytest.fixture(scope="session")
def network() -> Callable[..., Network]:
    return make_network


@pytest.fixture(scope="session")
def highs_welfare() -> Callable[[Case, PriceBounds], float]:
    """The greatest welfare by HiGHS: orders' fills and both directions of each line as variables.

    Orders beyond a bound count as orders at it, in the objective too; so does ``couple``'s dual.
    """
    highspy = pytest.importorskip("highspy", reason="highspy checks welfare against an LP")

    def solve(case: Case) -> float:
        orders, network = case.orders, case.network
        h = highspy.Highs()
        h.silent()
        sign = 1 - 2 * orders.side
        balance: list[Any] = [0.0] * network.zones
        objective: Any = 0.0
        for zone, way, price, most in zip(
            orders.zone, sign, orders.price, orders.quantity, strict=True
        ):
            fill = h.addVariable(0, float(most))
            balance[zone] += -float(way) * fill
            objective += float(way * price) * fill
        worth = [*([0.0] * network.zones), *map(float, network.border_price)]
        for a, b, low, high, fee in zip(
            network.origin,
            network.destination,
            network.low,
            network.high,
            network.fee,
            strict=True,
        ):
            if min(a, b) >= network.zones:
                continue
            ahead, back = h.addVariable(0, float(high)), h.addVariable(0, float(-low))
            for node, amount in ((a, back - ahead), (b, ahead - back)):
                if node < network.zones:
                    balance[node] += amount
            objective += (worth[b] - worth[a]) * (ahead - back) - float(fee) * (ahead + back)
        if isinstance(objective, float):
            return 0.0
        for sum_ in balance:
            if not isinstance(sum_, float):
                h.addConstr(sum_ == 0)
        h.maximize(objective)
        return float(h.getInfo().objective_function_value)

    return solve


_TABLE = re.compile(r"<!-- (?P<name>[a-z ]+) -->\n(?P<lines>(?:\|.*\|\n)+)")


@pytest.fixture(scope="session")
def page() -> dict[str, list[dict[str, str]]]:
    """The tables of the mechanism's page by the names in the comments above them."""
    text = (Path(__file__).parents[3] / "docs" / "mechanisms" / "zonal.md").read_text()
    tables: dict[str, list[dict[str, str]]] = {}
    for found in _TABLE.finditer(text):
        lines = [
            [cell.strip() for cell in line.strip("|").split("|")]
            for line in found["lines"].splitlines()
        ]
        tables[found["name"]] = [dict(zip(lines[0], row, strict=True)) for row in lines[2:]]
    return tables
