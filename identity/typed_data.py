"""EIP-712 digests of everything that is signed for the contracts.

The structures of the market and the tokens are encoded by hand: their type hashes and the domain
separator are made once, so that a digest costs two Keccak calls. The contracts hold the same type
strings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from domain.cancellation import Cancellation
from domain.errors import InvalidValueError
from domain.order import Order
from domain.units import require_range
from identity.address import address_bytes
from identity.attestation import Attestation, Correction
from identity.hashing import keccak256

ORDER_TYPE: Final = (
    "Order(uint96 interval,uint32 account,uint8 side,uint32 quantity,int32 price,uint128 salt)"
)
RECEIPT_TYPE: Final = "Receipt(bytes32 order,uint64 receivedAt)"
WITHDRAWAL_TYPE: Final = "Withdrawal(bytes32 order)"
WITHDRAWAL_RECEIPT_TYPE: Final = "WithdrawalReceipt(bytes32 order,uint64 withdrawnAt)"
CANCELLATION_TYPE: Final = "Cancellation(uint96 interval,uint32 account,uint32 batch,uint32 index)"
ATTESTATION_TYPE: Final = (
    "Attestation(uint96 interval,uint32 gateway,uint64 sequence,bytes32 root,uint32 count,"
    "uint64 imported,uint64 exported)"
)
CORRECTION_TYPE: Final = (
    "Correction(uint96 interval,uint32 gateway,uint64 sequence,bytes32 root,uint32 count,"
    "uint64 imported,uint64 exported,bytes32 superseded,uint8 reason)"
)
PERMIT_TYPE: Final = (
    "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
)
DOMAIN_TYPE: Final = (
    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
)

_ORDER_TYPE_HASH: Final = keccak256(ORDER_TYPE.encode())
_RECEIPT_TYPE_HASH: Final = keccak256(RECEIPT_TYPE.encode())
_WITHDRAWAL_TYPE_HASH: Final = keccak256(WITHDRAWAL_TYPE.encode())
_WITHDRAWAL_RECEIPT_TYPE_HASH: Final = keccak256(WITHDRAWAL_RECEIPT_TYPE.encode())
_CANCELLATION_TYPE_HASH: Final = keccak256(CANCELLATION_TYPE.encode())
_ATTESTATION_TYPE_HASH: Final = keccak256(ATTESTATION_TYPE.encode())
_CORRECTION_TYPE_HASH: Final = keccak256(CORRECTION_TYPE.encode())
_PERMIT_TYPE_HASH: Final = keccak256(PERMIT_TYPE.encode())
_DOMAIN_TYPE_HASH: Final = keccak256(DOMAIN_TYPE.encode())


@dataclass(frozen=True, slots=True)
class TypedDomain:
    """Binds a signature to one contract on one chain (EIP-712, ``domainSeparator``).

    Attributes:
        name: name of the signing domain.
        version: its version.
        chain_id: the chain's number, 0 to 2^256 - 1.
        contract: address of the contract that checks the signature, in any case.
        separator: the 32 bytes that stand for the four in every digest.
    """

    name: str
    version: str
    chain_id: int
    contract: str
    separator: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        require_range("chain id", self.chain_id, 0, 2**256 - 1)
        encoded = (
            _DOMAIN_TYPE_HASH
            + keccak256(self.name.encode())
            + keccak256(self.version.encode())
            + _word(self.chain_id)
            + address_bytes(self.contract, "contract").rjust(32, b"\0")
        )
        object.__setattr__(self, "separator", keccak256(encoded))


def market_domain(chain_id: int, contract: str) -> TypedDomain:
    """Return the domain of orders and receipts at one market contract."""
    return TypedDomain("Commonwatt Market", "1", chain_id, contract)


def order_entry_domain(chain_id: int, contract: str) -> TypedDomain:
    """Return the domain of orders and cancellations that anybody may relay to one order entry."""
    return TypedDomain("Commonwatt Order Entry", "1", chain_id, contract)


def metering_domain(chain_id: int, contract: str) -> TypedDomain:
    """Return the domain of attestations at one metering contract."""
    return TypedDomain("Commonwatt Metering", "1", chain_id, contract)


def currency_domain(chain_id: int, contract: str) -> TypedDomain:
    """Return the domain of permits at one currency token."""
    return TypedDomain("Commonwatt Euro", "1", chain_id, contract)


def energy_domain(chain_id: int, contract: str) -> TypedDomain:
    """Return the domain of permits at one energy token."""
    return TypedDomain("Commonwatt Local Energy", "1", chain_id, contract)


def order_digest(domain: TypedDomain, order: Order) -> bytes:
    """Return the 32 bytes that a participant signs, which also name the order everywhere."""
    return _digest(
        domain,
        _ORDER_TYPE_HASH
        + order.interval.packed.to_bytes(32, "big")
        + order.account.to_bytes(32, "big")
        + order.side.to_bytes(32, "big")
        + order.quantity.to_bytes(32, "big")
        + order.price.to_bytes(32, "big", signed=True)
        + order.salt.to_bytes(32, "big"),
    )


def receipt_digest(domain: TypedDomain, order: bytes, received_at: int) -> bytes:
    """Return the 32 bytes that the operator signs to acknowledge an order.

    Args:
        domain: the market's domain.
        order: the order's digest, 32 bytes.
        received_at: UTC second at which the order came, 0 to 2^64 - 1.

    Raises:
        InvalidValueError: where one of them is out of range.
    """
    _require_digest(order)
    require_range("received_at", received_at, 0, 2**64 - 1)
    return _digest(domain, _RECEIPT_TYPE_HASH + order + _word(received_at))


def withdrawal_digest(domain: TypedDomain, order: bytes) -> bytes:
    """Return the 32 bytes that a participant signs to take back an order that is not committed.

    Args:
        domain: the market's domain.
        order: the order's digest, 32 bytes.

    Raises:
        InvalidValueError: where it has another length.
    """
    _require_digest(order)
    return _digest(domain, _WITHDRAWAL_TYPE_HASH + order)


def withdrawal_receipt_digest(domain: TypedDomain, order: bytes, withdrawn_at: int) -> bytes:
    """Return the 32 bytes that the operator signs to acknowledge a withdrawal.

    Args:
        domain: the market's domain.
        order: the order's digest, 32 bytes.
        withdrawn_at: UTC second from which on the order counts no more, 0 to 2^64 - 1.

    Raises:
        InvalidValueError: where one of them is out of range.
    """
    _require_digest(order)
    require_range("withdrawn_at", withdrawn_at, 0, 2**64 - 1)
    return _digest(domain, _WITHDRAWAL_RECEIPT_TYPE_HASH + order + _word(withdrawn_at))


def cancellation_digest(domain: TypedDomain, cancellation: Cancellation) -> bytes:
    """Return the 32 bytes that a participant signs to have an order of a committed book cancelled.

    Args:
        domain: the order entry's domain.
        cancellation: which place of which book.
    """
    return _digest(
        domain,
        _CANCELLATION_TYPE_HASH
        + _word(cancellation.interval.packed)
        + _word(cancellation.account)
        + _word(cancellation.batch)
        + _word(cancellation.index),
    )


def attestation_digest(domain: TypedDomain, attestation: Attestation) -> bytes:
    """Return the 32 bytes that a gateway's EVM key signs for the metering contract."""
    return _digest(domain, _ATTESTATION_TYPE_HASH + _attestation_members(attestation))


