"""Order files: what is read, and how faults are named."""

from __future__ import annotations

import gzip
import json

import numpy as np
import pytest

from domain.errors import InvalidValueError
from domain.units import MAX_PRICE, MAX_QUANTITY
from identity.hashing import keccak256
from market.orders_file import REQUIRED, Column, read_orders

_HEADER = "order_id,participant,side,quantity_wh,price\n"
_ROWS = [("b1", "ada", "bid", 500, 24_000), ("s1", "bo", "offer", 300, -12_000)]
_FIELDS = ("order_id", "participant", "side", "quantity_wh", "price")


def _csv(*rows):
    return (_HEADER + "".join(f"{row}\n" for row in rows)).encode()


def _json_lines(*rows):
    return "".join(json.dumps(dict(zip(_FIELDS, row, strict=True))) + "\n" for row in rows).encode()


def _plain(book):
    arrays = book.arrays
    return [
        (order_id, who, ("bid", "offer")[side], int(wh), int(price))
        for order_id, who, side, wh, price in zip(
            book.ids, book.participants, arrays.side, arrays.quantity, arrays.price, strict=True
        )
    ]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("orders.csv", _csv("b1,ada,bid,500,24000", "s1,bo,offer,300,-12000")),
        ("-", _csv("b1,ada,bid,500,24000", "s1,bo,offer,300,-12000")),
        ("orders.jsonl", _json_lines(*_ROWS)),
        ("orders.NDJSON", _json_lines(*_ROWS)),
        ("-", b"\n  " + _json_lines(*_ROWS)),
        ("orders.txt", _json_lines(*_ROWS)),
    ],
)
def test_both_formats_hold_the_same_orders(name, content):
    assert _plain(read_orders(content, name)) == _ROWS


@pytest.mark.parametrize("make", [_csv, _json_lines])
def test_byte_order_mark_crlf_and_blank_lines_are_tolerated(make):
    rows = [",".join(map(str, row)) for row in _ROWS] if make is _csv else _ROWS
    content = b"\xef\xbb\xbf" + make(*rows).replace(b"\n", b"\r\n\r\n")
    assert _plain(read_orders(content, "-")) == _ROWS


def test_columns_stand_in_any_sequence_and_texts_may_be_quoted():
    content = b'price,side,"order_id",participant,quantity_wh\n5,bid,"a,1","say ""ada""",7\n'
    assert _plain(read_orders(content, "x.csv")) == [("a,1", 'say "ada"', "bid", 7, 5)]


def test_a_header_alone_is_an_empty_book():
    assert _plain(read_orders(_HEADER.encode(), "x.csv")) == []


def test_one_participant_may_stand_on_both_sides():
    book = read_orders(_csv("1,ada,bid,5,9", "2,ada,offer,5,9"), "x.csv")
    assert book.participants[0] == book.participants[1] == "ada"


