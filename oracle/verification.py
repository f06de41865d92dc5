"""Checking a gateway's batch against the registry, down to every signature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from domain.errors import InvalidValueError
from domain.interval import Interval
from domain.reading import Reading
from domain.units import Account
from identity.address import address_bytes
from identity.attestation import Attestation
from identity.did import did_key
from identity.keys import recover
from identity.signed_reading import verify_signed_reading
from identity.typed_data import TypedDomain, attestation_digest, correction_digest
from oracle.batch import SignedBatch
from oracle.errors import BatchRefusedError, ReadingRefusedError
from oracle.ports import GatewayRecord, Registry

_HOUR: Final = 3600


@dataclass(frozen=True, slots=True)
class AccountedReading:
    """A reading whose device belongs to an account.

    Attributes:
        account: whose energy it is.
        reading: what the device counted.
    """

    account: Account
    reading: Reading


@dataclass(frozen=True, slots=True)
class _Device:
    """What the registry says of a device in one hour.

    Attributes:
        account: whose energy it is.
        community: where it counts.
        gateway: number of the gateway that reads it; None where it does not count then.
        did: of its own key; None where it has none.
    """

    account: Account
    community: int
    gateway: int | None
    did: str | None


class BatchVerifier:
    """Judges batches by the registry's entries at the time of their interval."""

    def __init__(self, registry: Registry, domain: TypedDomain) -> None:
        """Prepare to verify.

        Args:
            registry: gateways are looked up anew for every batch, since they can be revoked;
                devices once an hour, since their entries change at full hours and never
                afterwards.
            domain: of the metering contract (``metering_domain``).
        """
        self._registry = registry
        self._domain = domain
        self._devices: dict[int, tuple[int, _Device]] = {}

    def verify(self, batch: SignedBatch) -> Sequence[AccountedReading]:
        """Check everything that a batch says about itself and its gateway.

        Returns:
            The readings with their accounts, in the batch's sequence.

        Raises:
            BatchRefusedError: ``gateway-unknown``, ``gateway-not-valid``,
                ``attestation-signature``, ``reading-count``, ``merkle-root`` or ``reading-totals``.
            ReadingRefusedError: ``reading-invalid``, ``reading-signer``, ``reading-interval``,
                ``device-unknown``, ``device-gateway``, ``device-community``, ``device-not-valid``
                or ``device-twice``.
        """
        attestation = batch.attestation
        record = self._gateway_record(attestation)
        self._check_signature(batch, record)
        if len(batch.readings) != attestation.count:
            raise BatchRefusedError(
                "reading-count",
                attestation.gateway,
                f"attests {attestation.count} readings and sends {len(batch.readings)}",
            )
        accounted = self._verify_readings(batch, did_key(record.ed25519_key))
        if batch.tree.root != attestation.root:
            raise BatchRefusedError(
                "merkle-root", attestation.gateway, "the readings do not lie under the root"
            )
        _check_totals(attestation, accounted)
        return accounted

    def is_valid(self, gateway: int, interval: Interval) -> bool:
        """Tell whether a gateway's keys are valid throughout an interval, as of now."""
        keys = self._registry.gateway_keys_at(gateway, interval.start)
        return keys is not None and interval.end <= keys.valid_until

    def _gateway_record(self, attestation: Attestation) -> GatewayRecord:
        number, interval = attestation.gateway, attestation.interval
        keys = self._registry.gateway_keys_at(number, interval.start)
        if keys is not None and interval.end <= keys.valid_until:
            return keys
        latest = self._registry.gateway(number)
        if latest is None:
            raise BatchRefusedError("gateway-unknown", number, "is not in the registry")
        raise BatchRefusedError(
            "gateway-not-valid",
            number,
            f"its latest keys are valid from {latest.valid_from} to {latest.valid_until}, "
            f"and none throughout {interval}",
        )

    def _check_signature(self, batch: SignedBatch, record: GatewayRecord) -> None:
        number = batch.attestation.gateway
        if batch.correction is None:
            digest = attestation_digest(self._domain, batch.attestation)
        else:
            digest = correction_digest(self._domain, batch.correction)
        try:
            signer = recover(digest, batch.signature)
        except InvalidValueError as error:
            raise BatchRefusedError("attestation-signature", number, str(error)) from error
        if address_bytes(signer) != address_bytes(record.evm_key):
            raise BatchRefusedError(
                "attestation-signature",
                number,
                f"the attestation is signed by {signer}, not by {record.evm_key}",
            )

    def _verify_readings(self, batch: SignedBatch, did: str) -> list[AccountedReading]:
        gateway = batch.attestation.gateway
        seen: set[int] = set()
        accounted = []
        for index, entry in enumerate(batch.readings):
            reading, signer = _signed_reading(batch, index, entry.document)
            if reading.device in seen:
                raise ReadingRefusedError(
                    "device-twice", gateway, index, f"a second one of device {reading.device}"
                )
            seen.add(reading.device)
            device = self._device(reading, gateway, index)
            if signer not in (did, device.did):
                raise ReadingRefusedError(
                    "reading-signer", gateway, index, f"signed by {signer}, not by {did}"
                )
            accounted.append(AccountedReading(device.account, reading))
        return accounted

    def _device(self, reading: Reading, gateway: int, index: int) -> _Device:
        """Return the entry of a reading's device, which counts here and is the gateway's."""
        number, interval = reading.device, reading.interval
        device = self._device_then(number, interval)
        if device is None:
            raise ReadingRefusedError(
                "device-unknown", gateway, index, f"device {number} is not in the registry"
            )
        if device.community != interval.community:
            raise ReadingRefusedError(
                "device-community",
                gateway,
                index,
                f"device {number} belongs to community {device.community}",
            )
        if device.gateway is None:
            raise ReadingRefusedError(
                "device-not-valid", gateway, index, f"device {number} does not count then"
            )
        if device.gateway != gateway:
            raise ReadingRefusedError(
                "device-gateway", gateway, index, f"device {number} is read by {device.gateway}"
            )
        return device

    def _device_then(self, number: int, interval: Interval) -> _Device | None:
        hour = interval.start // _HOUR
        known = self._devices.get(number)
        if known is not None and known[0] == hour:
            return known[1]
        record = self._registry.device(number)
        if record is None:
            return None
        key = self._registry.device_key_at(number, interval.start)
        device = _Device(
            account=record.account,
            community=record.community,
            gateway=self._registry.gateway_of(number, interval.start),
            did=did_key(key) if key else None,
        )
        # A device that does not count yet may begin to within the hour.
        if device.gateway is not None:
            self._devices[number] = (hour, device)
        return device


def _signed_reading(
    batch: SignedBatch, index: int, document: Mapping[str, Any]
) -> tuple[Reading, str]:
    gateway, interval = batch.attestation.gateway, batch.attestation.interval
    try:
        reading, signer = verify_signed_reading(document)
    except InvalidValueError as error:
        raise ReadingRefusedError("reading-invalid", gateway, index, str(error)) from error
    if reading.interval != interval:
        raise ReadingRefusedError(
            "reading-interval", gateway, index, f"of {reading.interval}, not of {interval}"
        )
    return reading, signer


def _check_totals(attestation: Attestation, accounted: Sequence[AccountedReading]) -> None:
    for name, attested, added in (
        ("imported", attestation.imported, sum(one.reading.imported for one in accounted)),
        ("exported", attestation.exported, sum(one.reading.exported for one in accounted)),
    ):
        if attested != added:
            raise BatchRefusedError(
                "reading-totals",
                attestation.gateway,
                f"attests {attested} Wh {name}, its readings add up to {added}",
            )
