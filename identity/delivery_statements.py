"""EIP-712 digests of what devices and validators say about stored energy.

Energy is in Wh, from 0 to 2^32 - 1. A device's statements are signed by the EVM key of the gateway
that reads it. The contracts hold the same type strings.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from domain.delivery import Session
from domain.errors import InvalidValueError
from domain.units import MAX_ACCOUNT, MAX_QUANTITY, require_range
from identity.hashing import keccak256
from identity.typed_data import TypedDomain

DELIVERED_TYPE: Final = (
    "Delivered(uint32 source,uint32 battery,uint96 interval,uint32 round,uint32 delivered,"
    "uint32[] accounts)"
)
RECEPTION_TYPE: Final = (
    "Received(uint32 source,uint32 battery,uint96 interval,uint32 round,uint32 received,"
    "uint32 usable)"
)
DELIVERY_VALIDATION_TYPE: Final = (
    "Validation(uint32 source,uint32 battery,uint96 interval,uint32 round,uint32 delivered,"
    "uint32 received,uint32 usable,uint32[] accounts)"
)
APPROVAL_TYPE: Final = "Approval(uint256 request)"
SUPPLIED_TYPE: Final = "Supplied(uint256 request,uint32 battery,uint32 supplied)"
SUPPLY_RECEIVED_TYPE: Final = "Received(uint256 request,uint32 dwelling,uint32 received)"
SUPPLY_VALIDATION_TYPE: Final = "Validation(uint256 request,uint32 supplied,uint32 received)"
SENT_TYPE: Final = "Sent(uint32 deal,uint32 battery,uint32 sent)"
SALE_RECEIVED_TYPE: Final = "Received(uint32 deal,uint32 battery,uint32 usable)"
SALE_VALIDATION_TYPE: Final = "Validation(uint32 deal,uint32 sent,uint32 usable)"

_MAX_NUMBER: Final = 2**32 - 1
_MAX_REQUEST: Final = 2**256 - 1


def delivery_domain(chain_id: int, contract: str) -> TypedDomain:
    """Return the domain of statements to one delivery record contract."""
    return TypedDomain("Commonwatt Delivery", "1", chain_id, contract)


def consumption_domain(chain_id: int, contract: str) -> TypedDomain:
    """Return the domain of statements to one consumption escrow contract."""
    return TypedDomain("Commonwatt Consumption", "1", chain_id, contract)


def sale_domain(chain_id: int, contract: str) -> TypedDomain:
    """Return the domain of statements to one sale escrow contract."""
    return TypedDomain("Commonwatt Sale", "1", chain_id, contract)


def delivered_digest(
    domain: TypedDomain, session: Session, round_: int, delivered: int, accounts: Sequence[int]
) -> bytes:
    """Return what the source's gateway signs: what it delivered, and to whom that belongs.

    Args:
        domain: of the delivery record.
        session: what charged what, when.
        round_: number of rejected statements about it.
        delivered: Wh.
        accounts: who receives the claims, ascending.
    """
    energy = _energy("delivered", delivered)
    about = _session(session, round_)
    return _digest(domain, DELIVERED_TYPE, *about, energy, _accounts(accounts))


def reception_digest(
    domain: TypedDomain, session: Session, round_: int, received: int, usable: int
) -> bytes:
    """Return what the battery's gateway signs: what it received, and what of it is usable.

    Args:
        domain: of the delivery record.
        session: what charged what, when.
        round_: number of rejected statements about it.
        received: Wh.
        usable: Wh.
    """
    energies = _energy("received", received), _energy("usable", usable)
    return _digest(domain, RECEPTION_TYPE, *_session(session, round_), *energies)


def delivery_validation_digest(
    domain: TypedDomain,
    session: Session,
    round_: int,
    delivered: int,
    received: int,
    usable: int,
    accounts: Sequence[int],
) -> bytes:
    """Return what a validator signs: that both sides' statements agree with the meters.

    Args:
        domain: of the delivery record.
        session: what charged what, when.
        round_: number of rejected statements about it.
        delivered: Wh that the source stated.
        received: Wh that the battery stated.
        usable: Wh that the battery stated.
        accounts: those that the source named.
    """
    energies = (
        _energy("delivered", delivered),
        _energy("received", received),
        _energy("usable", usable),
    )
    about = _session(session, round_)
    return _digest(domain, DELIVERY_VALIDATION_TYPE, *about, *energies, _accounts(accounts))


def approval_digest(domain: TypedDomain, request: int) -> bytes:
    """Return what a validator signs to let a battery supply a request."""
    return _digest(domain, APPROVAL_TYPE, _request(request))


def supplied_digest(domain: TypedDomain, request: int, battery: int, supplied: int) -> bytes:
    """Return what the battery's gateway signs: the Wh that it supplied for a request."""
    device = _number("battery", battery)
    return _digest(domain, SUPPLIED_TYPE, _request(request), device, _energy("supplied", supplied))