def test_ties_are_ordered_by_the_hash_of_the_id():
    book = read_orders(_csv("é,ada,bid,5,9", "2,ada,offer,5,9"), "x.csv")
    rows = book.arrays.keys.rows(np.array([1, 0]))
    assert [bytes(row) for row in rows] == [keccak256(b"2"), keccak256("é".encode())]


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (",ada,bid,5,9", "order_id"),
        ("a,,bid,5,9", "participant"),
        ("a,ada,buy,5,9", "side"),
        ("a,ada,BID,5,9", "side"),
        ("a,ada, bid,5,9", "side"),
        ("a,ada,bid,0,9", "quantity_wh"),
        ("a,ada,bid,-5,9", "quantity_wh"),
        (f"a,ada,bid,{MAX_QUANTITY + 1},9", "quantity_wh"),
        (f"a,ada,bid,{'9' * 5000},9", "quantity_wh"),
        ("a,ada,bid,5.0,9", "quantity_wh"),
        ("a,ada,bid,1_000,9", "quantity_wh"),
        ("a,ada,bid,٣,9", "quantity_wh"),
        ('a,ada,bid,"5\n6",9', "quantity_wh"),
        ("a,ada,bid,,9", "quantity_wh"),
        ("a,ada,bid,5,1e3", "price"),
        ("a,ada,bid,5,+9", "price"),
        ("a,ada,bid,5,nan", "price"),
        (f"a,ada,bid,5,{MAX_PRICE + 1}", "price"),
        ("a,ada,bid,5", "price"),
        ("ok,ada,bid,5,9", "order_id"),
    ],
)
def test_faults_of_csv_rows_name_line_and_field(row, field):
    content = _csv("ok,ada,bid,1,1", "", row, "late,ada,neither,x,y")
    line = 4 + row.count("\n")
    with pytest.raises(InvalidValueError) as caught:
        read_orders(content, "x.csv")
    assert caught.value.field == f"line {line}: {field}"
    assert "expected" in str(caught.value)
    assert "got" in str(caught.value)


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ('{"order_id":1,"participant":"a","side":"bid","quantity_wh":5,"price":1}', "order_id"),
        ('{"order_id":"","participant":"a","side":"bid","quantity_wh":5,"price":1}', "order_id"),
        (r'{"order_id":"\ud800","participant":"a","side":"bid","quantity_wh":5,"price":1}', None),
        ('{"order_id":"ok","participant":"a","side":"bid","quantity_wh":5,"price":1}', None),
        ('{"order_id":"a","participant":null,"side":"bid","quantity_wh":5,"price":1}', None),
        ('{"order_id":"a","participant":"a","side":0,"quantity_wh":5,"price":1}', "side"),
        ('{"order_id":"a","participant":"a","side":["bid"],"quantity_wh":5,"price":1}', "side"),
        ('{"order_id":"a","participant":"a","side":"bid","quantity_wh":"5","price":1}', None),
        ('{"order_id":"a","participant":"a","side":"bid","quantity_wh":true,"price":1}', None),
        ('{"order_id":"a","participant":"a","side":"bid","quantity_wh":5.0,"price":1}', None),
        ('{"order_id":"a","participant":"a","side":"bid","quantity_wh":5,"price":NaN}', ""),
        ('{"order_id":"a","participant":"a","side":"bid","quantity_wh":5}', "price"),
        ('{"order_id":"a","participant":"a","side":"bid","quantity_wh":5,"price":1,"x":2}', "x"),
        ('{"order_id":"a","order_id":"b"}', "order_id"),
        ('{"order_id":"a"', ""),
        ("[1]", ""),
        ("[" * 100_000, ""),
        ("7" * 5_000, ""),
    ],
)
def test_faults_of_json_lines_name_line_and_field(line, field):
    good = '{"order_id":"ok","participant":"a","side":"bid","quantity_wh":5,"price":1}'
    with pytest.raises(InvalidValueError) as caught:
        read_orders(f"{good}\n\n{line}\n".encode(), "x.jsonl")
    assert caught.value.field.startswith(f"line 3: {field}" if field else "line 3")


@pytest.mark.parametrize(
    ("header", "named"),
    [
        ("order_id,participant,side,quantity_wh", "price"),
        ("order_id,participant,side,quantity,price", "quantity_wh"),
        ("order_id;participant;side;quantity_wh;price", "order_id"),
        ("order_id,participant,side,quantity_wh,price,area", "area"),
        ("order_id,participant,side,quantity_wh,price,price", "line 1"),
    ],
)
def test_wrong_headers_are_named(header, named):
    with pytest.raises(InvalidValueError, match=named):
        read_orders(f"{header}\n".encode(), "x.csv")


def test_a_repeated_id_names_both_lines():
    with pytest.raises(InvalidValueError, match=r"line 4: order_id.*line 2 has it"):
        read_orders(_csv("a,ada,bid,1,1", "b,ada,bid,1,1", "a,bo,offer,1,1"), "x.csv")


def test_too_many_fields_are_counted():
    with pytest.raises(InvalidValueError, match="line 2: expected 5 fields, got '6 fields'"):
        read_orders(_csv("a,ada,bid,1,1,1"), "x.csv")


@pytest.mark.parametrize("content", [b"", b"\n \r\n", b"\xef\xbb\xbf"])
def test_empty_files_are_refused(content):
    with pytest.raises(InvalidValueError, match=r"mine\.csv.*empty"):
        read_orders(content, "mine.csv")


def test_bytes_that_are_no_utf_8_are_named():
    content = _csv("a,ada,bid,1,1") + b"b,ad\xff,bid,1,1\n"
    with pytest.raises(InvalidValueError, match=r"line 3: expected UTF-8 text, got 'byte 0xff'"):
        read_orders(content, "x.csv")


def test_broken_quotes_are_named():
    with pytest.raises(InvalidValueError, match="line 3: expected CSV"):
        read_orders(_csv("a,ada,bid,1,1", '"b,ada,bid,1,1'), "x.csv")


