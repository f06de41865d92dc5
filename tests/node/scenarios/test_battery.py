"""A battery keeps within its bounds and never makes energy."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from domain.units import WattHours
from node.scenarios.battery import step
from node.scenarios.scenario import Battery


@st.composite
def batteries(draw: st.DrawFn) -> Battery:
    capacity = draw(st.integers(1, 50_000))
    return Battery(
        WattHours(capacity),
        draw(st.integers(1, 20_000)),
        draw(st.integers(1, 1000)),
        draw(st.integers(1, 1000)),
        WattHours(draw(st.integers(0, capacity))),
    )


@given(batteries(), st.lists(st.integers(-20_000, 20_000), min_size=1, max_size=40))
def test_stored_energy_is_bounded_and_conserved(battery: Battery, needs: list[int]) -> None:
    stored = battery.initial_wh
    for need in needs:
        done = step(battery, stored, need, 900)
        assert 0 <= done.stored <= battery.capacity_wh
        assert max(done.charged, done.discharged) <= battery.power_w // 4
        assert done.charged <= max(-need, 0)
        assert done.discharged <= max(need, 0)
        gained = done.stored - stored
        # What goes in less its loss, and what comes out plus its loss, to the last whole Wh.
        assert gained <= done.charged * battery.charge_permille / 1000
        assert -gained >= done.discharged or gained >= 0
        assert abs(gained - _ideal(battery, done.charged, done.discharged)) < 1
        stored = done.stored


def _ideal(battery: Battery, charged: int, discharged: int) -> float:
    into = charged * battery.charge_permille / 1000
    return into - discharged * 1000 / battery.discharge_permille


@given(batteries())
def test_it_takes_all_that_fits_and_gives_all_that_it_can(battery: Battery) -> None:
    strong = Battery(
        battery.capacity_wh,
        10**9,
        battery.charge_permille,
        battery.discharge_permille,
        WattHours(0),
    )
    full = step(strong, WattHours(0), -(10**9), 3600)
    assert full.stored == strong.capacity_wh
    empty = step(strong, full.stored, 10**9, 3600)
    assert empty.discharged == strong.capacity_wh * strong.discharge_permille // 1000


def test_a_full_cycle_of_the_example() -> None:
    battery = Battery(WattHours(10_000), 5_000, 950, 950, WattHours(0))
    charged = step(battery, WattHours(0), -1_000, 900)
    assert (charged.charged, charged.stored) == (1_000, 950)
    assert step(battery, charged.stored, 2_000, 900).discharged == 902
    assert step(battery, WattHours(0), -9_000, 900).charged == 1_250
