"""Who was registered with which keys, and when: the registry replayed from its events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from chain.events import (
    ContractEvent,
    DeviceRegistered,
    GatewayRegistered,
    GatewayRevoked,
    ParticipantActivitySet,
    ParticipantRegistered,
)
from domain.interval import Interval


@dataclass(frozen=True, slots=True)
class Member:
    """A registered participant.

    Attributes:
        wallet: address in EIP-55 writing.
        credential_hash: 32 bytes; zeros where there is no credential.
        role: the registry's number of the role.
    """

    wallet: str
    credential_hash: bytes
    role: int


@dataclass(frozen=True, slots=True)
class GatewayKeys:
    """A registered gateway.

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


@dataclass(frozen=True, slots=True)
class Device:
    """A registered meter.

    Attributes:
        community: number of the community that it counts in.
        account: whose energy it counts.
        gateway: which gateway signs its readings.
        valid_from: UTC second from which on it counts.
        description_hash: 32 bytes.
    """

    community: int
    account: int
    gateway: int
    valid_from: int
    description_hash: bytes


@dataclass(slots=True)
class RegistryHistory:
    """The registry as its events tell it.

    Attributes:
        members: by account.
        gateways: by number, revocations applied.
        devices: by number.
    """

    members: dict[int, Member] = field(default_factory=dict)
    gateways: dict[int, GatewayKeys] = field(default_factory=dict)
    devices: dict[int, Device] = field(default_factory=dict)
    _activity: defaultdict[int, list[tuple[tuple[int, int], bool]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    @classmethod
    def replay(cls, events: Iterable[ContractEvent]) -> RegistryHistory:
        """Build the registry from events in the sequence of the chain; others are passed over."""
        history = cls()
        for event in events:
            history._apply(event)
        return history

    def is_active(self, account: int, at: tuple[int, int] | None = None) -> bool:
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

    def _apply(self, event: ContractEvent) -> None:
        moment = (event.block_number, event.log_index)
        match event:
            case ParticipantRegistered():
                member = Member(event.wallet, event.credential_hash, event.role)
                self.members[event.account] = member
                self._activity[event.account].append((moment, True))
            case ParticipantActivitySet():
                self._activity[event.account].append((moment, event.active))
            case GatewayRegistered():
                self.gateways[event.gateway] = GatewayKeys(
                    event.evm_key, event.ed25519_key, event.valid_from, event.valid_until
                )
            case GatewayRevoked():
                keys = self.gateways[event.gateway]
                self.gateways[event.gateway] = replace(keys, valid_until=event.valid_until)
            case DeviceRegistered():
                self.devices[event.device] = Device(
                    event.community,
                    event.account,
                    event.gateway,
                    event.valid_from,
                    event.description_hash,
                )
            case _:
                pass
