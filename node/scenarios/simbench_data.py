"""The door to SimBench, an optional package: its profiles, cut to a week and normalised.

SimBench publishes a year of quarter hours (2016) in local German clock time, each load profile as
a share of a load's rated power, each PV profile as a share of a plant's rated power.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

from domain.errors import RefusedError
from node.scenarios.profiles import QUARTERS_OF_WEEK, ProfileTable
from node.scenarios.scenario import Source

EXTRA: Final = "commonwatt[scenario]"
SIMBENCH_YEAR: Final = 2016
NOTICE: Final = (
    "Contains information from the SimBench data set, which is made available under the",
    "Open Database License (ODbL) v1.0, https://opendatacommons.org/licenses/odbl/1-0/;",
    "rights in individual contents under the Database Contents License (DbCL) v1.0.",
    "(c) University of Kassel, Fraunhofer IEE, TU Dortmund, RWTH Aachen; https://simbench.de",
    "Changed: one week cut out and normalised by Commonwatt. This table is under the ODbL too.",
)

SOURCE: Final = Source(
    title="SimBench",
    holder="University of Kassel, Fraunhofer IEE, TU Dortmund, RWTH Aachen University",
    licence="Open Database License (ODbL) 1.0, contents under DbCL 1.0",
    url="https://simbench.de/",
    used_for="loads, photovoltaics, batteries and the shapes of their year, normalised",
)

_MILLIWATT_HOURS_OF_MEGAWATT_HOUR: Final = 10**9
_MILLIWATT_HOURS_OF_KILOWATT_QUARTER: Final = 250_000


class SimbenchMissingError(RefusedError):
    """The optional package is not installed."""

    def __init__(self) -> None:
        super().__init__(
            "simbench-missing",
            f"this needs the package simbench, an optional extra: pip install '{EXTRA}'",
        )


def simbench() -> Any:
    """Import SimBench, which takes seconds, and return it.

    Raises:
        SimbenchMissingError: where it is not installed.
    """
    if find_spec("simbench") is None:
        raise SimbenchMissingError
    with quiet():
        return import_module("simbench")


@contextmanager
def quiet() -> Iterator[None]:
    """Keep SimBench's and pandas' warnings about their own future away from the user."""
    previous = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(previous)


def week_of(day: date) -> date:
    """Return the Monday in SimBench's year whose week holds the same month and day."""
    month_day = day.replace(year=SIMBENCH_YEAR)
    monday = month_day - timedelta(days=month_day.weekday())
    first = date(SIMBENCH_YEAR, 1, 4)
    last = date(SIMBENCH_YEAR, 12, 19)
    return min(max(_without_clock_change(monday), first), last)


def _without_clock_change(monday: date) -> date:
    """Step past the two weeks whose Sunday lacks an hour or has one twice."""
    changes = (date(SIMBENCH_YEAR, 3, 21), date(SIMBENCH_YEAR, 10, 24))
    return monday + timedelta(days=7) if monday in changes else monday


def week_of_profiles(
    year: Any,
    load: Sequence[str],
    pv: Sequence[str],
    monday: date,
) -> ProfileTable:
    """Cut a week out of SimBench's year and normalise it.

    A load profile is divided by its sum over the year, so that it stands for 1 MWh; a PV profile
    by its largest value of the year, so that it stands for a plant that reaches 1 kW once.

    Args:
        year: profiles as SimBench gives them, with a column ``time`` and one a profile.
        load: names of load profiles.
        pv: names of PV profiles.
        monday: first day of a week of 672 quarters.
    """
    first = _row_of(year["load"]["time"], monday)
    rows = slice(first, first + QUARTERS_OF_WEEK)
    return ProfileTable(
        {name: _load_shape(year["load"][f"{name}_pload"], rows) for name in load},
        {name: _pv_shape(year["renewables"][name], rows) for name in pv},
        NOTICE,
    )


def _row_of(times: Any, monday: date) -> int:
    wanted = f"{monday:%d.%m.%Y} 00:00"
    return int((times == wanted).to_numpy().argmax())


def _load_shape(year: Any, rows: slice) -> tuple[int, ...]:
    unit = _MILLIWATT_HOURS_OF_MEGAWATT_HOUR / float(year.sum())
    return tuple(max(round(float(value) * unit), 0) for value in year.iloc[rows])


def _pv_shape(year: Any, rows: slice) -> tuple[int, ...]:
    unit = _MILLIWATT_HOURS_OF_KILOWATT_QUARTER / float(year.max())
    return tuple(max(round(float(value) * unit), 0) for value in year.iloc[rows])
