"""The consent by which a new wallet takes an account over, as the registry contract checks it."""

from __future__ import annotations

from typing import Final

from domain.units import require_range
from identity.address import address_bytes
from identity.hashing import keccak256
from identity.typed_data import TypedDomain

WALLET_ROTATION_TYPE: Final = (
    "WalletRotation(uint32 account,address oldWallet,address newWallet,uint64 deadline)"
)
_TYPE_HASH: Final = keccak256(WALLET_ROTATION_TYPE.encode())


def registry_domain(chain_id: int, contract: str) -> TypedDomain:
    """Return the domain of wallets' consents at one registry contract."""
    return TypedDomain("Commonwatt Registry", "1", chain_id, contract)


def wallet_rotation_digest(
    domain: TypedDomain, account: int, old_wallet: str, new_wallet: str, deadline: int
) -> bytes:
    """Return the 32 bytes that a new wallet signs (EIP-712).

    Args:
        domain: the registry's.
        account: number of the account, 1 to 2^32 - 1.
        old_wallet: address that stands for it now.
        new_wallet: address that signs.
        deadline: last UTC second in which the consent may be used, 0 to 2^64 - 1.

    Raises:
        InvalidValueError: where one of them is out of range or no address.
    """
    require_range("account", account, 1, 2**32 - 1)
    require_range("deadline", deadline, 0, 2**64 - 1)
    words = (
        account.to_bytes(32, "big"),
        address_bytes(old_wallet, "old_wallet").rjust(32, b"\0"),
        address_bytes(new_wallet, "new_wallet").rjust(32, b"\0"),
        deadline.to_bytes(32, "big"),
    )
    return keccak256(b"\x19\x01" + domain.separator + keccak256(_TYPE_HASH + b"".join(words)))
