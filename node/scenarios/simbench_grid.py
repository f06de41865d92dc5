"""Turning a low-voltage grid of SimBench into a scenario.

Every load becomes a participant with its own profile and yearly energy. PV plants and batteries
go to the loads on their bus, one each; plants for which no load is left become producers. A
battery follows this package's own rule (``battery``) and stays idle where its owner has no PV.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

from domain.errors import InvalidValueError
from domain.units import WattHours
from node.scenarios.scenario import (
    Battery,
    Load,
    Participant,
    ParticipantKind,
    Photovoltaics,
    Scenario,
)
from node.scenarios.simbench_data import SOURCE, quiet, simbench, week_of, week_of_profiles

COMMUNITY: Final = 2
TIME_ZONE: Final = "Europe/Berlin"

_QUARTERS_OF_HOUR: Final = 4
_PERMILLE: Final = 1000
_KINDS: Final = (
    (re.compile(r"H0-"), ParticipantKind.HOUSEHOLD),
    (re.compile(r"G\d-"), ParticipantKind.BUSINESS),
    (re.compile(r"L\d-"), ParticipantKind.FARM),
)


@dataclass(slots=True)
class _Connections:
    """What is still to be given to a load, by bus."""

    pv: dict[int, list[Photovoltaics]] = field(default_factory=lambda: defaultdict(list))
    batteries: dict[int, list[Battery]] = field(default_factory=lambda: defaultdict(list))


def grid_codes() -> list[str]:
    """Return the codes of the low-voltage grids.

    Raises:
        SimbenchMissingError: where SimBench is not installed.
    """
    codes = simbench().collect_all_simbench_codes(hv_level="LV", all_data=False)
    return [code for code in codes if code.startswith("1-LV-")]


def import_grid(code: str, day: date, template: Scenario) -> Scenario:
    """Make a scenario of a SimBench grid.

    Args:
        code: a low-voltage grid's code (``1-LV-rural1--1-sw``).
        day: the day to run; shapes are those of the same week in SimBench's year.
        template: gives intervals, the gate, and the grid's prices with their sources.

    Raises:
        SimbenchMissingError: where SimBench is not installed.
        InvalidValueError: where there is no such grid.
    """
    known = grid_codes()
    if code not in known:
        raise InvalidValueError("grid", f"a low-voltage grid: {', '.join(known)}", code)
    with quiet():
        net = simbench().get_simbench_net(code)
    participants = _participants(net)
    return replace(
        template,
        name=code.lower(),
        title=f"SimBench {code}",
        description=_description(code, template),
        community=COMMUNITY,
        day=day,
        time_zone=TIME_ZONE,
        participants=participants,
        profiles=week_of_profiles(
            net.profiles,
            sorted({p.load.profile for p in participants if p.load}),
            sorted({p.pv.profile for p in participants if p.pv}),
            week_of(day),
        ),
        sources=(SOURCE,),
    )


def _description(code: str, template: Scenario) -> str:
    return (
        f"The low-voltage grid {code} of SimBench: its loads, photovoltaics and batteries. "
        f"The grid's prices are those of the scenario {template.name}, by hour of the day."
    )


def _participants(net: Any) -> tuple[Participant, ...]:
    connections = _connections(net)
    participants = [_consumer(net, row, connections) for row in _owners_first(_rows(net.load))]
    for plants in connections.pv.values():
        participants += [
            _producer(number, pv) for number, pv in enumerate(plants, start=len(participants) + 1)
        ]
    return tuple(participants)


def _rows(frame: Any) -> list[Mapping[str, Any]]:
    records: list[Mapping[str, Any]] = frame.sort_index().to_dict("records")
    return [record for record in records if record["in_service"]]


def _owners_first(loads: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Put appliances last, so that a roof goes to the home rather than to its heat pump."""
    return sorted(loads, key=lambda row: _kind(row["profile"]) is ParticipantKind.APPLIANCE)


def _kind(profile: str) -> ParticipantKind:
    for pattern, kind in _KINDS:
        if pattern.match(profile):
            return kind
    return ParticipantKind.APPLIANCE


def _connections(net: Any) -> _Connections:
    connections = _Connections()
    for row in _rows(net.sgen):
        if str(row["profile"]).startswith("PV"):
            connections.pv[row["bus"]].append(_photovoltaics(net, row))
    for row in _rows(net.storage):
        connections.batteries[row["bus"]].append(_battery(row))
    return connections


def _photovoltaics(net: Any, row: Mapping[str, Any]) -> Photovoltaics:
    highest = float(net.profiles["renewables"][row["profile"]].max())
    return Photovoltaics(row["profile"], peak_w=max(round(row["p_mw"] * highest * 10**6), 1))


def _battery(row: Mapping[str, Any]) -> Battery:
    each_way = round(float(row["efficiency_percent"]) ** 0.5 * _PERMILLE)
    return Battery(
        capacity_wh=WattHours(round(row["max_e_mwh"] * 10**6)),
        power_w=round(row["sn_mva"] * 10**6),
        charge_permille=each_way,
        discharge_permille=each_way,
        initial_wh=WattHours(0),
    )


def _consumer(net: Any, row: Mapping[str, Any], connections: _Connections) -> Participant:
    profile = row["profile"]
    hours = float(net.profiles["load"][f"{profile}_pload"].sum()) / _QUARTERS_OF_HOUR
    pv, batteries = connections.pv[row["bus"]], connections.batteries[row["bus"]]
    return Participant(
        key=row["name"].replace(" ", "-").lower(),
        name=row["name"],
        kind=_kind(profile),
        load=Load(profile, annual_kwh=round(row["p_mw"] * hours * 1000)),
        pv=pv.pop(0) if pv else None,
        battery=batteries.pop(0) if batteries else None,
    )


def _producer(number: int, pv: Photovoltaics) -> Participant:
    return Participant(f"producer-{number}", f"Producer {number}", ParticipantKind.PRODUCER, pv=pv)
