"""The registry of participants, gateways and devices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar

from chain.calls import Call
from chain.contracts.client import PausableClient, TypedDataClient
from domain.units import Account


class ParticipantRole(IntEnum):
    """What a participant is in its community. The numbers are the contract's."""

    PROSUMER = 1
    AGGREGATOR = 2
    GRID = 3
    """The grid operator or supplier, who takes part in settlement only."""
    OPERATOR = 4
    AUDITOR = 5
    VALIDATOR = 6


class DeviceRelation(IntEnum):
    """How a participant is related to another's device. The numbers are the contract's."""

    CO_OWNER = 1
    USER = 2
    AGGREGATOR = 3


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
class WalletRecord:
    """For which account a wallet stands or stood.

    Attributes:
        account: the account's number.
        since: first UTC second in which it does.
        until: first UTC second in which it does no more; None while it still does.
    """

    account: Account
    since: int
    until: int | None


@dataclass(frozen=True, slots=True)
class RegisteredGateway:
    """A gateway with one pair of its keys.

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
        gateway: number of the gateway that it was put behind last.
        valid_from: first UTC second from which its readings count.
        description_hash: Keccak-256 of its description, 32 bytes.
        decommissioned_from: first UTC second from which they count no more; None while in service.
    """

    device: int
    community: int
    account: Account
    gateway: int
    valid_from: int
    description_hash: bytes
    decommissioned_from: int | None = None


