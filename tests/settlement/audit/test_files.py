"""Strict reading of published files: no byte can change unseen."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidValueError
from identity.canonical import canonical_bytes
from settlement.audit.fields import Fields
from settlement.audit.files import BadLine, Line, read_lines, read_object

LINE = canonical_bytes({"a": [1, -2, None, True], "interval_start": 1743458400, "text": "Forlì\n"})


def test_canonical_lines_are_read_with_line_and_interval(tmp_path: Path) -> None:
    path = tmp_path / "orders.jsonl"
    path.write_bytes(LINE + b"\n" + b'{"b":2}\n')
    first, second = read_lines(path)
    assert isinstance(first, Line)
    assert isinstance(second, Line)
    assert first.place == ("orders.jsonl", 1, 1743458400)
    assert first.value["text"] == "Forlì\n"
    assert second.place == ("orders.jsonl", 2, None)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(b'{"a": 1}', "canonical", id="space"),
        pytest.param(b'{"b":1,"a":2}', "canonical", id="keys out of order"),
        pytest.param(b'{"a":1,"a":1}', "canonical", id="key twice"),
        pytest.param(b'{"a":-0}', "canonical", id="minus zero"),
        pytest.param(b'{"a":"\\u0041"}', "canonical", id="needless escape"),
        pytest.param(b'{"a":"\\ud800"}', "JSON", id="lone surrogate"),
        pytest.param(b'{"a":9007199254740993}', "canonical", id="beyond 2^53"),
        pytest.param(b'{"a":1.0}', "canonical", id="fraction"),
        pytest.param(b'{"a":1e3}', "canonical", id="exponent"),
        pytest.param(b'{"a":NaN}', "JSON", id="not a number"),
        pytest.param(b'{"a":' + b"1" * 5000 + b"}", "JSON", id="a number without end"),
        pytest.param(b'{"a":' + b"[" * 100_000, "JSON", id="nested without end"),
        pytest.param(b"\xef\xbb\xbf{}", "JSON", id="byte order mark"),
        pytest.param(b'{"a":"\xff"}', "JSON", id="no UTF-8"),
        pytest.param(b"[1]", "object", id="a list"),
        pytest.param(b"", "JSON", id="empty line"),
        pytest.param(b'{"a":1}\r', "canonical", id="carriage return"),
    ],
)
def test_a_line_in_another_form_is_refused(content: bytes, expected: str) -> None:
    with pytest.raises(InvalidValueError) as refused:
        read_object(content)
    assert expected in refused.value.expected


def test_a_bad_line_names_its_interval_where_it_still_can(tmp_path: Path) -> None:
    path = tmp_path / "fills.jsonl"
    path.write_bytes(LINE[:-1] + b"\n" + LINE)
    broken, unended = read_lines(path)
    assert isinstance(broken, BadLine)
    assert isinstance(unended, BadLine)
    assert broken.place == ("fills.jsonl", 1, 1743458400)
    assert unended.error.expected == "a newline at its end"


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        value = read_object(content)
    except InvalidValueError:
        return
    assert canonical_bytes(value) == content


@given(st.integers(0, len(LINE) - 1), st.integers(1, 255))
def test_a_changed_byte_is_refused_or_changes_the_value(at: int, change: int) -> None:
    changed = bytearray(LINE)
    changed[at] ^= change
    try:
        value = read_object(bytes(changed))
    except InvalidValueError:
        return
    assert value != read_object(LINE)


def test_fields_are_taken_by_type_and_none_is_left_over() -> None:
    fields = Fields({"a": 1, "b": "0x00ff", "c": None, "d": {"e": "x"}, "z": 0})
    assert fields.integer("a", 0, 9) == 1
    assert fields.hexadecimal("b", 2) == b"\x00\xff"
    assert fields.optional_integer("c", 0, 9) is None
    inner = fields.object("d")
    assert inner.text("e") == "x"
    inner.end()
    with pytest.raises(InvalidValueError, match="z: expected no such field, got 0"):
        fields.end()


@pytest.mark.parametrize("value", [None, True, "1", 10, -1, 1.0, [], {}])
def test_an_integer_out_of_range_or_of_another_type_is_refused(value: object) -> None:
    with pytest.raises(InvalidValueError, match=r"^a: expected an integer from 0 to 9"):
        Fields({"a": value}).integer("a", 0, 9)


@pytest.mark.parametrize(
    "value", [None, 1, "00", "0x0", "0x0F", "0x00\n", "0x000", "0xgg", "0x\u0660\u0660"]
)
def test_bytes_in_another_writing_are_refused(value: object) -> None:
    with pytest.raises(InvalidValueError, match=r"^a: expected 0x and 2 lowercase"):
        Fields({"a": value}).hexadecimal("a", 1)


def test_a_field_inside_a_list_is_named_by_its_place() -> None:
    entries = Fields({"positions": [{"account": 1}, {}]}).objects("positions")
    with pytest.raises(InvalidValueError, match=r"^positions\[1\]\.account: expected a value"):
        entries[1].integer("account", 1, 9)
