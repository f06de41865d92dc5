"""A day's energy of every participant: what it expects, and what its meter will count.

The meter's day is the scenario's own shapes, scaled. What a participant expects is a forecast of
its load and of its production (``forecast``), run through the same battery rule. So the market
trades expectations and settlement finds the difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from domain.reading import Metered
from domain.units import WattHours
from node.scenarios.battery import BatteryStep, step
from node.scenarios.forecast import LOAD_ERROR, PV_ERROR, forecast
from node.scenarios.profiles import load_energy, pv_energy, quarters_of
from node.scenarios.scenario import Battery, Participant, Scenario


@dataclass(frozen=True, slots=True)
class Flow:
    """One participant's energy in one interval, in Wh.

    ``load + charged + exported == generated + discharged + imported``, always.

    Attributes:
        load: what its appliances took.
        generated: what its roof produced.
        charged: what its battery took.
        discharged: what its battery gave.
        stored: what its battery holds at the end.
        imported: what its meter counted from the grid.
        exported: what its meter counted into the grid.
    """

    load: WattHours
    generated: WattHours
    charged: WattHours
    discharged: WattHours
    stored: WattHours
    imported: WattHours
    exported: WattHours

    @property
    def net(self) -> int:
        """Wh from the grid, negative into it."""
        return self.imported - self.exported

    @property
    def metered(self) -> Metered:
        """What the meter shows of it."""
        return Metered(self.imported, self.exported)


@dataclass(frozen=True, slots=True)
class ParticipantDay:
    """One participant's day, interval by interval.

    Attributes:
        participant: whose day.
        expected: what it foresees and trades on.
        actual: what happens and is metered.
    """

    participant: Participant
    expected: tuple[Flow, ...]
    actual: tuple[Flow, ...]


def expected_and_actual(scenario: Scenario, seed: str) -> tuple[ParticipantDay, ...]:
    """Return every participant's day in the scenario's sequence.

    The actual day depends on the scenario alone; the seed decides how the forecasts go wrong.
    """
    day = quarters_of(scenario.intervals(), scenario.zone)
    return tuple(
        _participant_day(scenario, participant, day, seed) for participant in scenario.participants
    )


def _participant_day(
    scenario: Scenario, participant: Participant, day: Sequence[Sequence[int]], seed: str
) -> ParticipantDay:
    load = _load(scenario, participant, day)
    generated = _generated(scenario, participant, day)
    random = Random(f"forecast/{seed}/{scenario.name}/{participant.key}")  # noqa: S311  a simulation, no secret
    expected_load = forecast(load, LOAD_ERROR, random)
    expected_generated = forecast(generated, PV_ERROR, random)
    return ParticipantDay(
        participant,
        _flows(participant.battery, expected_load, expected_generated, scenario.duration_s),
        _flows(participant.battery, load, generated, scenario.duration_s),
    )


def _load(
    scenario: Scenario, participant: Participant, day: Sequence[Sequence[int]]
) -> list[WattHours]:
    load = participant.load
    if load is None:
        return [WattHours(0)] * len(day)
    shape = scenario.profiles.load[load.profile]
    return load_energy(shape, load.annual_kwh, load.shift_quarters, day)


def _generated(
    scenario: Scenario, participant: Participant, day: Sequence[Sequence[int]]
) -> list[WattHours]:
    pv = participant.pv
    if pv is None:
        return [WattHours(0)] * len(day)
    return pv_energy(scenario.profiles.pv[pv.profile], pv.peak_w, day)


def _flows(
    battery: Battery | None,
    load: Sequence[WattHours],
    generated: Sequence[WattHours],
    duration_s: int,
) -> tuple[Flow, ...]:
    stored = battery.initial_wh if battery else WattHours(0)
    flows = []
    for taken, produced in zip(load, generated, strict=True):
        need = taken - produced
        done = (
            step(battery, stored, need, duration_s)
            if battery
            else BatteryStep(WattHours(0), WattHours(0), WattHours(0))
        )
        stored = done.stored
        flows.append(_flow(taken, produced, done))
    return tuple(flows)


def _flow(load: WattHours, generated: WattHours, done: BatteryStep) -> Flow:
    net = load + done.charged - generated - done.discharged
    return Flow(
        load,
        generated,
        done.charged,
        done.discharged,
        done.stored,
        imported=WattHours(max(net, 0)),
        exported=WattHours(max(-net, 0)),
    )
