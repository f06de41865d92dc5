"""What accounts trade, added up and packed."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from domain.allocation import PACKED_ROW_BYTES, AllocationRow, allocate, pack_allocation
from domain.errors import InvalidValueError


@dataclass(frozen=True)
class _Trade:
    account: int
    bought: int
    sold: int
    payment: int


def test_trades_add_up_to_one_row_an_account_in_ascending_order():
    trades = [_Trade(7, 5, 0, 50), _Trade(2, 0, 6, -60), _Trade(7, 0, 1, -3), _Trade(7, 2, 0, 13)]
    assert allocate(trades) == [AllocationRow(2, 0, 6, -60), AllocationRow(7, 7, 1, 60)]
    assert allocate([]) == []


def test_a_row_is_24_bytes():
    row = AllocationRow(2**31 - 1, 2**32 - 1, 1, -2)
    packed = pack_allocation([row, AllocationRow(1, 0, 0, 2**95 - 1)])
    assert len(packed) == 2 * PACKED_ROW_BYTES
    assert packed.hex() == (
        "7fffffff" + "ffffffff" + "00000001" + "f" * 23 + "e"
        "00000001" + "00000000" + "00000000" + "7" + "f" * 23
    )


@pytest.mark.parametrize(
    ("field", "row"),
    [
        ("account", (0, 0, 0, 0)),
        ("bought", (1, 2**32, 0, 0)),
        ("sold", (1, 0, 2**32, 0)),
        ("payment", (1, 0, 0, 2**95)),
        ("payment", (1, 0, 0, -(2**95) - 1)),
    ],
)
def test_what_does_not_fit_is_refused(field, row):
    with pytest.raises(InvalidValueError, match=f"{field}: expected an integer from"):
        AllocationRow(*row)


def test_a_sum_that_does_not_fit_is_refused():
    with pytest.raises(InvalidValueError, match="bought: expected an integer"):
        allocate([_Trade(3, 2**31, 0, 0), _Trade(3, 2**31, 0, 0)])
