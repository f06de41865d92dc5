"""Creating contracts, and granting the roles that they know."""

from __future__ import annotations

from typing import Any

from chain.abi import contract_abi, creation_code
from chain.calls import Call
from chain.sender import Receipt, Sender
from domain.errors import InvalidValueError


def create(sender: Sender, contract: str, *arguments: Any) -> Receipt:
    """Create a contract in a transaction of its own.

    Args:
        sender: of the transaction.
        contract: name of the contract (``Market``).
        arguments: of its constructor.

    Raises:
        MissingArtifactError: where the contract was not compiled.
    """
    return sender.send(Call(None, creation_code(contract, *arguments), f"create {contract}"))


def created_address(created: Receipt) -> str:
    """Return where a created contract lies, in the mixed case of EIP-55.

    Raises:
        InvalidValueError: where the receipt is of no creation.
    """
    if created.contract is None:
        raise InvalidValueError("receipt", "one of a contract's creation", created)
    return created.contract


def role_grant(contract: str, address: str, role: bytes, account: str) -> Call:
    """Return the call by which the admin of a contract gives a role to an account.

    Args:
        contract: name of the contract (``Market``).
        address: where it lies.
        role: one of ``chain.roles``, 32 bytes.
        account: address that receives it.
    """
    data = contract_abi(contract).functions["grantRole"].encode(role, account)
    return Call(address, data, f"{contract}.grantRole")
