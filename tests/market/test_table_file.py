"""Tables beside the orders: what is read, and how faults are named."""

from __future__ import annotations

import gzip

import pytest

from domain.errors import InvalidValueError
from market import encoding
from market.table_file import read_table

_CONTENT = b"from,to,limit\na,b,5\nb,c,\n"


@pytest.mark.parametrize(
    "content", [_CONTENT, gzip.compress(_CONTENT, mtime=0), b"\xef\xbb\xbf" + _CONTENT]
)
def test_columns_are_read_plain_or_compressed(content):
    table = read_table(content, "lines.csv", ("to", "from"), ("fee", "limit"))
    assert table.texts("from") == ["a", "b"]
    assert table.texts("fee", "none") == ["none", "none"]
    assert table.integers("limit", 0, 9, default=7).tolist() == [5, 7]
    assert table.integers("fee", 0, 9, default=0).tolist() == [0, 0]
    assert table.where([False, True]).lines == [3]


@pytest.mark.parametrize("text", ["", "x", "1.5", "-1", "10", " 5", "1e1", "9" * 30])
def test_an_integer_that_is_none_is_named_with_its_line(text):
    table = read_table(f"limit,x\n5,1\n{text},1\n".encode(), "t.csv", ("limit",))
    with pytest.raises(InvalidValueError, match=r"t.csv line 3: limit: expected an integer from 0"):
        table.integers("limit", 0, 9)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"from\na\n", "t line 1: to: expected the columns from, to"),
        (b"from,to,to\na,b,c\n", "t line 1: to: expected each column once"),
        (b"from,to\na\n", "t line 2: expected 2 fields, got '1 fields'"),
        (b"from,to\n\xff,b\n", "t line 2: expected UTF-8 text"),
        (b"\x1f\x8bnothing", "t: expected a file compressed by gzip"),
        (b'from,to\n"a,b\n', "t line 2: expected CSV"),
    ],
)
def test_faults_name_file_line_and_field(content, message):
    with pytest.raises(InvalidValueError) as raised:
        read_table(content, "t", ("from", "to"))
    assert message in str(raised.value)


def test_a_small_file_cannot_hold_endless_rows(monkeypatch):
    monkeypatch.setattr(encoding, "_MOST_BYTES", 100)
    with pytest.raises(InvalidValueError, match="at most 100 bytes once decompressed"):
        read_table(gzip.compress(b"a\n" * 51), "t", ("a",))
