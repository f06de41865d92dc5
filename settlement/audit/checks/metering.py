"""Readings: who signed them, and whether they lie under what was recorded."""

from __future__ import annotations

from domain.errors import InvalidValueError
from identity.did import did_key
from identity.merkle import verify_proof
from identity.signed_reading import verify_signed_reading
from settlement.audit.evidence import Evidence, SignedReading
from settlement.audit.findings import Check


def check_readings(evidence: Evidence) -> None:
    """Check every reading's signature and that its signer may speak for the device then."""
    check = evidence.ledger.check("readings", "signed by the device's gateway then")
    for line in evidence.published.readings:
        try:
            reading, did = verify_signed_reading(line.document)
        except InvalidValueError as error:
            check.fail(line.place, f"{line.title}: {error.field}", error.expected, error.got)
            continue
        signed = SignedReading(line, reading, did)
        if not _check_reading(evidence, check, signed):
            continue
        evidence.stated[line.statement].append(signed)
        start = line.interval.start
        if line.revision == evidence.settled_revision(start, line.gateway):
            evidence.readings[start].append(signed)


def check_reading_proofs(evidence: Evidence) -> None:
    """Check every reading's Merkle proof against the root that is recorded for its statement."""
    check = evidence.ledger.check("reading proofs", "each leaf under its gateway's root")
    roots = {line.key: line.attestation.recorded_root for line in evidence.published.attestations}
    for line in evidence.published.readings:
        root = roots.get(line.statement)
        if root is None:
            check.fail(line.place, line.title, "an attestation of its batch", None)
            continue
        check.expect(
            line.place,
            f"proof of {line.title}",
            True,
            verify_proof(root, evidence.leaf(line), line.proof),
        )


def _check_reading(evidence: Evidence, check: Check, signed: SignedReading) -> bool:
    """Check one reading; tell whether it counts for the account of its device."""
    line, reading = signed.line, signed.reading
    check.expect(line.place, f"interval of {line.title}", line.interval, reading.interval)
    device = evidence.registry.devices.get(reading.device)
    gateway = evidence.registry.gateways.get(line.gateway)
    if device is None or gateway is None:
        missing = f"device {reading.device}" if device is None else f"gateway {line.gateway}"
        check.fail(line.place, line.title, "a registered device and gateway", f"no {missing}")
        return False
    title = f"{line.title}, device {reading.device}"
    start = line.interval.start
    keys = gateway.keys_for(line.interval)
    if keys is not None:
        _check_signer(check, signed, did_key(keys.ed25519_key), device.key_at(start))
    check.expect(line.place, f"gateway of {title}", device.gateway_at(start), line.gateway)
    community = evidence.manifest.community
    check.expect(line.place, f"community of {title}", community, device.community)
    valid = keys is not None and device.counts_at(start)
    check.expect(line.place, f"{title}: key and device valid then", True, valid)
    return reading.interval == line.interval and device.community == community


def _check_signer(check: Check, signed: SignedReading, gateway: str, own_key: bytes | None) -> None:
    """Check that the gateway of that time signed, or the device with a key of its own."""
    is_own = own_key is not None and signed.did == did_key(own_key)
    title = f"signer of {signed.line.title}, device {signed.reading.device}"
    check.expect(signed.line.place, title, signed.did if is_own else gateway, signed.did)
