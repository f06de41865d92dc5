"""The mechanism as ``clear`` meets it: files in, fills and figures out."""

from __future__ import annotations

import json
import random

import pytest

from domain.errors import InvalidValueError
from domain.tariff import Tariff
from market.mechanisms import Request
from market.mechanisms.zonal import ZONAL
from market.orders_file import read_orders
from market.table_file import read_table


def _csv(rows):
    lines = [",".join(rows[0]), *(",".join(row.values()) for row in rows)]
    return ("\n".join(lines) + "\n").encode()


def _clear(orders, tables, tariff=None):
    specs = {table.option: table for table in ZONAL.tables}
    read = {
        name: read_table(_csv(rows), f"{name}.csv", specs[name].columns, specs[name].optional)
        for name, rows in tables.items()
    }
    book = read_orders(_csv(orders), "orders.csv", ZONAL.columns)
    return book, ZONAL.fulfil(Request(book, tariff, tables=read))


def _texts(rows):
    return [
        {key: cell if isinstance(cell, str) else json.dumps(cell) for key, cell in row.items()}
        for row in rows
    ]


def _fills(book, outcome):
    prices = outcome.price_ranges(book.arrays).lowest.tolist()
    rows = zip(book.ids, outcome.filled.tolist(), prices, outcome.payments.tolist(), strict=True)
    return _texts(
        {"order_id": order_id, "quantity_wh": wh, "price": price, "payment": payment}
        for order_id, wh, price, payment in sorted(rows)
        if wh
    )


@pytest.fixture
def files(page):
    return {name: page[name] for name in ("lines", "borders")}


def test_the_worked_example(page, files):
    book, cleared = _clear(page["orders"], files)
    outcome, figures = cleared.outcome, cleared.figures
    assert _fills(book, outcome) == page["fills"]
    assert _texts(figures["prices"]) == page["prices"]
    assert _texts(figures["flows"]) == page["flows"]
    sums = {name: figures[name] for name in ("congestion_rent", "fees", "border_payment")}
    printed = {"volume_wh": outcome.volume, **sums, "surplus": outcome.surplus}
    assert _texts([printed]) == page["sums"]
    assert sum(sums.values()) == outcome.surplus


def test_the_sequence_of_rows_does_not_matter(page, files):
    """Not even where a ring leaves flows open, and orders at the price share."""
    wide = {"min_flow_wh": "-300", "max_flow_wh": "300"}
    ring = [row | wide for row in files["lines"]]
    ring.append({"from_zone": "bay", "to_zone": "hill"} | wide)
    orders = [{**row, "price": "20000"} for row in page["orders"]]
    for tables in (files, files | {"lines": ring}):
        book, cleared = _clear(orders, tables)
        wanted = _fills(book, cleared.outcome)
        for seed in range(10):
            mixed = random.Random(seed)
            shuffled = {name: mixed.sample(rows, len(rows)) for name, rows in tables.items()}
            book, again = _clear(mixed.sample(orders, len(orders)), shuffled)
            assert _fills(book, again.outcome) == wanted
            assert again.figures == cleared.figures


def test_exports_count_as_volume(page, files):
    offers = [row for row in page["orders"] if row["side"] == "offer"]
    _, cleared = _clear(offers, files)
    assert cleared.outcome.volume == 100
    assert cleared.figures["border_payment"] == -2_200_000
    assert cleared.outcome.surplus == sum(
        cleared.figures[name] for name in ("congestion_rent", "fees", "border_payment")
    )


def test_prices_stay_within_the_tariff(page, files):
    """A border above the retail price has nothing to sell, and pays its own price for exports."""
    dear = [{**row, "price": "27000"} for row in files["borders"]]
    _, cleared = _clear(page["orders"], files | {"borders": dear}, Tariff(17_000, 25_000))
    prices = {one["zone"]: one["price"] for one in cleared.figures["prices"]}
    assert prices == {"bay": 21_500, "hill": 17_000, "town": 24_500}
    assert cleared.figures["flows"][2]["flow_wh"] == -100
    assert cleared.figures["border_payment"] == -2_700_000
    poor = Tariff(17_000, 23_000)
    _, cleared = _clear(page["orders"], files | {"borders": dear}, poor)
    assert all(17_000 <= one["price"] <= 23_000 for one in cleared.figures["prices"])
    assert cleared.figures["flows"][2]["flow_wh"] <= 0


def test_fees_go_to_the_lines(page, files):
    lines = [{**row, "fee": "500"} for row in files["lines"]]
    _, cleared = _clear(page["orders"], files | {"lines": lines})
    assert cleared.figures["fees"] == 500 * 400
    assert cleared.figures["congestion_rent"] == 300 * 7_500 + 100 * 1_500
    assert cleared.outcome.surplus == 2_600_000 + 2_200_000


def test_ends_that_nothing_bounds_are_null(page, files):
    bids = [row for row in page["orders"] if row["zone"] == "bay" and row["side"] == "bid"]
    _, cleared = _clear(bids, files)
    assert cleared.figures["prices"][0] == {
        "zone": "bay",
        "price": None,
        "low": 26_000,
        "high": None,
    }
    assert cleared.figures["flows"][1]["binds"] is None


@pytest.mark.parametrize(
    ("table", "row", "words"),
    [
        ("lines", ("hill", "hill", "0", "1"), ("line 5: from_zone, to_zone", "two different")),
        ("lines", ("town", "hill", "0", "1"), ("line 5: from_zone, to_zone", "one row a line")),
        ("lines", ("hill", "bay", "2", "1"), ("line 5: max_flow_wh", "2", "1")),
        ("lines", ("hill", "bay", "900", "999"), ("lines.csv: min_flow_wh", "take and give")),
        ("lines", ("far", "farther", "0", "1"), ("lines.csv", "join all", "from bay to far")),
        ("lines", ("hill", "", "0", "1"), ("line 5: to_zone", "a name")),
        ("lines", ("hill", "bay", "zero", "1"), ("line 5: min_flow_wh", "zero")),
        ("borders", ("grid", "1"), ("borders.csv line 3: zone", "once", "grid")),
        ("borders", ("moon", "1"), ("borders.csv line 3: zone", "a line ends", "moon")),
        ("borders", ("bay", ""), ("borders.csv line 3: price",)),
        ("borders", ("town", "9"), ("lines.csv line 4", "no border at one end")),
        ("borders", ("bay", "9"), ("order s4: zone", "no border", "bay")),
    ],
)
def test_bad_rows_are_named(table, row, words, page, files):
    rows = [*files[table], dict(zip(files[table][0], row, strict=True))]
    with pytest.raises(InvalidValueError) as refused:
        _clear(page["orders"], files | {table: rows})
    assert all(word in str(refused.value) for word in words), refused.value
