from __future__ import annotations

import pytest

from domain.errors import InvalidValueError
from domain.position import Position, pack_positions
from domain.tariff import Tariff
from domain.units import Account, MillicentPerKilowattHour, WattHours


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
