"""Random feeders with their orders, and the welfare optimum by linear programming."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st
from numpy.typing import NDArray

from domain.tariff import Tariff
from identity.hashing import keccak256
from market.clearing import DigestKeys, OrderArrays
from market.network import Feeder

_KEYS = [keccak256(number.to_bytes(2, "big")) for number in range(64)]


@dataclass(frozen=True)
class Case:
    """One market on a feeder: rows of node, side, price and quantity; and perhaps a tariff."""

    feeder: Feeder
    rows: Sequence[tuple[int, int, int, int]]
    tariff: Tariff | None = None

    @property
    def node(self) -> NDArray[np.int64]:
        return self._columns()[0]

    @property
    def orders(self) -> OrderArrays:
        _, side, price, quantity = self._columns()
        return OrderArrays(side, price, quantity, DigestKeys.of(_KEYS[: len(self.rows)]))

    def _columns(self) -> NDArray[np.int64]:
        return np.array(self.rows, np.int64).reshape(-1, 4).T


def make_feeder(lines: Sequence[tuple[int, int, int, int, int]], nodes: int = 0) -> Feeder:
    """Take rows of origin, destination, forward and reverse limit in Wh, and fee."""
    columns = np.array(lines, np.int64).reshape(-1, 5).T
    return Feeder([f"n{node}" for node in range(nodes or len(lines) + 1)], *columns)


@st.composite
def _feeders(draw: Any, limits: st.SearchStrategy[int], fees: st.SearchStrategy[int]) -> Feeder:
    nodes = draw(st.integers(1, 7))
    names = draw(st.permutations(range(nodes)))
    lines = []
    for place in range(1, nodes):
        ends = names[draw(st.integers(0, place - 1))], names[place]
        ends = ends[:: draw(st.sampled_from([1, -1]))]
        lines.append((*ends, draw(limits), draw(limits), draw(fees)))
    return make_feeder(lines, nodes)


@st.composite
def _cases(
    draw: Any,
    *,
    price: int = 6,
    quantity: tuple[int, int] = (1, 9),
    limit: tuple[int, int] = (0, 14),
    fee: int = 3,
    tariff: bool = True,
) -> Case:
    feeder = draw(_feeders(st.integers(*limit), st.integers(0, fee)))
    row = st.tuples(
        st.integers(0, len(feeder) - 1),
        st.integers(0, 1),
        st.integers(-price, price),
        st.integers(*quantity),
    )
    bounds = st.tuples(st.integers(-price, price), st.integers(-price, price)).map(sorted)
    tariffs = st.one_of(st.none(), bounds.map(lambda ends: Tariff(*ends)))
    rows = draw(st.lists(row, max_size=16))
    return Case(feeder, rows, draw(tariffs) if tariff else None)


@pytest.fixture(scope="session")
def cases() -> Callable[..., st.SearchStrategy[Case]]:
    return _cases


@pytest.fixture(scope="session")
def feeders() -> st.SearchStrategy[Feeder]:
    return _feeders(st.integers(0, 14), st.integers(0, 3))


@pytest.fixture(scope="session")
def feeder() -> Callable[..., Feeder]:
    return make_feeder


@pytest.fixture(scope="session")
def case() -> type[Case]:
    return Case


@pytest.fixture(scope="session")
def best() -> Callable[[Case], tuple[int, int]]:
    """The greatest welfare, and the greatest volume with it, by HiGHS.

    A bid counts half a step more than it says: too little to cost welfare, enough to prefer volume.
    """

    def solve(case: Case) -> tuple[int, int]:
        from scipy.optimize import linprog

        node, orders, feeder = case.node, case.orders, case.feeder
        bounds = case.tariff or Tariff(-(2**31), 2**31 - 1)
        bid = ~orders.is_offer
        limit = np.clip(orders.price, bounds.feed_in, bounds.retail)
        hopeless = np.where(bid, orders.price < limit, orders.price > limit)
        size, lines = len(orders), len(feeder.lines)
        balance = np.zeros((len(feeder), size + 2 * lines))
        balance[node, np.arange(size)] = np.where(bid, -1, 1)
        for number, line in enumerate(feeder.lines):
            there, back = size + number, size + lines + number
            balance[line.origin, [there, back]] = -1, 1
            balance[line.destination, [there, back]] = 1, -1
        worth = np.where(bid, 2 * limit + 1, -2 * limit)
        cost = np.concatenate([-worth, 2 * feeder.fee, 2 * feeder.fee])
        most = np.concatenate(
            [np.where(hopeless, 0, orders.quantity), feeder.forward, feeder.reverse]
        )
        if not cost.size:
            return 0, 0
        ranges = np.column_stack([np.zeros_like(most), most])
        found = linprog(cost, A_eq=balance, b_eq=np.zeros(len(feeder)), bounds=ranges)
        assert found.status == 0
        volume = round(float(found.x[:size][bid].sum()))
        assert volume == pytest.approx(float(found.x[:size][bid].sum()), abs=1e-6)
        return (round(-found.fun) - volume) // 2, volume

    return solve


_TABLE = re.compile(r"<!-- (?P<name>[a-z ]+) -->\n(?P<lines>(?:\|.*\|\n)+)")


@pytest.fixture(scope="session")
def page() -> dict[str, list[dict[str, str]]]:
    """The tables of the mechanism's page by the names in the comments above them."""
    text = (
        Path(__file__).parents[3] / "docs" / "mechanisms" / "network-constrained.md"
    ).read_text()
    tables: dict[str, list[dict[str, str]]] = {}
    for found in _TABLE.finditer(text):
        lines = [
            [cell.strip() for cell in line.strip("|").split("|")]
            for line in found["lines"].splitlines()
        ]
        tables[found["name"]] = [dict(zip(lines[0], row, strict=True)) for row in lines[2:]]
    return tables
