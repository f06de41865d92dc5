"""Who was registered with which keys, and when: the registry replayed from its events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from chain.events import (
    ContractEvent,
    CredentialReplaced,
    CredentialRevoked,
    DeviceDecommissioned,
    DeviceKeySet,
    DeviceMoved,
    DeviceRegistered,
    GatewayKeysRotated,
    GatewayRegistered,
    GatewayRevoked,
    ParticipantActivitySet,
    ParticipantRegistered,
    WalletRotated,
)
from domain.interval import Interval
from settlement.audit.timeline import Timeline

NO_CREDENTIAL: Final = bytes(32)

Moment = tuple[int, int]
"""Block number and index of a log."""


@dataclass(slots=True)
class Member:
    """A registered participant.

    Attributes:
        wallet: address in EIP-55 writing, the present one.
        credential_hash: 32 bytes, the present one; zeros where there is none.
        role: the registry's number of the role.
        wallets: addresses by UTC second.
        wallets_by_place: the same by their place on the chain.
        credentials: hashes by UTC second, zeros where one was revoked.
    """

    wallet: str
    credential_hash: bytes
    role: int
    wallets: Timeline[int, str] = field(default_factory=Timeline)
    wallets_by_place: Timeline[Moment, str] = field(default_factory=Timeline)
    credentials: Timeline[int, bytes] = field(default_factory=Timeline)

    def note_wallet(self, event: ContractEvent, wallet: str) -> None:
        """Exchange the wallet at the place of an event."""
        self.wallet = wallet
        self.wallets.note(event.block_time, wallet)
        self.wallets_by_place.note((event.block_number, event.log_index), wallet)

    def note_credential(self, event: ContractEvent, credential_hash: bytes) -> None:
        """Exchange the credential at the time of an event."""
        self.credential_hash = credential_hash
        self.credentials.note(event.block_time, credential_hash)

    @property
    def all_wallets(self) -> list[str]:
        """Every wallet that ever stood for the account, the present one last."""
        return [wallet for _, wallet in self.wallets]

    def last_credential(self) -> tuple[bytes, int, int | None]:
        """Return the last credential, its first UTC second, and that of its revocation if any."""
        entries = list(self.credentials)
        (since, credential), revoked = entries[-1], None
        if credential == NO_CREDENTIAL and len(entries) > 1:
            revoked, (since, credential) = since, entries[-2]
        return credential, since, revoked


@dataclass(frozen=True, slots=True)
class GatewayKeys:
    """A gateway's keys and the time of their validity.

    Attributes:
        evm_key: address that signs attestations.
        ed25519_key: public key that signs readings, 32 bytes.
        valid_from: first UTC second of the keys' validity.
        valid_until: first UTC second after it.
    """

    evm_key: str
    ed25519_key: bytes
    valid_from: int
    valid_until: int

    def is_valid_for(self, interval: Interval) -> bool:
        """Tell whether the keys are valid from the interval's start to its end."""
        return self.valid_from <= interval.start and interval.end <= self.valid_until


class Gateway:
    """A registered gateway, with all keys that it ever had."""

    def __init__(self, first: GatewayKeys) -> None:
        """Register a gateway with its first keys."""
        self._registered = [first]

    @property
    def latest(self) -> GatewayKeys:
        """The keys registered last, whose time may lie ahead."""
        return self._registered[-1]

    @property
    def periods(self) -> list[GatewayKeys]:
        """All keys that are valid at some time, each until the next ones are."""
        ends = [keys.valid_from for keys in self._registered[1:]]
        ends.append(self.latest.valid_until)
        cut = [
            replace(keys, valid_until=min(keys.valid_until, end))
            for keys, end in zip(self._registered, ends, strict=True)
        ]
        return [keys for keys in cut if keys.valid_from < keys.valid_until]

    def rotate(self, keys: GatewayKeys, now: int) -> None:
        """Follow the latest keys with others; keys whose time has not come are dropped."""
        if self.latest.valid_from > now:
            self._registered.pop()
        self._registered.append(keys)

    def revoke(self, valid_until: int) -> None:
        """End the validity of all keys."""
        self._registered = [
            replace(keys, valid_until=min(keys.valid_until, valid_until))
            for keys in self._registered
        ]

    def keys_for(self, interval: Interval) -> GatewayKeys | None:
        """Return the keys that are valid throughout an interval, or None."""
        for keys in self.periods:
            if keys.is_valid_for(interval):
                return keys
        return None