def supply_received_digest(
    domain: TypedDomain, request: int, dwelling: int, received: int
) -> bytes:
    """Return what the dwelling's gateway signs: the Wh that it received for a request."""
    device = _number("dwelling", dwelling)
    energy = _energy("received", received)
    return _digest(domain, SUPPLY_RECEIVED_TYPE, _request(request), device, energy)


def supply_validation_digest(
    domain: TypedDomain, request: int, supplied: int, received: int
) -> bytes:
    """Return what a validator signs: that a request's statements agree with the meters."""
    energies = _energy("supplied", supplied), _energy("received", received)
    return _digest(domain, SUPPLY_VALIDATION_TYPE, _request(request), *energies)


def sent_digest(domain: TypedDomain, deal: int, battery: int, sent: int) -> bytes:
    """Return what the gateway of the seller's battery signs: the Wh that left it for a deal."""
    values = _number("deal", deal), _number("battery", battery), _energy("sent", sent)
    return _digest(domain, SENT_TYPE, *values)


def sale_received_digest(domain: TypedDomain, deal: int, battery: int, usable: int) -> bytes:
    """Return what the gateway of the buyer's battery signs: the Wh that it can give back."""
    values = _number("deal", deal), _number("battery", battery), _energy("usable", usable)
    return _digest(domain, SALE_RECEIVED_TYPE, *values)


def sale_validation_digest(domain: TypedDomain, deal: int, sent: int, usable: int) -> bytes:
    """Return what a validator signs: that a deal's statements agree with the meters."""
    values = _number("deal", deal), _energy("sent", sent), _energy("usable", usable)
    return _digest(domain, SALE_VALIDATION_TYPE, *values)


def _digest(domain: TypedDomain, type_: str, *values: int | bytes) -> bytes:
    words = [value if isinstance(value, bytes) else value.to_bytes(32, "big") for value in values]
    struct_hash = keccak256(keccak256(type_.encode()) + b"".join(words))
    return keccak256(b"\x19\x01" + domain.separator + struct_hash)


def _session(session: Session, round_: int) -> tuple[int, int, int, int]:
    packed = session.interval.packed
    return session.source, session.battery, packed, _number("round", round_)


def _accounts(accounts: Sequence[int]) -> bytes:
    """Return what an array counts as in a struct: the hash of its elements, 32 bytes each."""
    for account, following in pairwise(accounts):
        if following <= account:
            raise InvalidValueError("accounts", "ascending numbers", list(accounts))
    for account in accounts:
        require_range("account", account, 1, MAX_ACCOUNT)
    return keccak256(b"".join(account.to_bytes(32, "big") for account in accounts))


def _energy(field: str, value: int) -> int:
    require_range(field, value, 0, MAX_QUANTITY)
    return value


def _number(field: str, value: int) -> int:
    require_range(field, value, 0, _MAX_NUMBER)
    return value


def _request(value: int) -> int:
    require_range("request", value, 0, _MAX_REQUEST)
    return value
