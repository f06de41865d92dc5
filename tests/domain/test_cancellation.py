from __future__ import annotations

import pytest

from domain.cancellation import Cancellation
from domain.errors import InvalidValueError
from domain.interval import Interval
from domain.units import Account

INTERVAL = Interval(1, 900)


def test_a_cancellation_packs_as_documented() -> None:
    cancellation = Cancellation(INTERVAL, Account(5), batch=258, index=2**32 - 1)
    assert cancellation.pack().hex() == "00000102" + "ffffffff" + "00000005"


@pytest.mark.parametrize(
    ("account", "batch", "index", "field"),
    [(0, 0, 0, "account"), (1, -1, 0, "batch"), (1, 2**32, 0, "batch"), (1, 0, 2**32, "index")],
)
def test_what_does_not_fit_is_named(account, batch, index, field) -> None:
    with pytest.raises(InvalidValueError) as refusal:
        Cancellation(INTERVAL, Account(account), batch, index)
    assert refusal.value.field == field
