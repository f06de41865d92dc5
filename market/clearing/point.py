"""Where a price lies between two limits."""

from __future__ import annotations

from typing import Final

from domain.units import require_range

PER_MILLE: Final = 1000
HALF: Final = 500
"""The middle, which the contract proves."""


def require_k(k: int, field: str = "k") -> None:
    """Refuse a point outside the two limits.

    Args:
        k: per mille of the way from the lower limit to the upper one.
        field: how the one who gave it calls it.

    Raises:
        InvalidValueError: where it is no integer from 0 to 1000.
    """
    require_range(field, k, 0, PER_MILLE)


def point_between(low: int, high: int, k: int) -> int:
    """Return ``low + floor((high - low) * k / 1000)``, a price in millicent per kWh."""
    return low + (high - low) * k // PER_MILLE
