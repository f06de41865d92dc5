"""What the typed clients of all contracts share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from chain.abi import contract_abi
from chain.calls import Call
from chain.connection import Chain


@dataclass(frozen=True, slots=True)
class PendingAdmin:
    """Who was announced as the next admin.

    Attributes:
        address: of the next admin; the zero address where the admin means to leave for good.
        accept_after: UTC second after which it can accept.
    """

    address: str
    accept_after: int


@dataclass(frozen=True, slots=True)
class PendingDelay:
    """A delay of admin transfers that was announced.

    Attributes:
        seconds: how long it is.
        holds_after: UTC second after which it holds.
    """

    seconds: int
    holds_after: int


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


class TypedDataClient(ContractClient):
    """A contract that checks signatures of typed data (``identity.typed_data``)."""

    def eip712_domain(self) -> tuple[Any, ...]:
        """Return the domain that they are signed for (EIP-5267)."""
        return self._read("eip712Domain")


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


class AdminRulesClient(AccessControlledClient):
    """A contract with one admin, who is exchanged in two steps with a delay between them.

    OpenZeppelin AccessControlDefaultAdminRules: its role is neither granted nor revoked by anybody.
    """

    def begin_default_admin_transfer(self, new_admin: str) -> Call:
        """Announce who becomes the admin once it accepts after the delay. Only the admin."""
        return self._call("beginDefaultAdminTransfer", new_admin)

    def cancel_default_admin_transfer(self) -> Call:
        """Take the announcement back. Only the admin."""
        return self._call("cancelDefaultAdminTransfer")

    def accept_default_admin_transfer(self) -> Call:
        """Become the admin. Only who was announced, after the delay."""
        return self._call("acceptDefaultAdminTransfer")

    def change_default_admin_delay(self, new_delay: int) -> Call:
        """Announce another delay of seconds, which holds after a delay itself. Only the admin."""
        return self._call("changeDefaultAdminDelay", new_delay)

    def rollback_default_admin_delay(self) -> Call:
        """Take the announcement of another delay back. Only the admin."""
        return self._call("rollbackDefaultAdminDelay")

    def default_admin(self) -> str:
        """Return the admin's address; the zero address where there is none any more."""
        return str(self._read_one("defaultAdmin"))

    def owner(self) -> str:
        """Return the admin's address under the name of ERC-5313."""
        return str(self._read_one("owner"))

    def pending_default_admin(self) -> PendingAdmin | None:
        """Return who was announced as the next admin, or None."""
        address, schedule = self._read("pendingDefaultAdmin")
        return PendingAdmin(address, schedule) if schedule else None

    def default_admin_delay(self) -> int:
        """Return how many seconds lie between an announcement and its acceptance."""
        return int(self._read_one("defaultAdminDelay"))

    def pending_default_admin_delay(self) -> PendingDelay | None:
        """Return the delay that was announced and does not hold yet, or None."""
        delay, schedule = self._read("pendingDefaultAdminDelay")
        return PendingDelay(delay, schedule) if schedule else None

    def default_admin_delay_increase_wait(self) -> int:
        """Return after how many seconds at most a longer delay holds."""
        return int(self._read_one("defaultAdminDelayIncreaseWait"))


class PausableClient(AdminRulesClient):
    """A contract that can be paused."""

    def pause(self) -> Call:
        """Begin a pause. Only a pauser."""
        return self._call("pause")

    def unpause(self) -> Call:
        """End a pause. Only the admin."""
        return self._call("unpause")

    def paused(self) -> bool:
        """Tell whether it is paused."""
        return bool(self._read_one("paused"))

    def pauser_role(self) -> bytes:
        """Return the role that pauses."""
        return bytes(self._read_one("PAUSER_ROLE"))
