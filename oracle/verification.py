"""Checking a gateway's batch against the registry, down to every signature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.errors import InvalidValueError
from domain.interval import Interval
from domain.reading import Reading
from domain.units import Account
from identity.address import address_bytes
from identity.attestation import Attestation
from identity.did import did_key
from identity.keys import recover
from identity.signed_reading import verify_signed_reading
from identity.typed_data import TypedDomain, attestation_digest
from oracle.batch import SignedBatch
from oracle.errors import BatchRefusedError, ReadingRefusedError
from oracle.ports import DeviceRecord, GatewayRecord, Registry


@dataclass(frozen=True, slots=True)
class AccountedReading:
    """A reading whose device belongs to an account.

    Attributes:
        account: whose energy it is.
        reading: what the device counted.
    """

    account: Account
    reading: Reading


class BatchVerifier:
    """Judges batches by the registry's entries at the time of their interval."""

    def __init__(self, registry: Registry, domain: TypedDomain) -> None:
        """Prepare to verify.

        Args:
            registry: gateways are looked up anew for every batch, since they can be revoked;
                devices once, since their entries never change.
            domain: of the metering contract (``metering_domain``).
        """
        self._registry = registry
        self._domain = domain
        self._devices: dict[int, DeviceRecord] = {}

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
        record = self._registry.gateway(gateway)
        return record is not None and _covers(record, interval)

    def _gateway_record(self, attestation: Attestation) -> GatewayRecord:
        number, interval = attestation.gateway, attestation.interval
        record = self._registry.gateway(number)
        if record is None:
            raise BatchRefusedError("gateway-unknown", number, "is not in the registry")
        if not _covers(record, interval):
            raise BatchRefusedError(
                "gateway-not-valid",
                number,
                f"its keys are valid from {record.valid_from} to {record.valid_until}, "
                f"not throughout {interval}",
            )
        return record

    def _check_signature(self, batch: SignedBatch, record: GatewayRecord) -> None:
        number = batch.attestation.gateway
        try:
            signer = recover(attestation_digest(self._domain, batch.attestation), batch.signature)
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
            reading = _signed_reading(batch, index, entry.document, did)
            if reading.device in seen:
                raise ReadingRefusedError(
                    "device-twice", gateway, index, f"a second one of device {reading.device}"
                )
            seen.add(reading.device)
            accounted.append(AccountedReading(self._account_of(reading, gateway, index), reading))
        return accounted

    def _account_of(self, reading: Reading, gateway: int, index: int) -> Account:
        device, interval = reading.device, reading.interval
        record = self._device_record(device)
        if record is None:
            raise ReadingRefusedError(
                "device-unknown", gateway, index, f"device {device} is not in the registry"
            )
        if record.gateway != gateway:
            raise ReadingRefusedError(
                "device-gateway", gateway, index, f"device {device} is read by {record.gateway}"
            )
        if record.community != interval.community:
            raise ReadingRefusedError(
                "device-community",
                gateway,
                index,
                f"device {device} belongs to community {record.community}",
            )
        if interval.start < record.valid_from:
            raise ReadingRefusedError(
                "device-not-valid", gateway, index, f"device {device} counts from later on"
            )
        return record.account

    def _device_record(self, device: int) -> DeviceRecord | None:
        known = self._devices.get(device)
        if known is not None:
            return known
        record = self._registry.device(device)
        if record is not None:
            self._devices[device] = record
        return record


def _covers(record: GatewayRecord, interval: Interval) -> bool:
    return record.valid_from <= interval.start and interval.end <= record.valid_until


def _signed_reading(
    batch: SignedBatch, index: int, document: Mapping[str, Any], did: str
) -> Reading:
    gateway, interval = batch.attestation.gateway, batch.attestation.interval
    try:
        reading, signer = verify_signed_reading(document)
    except InvalidValueError as error:
        raise ReadingRefusedError("reading-invalid", gateway, index, str(error)) from error
    if signer != did:
        raise ReadingRefusedError(
            "reading-signer", gateway, index, f"signed by {signer}, not by {did}"
        )
    if reading.interval != interval:
        raise ReadingRefusedError(
            "reading-interval", gateway, index, f"of {reading.interval}, not of {interval}"
        )
    return reading


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
