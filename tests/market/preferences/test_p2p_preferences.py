"""The mechanism on files, and the example worked by hand in its page."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from domain.errors import InvalidValueError
from domain.tariff import Tariff
from market.mechanisms import Request
from market.mechanisms.p2p_preferences import MECHANISM
from market.orders_file import read_orders
from market.preferences.profiles import profiles
from market.preferences.tables import read_terms
from market.preferences.values import NO_TRADE, pair_values
from market.table_file import read_table

_PAGE = Path(__file__).resolve().parents[3] / "docs" / "mechanisms" / "p2p-preferences.md"
_TABLE = re.compile(r"(?:^\|.*\|\n)+", re.MULTILINE)
_FEES = ("from_area", "to_area", "fee")
_TARIFF = Tariff(8_000, 30_000)


@pytest.fixture(scope="module")
def page():
    """The page's tables as rows of texts, under each table's first column; orders apart."""
    tables = {}
    for text in _TABLE.findall(_PAGE.read_text()):
        header, _, *rows = [
            [cell.strip() for cell in line[1:-1].split("|")] for line in text.splitlines()
        ]
        name = "orders" if "side" in header else header[0]
        tables[name] = [dict(zip(header, row, strict=True)) for row in rows]
    return tables


def _csv(rows):
    return "\n".join([",".join(rows[0]), *(",".join(row.values()) for row in rows)]).encode()


@pytest.fixture(scope="module")
def request_of(page):
    def build(k=None, rows=lambda table: table, given=("preferences", "fees")):
        specs = {table.option: table for table in MECHANISM.tables}
        content = {"preferences": page["participant"], "fees": page["from_area"]}
        tables = {
            name: read_table(
                _csv(rows(content[name])), name, specs[name].columns, specs[name].optional
            )
            for name in given
        }
        book = read_orders(_csv(rows(page["orders"])), "orders.csv", MECHANISM.columns)
        return Request(book, _TARIFF, k, tables)

    return build


@pytest.fixture(scope="module")
def printed():
    """Clear a request, and return the parts of the printed result by name, as texts."""

    def run(request):
        cleared = MECHANISM.fulfil(request)
        outcome, ids = cleared.outcome, request.book.ids
        terms = cleared.figures["trade_terms"]
        columns = (outcome.trades.buyer, outcome.trades.seller, outcome.trades.quantity)
        trades = [
            {
                "bid": ids[buyer],
                "offer": ids[seller],
                "quantity_wh": wh,
                "price": price,
                "payment": wh * price,
                **more,
            }
            for buyer, seller, wh, price, more in zip(
                *(column.tolist() for column in columns),
                outcome.trades.price.tolist(),
                terms,
                strict=True,
            )
        ]
        assert [(one["bid"], one["offer"]) for one in terms] == [
            (one["bid"], one["offer"]) for one in trades
        ]
        rows = zip(ids, outcome.filled.tolist(), outcome.payments.tolist(), strict=True)
        names = ("order_id", "quantity_wh", "payment")
        fills = [dict(zip(names, row, strict=True)) for row in sorted(rows) if row[1]]
        figures = {"volume_wh": outcome.volume, **cleared.figures, "surplus": outcome.surplus}
        return trades, fills, figures

    return run


def _texts(rows, like):
    return [
        {
            name: row[name] if isinstance(row[name], str) else json.dumps(row[name])
            for name in like[0]
        }
        for row in rows
    ]


def test_the_worked_example(page, request_of, printed):
    trades, fills, figures = printed(request_of())
    assert _texts(trades, page["bid"]) == page["bid"]
    assert _texts(fills, page["order_id"]) == page["order_id"]
    assert _texts([figures], page["volume_wh"]) == page["volume_wh"]
    assert figures["surplus"] == figures["network_fees"]


@pytest.mark.parametrize(("k", "end"), [(0, 0), (1000, 1)])
def test_the_ends_of_the_worked_example(request_of, printed, k, end):
    trades, _, _ = printed(request_of(k))
    assert [trade["price"] for trade in trades] == [
        trade["price_interval"][end] for trade in trades
    ]


def test_the_gains_of_the_worked_example(page, request_of):
    request = request_of()
    terms = read_terms(request.book, request.tables["preferences"], request.tables["fees"])
    bids, offers = profiles(request.orders, terms, _TARIFF)
    gain = pair_values(bids, offers, terms, _TARIFF).gain
    expected = [
        [NO_TRADE if cell == "-" else int(cell) for cell in list(row.values())[1:]]
        for row in page["gain"]
    ]
    names = [[request.book.participants[at] for at in side.orders] for side in (bids, offers)]
    assert names == [[row["gain"] for row in page["gain"]], list(page["gain"][0])[1:]]
    assert gain.tolist() == expected


def test_the_sequence_of_rows_does_not_matter(request_of, printed):
    assert printed(request_of()) == printed(request_of(rows=lambda table: table[::-1]))


def test_tables_are_optional(request_of, printed):
    """Without them it is the uniform price: 1,000 Wh, of which eve has 100 and fay none."""
    trades, fills, figures = printed(request_of(given=()))
    assert [fill["quantity_wh"] for fill in fills] == [500, 400, 100, 600, 400]
    assert {trade["price"] for trade in trades} == {20_000}
    assert figures["network_fees"] == 0


def test_an_area_has_to_have_fees(request_of):
    fees = read_table(b"from_area,to_area,fee\nsouth,south,1\n", "fees", _FEES)
    request = Request(request_of().book, tables={"fees": fees})
    with pytest.raises(InvalidValueError, match="order b1: area: expected an area of fees"):
        MECHANISM.fulfil(request)


def test_nothing_trades(printed):
    book = read_orders(
        b"order_id,participant,side,quantity_wh,price\nb1,ada,bid,5,3\n", "o", MECHANISM.columns
    )
    trades, fills, figures = printed(Request(book))
    assert trades == fills == figures["trade_terms"] == []
    assert figures["welfare"] == figures["surplus"] == 0
