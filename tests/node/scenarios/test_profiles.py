"""The extract is whole, and a day cut out of it keeps its energy."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.errors import InvalidValueError
from domain.interval import intervals_of_day
from node.scenarios.extract import LOAD_PROFILES, PV_PROFILES
from node.scenarios.loading import DATA
from node.scenarios.profiles import (
    QUARTERS_OF_WEEK,
    ProfileTable,
    load_energy,
    pv_energy,
    quarters_of,
    read_profiles,
    write_profiles,
)

EXTRACT = DATA / "simbench-profiles.csv"
ROME = ZoneInfo("Europe/Rome")
TUESDAY = date(2025, 4, 1)


@pytest.fixture(scope="module")
def extract() -> ProfileTable:
    return read_profiles(EXTRACT)


def day(which: date, duration: int = 900) -> list[tuple[int, ...]]:
    return quarters_of(list(intervals_of_day(1, which, ROME, duration)), ROME)


def test_the_extract_holds_every_profile_of_its_script(extract: ProfileTable) -> None:
    assert tuple(extract.load) == LOAD_PROFILES
    assert tuple(extract.pv) == PV_PROFILES


def test_the_extract_is_small_and_names_its_source_and_licence(extract: ProfileTable) -> None:
    assert EXTRACT.stat().st_size < 200_000
    notice = " ".join(extract.notice)
    assert "SimBench" in notice
    assert "Open Database License (ODbL) v1.0" in notice
    beside = (DATA / "NOTICE.md").read_text(encoding="utf-8")
    for words in ("SimBench", "Open Database License (ODbL) 1.0", "University of Kassel", "GME"):
        assert words in beside


def test_the_extract_is_written_back_byte_for_byte(extract: ProfileTable, tmp_path: Path) -> None:
    copy = tmp_path / "copy.csv"
    write_profiles(copy, extract)
    assert copy.read_bytes() == EXTRACT.read_bytes()


def test_loads_stand_for_a_week_of_one_megawatt_hour_a_year(extract: ProfileTable) -> None:
    mean_week = 10**9 * 7 / 366
    for name, shape in extract.load.items():
        assert 0.6 < sum(shape) / mean_week < 1.6, name


def test_photovoltaics_are_dark_at_night_and_never_above_their_peak(extract: ProfileTable) -> None:
    for shape in extract.pv.values():
        assert max(shape) <= 250_000
        for weekday in range(7):
            night = shape[weekday * 96 : weekday * 96 + 20]
            assert not any(night)
            assert any(shape[weekday * 96 + 44 : weekday * 96 + 60])


@pytest.mark.parametrize(
    ("which", "quarters"),
    [(TUESDAY, 96), (date(2025, 3, 30), 92), (date(2025, 10, 26), 100)],
)
def test_a_day_has_as_many_quarters_as_its_clock(which: date, quarters: int) -> None:
    assert len(day(which)) == quarters


def test_the_hour_that_a_day_lacks_is_skipped_and_the_double_hour_used_twice() -> None:
    sunday = 6 * 96
    spring = [quarters[0] - sunday for quarters in day(date(2025, 3, 30))]
    assert spring == [*range(8), *range(12, 96)]
    autumn = [quarters[0] - sunday for quarters in day(date(2025, 10, 26))]
    assert autumn == [*range(12), *range(8, 96)]


@pytest.mark.parametrize("duration", [300, 900, 3600])
def test_a_days_energy_does_not_depend_on_the_interval(
    extract: ProfileTable, duration: int
) -> None:
    shape = extract.load["H0-A"]
    energy = sum(load_energy(shape, 3100, 3, day(TUESDAY, duration)))
    exact = sum(shape[96 - 3 : 192 - 3]) * 3100 / 10**6
    assert abs(energy - exact) <= 0.5


def test_a_shift_moves_the_shape_later(extract: ProfileTable) -> None:
    shape = extract.load["H0-B"]
    plain, late = (load_energy(shape, 10**6, shift, day(TUESDAY)) for shift in (0, 4))
    assert [round(energy / 1000) for energy in late[4:]] == [
        round(energy / 1000) for energy in plain[:-4]
    ]


# A week of quarters takes long to draw on a busy machine; that says nothing of the code.
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.integers(0, 250_000), min_size=QUARTERS_OF_WEEK, max_size=QUARTERS_OF_WEEK),
    st.integers(1, 20_000),
)
def test_rounding_loses_less_than_one_watt_hour_a_day(shape: list[int], peak_w: int) -> None:
    energies = pv_energy(shape, peak_w, day(TUESDAY))
    assert all(energy >= 0 for energy in energies)
    assert abs(sum(energies) - sum(shape[96:192]) * peak_w / 10**6) <= 0.5


@pytest.mark.parametrize(
    ("line", "wrong", "field"),
    [
        (6, "weekday,clock,load:H0-A", "header"),
        (7, "1,00:15,5", "line 7"),
        (7, "1,00:00,5", "line 7"),
        (7, None, "line 7"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: int, wrong: str | None, field: str) -> None:
    lines = EXTRACT.read_text(encoding="utf-8").splitlines()
    lines[line - 1] = wrong or lines[line - 1].replace("22124", "-22124")
    path = tmp_path / "wrong.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(InvalidValueError) as error:
        read_profiles(path)
    assert field in error.value.field


def test_a_table_that_ends_early_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "short.csv"
    lines = EXTRACT.read_text(encoding="utf-8").splitlines()[:-1]
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(InvalidValueError, match="672 quarters"):
        read_profiles(path)
