"""The mechanism as ``clear`` meets it: files in, fills and figures out."""

from __future__ import annotations

import json
import random

import pytest

from domain.errors import InvalidValueError
from domain.instant import parse_instant
from domain.tariff import Tariff
from market.mechanisms import Request
from market.mechanisms.network_constrained import NETWORK_CONSTRAINED
from market.orders_file import read_orders
from market.table_file import read_table

_START = "2025-06-01T10:15:00Z"
_EARLIER = "2025-06-01T10:00:00Z"


def _csv(rows):
    lines = [",".join(rows[0]), *(",".join(row.values()) for row in rows)]
    return ("\n".join(lines) + "\n").encode()


def _clear(orders, tables, start=_START, tariff=None):
    specs = {table.option: table for table in NETWORK_CONSTRAINED.tables}
    read = {
        name: read_table(_csv(rows), f"{name}.csv", specs[name].columns, specs[name].optional)
        for name, rows in tables.items()
    }
    book = read_orders(_csv(orders), "orders.csv", NETWORK_CONSTRAINED.columns)
    instant = None if start is None else parse_instant(start, "start")
    cleared = NETWORK_CONSTRAINED.fulfil(Request(book, tariff, tables=read, start=instant))
    return book, cleared


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


def _sums(cleared):
    sums = {name: cleared.figures[name] for name in ("congestion_rent", "fees")}
    return _texts([{**sums, "surplus": cleared.outcome.surplus}])


@pytest.fixture
def files(page):
    return {name: page[name] for name in ("lines", "restrictions")}


@pytest.mark.parametrize(("start", "fills", "sums"), [(_START, "", ""), (_EARLIER, "earlier ", "")])
def test_the_worked_example(start, fills, sums, page, files):
    book, cleared = _clear(page["orders"], files, start)
    assert _fills(book, cleared.outcome) == page[f"{fills}fills"]
    assert _sums(cleared) == page[f"{fills}sums"]


def test_the_figures_of_the_worked_example(page, files):
    _, cleared = _clear(page["orders"], files)
    assert _texts(cleared.figures["prices"]) == page["prices"]
    assert _texts(cleared.figures["flows"]) == page["flows"]
    assert cleared.outcome.price is None
    assert cleared.outcome.interval is None
    assert cleared.outcome.volume == 1_200


def test_the_sequence_of_rows_and_the_direction_of_lines_do_not_matter(page, files):
    book, cleared = _clear(page["orders"], files)
    wanted = _fills(book, cleared.outcome)
    for seed in range(5):
        mixed = random.Random(seed)
        orders = mixed.sample(page["orders"], len(page["orders"]))
        lines = mixed.sample(files["lines"], 2)
        book, again = _clear(orders, files | {"lines": lines})
        assert _fills(book, again.outcome) == wanted
        assert again.figures == cleared.figures
        turned = [
            {**row, "from_node": row["to_node"], "to_node": row["from_node"]} for row in lines
        ]
        book, again = _clear(orders, files | {"lines": turned})
        assert _fills(book, again.outcome) == wanted
        assert again.figures["prices"] == cleared.figures["prices"]


def test_reverse_limits_hold_for_the_other_direction(page, files):
    narrow = [{**row, "reverse_limit_w": ""} for row in files["lines"]]
    narrow[1] |= {"from_node": "east", "to_node": "bus", "reverse_limit_w": "1201"}
    _, cleared = _clear(page["orders"], {"lines": narrow})
    line = cleared.figures["flows"][0]
    assert (line["from_node"], line["flow_wh"]) == ("east", -300)
    assert (line["min_flow_wh"], line["max_flow_wh"]) == (-300, 500)


def test_restrictions_limit_one_direction(page, files):
    other = [{**row, "from_node": "east", "to_node": "bus"} for row in files["restrictions"]]
    _, cleared = _clear(page["orders"], files | {"restrictions": other}, _EARLIER)
    line = cleared.figures["flows"][0]
    assert (line["flow_wh"], line["min_flow_wh"], line["max_flow_wh"]) == (500, -300, 500)


def test_restrictions_never_widen_a_line(page, files):
    wide = [{**row, "limit_w": "9999"} for row in files["restrictions"]]
    _, cleared = _clear(page["orders"], files | {"restrictions": wide}, _EARLIER)
    assert cleared.figures["flows"][0]["max_flow_wh"] == 500


def test_prices_stay_within_the_tariff(page, files):
    tariff = Tariff(14_000, 26_000)
    _, cleared = _clear(page["orders"], files, _EARLIER, tariff)
    quoted = {
        one["node"]: (one["low"], one["price"], one["high"]) for one in cleared.figures["prices"]
    }
    assert quoted == {
        "bus": (14_500, 14_500, 14_500),
        "east": (20_000, 23_000, 26_000),
        "west": (14_000, 14_000, 14_000),
    }