def correction_digest(domain: TypedDomain, correction: Correction) -> bytes:
    """Return the 32 bytes that a gateway's EVM key signs to correct what it attested."""
    return _digest(
        domain,
        _CORRECTION_TYPE_HASH
        + _attestation_members(correction.statement)
        + correction.superseded_root
        + _word(correction.reason),
    )


def permit_digest(
    domain: TypedDomain, owner: str, spender: str, value: int, nonce: int, deadline: int
) -> bytes:
    """Return the 32 bytes that a holder signs to allow another to take tokens (ERC-2612).

    Args:
        domain: the token's domain.
        owner: address of the holder, in any case.
        spender: address that may take the tokens, in any case.
        value: how many, in the token's smallest units, 0 to 2^256 - 1.
        nonce: how many permits of the holder the token has accepted, 0 to 2^256 - 1.
        deadline: last UTC second at which the permit can be shown, 0 to 2^256 - 1.

    Raises:
        InvalidValueError: where one of them is out of range.
    """
    for name, number in (("value", value), ("nonce", nonce), ("deadline", deadline)):
        require_range(name, number, 0, 2**256 - 1)
    return _digest(
        domain,
        _PERMIT_TYPE_HASH
        + address_bytes(owner, "owner").rjust(32, b"\0")
        + address_bytes(spender, "spender").rjust(32, b"\0")
        + _word(value)
        + _word(nonce)
        + _word(deadline),
    )


def typed_data_digest(document: Mapping[str, Any]) -> bytes:
    """Return the EIP-712 digest of any typed-data document, as wallets compute it.

    Args:
        document: ``types``, ``primaryType``, ``domain`` and ``message`` (``eth_signTypedData_v4``).

    Raises:
        InvalidValueError: where the message does not fit its types.
    """
    # eth-account takes most of a second to load, which a gateway never needs.
    from eth_account.messages import encode_typed_data

    try:
        message = encode_typed_data(full_message=dict(document))
    except Exception as error:  # eth-account and eth-abi raise a dozen unrelated classes
        raise InvalidValueError("typed data", f"a valid document ({error})", document) from error
    return keccak256(b"\x19" + message.version + message.header + message.body)


def _attestation_members(attestation: Attestation) -> bytes:
    return (
        _word(attestation.interval.packed)
        + _word(attestation.gateway)
        + _word(attestation.sequence)
        + attestation.root
        + _word(attestation.count)
        + _word(attestation.imported)
        + _word(attestation.exported)
    )


def _require_digest(order: bytes) -> None:
    if len(order) != 32:
        raise InvalidValueError("order", "a digest of 32 bytes", order)


def _digest(domain: TypedDomain, encoded: bytes) -> bytes:
    return keccak256(b"\x19\x01" + domain.separator + keccak256(encoded))


def _word(value: int) -> bytes:
    return value.to_bytes(32, "big")
