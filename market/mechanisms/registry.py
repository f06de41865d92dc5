"""The clearing mechanisms by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from domain.errors import InvalidValueError
from identity.hashing import keccak256
from market.mechanisms import (
    auctions,
    continuous,
    network_constrained,
    p2p_preferences,
    pools,
    zonal,
)
from market.mechanisms.model import Mechanism, ProvableRule

UNIFORM_PRICE: Final = auctions.UNIFORM_PRICE.name
PAY_AS_BID: Final = auctions.PAY_AS_BID.name

MECHANISMS: Final[Mapping[str, Mechanism]] = MappingProxyType(
    {
        one.name: one
        for one in (
            auctions.UNIFORM_PRICE,
            auctions.PAY_AS_BID,
            auctions.TRADE_REDUCTION,
            auctions.VCG,
            pools.MID_MARKET_RATE,
            pools.SUPPLY_DEMAND_RATIO,
            pools.BILL_SHARING,
            pools.COOPERATIVE,
            pools.COOPERATIVE_SHAPLEY,
            continuous.CONTINUOUS,
            p2p_preferences.MECHANISM,
            zonal.ZONAL,
            network_constrained.NETWORK_CONSTRAINED,
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
