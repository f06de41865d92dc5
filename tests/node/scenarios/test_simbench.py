"""Importing from SimBench, and making the extract again; both need the optional package."""

from __future__ import annotations

import warnings
from datetime import date
from importlib.util import find_spec
from pathlib import Path

import pytest

from domain.errors import InvalidValueError
from node.scenarios import simbench_data
from node.scenarios.extract import main as extract
from node.scenarios.flows import expected_and_actual
from node.scenarios.loading import DATA, load_scenario
from node.scenarios.scenario import ParticipantKind, Scenario
from node.scenarios.simbench_data import SimbenchMissingError, simbench, week_of
from node.scenarios.simbench_grid import import_grid
from node.scenarios.writing import write_scenario

needs_simbench = pytest.mark.skipif(
    find_spec("simbench") is None,
    reason="the optional package simbench is not installed (extra 'scenario')",
)


def test_without_the_package_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simbench_data, "find_spec", lambda name: None)
    with pytest.raises(SimbenchMissingError, match=r"pip install 'commonwatt\[scenario\]'"):
        simbench()


@pytest.mark.parametrize(
    ("day", "monday"),
    [
        (date(2025, 4, 7), date(2016, 4, 4)),
        (date(2025, 3, 26), date(2016, 3, 28)),  # the week of the clock change is left out
        (date(2025, 10, 28), date(2016, 10, 31)),
        (date(2025, 1, 1), date(2016, 1, 4)),
        (date(2024, 2, 29), date(2016, 2, 29)),
        (date(2025, 12, 31), date(2016, 12, 19)),
    ],
)
def test_a_day_takes_its_own_week_of_the_year(day: date, monday: date) -> None:
    assert week_of(day) == monday
    assert monday.weekday() == 0


@needs_simbench
def test_the_extract_is_made_again_byte_for_byte(tmp_path: Path) -> None:
    path = tmp_path / "again.csv"
    assert extract([str(path)]) == 0
    assert path.read_bytes() == (DATA / "simbench-profiles.csv").read_bytes()


@needs_simbench
def test_a_grid_becomes_a_scenario(benetutti: Scenario, tmp_path: Path) -> None:
    with warnings.catch_warnings(record=True) as shown:
        warnings.simplefilter("always")
        scenario = import_grid("1-LV-rural1--1-sw", date(2025, 7, 1), benetutti)
    assert not shown
    assert len(scenario.participants) == 14
    assert sum(participant.pv is not None for participant in scenario.participants) == 8
    assert sum(participant.battery is not None for participant in scenario.participants) == 4
    kinds = {participant.kind for participant in scenario.participants}
    assert kinds == {
        ParticipantKind.HOUSEHOLD,
        ParticipantKind.FARM,
        ParticipantKind.APPLIANCE,
    }
    assert {source.title for source in scenario.sources} == {"SimBench"}
    path = tmp_path / "rural.toml"
    write_scenario(scenario, path)
    again = load_scenario(path)
    assert again == scenario
    assert len(expected_and_actual(again, "one")) == 14


@needs_simbench
@pytest.mark.parametrize("code", ["1-MV-rural--0-sw", "nonsense", ""])
def test_a_grid_that_is_none_is_refused(benetutti: Scenario, code: str) -> None:
    with pytest.raises(InvalidValueError, match="low-voltage grid"):
        import_grid(code, date(2025, 4, 1), benetutti)