@dataclass(slots=True)
class Device:
    """A registered meter.

    Attributes:
        community: number of the community that it counts in.
        account: whose energy it counts.
        gateway: which gateway it was put behind last.
        valid_from: UTC second from which on it counts.
        description_hash: 32 bytes.
        decommissioned_from: UTC second from which on it counts no more; None while in service.
        gateways: which gateway signs its readings, by UTC second.
        keys: its own public key by UTC second; zeros where it has none.
    """

    community: int
    account: int
    gateway: int
    valid_from: int
    description_hash: bytes
    decommissioned_from: int | None = None
    gateways: Timeline[int, int] = field(default_factory=Timeline)
    keys: Timeline[int, bytes] = field(default_factory=Timeline)

    def counts_at(self, second: int) -> bool:
        """Tell whether its readings count at a UTC second."""
        end = self.decommissioned_from
        return self.valid_from <= second and (end is None or second < end)

    def gateway_at(self, second: int) -> int:
        """Return the gateway that it is behind at a UTC second."""
        return self.gateways.at(second) or self.gateway

    def key_at(self, second: int) -> bytes | None:
        """Return its own key at a UTC second, or None."""
        key = self.keys.at(second)
        return key if key is not None and any(key) else None


@dataclass(slots=True)
class RegistryHistory:
    """The registry as its events tell it.

    Attributes:
        members: by account.
        gateways: by number, revocations applied.
        devices: by number.
    """

    members: dict[int, Member] = field(default_factory=dict)
    gateways: dict[int, Gateway] = field(default_factory=dict)
    devices: dict[int, Device] = field(default_factory=dict)
    _activity: defaultdict[int, list[tuple[Moment, bool]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    @classmethod
    def replay(cls, events: Iterable[ContractEvent]) -> RegistryHistory:
        """Build the registry from events in the sequence of the chain; others are passed over."""
        history = cls()
        for event in events:
            history._apply_to_members(event)
            history._apply_to_gateways(event)
            history._apply_to_devices(event)
        return history

    def is_active(self, account: int, at: Moment | None = None) -> bool:
        """Tell whether an account is registered and active.

        Args:
            account: number in the registry.
            at: block number and index of a log, before which it counts; by default now.
        """
        active = False
        for moment, state in self._activity.get(account, ()):
            if at is None or moment < at:
                active = state
        return active

    def _apply_to_members(self, event: ContractEvent) -> None:
        moment = (event.block_number, event.log_index)
        match event:
            case ParticipantRegistered():
                member = Member(event.wallet, event.credential_hash, event.role)
                member.note_wallet(event, event.wallet)
                member.note_credential(event, event.credential_hash)
                self.members[event.account] = member
                self._activity[event.account].append((moment, True))
            case ParticipantActivitySet():
                self._activity[event.account].append((moment, event.active))
            case WalletRotated():
                self.members[event.account].note_wallet(event, event.new_wallet)
            case CredentialReplaced():
                self.members[event.account].note_credential(event, event.credential_hash)
            case CredentialRevoked():
                self.members[event.account].note_credential(event, NO_CREDENTIAL)
            case _:
                pass

    def _apply_to_gateways(self, event: ContractEvent) -> None:
        match event:
            case GatewayRegistered():
                self.gateways[event.gateway] = Gateway(_keys(event))
            case GatewayKeysRotated():
                self.gateways[event.gateway].rotate(_keys(event), event.block_time)
            case GatewayRevoked():
                self.gateways[event.gateway].revoke(event.valid_until)
            case _:
                pass

    def _apply_to_devices(self, event: ContractEvent) -> None:
        match event:
            case DeviceRegistered():
                device = Device(
                    event.community,
                    event.account,
                    event.gateway,
                    event.valid_from,
                    event.description_hash,
                )
                device.gateways.note(0, event.gateway)
                self.devices[event.device] = device
            case DeviceMoved():
                device = self.devices[event.device]
                device.gateway = event.gateway
                device.gateways.drop_after(event.block_time)
                device.gateways.note(event.since, event.gateway)
            case DeviceKeySet():
                device = self.devices[event.device]
                device.keys.drop_after(event.block_time)
                device.keys.note(event.since, event.ed25519_key)
            case DeviceDecommissioned():
                self.devices[event.device].decommissioned_from = event.since
            case _:
                pass


def _keys(event: GatewayRegistered | GatewayKeysRotated) -> GatewayKeys:
    return GatewayKeys(event.evm_key, event.ed25519_key, event.valid_from, event.valid_until)
