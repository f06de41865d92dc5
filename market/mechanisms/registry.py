"""The clearing mechanisms by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from chain.commitments import mechanism_id
from domain.errors import InvalidValueError
from market.errors import UnknownCommunityError
from market.mechanisms import (
    auctions,
    continuous,
    network_constrained,
    p2p_preferences,
    pools,
    supply_function,
    zonal,
)
from market.mechanisms.model import Mechanism
from market.ports import MechanismChoices
from market.proving import Provable

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
            supply_function.SUPPLY_FUNCTION,
            zonal.ZONAL,
            network_constrained.NETWORK_CONSTRAINED,
        )
    }
)

PROVEN: Final = ", ".join(sorted(one.name for one in MECHANISMS.values() if one.provable))
"""Those that may run a community, for people."""


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


def provable_mechanism(name: str, field: str = "mechanism") -> tuple[Mechanism, Provable]:
    """Return a mechanism that may run a community, and how the contract proves it.

    Args:
        name: its name in ``MECHANISMS``.
        field: how the one who gave the name calls it.

    Raises:
        InvalidValueError: for a name that nobody registered, and for a mechanism whose outcome the
            contract cannot check, listing those that it can.
    """
    found = mechanism(name, field)
    if found.provable is None:
        raise InvalidValueError(field, f"a mechanism that the contract proves ({PROVEN})", name)
    return found, found.provable


def mechanism_of_id(identifier: bytes) -> tuple[Mechanism, Provable]:
    """Return the mechanism that 32 bytes stand for on chain, and how the contract proves it.

    Raises:
        InvalidValueError: where this node cannot prove any such mechanism.
    """
    for one in MECHANISMS.values():
        if one.provable is not None and mechanism_id(one.name) == identifier:
            return one, one.provable
    raise InvalidValueError("mechanism of the community", f"one of: {PROVEN}", identifier.hex())


def community_mechanism(choices: MechanismChoices, community: int) -> tuple[Provable, int]:
    """Return how the contract proves a community's books, and their ``k`` in per mille.

    Neither ever changes once the community is there.

    Raises:
        UnknownCommunityError: where there is no such community.
        InvalidValueError: where this node cannot prove its mechanism.
    """
    chosen = choices.mechanism(community)
    if chosen is None:
        raise UnknownCommunityError(community)
    _, provable = mechanism_of_id(chosen.id)
    return provable, chosen.k
