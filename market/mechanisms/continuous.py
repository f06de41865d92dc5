"""Continuous trading, as a mechanism."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from domain.errors import InvalidValueError
from domain.units import MAX_PRICE, MAX_QUANTITY, MIN_PRICE
from market.continuous import (
    MAX_TIME,
    NEVER,
    Continuous,
    Ending,
    LemPrices,
    RowError,
    TimedOrders,
    clear_continuous,
)
from market.mechanisms.model import Cleared, Mechanism, Request, TableSpec
from market.orders_file import REQUIRED, Column
from market.table_file import Table

Integers = NDArray[np.int64]

_LEM_PRICES: Final = "lem-prices"


def _clear(request: Request) -> Cleared:
    timed = _timed(request)
    table = request.tables.get(_LEM_PRICES)
    if table is None:
        _require_no_range(timed, request.book.ids)
    found = clear_continuous(timed, None if table is None else _prices(table), request.tariff)
    figures = {
        "trade_times": found.times.tolist(),
        "orders": _orders(found, request.book.ids),
    }
    return Cleared(found.outcome(timed), figures)


def _timed(request: Request) -> TimedOrders:
    columns = request.book.columns

    def given(name: str, default: int) -> Integers:
        values = (default if value is None else value for value in columns[name])
        return np.fromiter(values, np.int64, len(request.orders))

    try:
        return TimedOrders(
            orders=request.orders,
            entered=np.array(columns["entered"], np.int64),
            expires=given("expires", NEVER),
            cancelled=given("cancelled", NEVER),
            minimum=given("minimum_wh", 1),
            lem_low=given("lem_low", MIN_PRICE),
            lem_high=given("lem_high", MAX_PRICE),
        )
    except RowError as error:
        column = {"minimum": "minimum_wh"}.get(error.name, error.name)
        where = f"order {request.book.ids[error.index]}: {column}"
        raise InvalidValueError(where, error.expected, error.got) from error


def _require_no_range(timed: TimedOrders, ids: Sequence[str]) -> None:
    ranged = np.flatnonzero(timed.follow_lem_price)
    if ranged.size:
        who = f"order {ids[int(ranged[0])]}"
        expected = f"a file of time, price, for {who} trades in a range of LEM prices"
        raise InvalidValueError(_LEM_PRICES, expected, "none")


def _prices(table: Table) -> LemPrices:
    time = table.integers("time", 0, MAX_TIME)
    price = table.integers("price", MIN_PRICE, MAX_PRICE)
    try:
        return LemPrices(time, price)
    except RowError as error:
        raise table.fault(error.index, error.name, error.expected, error.got) from error


def _orders(found: Continuous, ids: Sequence[str]) -> list[dict[str, Any]]:
    """Say what became of each order, in the sequence of their ids."""
    rows = zip(ids, found.left.tolist(), found.endings.tolist(), found.ended.tolist(), strict=True)
    return [
        {
            "order_id": order_id,
            "left_wh": left,
            "ended": Ending(how).label,
            "time": None if time == NEVER else time,
        }
        for order_id, left, how, time in sorted(rows)
    ]


CONTINUOUS: Final = Mechanism(
    name="continuous",
    about="orders trade as they come, by price and time, at the price of the one there first",
    rule=_clear,
    columns=(
        Column("entered", "when it comes, in seconds", "integer", 0, MAX_TIME, REQUIRED),
        Column("expires", "from when on it is not valid", "integer", 0, MAX_TIME),
        Column("cancelled", "when what is left is withdrawn", "integer", 0, MAX_TIME),
        Column("minimum_wh", "least Wh of each sale of an offer", "integer", 1, MAX_QUANTITY),
        Column("lem_low", "lowest LEM price at which it trades", "integer", MIN_PRICE, MAX_PRICE),
        Column("lem_high", "highest such price", "integer", MIN_PRICE, MAX_PRICE),
    ),
    tables=(
        TableSpec(
            _LEM_PRICES, "the LEM price from each time on", ("time", "price"), required=False
        ),
    ),
)
