"""The examples worked by hand in docs/mechanisms/supply-function.md are what comes out."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from market.mechanisms import Request
from market.mechanisms.supply_function import SUPPLY_FUNCTION
from market.orders_file import read_orders

_PAGE = Path(__file__).resolve().parents[3] / "docs" / "mechanisms" / "supply-function.md"
_TABLE = re.compile(r"(?:^\|.*\|\n)+", re.MULTILINE)
_EXAMPLES = {
    section.partition("\n")[0]: section
    for section in (_PAGE.read_text() + "\n").split("\n## ")[1:]
    if "| order_id | participant |" in section
}


def _tables(section):
    """Return a section's tables as rows of texts by column, under each one's first column."""
    tables = {}
    for text in _TABLE.findall(section):
        lines = [[cell.strip() for cell in line[1:-1].split("|")] for line in text.splitlines()]
        rows = [dict(zip(lines[0], line, strict=True)) for line in lines[2:]]
        tables["orders" if "side" in lines[0] else lines[0][0]] = rows
    return tables


def _cleared(rows):
    lines = [",".join(rows[0]), *(",".join(row.values()) for row in rows)]
    book = read_orders("\n".join(lines).encode(), "orders.csv", SUPPLY_FUNCTION.columns)
    return book, SUPPLY_FUNCTION.fulfil(Request(book))


def _texts(rows, columns):
    return [
        {
            name: row[name] if isinstance(row[name], str) else json.dumps(row[name])
            for name in columns
        }
        for row in rows
    ]


def _fills(book, outcome):
    prices = outcome.price_ranges(book.arrays).lowest.tolist()
    rows = zip(book.ids, outcome.filled.tolist(), prices, outcome.payments.tolist(), strict=True)
    names = ("order_id", "quantity_wh", "price", "payment")
    return [dict(zip(names, row, strict=True)) for row in sorted(rows) if row[1]]


@pytest.mark.parametrize("title", _EXAMPLES)
def test_the_worked_examples(title):
    tables = _tables(_EXAMPLES[title])
    book, cleared = _cleared(tables["orders"])
    figures = cleared.figures
    assert _texts(_fills(book, cleared.outcome), tables["order_id"][0]) == tables["order_id"]
    assert _texts(figures["prices"], tables["interval"][0]) == tables["interval"]
    blocks = tables.get("block", [])
    assert _texts(figures["blocks"], blocks[0] if blocks else ()) == blocks
    assert _texts([figures], tables["welfare"][0]) == tables["welfare"]
    paradoxical = [row["block"] for row in blocks if row["status"] == "paradoxically-rejected"]
    assert figures["paradoxically_rejected"] == paradoxical


def test_there_are_three_examples():
    assert len(_EXAMPLES) == 3


def test_what_the_linked_family_adds():
    rows = _tables(_EXAMPLES["A linked family"])["orders"]
    _, without = _cleared([row for row in rows if row["kind"] != "block"])
    assert without.figures["welfare"] == 600_000 + 1_000_000
    _, alone = _cleared([row for row in rows if row["block"] != "RUN"])
    assert alone.figures["blocks"][0]["status"] == "rejected"


def test_the_page_names_all_columns():
    read = {row["column"].strip("`") for row in _tables(_PAGE.read_text())["column"]}
    assert read == {column.name for column in SUPPLY_FUNCTION.columns}
