"""What the oracle needs of the chain. The clients of ``chain.contracts`` and the outbox fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from chain.calls import Call
from chain.sender import Receipt
from domain.interval import Interval
from domain.tariff import Tariff
from domain.units import Account
from identity.attestation import Attestation, Correction


class GatewayRecord(Protocol):
    """A gateway in the registry, with one pair of its keys."""

    @property
    def evm_key(self) -> str:
        """Address of the key that signs attestations."""
        ...

    @property
    def ed25519_key(self) -> bytes:
        """Public key that signs readings, 32 bytes."""
        ...

    @property
    def valid_from(self) -> int:
        """First UTC second in which the keys are valid."""
        ...

    @property
    def valid_until(self) -> int:
        """First UTC second in which they are valid no more."""
        ...


class DeviceRecord(Protocol):
    """A device's entry in the registry."""

    @property
    def community(self) -> int:
        """Where its energy counts."""
        ...

    @property
    def account(self) -> Account:
        """Whose energy it is."""
        ...


class Registry(Protocol):
    """Looks gateways and devices up."""

    def gateway(self, gateway: int) -> GatewayRecord | None:
        """Return a gateway with its latest keys, or None where there is none."""
        ...

    def gateway_keys_at(self, gateway: int, time: int) -> GatewayRecord | None:
        """Return a gateway with the keys that are valid at a UTC second, or None."""
        ...

    def device(self, device: int) -> DeviceRecord | None:
        """Return a device's entry, or None where there is none."""
        ...

    def gateway_of(self, device: int, time: int) -> int | None:
        """Return the gateway that reads a device at a UTC second, or None where it counts not."""
        ...

    def device_key_at(self, device: int, time: int) -> bytes | None:
        """Return the key with which a device itself signs at a UTC second, or None."""
        ...


class Totals(Protocol):
    """What all gateways attested of an interval."""

    @property
    def closed(self) -> bool:
        """Whether the interval is settled."""
        ...


class MeteringContract(Protocol):
    """Takes attestations and corrections."""

    def attest(self, attestations: Sequence[Attestation], signatures: Sequence[bytes]) -> Call:
        """Return the call that records attestations."""
        ...

    def attestation_root(self, interval: Interval, gateway: int) -> bytes | None:
        """Return the recorded root that a gateway has for an interval, or None."""
        ...

    def correct(self, corrections: Sequence[Correction], signatures: Sequence[bytes]) -> Call:
        """Return the call that records corrections."""
        ...

    def revision(self, interval: Interval, gateway: int) -> int:
        """Return how often a gateway corrected its readings of an interval."""
        ...

    def attestation_root_at(self, interval: Interval, gateway: int, revision: int) -> bytes | None:
        """Return the recorded root of a revision, or None."""
        ...

    def last_sequence(self, gateway: int) -> int:
        """Return the number of a gateway's latest statement, 0 where it has none."""
        ...

    def totals(self, interval: Interval) -> Totals:
        """Return what all gateways attested for an interval."""
        ...


class TariffContract(Protocol):
    """Takes tariffs."""

    def post_tariffs(self, first: Interval, tariffs: Sequence[Tariff]) -> Call:
        """Return the call that posts the tariffs of consecutive intervals."""
        ...


class StepDelivery(Protocol):
    """Brings a named step to the chain exactly once (``chain.outbox.Outbox``)."""

    def deliver(self, community: int, start: int, step: str, call: Call) -> Receipt:
        """Deliver a step, or return the receipt that it has."""
        ...
