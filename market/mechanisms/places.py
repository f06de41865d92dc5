"""What the mechanisms with prices by place have in common: nodes of a feeder, zones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.errors import InvalidValueError
from market.coupling.lines import Line
from market.coupling.located import Earnings, LocalPrices
from market.mechanisms.model import Request
from market.table_file import Table

Integers = NDArray[np.int64]


def ends_of_lines(table: Table, fields: Sequence[str]) -> list[str]:
    """Return the names of all places at which a table's lines end, in their sequence.

    Args:
        table: one line a row.
        fields: the two columns that name a line's ends.

    Raises:
        InvalidValueError: where a name is empty, or there is no line.
    """
    for field in fields:
        for row, name in enumerate(table.texts(field)):
            if not name:
                raise table.fault(row, field, "a name", name)
    if not table.lines:
        raise InvalidValueError(table.name, "at least one line", "none")
    return sorted({name for field in fields for name in table.texts(field)})


def places_of_orders(
    request: Request, column: str, names: Sequence[str], expected: str
) -> Integers:
    """Return where each order stands, as the number of its place.

    Args:
        request: the orders.
        column: that names an order's place.
        names: of all places.
        expected: what these are, for errors.

    Raises:
        InvalidValueError: naming the first order at a place that is not known.
    """
    number = {name: place for place, name in enumerate(names)}
    for order_id, name in zip(request.book.ids, request.book.columns[column], strict=True):
        if name not in number:
            raise InvalidValueError(f"order {order_id}: {column}", expected, name)
    found = [number[name] for name in request.book.columns[column]]
    return np.array(found, np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Located:
    """A cleared network, to be told.

    Attributes:
        kind: what its places are called: ``node`` or ``zone``.
        names: of the places, and behind them of borders.
        prices: of the places.
        border_price: of the borders.
        lines: by the places at which they end.
        flows: Wh of each line.
        earned: by each line.
    """

    kind: str
    names: Sequence[str]
    prices: LocalPrices
    border_price: Sequence[int]
    lines: Sequence[Line]
    flows: Sequence[int]
    earned: Sequence[Earnings]

    def figures(self, request: Request, place: Integers, filled: Integers) -> dict[str, Any]:
        """Return prices, flows, congestion rent and fees as JSON values.

        Args:
            request: what was cleared.
            place: of each order.
            filled: Wh of each order.
        """
        quoted = self.prices.quoted(self._used(place[filled > 0].tolist()), request.tariff)
        told = [*(one.price for one in quoted), *self.border_price]
        return {
            "prices": [
                {self.kind: name, "price": one.price, "low": one.low, "high": one.high}
                for name, one in zip(self.names, quoted, strict=False)
            ],
            "flows": [self._flow(number, told) for number in range(len(self.lines))],
            "congestion_rent": sum(one.rent for one in self.earned),
            "fees": sum(one.fees for one in self.earned),
        }

    def _used(self, trading: Iterable[int]) -> NDArray[np.bool_]:
        """Tell at which places something is sold, bought or passed on."""
        used = np.zeros(len(self.names), np.bool_)
        used[list(trading)] = True
        for line, flow in zip(self.lines, self.flows, strict=True):
            if flow:
                used[[line.origin, line.destination]] = True
        return used[: self.prices.price.size]

    def _flow(self, number: int, told: Sequence[int | None]) -> dict[str, Any]:
        line = self.lines[number]
        return {
            f"from_{self.kind}": self.names[line.origin],
            f"to_{self.kind}": self.names[line.destination],
            "flow_wh": self.flows[number],
            "min_flow_wh": line.low,
            "max_flow_wh": line.high,
            "binds": _binds(told[line.origin], told[line.destination], line.fee),
            "rent": self.earned[number].rent,
        }


def _binds(before: int | None, behind: int | None, fee: int) -> bool | None:
    """Tell whether the ends differ by more than the fee, as only a full line lets them."""
    return None if before is None or behind is None else abs(behind - before) > fee
