"""The decoder of single words against eth-abi: the same values, the same refusals."""

from __future__ import annotations

from typing import Any

import pytest
from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError
from hypothesis import example, given
from hypothesis import strategies as st

from chain.abi import Parameter, contract_abi, decode_values
from chain.artifacts import CONTRACT_NAMES
from chain.words import read_words, word_readers
from domain.errors import InvalidValueError

SIZES = range(8, 257, 8)
TYPES = (
    *(f"uint{bits}" for bits in SIZES),
    *(f"int{bits}" for bits in SIZES),
    *(f"bytes{size}" for size in range(1, 33)),
    "address",
    "bool",
)


def lowered(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def values_of(kind: str) -> st.SearchStrategy[Any]:
    if kind == "address":
        return st.binary(min_size=20, max_size=20).map(lambda raw: "0x" + raw.hex())
    if kind == "bool":
        return st.booleans()
    if kind.startswith("bytes"):
        size = int(kind.removeprefix("bytes"))
        return st.binary(min_size=size, max_size=size)
    bits = int(kind.lstrip("uint"))
    if kind.startswith("u"):
        return st.integers(0, 2**bits - 1)
    return st.integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


@st.composite
def encoded(draw: st.DrawFn) -> tuple[tuple[str, ...], bytes]:
    kinds = tuple(draw(st.lists(st.sampled_from(TYPES), max_size=6)))
    return kinds, encode(kinds, [draw(values_of(kind)) for kind in kinds])


@given(encoded())
def test_what_eth_abi_writes_is_read_as_eth_abi_reads_it(
    case: tuple[tuple[str, ...], bytes],
) -> None:
    kinds, data = case
    readers = word_readers(kinds)
    assert readers is not None
    assert tuple(map(lowered, read_words(readers, data))) == decode(kinds, data)


@given(st.sampled_from(TYPES), st.binary(max_size=40) | st.binary(min_size=32, max_size=32))
@example("bool", bytes(31) + b"\2")
@example("address", b"\1" + bytes(31))
@example("uint8", bytes(30) + b"\1\0")
@example("int8", bytes(31) + b"\x80")
@example("int8", b"\xff" * 31 + b"\x80")
@example("bytes4", b"\0\0\0\0\1" + bytes(27))
def test_any_bytes_are_read_or_refused_as_by_eth_abi(kind: str, data: bytes) -> None:
    try:
        expected = decode([kind], data)
    except DecodingError:
        with pytest.raises(InvalidValueError):
            decode_values("value", [Parameter("value", kind)], data)
        return
    got = decode_values("value", [Parameter("value", kind)], data)
    assert tuple(map(lowered, got)) == expected


@pytest.mark.parametrize(
    "kind", ["string", "bytes", "uint8[]", "uint8[2]", "(uint8,bool)", "uint7"]
)
def test_what_is_not_one_word_is_left_to_the_general_decoder(kind: str) -> None:
    assert word_readers(("uint8", kind)) is None


def test_every_event_of_the_contracts_is_read_by_words_unless_it_holds_a_list() -> None:
    events = [event for name in CONTRACT_NAMES for event in contract_abi(name).events.values()]
    assert len(events) > 20
    for event in events:
        types = tuple(parameter.type for parameter in event.inputs)
        # Lists, structs and text are not one word: the general reader takes their rare events.
        holds_more = any(
            kind.startswith("(") or kind.endswith("]") or kind in {"bytes", "string"}
            for kind in types
        )
        assert (word_readers(types) is None) == holds_more
