"""The mechanism on files: the page's example, defaults and refusals."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from domain.errors import InvalidValueError
from domain.tariff import Tariff
from market.mechanisms.continuous import CONTINUOUS
from market.mechanisms.model import Request
from market.orders_file import read_orders
from market.table_file import read_table

_PAGE = Path(__file__).resolve().parents[3] / "docs" / "mechanisms" / "continuous.md"
_TABLE = re.compile(r"(?:^\|.*\|\n)+", re.MULTILINE)
_BASIC = "order_id,participant,side,quantity_wh,price"


def _fulfil(orders, prices=None, tariff=None, name="orders.csv"):
    tables = {}
    if prices is not None:
        tables["lem-prices"] = read_table(prices.encode(), "lem.csv", ("time", "price"))
    book = read_orders(orders.encode(), name, CONTINUOUS.columns)
    return CONTINUOUS.fulfil(Request(book, tariff, tables=tables)), book


def _orders(*rows, columns="entered"):
    return "\n".join([f"{_BASIC},{columns}", *rows]) + "\n"


def _tables():
    """Return the page's tables, headers first, as lists of cells by each table's first header."""
    tables = {}
    for text in _TABLE.findall(_PAGE.read_text() + "\n"):
        rows = [[cell.strip() for cell in line[1:-1].split("|")] for line in text.splitlines()]
        name = "orders" if "side" in rows[0] else "ends" if "ended" in rows[0] else rows[0][0]
        tables[name] = [rows[0], *rows[2:]]
    return tables


def _csv(rows):
    return "".join(",".join(row) + "\n" for row in rows)


@pytest.fixture(scope="module")
def example():
    tables = _tables()
    lem = [["time", "price"], *tables["lem time"][1:]]
    cleared, book = _fulfil(_csv(tables["orders"]), _csv(lem))
    return tables, cleared, book


def test_the_worked_example_trades_as_written(example):
    tables, cleared, book = example
    trades = cleared.outcome.trades
    rows = zip(
        [book.ids[index] for index in trades.buyer],
        [book.ids[index] for index in trades.seller],
        trades.quantity.tolist(),
        trades.price.tolist(),
        trades.payments.tolist(),
        strict=True,
    )
    assert [[str(cell) for cell in row] for row in rows] == tables["bid"][1:]
    times = [[str(time)] for time in cleared.figures["trade_times"]]
    assert times == tables["trade_times"][1:]


def test_the_worked_example_ends_as_written(example):
    tables, cleared, _ = example
    header, *rows = tables["ends"]
    found = [
        [cell if isinstance(cell, str) else json.dumps(cell) for cell in map(one.get, header)]
        for one in cleared.figures["orders"]
    ]
    assert found == rows


def test_the_worked_example_pays_as_written(example):
    _, cleared, book = example
    paid = dict(zip(book.ids, cleared.outcome.payments.tolist(), strict=True))
    assert [-paid[one] for one in ("s1", "s2", "s3")] == [10_200_000, 5_600_000, 625_000]
    assert cleared.outcome.surplus == 0
    assert cleared.outcome.price is cleared.outcome.interval is None


def test_every_column_and_table_is_on_the_page():
    text = _PAGE.read_text()
    for column in CONTINUOUS.columns:
        assert f"`{column.name}`" in text
    for table in CONTINUOUS.tables:
        assert f"`--{table.option}`" in text


def test_times_alone_are_enough():
    cleared, _ = _fulfil(_orders("o,cy,offer,5,10,1", "b,bo,bid,3,12,2"))
    assert cleared.outcome.volume == 3
    assert cleared.outcome.trades.price.tolist() == [10]
    assert cleared.figures["orders"] == [
        {"order_id": "b", "left_wh": 0, "ended": "filled", "time": 2},
        {"order_id": "o", "left_wh": 2, "ended": "open", "time": None},
    ]
    json.dumps(cleared.figures)


def test_json_lines_may_leave_keys_out():
    rows = [
        {"order_id": "o", "participant": "cy", "side": "offer", "quantity_wh": 5, "price": 10},
        {"order_id": "b", "participant": "bo", "side": "bid", "quantity_wh": 3, "price": 12},
    ]
    rows[0] |= {"entered": 1, "minimum_wh": 3, "expires": None}
    rows[1] |= {"entered": 2}
    cleared, _ = _fulfil("\n".join(map(json.dumps, rows)), name="orders.jsonl")
    assert [one["ended"] for one in cleared.figures["orders"]] == ["filled", "returned"]


def test_one_end_of_a_range_is_enough():
    orders = _orders(
        "o,cy,offer,5,10,1,,20", "p,cy,offer,5,11,1,20,", "b,bo,bid,9,12,2,,",
        columns="entered,lem_low,lem_high",
    )  # fmt: skip
    for price, sellers in ((19, ["o"]), (20, ["o", "p"]), (21, ["p"])):
        cleared, book = _fulfil(orders, f"time,price\n0,{price}\n")
        assert [book.ids[index] for index in cleared.outcome.trades.seller] == sellers


def test_the_tariff_bounds_the_price():
    orders = _orders("o,cy,offer,5,1,1", "b,bo,bid,3,99,2")
    assert _fulfil(orders, tariff=Tariff(8, 30))[0].outcome.trades.price.tolist() == [8]


def test_equal_instants_are_ordered_by_the_hash_of_the_id():
    rows = ["o,cy,offer,1,5,0", *(f"b{number},bo,bid,1,5,1" for number in range(8))]
    cleared, book = _fulfil(_orders(*rows))
    buyer = int(cleared.outcome.trades.buyer[0])
    keys = book.arrays.keys.rows(np.arange(1, 9))
    assert bytes(keys[buyer - 1]) == min(map(bytes, keys))


def test_an_empty_book_trades_nothing():
    cleared, _ = _fulfil(_orders())
    assert cleared.figures == {"trade_times": [], "orders": []}
    assert cleared.outcome.volume == 0


@pytest.mark.parametrize(
    ("columns", "row", "fault"),
    [
        ("entered", "o,cy,offer,5,10,-1", "line 2: entered"),
        ("entered", "o,cy,offer,5,10,", "line 2: entered"),
        ("entered,expires", "o,cy,offer,5,10,4,4", "order o: expires: expected later than"),
        ("entered,cancelled", "o,cy,offer,5,10,4,3", "order o: cancelled: expected later than"),
        ("entered,minimum_wh", "o,cy,offer,5,10,4,6", "order o: minimum_wh: expected at most"),
        ("entered,minimum_wh", "o,cy,offer,5,10,4,0", "line 2: minimum_wh"),
        ("entered,minimum_wh", "b,bo,bid,5,10,4,2", "order b: minimum_wh: expected none"),
        ("entered,lem_low,lem_high", "o,cy,offer,5,10,4,9,8", "order o: lem_high: expected at"),
        ("entered,lem_low", "o,cy,offer,5,10,4,9", "lem-prices: expected a file of time, price"),
        ("expires", "o,cy,offer,5,10,4", "line 1: entered"),
    ],
)
def test_refuses_an_order(columns, row, fault):
    with pytest.raises(InvalidValueError, match=fault):
        _fulfil(_orders(row, columns=columns))


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ("5,1\n3,2\n5,3\n", "lem.csv line 4: time: expected an instant that no other row has"),
        ("-1,5\n", "lem.csv line 2: time"),
        ("1,5.0\n", "lem.csv line 2: price"),
        ("1,2147483648\n", "lem.csv line 2: price"),
    ],
)
def test_refuses_lem_prices(rows, fault):
    with pytest.raises(InvalidValueError, match=fault):
        _fulfil(_orders("o,cy,offer,5,10,1"), f"time,price\n{rows}")
