"""A mixed-integer program, row by row, for HiGHS."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from market.supply_function.quiet import quiet_libraries

INFINITY: Final = float("inf")
_INFEASIBLE: Final = 2

Terms = Sequence[tuple[int, float]]
"""A linear expression: columns with coefficients, which add up where a column is repeated."""


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """What HiGHS says of a program.

    Attributes:
        values: of the columns of the best solution found, or None where there is none.
        bound: no solution has a greater objective, but for the solver's tolerance.
    """

    values: NDArray[np.float64] | None
    bound: float


@dataclass(slots=True)
class Program:
    """A program to maximise, which grows by columns and rows."""

    _low: list[float] = field(default_factory=list)
    _high: list[float] = field(default_factory=list)
    _whole: list[int] = field(default_factory=list)
    _objective: dict[int, float] = field(default_factory=dict)
    _rows: list[int] = field(default_factory=list)
    _columns: list[int] = field(default_factory=list)
    _values: list[float] = field(default_factory=list)
    _least: list[float] = field(default_factory=list)
    _most: list[float] = field(default_factory=list)

    def column(self, low: float, high: float, *, whole: bool = False) -> int:
        """Add a column and return its number."""
        self._low.append(low)
        self._high.append(high)
        self._whole.append(int(whole))
        return len(self._low) - 1

    def reward(self, terms: Terms) -> None:
        """Add terms to the objective."""
        for column, value in terms:
            self._objective[column] = self._objective.get(column, 0.0) + value

    def require(self, terms: Terms, least: float = -INFINITY, most: float = INFINITY) -> None:
        """Add a row."""
        row = len(self._least)
        self._rows.extend([row] * len(terms))
        for column, value in terms:
            self._columns.append(column)
            self._values.append(value)
        self._least.append(least)
        self._most.append(most)

    def solve(self, nodes: int, relative_gap: float) -> Solution:
        """Solve the program.

        Args:
            nodes: most nodes of the search; a limit in time would give another result on another
                machine.
            relative_gap: at which the search ends.
        """
        from scipy.optimize import Bounds, LinearConstraint, milp
        from scipy.sparse import csr_array

        cost = np.zeros(len(self._low))
        for column, value in self._objective.items():
            cost[column] = -value
        shape = (len(self._least), len(self._low))
        matrix = csr_array((self._values, (self._rows, self._columns)), shape=shape)
        with quiet_libraries():
            found = milp(
                cost,
                constraints=LinearConstraint(matrix, self._least, self._most),
                integrality=np.array(self._whole),
                bounds=Bounds(self._low, self._high),
                options={"node_limit": nodes, "mip_rel_gap": relative_gap},
            )
        if found.status == _INFEASIBLE:
            return Solution(None, -INFINITY)
        bound = found.mip_dual_bound
        return Solution(found.x, INFINITY if bound is None else -float(bound))
