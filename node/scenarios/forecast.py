"""How wrong a forecast is: seeded errors that drift as forecast errors do.

A forecast of a series is the series times ``1 + level + drift``. The level is one error for the
whole day (the day is sunnier, the family is out); the drift follows it from interval to interval,
each the last one times a memory plus fresh noise (an AR(1) process). Both are bounded, so that a
forecast never turns negative.

Only ``random.Random.random`` is drawn from, whose sequence Python keeps the same in every
version, and only arithmetic that is rounded the same everywhere is done with it (``sum`` of floats
is not: it changed in Python 3.12). So the same seed gives the same day on any machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum, sqrt
from random import Random
from typing import Final

from domain.units import WattHours

_UNIFORMS: Final = 12
_LARGEST_ERROR: Final = 0.9


@dataclass(frozen=True, slots=True)
class ForecastError:
    """How far forecasts of one kind of series go wrong, as shares of the true value.

    Attributes:
        level: standard deviation of the error that lasts the whole day.
        drift: standard deviation of the error that changes from interval to interval.
        memory: share of the drift that carries over to the next interval, 0 to below 1.
    """

    level: float
    drift: float
    memory: float


LOAD_ERROR: Final = ForecastError(level=0.06, drift=0.18, memory=0.7)
"""A single home's load an hour ahead: hard to foresee."""

PV_ERROR: Final = ForecastError(level=0.05, drift=0.08, memory=0.85)
"""A clear day's production: easier, and its errors last longer."""


def forecast(true: Sequence[WattHours], error: ForecastError, random: Random) -> list[WattHours]:
    """Return what a forecast of the series would have said."""
    level = error.level * _normal(random)
    drift = error.drift * _normal(random)
    fresh = error.drift * sqrt(1 - error.memory * error.memory)
    expected = []
    for energy in true:
        share = min(max(level + drift, -_LARGEST_ERROR), _LARGEST_ERROR)
        expected.append(WattHours(round(energy * (1 + share))))
        drift = error.memory * drift + fresh * _normal(random)
    return expected


def _normal(random: Random) -> float:
    """Draw from (nearly) the standard normal distribution: twelve uniforms, summed and centred."""
    return fsum(random.random() for _ in range(_UNIFORMS)) - _UNIFORMS / 2