def test_ends_that_nothing_bounds_are_null():
    lines = [{"from_node": "a", "to_node": "b", "limit_w": "0"}]
    orders = [
        {"order_id": "s", "participant": "x", "side": "offer", "quantity_wh": "5", "price": "9"}
        | {"node": "a"},
        {"order_id": "b", "participant": "y", "side": "bid", "quantity_wh": "5", "price": "12"}
        | {"node": "b"},
    ]
    _, cleared = _clear(orders, {"lines": lines}, None)
    assert cleared.figures["prices"] == [
        {"node": "a", "price": None, "low": None, "high": 9},
        {"node": "b", "price": None, "low": 12, "high": None},
    ]
    assert cleared.figures["flows"][0]["binds"] is None
    _, cleared = _clear(orders, {"lines": lines}, None, Tariff(0, 20))
    assert [one["price"] for one in cleared.figures["prices"]] == [4, 16]
    assert cleared.figures["flows"][0]["binds"] is True


def test_one_price_is_told_as_such(page):
    wide = [{**row, "limit_w": "9999", "fee": ""} for row in page["lines"]]
    _, cleared = _clear(page["orders"], {"lines": wide}, None)
    assert (cleared.outcome.price, cleared.outcome.interval) == (16_000, (12_000, 20_000))
    assert cleared.outcome.surplus == 0


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([("a", "a")], ("lines.csv line 2: from_node, to_node", "different", "a, a")),
        ([("a", "b"), ("b", "a")], ("lines.csv line 3", "one line", "b, a")),
        ([("a", "b"), ("b", "c"), ("c", "a")], ("lines.csv line 4", "ring", "c, a")),
        ([("a", "b"), ("c", "d")], ("lines.csv: ", "join all", "from a to c")),
        ([("b", "c")], ("order 1: node", "a node at which a line ends", "'a'")),
        ([("a", "")], ("lines.csv line 2: to_node", "a name")),
        ([], ("lines.csv", "at least one line")),
    ],
)
def test_what_is_no_feeder_is_refused(lines, words):
    rows = [{"from_node": a, "to_node": b, "limit_w": "5"} for a, b in lines]
    content = _csv(rows or [{"from_node": "", "to_node": "", "limit_w": ""}])
    table = read_table(
        content if rows else content.splitlines()[0] + b"\n",
        "lines.csv",
        ("from_node", "to_node", "limit_w"),
    )
    book = read_orders(
        b"order_id,participant,side,quantity_wh,price,node\n1,x,bid,5,9,a\n",
        "orders.csv",
        NETWORK_CONSTRAINED.columns,
    )
    with pytest.raises(InvalidValueError) as refused:
        NETWORK_CONSTRAINED.fulfil(Request(book, tables={"lines": table}))
    assert all(word in str(refused.value) for word in words), refused.value


@pytest.mark.parametrize(
    ("table", "field", "text", "words"),
    [
        ("lines", "limit_w", "-1", ("lines.csv line 3: limit_w", "-1")),
        ("lines", "limit_w", "2.5", ("lines.csv line 3: limit_w", "2.5")),
        ("lines", "fee", "-1", ("lines.csv line 3: fee", "-1")),
        ("restrictions", "limit_w", "", ("restrictions.csv line 2: limit_w",)),
        ("restrictions", "to_node", "west", ("line 2: from_node, to_node", "ends of a line")),
        ("restrictions", "to_node", "moon", ("line 2: from_node, to_node", "moon")),
        ("restrictions", "start", "2025-06-01", ("restrictions.csv line 2: start", "2025-06-01")),
        ("restrictions", "end", _EARLIER, ("restrictions.csv line 2: end", "after the start")),
    ],
)
def test_bad_rows_are_named(table, field, text, words, page, files):
    rows = [*files[table][:-1], {**files[table][-1], field: text}]
    if words[0].startswith("line "):
        rows = [{**row, "from_node": "east"} for row in rows]
    with pytest.raises(InvalidValueError) as refused:
        _clear(page["orders"], files | {table: rows})
    assert all(word in str(refused.value) for word in words), refused.value


def test_restrictions_need_the_start(page, files):
    with pytest.raises(InvalidValueError, match="start"):
        _clear(page["orders"], files, None)


def test_orders_need_a_node(page, files):
    orders = [{**row, "node": ""} for row in page["orders"]]
    with pytest.raises(InvalidValueError, match="line 2: node"):
        _clear(orders, files)
