"""The registry of participants, gateways and devices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar

from chain.calls import Call
from chain.contracts.client import AccessControlledClient
from domain.units import Account


class ParticipantRole(IntEnum):
    """What a participant is in its community. The numbers are the contract's."""

    PROSUMER = 1
    AGGREGATOR = 2
    GRID = 3
    """The grid operator or supplier, who takes part in settlement only."""


@dataclass(frozen=True, slots=True)
class Participant:
    """A participant's entry.

    Attributes:
        account: its pseudonymous number.
        wallet: the address that signs its orders and holds its tokens.
        credential_hash: Keccak-256 of the credential it was admitted with, 32 bytes; 0 for none.
        role: what it is.
        active: whether it may trade.
    """

    account: Account
    wallet: str
    credential_hash: bytes
    role: ParticipantRole
    active: bool


@dataclass(frozen=True, slots=True)
class RegisteredGateway:
    """A gateway's entry.

    Attributes:
        gateway: its number.
        evm_key: address of the key that signs attestations.
        ed25519_key: public key that signs readings, 32 bytes.
        valid_from: first UTC second in which the keys are valid.
        valid_until: first UTC second in which they are valid no more.
    """

    gateway: int
    evm_key: str
    ed25519_key: bytes
    valid_from: int
    valid_until: int

    def is_valid_at(self, second: int) -> bool:
        """Tell whether its keys are valid at a UTC second."""
        return self.valid_from <= second < self.valid_until


@dataclass(frozen=True, slots=True)
class RegisteredDevice:
    """A device's entry.

    Attributes:
        device: its number.
        community: where its energy counts.
        account: whose energy it is.
        gateway: number of the gateway that reads it.
        valid_from: first UTC second from which its readings count.
        description_hash: Keccak-256 of its description, 32 bytes.
    """

    device: int
    community: int
    account: Account
    gateway: int
    valid_from: int
    description_hash: bytes


class RegistryClient(AccessControlledClient):
    """The registry contract."""

    contract: ClassVar[str] = "Registry"

    def register_participant(self, wallet: str, credential_hash: bytes, role: int) -> Call:
        """Admit a participant; it gets the next account number. Only the registrar."""
        return self._call("registerParticipant", wallet, credential_hash, int(role))

    def set_participant_active(self, account: int, active: bool) -> Call:
        """Bar a participant from trading or admit it again. Only the registrar."""
        return self._call("setParticipantActive", account, active)

    def register_gateway(
        self, evm_key: str, ed25519_key: bytes, valid_from: int, valid_until: int
    ) -> Call:
        """Admit a gateway; it gets the next gateway number. Only the registrar."""
        return self._call("registerGateway", evm_key, ed25519_key, valid_from, valid_until)

    def revoke_gateway(self, gateway: int, valid_until: int) -> Call:
        """End the validity of a gateway's keys at an earlier second. Only the registrar."""
        return self._call("revokeGateway", gateway, valid_until)

    def register_device(
        self, community: int, account: int, gateway: int, description_hash: bytes, valid_from: int
    ) -> Call:
        """Admit a device; it gets the next device number. Only the registrar."""
        return self._call(
            "registerDevice", community, account, gateway, description_hash, valid_from
        )

    def participant(self, account: int) -> Participant | None:
        """Return a participant's entry, or None where there is none."""
        wallet, credential_hash, role, active = self._read("participant", account)
        if role == 0:
            return None
        return Participant(
            Account(account), wallet, credential_hash, ParticipantRole(role), active
        )

    def account_of(self, wallet: str) -> Account | None:
        """Return the account that a wallet stands for, or None."""
        account: int = self._read_one("accountOf", wallet)
        return Account(account) if account else None

    def wallets_of(self, accounts: Sequence[int]) -> list[str]:
        """Return the wallets of accounts, in the same sequence.

        Raises:
            ContractRefusedError: ``UnknownAccount``.
        """
        return list(self._read_one("walletsOf", list(accounts)))

    def gateway(self, gateway: int) -> RegisteredGateway | None:
        """Return a gateway's entry, or None where there is none."""
        evm_key, ed25519_key, valid_from, valid_until = self._read("gateway", gateway)
        if int(evm_key, 16) == 0:
            return None
        return RegisteredGateway(gateway, evm_key, ed25519_key, valid_from, valid_until)

    def gateway_key_at(self, gateway: int, time: int) -> str:
        """Return the address that signs for a gateway at a UTC second.

        Raises:
            ContractRefusedError: ``GatewayNotValid``.
        """
        return str(self._read_one("gatewayKeyAt", gateway, time))

    def attestation_key(self, gateway: int, community: int, start: int, end: int) -> str:
        """Return the address that may attest a community's readings from ``start`` to ``end``.

        Raises:
            ContractRefusedError: ``GatewayNotValid`` or ``GatewayNotInCommunity``.
        """
        return str(self._read_one("attestationKey", gateway, community, start, end))

    def device(self, device: int) -> RegisteredDevice | None:
        """Return a device's entry, or None where there is none."""
        community, account, gateway, valid_from, description_hash = self._read("device", device)
        if community == 0:
            return None
        return RegisteredDevice(
            device, community, Account(account), gateway, valid_from, description_hash
        )

    def devices_behind(self, gateway: int, community: int) -> int:
        """Return how many devices a gateway reads in a community."""
        return int(self._read_one("devicesBehind", gateway, community))

    def participant_count(self) -> int:
        """Return how many participants were ever registered: the last account number."""
        return int(self._read_one("participantCount"))

    def gateway_count(self) -> int:
        """Return how many gateways were ever registered: the last gateway number."""
        return int(self._read_one("gatewayCount"))

    def device_count(self) -> int:
        """Return how many devices were ever registered: the last device number."""
        return int(self._read_one("deviceCount"))

    def registrar_role(self) -> bytes:
        """Return the role that registers."""
        return bytes(self._read_one("REGISTRAR_ROLE"))
