from __future__ import annotations

import pytest

from domain.clock import ManualClock


def test_a_manual_clock_only_goes_forward() -> None:
    clock = ManualClock(10)
    clock.move_to(12)
    assert clock.now() == 12
    with pytest.raises(ValueError, match="cannot go back to 11"):
        clock.move_to(11)
