"""The clearing mechanisms by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Protocol

from domain.errors import InvalidValueError
from domain.tariff import Tariff
from identity.hashing import keccak256
from market.clearing import (
    HALF,
    Clearing,
    OrderArrays,
    Outcome,
    clear_pay_as_bid,
    clear_trade_reduction,
    clear_uniform_price,
    clear_vcg,
)
from market.clearing.point import require_k


class ProvableRule(Protocol):
    """A clearing whose outcome the market contract can check from the book alone."""

    def __call__(self, orders: OrderArrays, tariff: Tariff | None = None) -> Clearing:
        """Clear the orders within the tariff's bounds."""
        ...


@dataclass(frozen=True, slots=True)
class Mechanism:
    """A clearing mechanism: a pure function from one interval's orders to their outcome.

    Attributes:
        name: what it is chosen by.
        rule: the function; it takes ``k`` where ``takes_k``.
        takes_k: whether a point between two limits can be chosen.
        balanced: whether what is paid always equals what is received.
        provable: the rule whose outcome the contract checks, or None where it knows none. Only
            such a mechanism may run a community.
    """

    name: str
    rule: Callable[..., Outcome]
    takes_k: bool
    balanced: bool
    provable: ProvableRule | None = None

    def clear(
        self, orders: OrderArrays, tariff: Tariff | None = None, k: int | None = None
    ) -> Outcome:
        """Clear the orders within the tariff's bounds.

        Args:
            orders: one interval's orders.
            tariff: bounds of the prices; without it, the range of prices.
            k: point between two limits, in per mille; None takes the mechanism's own.

        Raises:
            InvalidValueError: for a point that the mechanism does not take.
        """
        self.require_k(k)
        return self.rule(orders, tariff) if k is None else self.rule(orders, tariff, k)

    def require_k(self, k: int | None, field: str = "k") -> None:
        """Refuse a point outside 0 to 1000, or any where the mechanism takes none.

        Args:
            k: point between two limits, in per mille, or None.
            field: how the one who gave it calls it.

        Raises:
            InvalidValueError: naming the mechanism where it takes none.
        """
        if k is None:
            return
        if not self.takes_k:
            raise InvalidValueError(field, f"no value, for {self.name} takes none", k)
        require_k(k, field)


def _uniform_price(orders: OrderArrays, tariff: Tariff | None = None, k: int = HALF) -> Outcome:
    return clear_uniform_price(orders, tariff, k).outcome(orders)


UNIFORM_PRICE: Final = "uniform-price"
PAY_AS_BID: Final = "pay-as-bid"
TRADE_REDUCTION: Final = "trade-reduction"
VCG: Final = "vcg"

MECHANISMS: Final[Mapping[str, Mechanism]] = MappingProxyType(
    {
        one.name: one
        for one in (
            Mechanism(UNIFORM_PRICE, _uniform_price, True, True, provable=clear_uniform_price),
            Mechanism(PAY_AS_BID, clear_pay_as_bid, True, True),
            Mechanism(TRADE_REDUCTION, clear_trade_reduction, False, False),
            Mechanism(VCG, clear_vcg, False, False),
        )
    }
)


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


def provable_rule(name: str, field: str = "mechanism") -> ProvableRule:
    """Return the rule of a mechanism that may run a community.

    Args:
        name: its name in ``MECHANISMS``.
        field: how the one who gave the name calls it.

    Raises:
        InvalidValueError: for a name that nobody registered, and for a mechanism whose outcome the
            contract cannot check, listing those that it can.
    """
    rule = mechanism(name, field).provable
    if rule is None:
        known = ", ".join(sorted(one.name for one in MECHANISMS.values() if one.provable))
        raise InvalidValueError(field, f"a mechanism that the contract proves ({known})", name)
    return rule


def mechanism_id(name: str) -> bytes:
    """Return the 32 bytes that stand for a mechanism in price hashes."""
    return keccak256(name.encode())
