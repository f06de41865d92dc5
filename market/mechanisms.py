"""The clearing mechanisms by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Protocol

from domain.errors import InvalidValueError
from domain.tariff import Tariff
from identity.hashing import keccak256
from market.clearing import Clearing, OrderArrays, clear_uniform_price


class Mechanism(Protocol):
    """A pure function from one interval's orders to its outcome."""

    def __call__(self, orders: OrderArrays, tariff: Tariff | None = None) -> Clearing:
        """Clear the orders within the tariff's bounds."""
        ...


UNIFORM_PRICE: Final = "uniform-price"

MECHANISMS: Final[Mapping[str, Mechanism]] = MappingProxyType({UNIFORM_PRICE: clear_uniform_price})


def mechanism(name: str, field: str = "mechanism") -> Mechanism:
    """Return the mechanism of a name.

    Args:
        name: its name in ``MECHANISMS``.
        field: how the one who gave the name calls it.

    Raises:
        InvalidValueError: for a name that nobody registered, listing the known ones.
    """
    try:
        return MECHANISMS[name]
    except KeyError:
        known = ", ".join(sorted(MECHANISMS))
        raise InvalidValueError(field, f"one of: {known}", name) from None


def mechanism_id(name: str) -> bytes:
    """Return the 32 bytes that stand for a mechanism in price hashes."""
    return keccak256(name.encode())