class RegistryClient(PausableClient, TypedDataClient):
    """The registry contract."""

    contract: ClassVar[str] = "Registry"

    def register_participant(self, wallet: str, credential_hash: bytes, role: int) -> Call:
        """Admit a participant; it gets the next account number. Only the registrar."""
        return self._call("registerParticipant", wallet, credential_hash, int(role))

    def set_participant_active(self, account: int, active: bool) -> Call:
        """Bar a participant from trading or admit it again. Only the registrar."""
        return self._call("setParticipantActive", account, active)

    def replace_credential(self, account: int, credential_hash: bytes) -> Call:
        """Put another credential behind an account, at once. Only the registrar."""
        return self._call("replaceCredential", account, credential_hash)

    def revoke_credential(self, account: int) -> Call:
        """Revoke an account's credential and bar the account, at once. Only the registrar."""
        return self._call("revokeCredential", account)

    def rotate_wallet(self, account: int, new_wallet: str, deadline: int, signature: bytes) -> Call:
        """Exchange an account's wallet at once. Only its wallet or the registrar.

        Tokens stay with the old wallet, which moves them itself.

        Args:
            account: whose wallet.
            new_wallet: never registered before.
            deadline: last UTC second in which the consent may be used.
            signature: the new wallet's consent, 65 bytes, of
                ``identity.wallet_rotation.wallet_rotation_digest``.
        """
        return self._call("rotateWallet", account, new_wallet, deadline, signature)

    def propose_wallet(self, account: int, new_wallet: str) -> Call:
        """Offer an account to a wallet; the zero address withdraws that.

        Only the account's wallet or the registrar.
        """
        return self._call("proposeWallet", account, new_wallet)

    def accept_wallet(self, account: int) -> Call:
        """Exchange an account's wallet at once for the sender's, to whom it was proposed."""
        return self._call("acceptWallet", account)

    def register_gateway(
        self, evm_key: str, ed25519_key: bytes, valid_from: int, valid_until: int
    ) -> Call:
        """Admit a gateway; it gets the next gateway number. Only the registrar."""
        return self._call("registerGateway", evm_key, ed25519_key, valid_from, valid_until)

    def rotate_gateway_keys(
        self, gateway: int, evm_key: str, ed25519_key: bytes, valid_from: int, valid_until: int
    ) -> Call:
        """Give a gateway other keys from a second on, the earlier ones until then.

        Only the registrar; ``valid_from`` is a full hour, now or later.
        """
        return self._call(
            "rotateGatewayKeys", gateway, evm_key, ed25519_key, valid_from, valid_until
        )

    def revoke_gateway(self, gateway: int, valid_until: int) -> Call:
        """End the validity of all keys of a gateway at an earlier second. Only the registrar."""
        return self._call("revokeGateway", gateway, valid_until)

    def register_device(
        self, community: int, account: int, gateway: int, description_hash: bytes, valid_from: int
    ) -> Call:
        """Admit a device; it gets the next device number. Only the registrar."""
        return self._call(
            "registerDevice", community, account, gateway, description_hash, valid_from
        )

    def move_device(self, device: int, gateway: int, since: int) -> Call:
        """Put a device behind another gateway from a full hour on. Only the registrar."""
        return self._call("moveDevice", device, gateway, since)

    def set_device_key(self, device: int, ed25519_key: bytes, since: int) -> Call:
        """Give a device a key of its own from a full hour on; 32 zeros take it away.

        Only the registrar.
        """
        return self._call("setDeviceKey", device, ed25519_key, since)

    def decommission_device(self, device: int, since: int) -> Call:
        """Take a device out of service from a full hour on, for good. Only the registrar."""
        return self._call("decommissionDevice", device, since)

    def relate_device(self, device: int, account: int, relation: int) -> Call:
        """Relate a participant to a device beside its owner. Only the registrar."""
        return self._call("relateDevice", device, account, int(relation))

    def unrelate_device(self, device: int, account: int, relation: int) -> Call:
        """End a participant's relation to a device. Only the registrar."""
        return self._call("unrelateDevice", device, account, int(relation))

    def participant(self, account: int) -> Participant | None:
        """Return a participant's entry, or None where there is none."""
        wallet, credential_hash, role, active = self._read("participant", account)
        if role == 0:
            return None
        return Participant(Account(account), wallet, credential_hash, ParticipantRole(role), active)

    def credential_at(self, account: int, time: int) -> bytes | None:
        """Return the hash of the credential behind an account at a UTC second, or None."""
        credential: bytes = self._read_one("credentialAt", account, time)
        return credential if any(credential) else None

    def wallet_at(self, account: int, time: int) -> str | None:
        """Return the wallet that stood for an account at a UTC second, or None before it was."""
        return _address(self._read_one("walletAt", account, time))

    def wallet_record(self, wallet: str) -> WalletRecord | None:
        """Return for which account a wallet stands or stood, or None where it never did."""
        account, since, until = self._read("walletRecord", wallet)
        return WalletRecord(Account(account), since, until or None) if account else None

    def proposed_wallet(self, account: int) -> str | None:
        """Return the wallet to which an account is offered, or None."""
        return _address(self._read_one("proposedWallet", account))

    def account_of(self, wallet: str) -> Account | None:
        """Return the account that a wallet stands for now, or None."""
        account: int = self._read_one("accountOf", wallet)
        return Account(account) if account else None

    def wallets_of(self, accounts: Sequence[int]) -> list[str]:
        """Return the wallets of accounts, in the same sequence.

        Raises:
            ContractRefusedError: ``UnknownAccount``.
        """
        return list(self._read_one("walletsOf", list(accounts)))

    def gateway(self, gateway: int) -> RegisteredGateway | None:
        """Return a gateway with its latest keys, whose time may lie ahead, or None."""
        return _gateway(gateway, *self._read("gateway", gateway))

    def gateway_keys_at(self, gateway: int, time: int) -> RegisteredGateway | None:
        """Return a gateway with the keys that are valid at a UTC second, or None.

        Their period ends where the next keys' begins.
        """
        return _gateway(gateway, *self._read("gatewayKeysAt", gateway, time))

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
        community, account, gateway, valid_from, description_hash, end = self._read(
            "device", device
        )
        if community == 0:
            return None
        return RegisteredDevice(
            device, community, Account(account), gateway, valid_from, description_hash, end or None
        )

    def gateway_of(self, device: int, time: int) -> int | None:
        """Return the gateway that reads a device at a UTC second; None where it counts not then."""
        return self._read_one("gatewayOf", device, time) or None

    def device_key_at(self, device: int, time: int) -> bytes | None:
        """Return the key with which a device itself signs at a UTC second, or None."""
        key: bytes = self._read_one("deviceKeyAt", device, time)
        return key if any(key) else None

    def is_related(self, device: int, account: int, relation: int) -> bool:
        """Tell whether a participant stands in a relation to a device."""
        return bool(self._read_one("isRelated", device, account, int(relation)))

    def relation_count(self, device: int) -> int:
        """Return in how many relations participants stand to a device."""
        return int(self._read_one("relationCount", device))

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


def _gateway(
    gateway: int, evm_key: str, ed25519_key: bytes, valid_from: int, valid_until: int
) -> RegisteredGateway | None:
    if _address(evm_key) is None:
        return None
    return RegisteredGateway(gateway, evm_key, ed25519_key, valid_from, valid_until)


def _address(address: str) -> str | None:
    return address if int(address, 16) else None
