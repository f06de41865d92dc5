from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.apportionment import largest_remainder
from domain.errors import InvalidValueError


@st.composite
def cases(draw: st.DrawFn) -> tuple[int, list[int]]:
    weights = draw(st.lists(st.integers(0, 2**40), max_size=12))
    return draw(st.integers(0, sum(weights))), weights


def keys(count: int) -> list[bytes]:
    return [bytes([i]) for i in range(count)]


@given(cases())
def test_shares_add_up_and_stay_within_a_unit_of_the_quota(case: tuple[int, list[int]]) -> None:
    total, weights = case
    shares = largest_remainder(total, weights, keys(len(weights)))
    assert sum(shares) == total
    for share, weight in zip(shares, weights, strict=True):
        assert 0 <= share <= weight
        assert abs(share * sum(weights) - total * weight) < max(1, sum(weights))


@given(cases(), st.randoms())
def test_shares_do_not_depend_on_sequence(case: tuple[int, list[int]], random: object) -> None:
    total, weights = case
    shares = dict(
        zip(keys(len(weights)), largest_remainder(total, weights, keys(len(weights))), strict=True)
    )
    order = keys(len(weights))
    random.shuffle(order)  # type: ignore[attr-defined]
    shuffled = largest_remainder(total, [weights[key[0]] for key in order], order)
    assert dict(zip(order, shuffled, strict=True)) == shares


def test_equal_remainders_go_to_the_smallest_key() -> None:
    assert largest_remainder(1, [1, 1, 1], [b"c", b"a", b"b"]) == [0, 1, 0]


def test_more_than_the_weights_hold_is_refused() -> None:
    with pytest.raises(InvalidValueError, match="0 to 3, the sum of the weights"):
        largest_remainder(4, [1, 2], [b"a", b"b"])
