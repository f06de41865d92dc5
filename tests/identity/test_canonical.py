from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidValueError
from identity.canonical import MAX_DEPTH, canonical_bytes, parse_json

texts = st.text(st.characters(exclude_categories=("Cs",)))
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts
    | st.text(st.characters(max_codepoint=127))
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(texts, inner, max_size=5),
    max_leaves=20,
)


@given(values)
def test_short_and_complete_way_agree(value: Any) -> None:
    assert canonical_bytes(value) == rfc8785.dumps(value)


def as_parsed_by_ecmascript(text: str) -> int | float:
    number = int(text)
    return number if abs(number) < 2**53 else float(text)


@given(values)
def test_canonical_form_is_a_fixed_point(value: Any) -> None:
    once = canonical_bytes(value)
    assert canonical_bytes(json.loads(once, parse_int=as_parsed_by_ecmascript)) == once


def test_official_vectors_of_rfc_8785(vectors: Callable[[str], Any]) -> None:
    cases = vectors("jcs_rfc8785")["vectors"]
    assert cases
    for case in cases:
        canonical = canonical_bytes(json.loads(case["input_text"]))
        assert canonical.hex() == case["output_utf8_hex"], case["name"]


def test_control_characters_numbers_and_order_of_keys() -> None:
    value = {"b": [1.0, -0.0, 1e21, '\x7f\x1f\n"\\/'], "a": None, "é": True, "B": -5}
    expected = '{"B":-5,"a":null,"b":[1,0,1e+21,"\x7f\\u001f\\n\\"\\\\/"],"é":true}'
    assert canonical_bytes(value) == expected.encode()


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), 2**53, -(2**53), "\ud800", {1: 2}, {"a": {1}}, b""],
)
def test_what_has_no_canonical_form_is_refused(value: Any) -> None:
    with pytest.raises(InvalidValueError, match="canonical JSON"):
        canonical_bytes(value)


@pytest.mark.parametrize("wrap", [lambda value: [value], lambda value: {"a": value}])
def test_nesting_without_end_is_refused(wrap: Callable[[Any], Any]) -> None:
    value: Any = 1
    for _ in range(MAX_DEPTH - 1):
        value = wrap(value)
    assert parse_json(canonical_bytes(value), "value") == value
    for _ in range(100_000):
        value = wrap(value)
    with pytest.raises(InvalidValueError, match="nested levels"):
        canonical_bytes(value)


@given(values)
def test_what_was_written_can_be_read(value: Any) -> None:
    assert parse_json(json.dumps(value), "value") == value


@pytest.mark.parametrize(
    "text", [b"", b"{", b"NaN", b"[Infinity]", b"\xff", b"[" * 100_000, b'{"a":' * 100_000]
)
def test_what_is_no_json_or_too_deep_is_refused_by_name(text: bytes) -> None:
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(100_000)
    try:
        with pytest.raises(InvalidValueError) as caught:
            parse_json(text, "value")
    finally:
        sys.setrecursionlimit(limit)
    assert caught.value.field == "value"
