from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidValueError
from domain.position import Position, pack_positions, unpack_positions
from domain.tariff import Tariff
from domain.units import (
    MAX_ACCOUNT,
    MAX_QUANTITY,
    Account,
    MillicentPerKilowattHour,
    WattHours,
)


def position(**numbers: int) -> Position:
    fields = {"bought": 0, "sold": 0, "imported": 0, "exported": 0, "certificates": 0} | numbers
    return Position(Account(7), **{name: WattHours(n) for name, n in fields.items()})


def test_the_grid_serves_what_was_consumed_but_not_bought() -> None:
    assert position(bought=400, imported=1000).residual == 600


def test_a_seller_who_delivers_too_little_buys_the_rest_from_the_grid() -> None:
    short = position(sold=500, exported=300)
    assert short.residual == 200
    assert short.delivered == 300


def test_positions_pack_as_documented() -> None:
    packed = pack_positions([position(bought=1, sold=2, imported=3, exported=4, certificates=1)])
    assert packed.hex() == "".join(f"{n:08x}" for n in (7, 1, 2, 3, 4, 1))


def energies() -> st.SearchStrategy[WattHours]:
    return st.integers(0, MAX_QUANTITY).map(WattHours)


@given(
    st.lists(
        st.tuples(st.integers(1, MAX_ACCOUNT), *(energies() for _ in range(4))).map(
            lambda row: Position(Account(row[0]), *row[1:], certificates=row[1])
        ),
        max_size=5,
    )
)
def test_packed_positions_are_read_back(positions: list[Position]) -> None:
    assert unpack_positions(pack_positions(positions)) == positions


@pytest.mark.parametrize("packed", [bytes(23), bytes(25), bytes(24)])
def test_what_is_no_packed_position_is_refused(packed: bytes) -> None:
    with pytest.raises(InvalidValueError):
        unpack_positions(packed)


def test_more_certificates_than_energy_bought_are_refused() -> None:
    with pytest.raises(InvalidValueError) as caught:
        position(bought=1, certificates=2)
    assert caught.value.field == "certificates"


def test_feed_in_above_retail_is_refused() -> None:
    with pytest.raises(InvalidValueError, match="at most the retail price 5"):
        Tariff(MillicentPerKilowattHour(6), MillicentPerKilowattHour(5))


def test_a_tariff_packs_signed() -> None:
    tariff = Tariff(MillicentPerKilowattHour(-1), MillicentPerKilowattHour(3))
    assert tariff.pack().hex() == "ffffffff00000003"