def test_many_rows_are_read_at_once():
    rows = [f"o{number},ada,bid,{number + 1},{-number}" for number in range(5_000)]
    book = read_orders(_csv(*rows), "x.csv")
    assert list(book.arrays.quantity) == list(range(1, 5_001))
    with pytest.raises(InvalidValueError, match="line 5002: price"):
        read_orders(_csv(*rows, "last,ada,bid,1,x"), "x.csv")


_FURTHER = (
    Column("zone", "where", default=REQUIRED),
    Column("minimum_wh", "least", "integer", 0, 100, default=0),
    Column("expires", "until", "integer", 0, 10),
)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (
            "orders.csv",
            b"zone,order_id,participant,side,quantity_wh,price,minimum_wh\n"
            b"north,b1,ada,bid,5,7,\nsouth,s1,bo,offer,3,4,2\n",
        ),
        (
            "orders.jsonl",
            b'{"zone":"north","order_id":"b1","participant":"ada","side":"bid","quantity_wh":5,'
            b'"price":7}\n{"zone":"south","order_id":"s1","participant":"bo","side":"offer",'
            b'"quantity_wh":3,"price":4,"minimum_wh":2,"expires":null}\n',
        ),
    ],
)
def test_further_columns_have_defaults_unless_they_are_required(name, content):
    book = read_orders(content, name, _FURTHER)
    assert book.columns == {
        "zone": ["north", "south"],
        "minimum_wh": [0, 2],
        "expires": [None, None],
    }


@pytest.mark.parametrize(
    ("header", "cells", "message"),
    [
        ("minimum_wh", "1", "line 1: zone: expected the columns order_id"),
        ("zone,area", "a,b", "line 1: area: expected only the columns order_id"),
        ("zone,zone", "a,b", "line 1: expected each column once"),
        ("zone", "", "line 2: zone: expected a text that is not empty, got ''"),
        ("zone,minimum_wh", "a,101", "line 2: minimum_wh: expected an integer from 0 to 100"),
        ("zone,minimum_wh", "a,x", "line 2: minimum_wh: expected an integer from 0 to 100"),
        ("zone,expires", "a,1.5", "line 2: expires: expected an integer from 0 to 10, got '1.5'"),
    ],
)
def test_faults_of_further_columns_are_named(header, cells, message):
    content = f"{_HEADER[:-1]},{header}\nb1,ada,bid,5,7,{cells}\n"
    with pytest.raises(InvalidValueError) as raised:
        read_orders(content.encode(), "orders.csv", _FURTHER)
    assert message in str(raised.value)


def test_null_in_a_required_column_is_told_as_it_is():
    row = '{"order_id":"b1","participant":"a","side":"bid","quantity_wh":5,"price":7,"zone":null}'
    with pytest.raises(InvalidValueError) as raised:
        read_orders(row.encode(), "orders.jsonl", _FURTHER)
    assert str(raised.value) == "line 1: zone: expected a text that is not empty, got None"


def test_a_column_that_another_mechanism_takes_is_refused_here():
    content = f"{_HEADER[:-1]},zone\nb1,ada,bid,5,7,a\n"
    with pytest.raises(InvalidValueError, match="line 1: zone: expected only the columns"):
        read_orders(content.encode(), "orders.csv")


@pytest.mark.parametrize("name", ["book.csv.gz", "book.CSV.GZ", "book.gz", "-", "book.csv"])
def test_a_compressed_table_is_read(name):
    content = b"order_id,participant,side,quantity_wh,price\nb,ada,bid,5,10\n"
    found = read_orders(gzip.compress(content), name)
    assert (list(found.ids), found.arrays.quantity.tolist()) == (["b"], [5])


def test_compressed_json_lines_are_known_by_the_ending_before_gz():
    line = b'{"order_id":"b","participant":"ada","side":"bid","quantity_wh":5,"price":10}\n'
    assert list(read_orders(gzip.compress(line), "book.jsonl.gz").ids) == ["b"]
    with pytest.raises(InvalidValueError, match="line 1: expected CSV"):
        read_orders(gzip.compress(line), "book.csv.gz")


def test_a_damaged_file_is_refused():
    with pytest.raises(InvalidValueError, match=r"book.csv.gz: expected a file compressed by gzip"):
        read_orders(gzip.compress(b"order_id\n" * 99)[:-9], "book.csv.gz")
