"""What the typed clients of all contracts share."""

from __future__ import annotations

from typing import Any, ClassVar

from chain.abi import contract_abi
from chain.calls import Call
from chain.connection import Chain


class ContractClient:
    """One deployed contract.

    Methods that change its state return a ``Call``, to be sent by whoever holds the key; the others
    read it. Names are the contract's, written as Python does.

    Attributes:
        contract: name of the contract, of the class.
        address: where it lies on the chain.
    """

    contract: ClassVar[str]

    def __init__(self, chain: Chain, address: str) -> None:
        """Use the contract at an address of a chain."""
        self.address = address
        self._chain = chain
        self._functions = contract_abi(self.contract).functions

    def _call(self, function: str, *arguments: Any) -> Call:
        data = self._functions[function].encode(*arguments)
        return Call(self.address, data, f"{self.contract}.{function}")

    def _read(self, function: str, *arguments: Any) -> tuple[Any, ...]:
        described = self._functions[function]
        return described.decode(self._chain.call(self.address, described.encode(*arguments)))

    def _read_one(self, function: str, *arguments: Any) -> Any:
        return self._read(function, *arguments)[0]


class AccessControlledClient(ContractClient):
    """A contract whose roles an admin grants (OpenZeppelin AccessControl).

    Roles are the 32-byte names of ``chain.roles``.
    """

    def grant_role(self, role: bytes, account: str) -> Call:
        """Give a role to an address. Only the role's admin."""
        return self._call("grantRole", role, account)

    def revoke_role(self, role: bytes, account: str) -> Call:
        """Take a role from an address. Only the role's admin."""
        return self._call("revokeRole", role, account)

    def renounce_role(self, role: bytes, caller_confirmation: str) -> Call:
        """Give up a role of the sender's own, whose address confirms it."""
        return self._call("renounceRole", role, caller_confirmation)

    def has_role(self, role: bytes, account: str) -> bool:
        """Tell whether an address has a role."""
        return bool(self._read_one("hasRole", role, account))

    def get_role_admin(self, role: bytes) -> bytes:
        """Return the role that grants a role."""
        return bytes(self._read_one("getRoleAdmin", role))

    def default_admin_role(self) -> bytes:
        """Return the role that grants every other."""
        return bytes(self._read_one("DEFAULT_ADMIN_ROLE"))

    def supports_interface(self, interface_id: bytes) -> bool:
        """Tell whether the contract has an interface (ERC-165; 4 bytes)."""
        return bool(self._read_one("supportsInterface", interface_id))
