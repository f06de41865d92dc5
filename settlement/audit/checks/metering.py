"""Readings and what their gateways attested of them."""

from __future__ import annotations

from chain.events import ReadingsAttested
from domain.errors import InvalidValueError
from domain.interval import Interval
from identity.attestation import Attestation
from identity.did import did_key
from identity.merkle import MerkleTree, verify_proof
from identity.signed_reading import verify_signed_reading
from identity.typed_data import attestation_digest
from settlement.audit.checks.run import signer
from settlement.audit.evidence import Evidence, SignedReading, ask
from settlement.audit.findings import Check, Place, on_chain
from settlement.audit.published import by_key
from settlement.audit.records import AttestationLine, ReadingLine


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
        if _check_reading(evidence, check, signed):
            evidence.readings[line.interval.start].append(signed)


def check_reading_proofs(evidence: Evidence) -> None:
    """Check every reading's Merkle proof against the root that its gateway attested."""
    check = evidence.ledger.check("reading proofs", "each leaf under its gateway's root")
    roots = {
        (line.attestation.interval.start, line.attestation.gateway): line.attestation.root
        for line in evidence.published.attestations
    }
    for line in evidence.published.readings:
        root = roots.get((line.interval.start, line.gateway))
        if root is None:
            check.fail(line.place, line.title, "an attestation of its batch", None)
            continue
        check.expect(
            line.place,
            f"proof of {line.title}",
            True,
            verify_proof(root, evidence.leaf(line), line.proof),
        )


def check_attestations(evidence: Evidence) -> None:
    """Recompute every root and total; compare with what was signed and with the chain."""
    check = evidence.ledger.check("attestations", "root, totals, signature == chain")
    batches = by_key(evidence.published.readings, lambda line: (line.interval.start, line.gateway))
    events = {
        (event.interval.start, event.gateway): event for event in evidence.log.of(ReadingsAttested)
    }
    for line in evidence.published.attestations:
        key = (line.attestation.interval.start, line.attestation.gateway)
        _check_batch(evidence, check, line, batches.get(key, []))
        _check_signature(evidence, check, line)
        _check_on_chain(evidence, check, line, events.get(key))
    _check_sequences(evidence, check)
    _check_totals(evidence, check)


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


def _check_batch(
    evidence: Evidence, check: Check, line: AttestationLine, batch: list[ReadingLine]
) -> None:
    attestation = line.attestation
    if not batch:
        check.fail(line.place, f"readings of {line.title}", f"{attestation.count} lines", None)
        return
    root = MerkleTree([evidence.leaf(reading) for reading in batch]).root
    check.expect(line.place, f"root of {line.title}", root, attestation.root)
    check.expect(line.place, f"count of {line.title}", len(batch), attestation.count)
    check.expect(
        batch[0].place,
        f"indexes of the readings of gateway {attestation.gateway}",
        list(range(len(batch))),
        [reading.index for reading in batch],
    )
    readings = [
        signed.reading
        for signed in evidence.readings.get(attestation.interval.start, [])
        if signed.line.gateway == attestation.gateway
    ]
    imported = sum(reading.imported for reading in readings)
    exported = sum(reading.exported for reading in readings)
    check.expect(line.place, f"imported Wh of {line.title}", imported, attestation.imported)
    check.expect(line.place, f"exported Wh of {line.title}", exported, attestation.exported)


def _check_signature(evidence: Evidence, check: Check, line: AttestationLine) -> None:
    attestation = line.attestation
    gateway = evidence.registry.gateways.get(attestation.gateway)
    if gateway is None:
        check.fail(line.place, line.title, "a registered gateway", "none such")
        return
    keys = gateway.keys_for(attestation.interval)
    check.expect(line.place, f"{line.title}: key valid then", True, keys is not None)
    if keys is not None:
        digest = attestation_digest(evidence.metering_domain, attestation)
        got = signer(digest, line.signature)
        check.expect(line.place, f"signer of {line.title}", keys.evm_key, got)


def _check_on_chain(
    evidence: Evidence, check: Check, line: AttestationLine, event: ReadingsAttested | None
) -> None:
    attestation = line.attestation
    if event is None:
        check.fail(line.place, line.title, "an attestation on chain", None)
    else:
        attested = Attestation(
            event.interval,
            event.gateway,
            event.sequence,
            event.root,
            event.count,
            event.imported,
            event.exported,
        )
        check.expect(line.place, f"{line.title} as recorded", attested, attestation)
    start = attestation.interval.start
    stored = ask(
        check,
        on_chain(start),
        "root",
        evidence.contracts.metering.attestation_root,
        attestation.interval,
        attestation.gateway,
    )
    item = f"stored root of gateway {attestation.gateway}"
    check.expect(on_chain(start), item, attestation.root, stored)


def _check_sequences(evidence: Evidence, check: Check) -> None:
    last: dict[int, tuple[int, Place]] = {}
    for event in evidence.log.of(ReadingsAttested):
        place = on_chain(event.interval.start)
        before, _ = last.get(event.gateway, (0, place))
        rises = event.sequence > before
        check.expect(place, f"sequence of gateway {event.gateway} rises", True, rises)
        last[event.gateway] = (event.sequence, place)
    for gateway, (sequence, place) in last.items():
        stored = ask(
            check,
            place,
            "sequence",
            evidence.contracts.metering.last_sequence,
            gateway,
        )
        check.expect(place, f"stored sequence of gateway {gateway}", sequence, stored)


def _check_totals(evidence: Evidence, check: Check) -> None:
    attested = by_key(evidence.published.attestations, lambda line: line.attestation.interval.start)
    for start, interval in evidence.calendar.items():
        _check_stored_totals(
            evidence, check, interval, [line.attestation for line in attested.get(start, [])]
        )


def _check_stored_totals(
    evidence: Evidence, check: Check, interval: Interval, attestations: list[Attestation]
) -> None:
    place = on_chain(interval.start)
    stored = ask(check, place, "totals", evidence.contracts.metering.totals, interval)
    if stored is None:
        return
    imported = sum(attestation.imported for attestation in attestations)
    exported = sum(attestation.exported for attestation in attestations)
    readings = sum(attestation.count for attestation in attestations)
    check.expect(place, "stored imported Wh", imported, stored.imported)
    check.expect(place, "stored exported Wh", exported, stored.exported)
    check.expect(place, "stored number of readings", readings, stored.readings)
    check.expect(place, "stored number of gateways", len(attestations), stored.gateways)
    check.expect(place, "metering closed by settlement", True, stored.closed)
