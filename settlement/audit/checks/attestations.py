"""What gateways attested of their readings, and how they corrected it."""

from __future__ import annotations

from typing import Final, TypeAlias

from chain.events import ReadingsAttested, ReadingsCorrected
from domain.errors import InvalidValueError
from domain.interval import Interval
from identity.attestation import ROOT_BYTES, Attestation, Correction, CorrectionReason
from identity.merkle import MerkleTree
from identity.typed_data import attestation_digest, correction_digest
from settlement.audit.checks.run import signer
from settlement.audit.evidence import Evidence, ask
from settlement.audit.findings import Check, Place, on_chain
from settlement.audit.lines.metering import AttestationLine, ReadingLine
from settlement.audit.published import by_key

NO_ROOT: Final = bytes(ROOT_BYTES)
"""What a correction supersedes where nothing was attested in time."""

_Statement: TypeAlias = ReadingsAttested | ReadingsCorrected


def check_attestations(evidence: Evidence) -> None:
    """Recompute every root and total; compare with what was signed and with the chain."""
    check = evidence.ledger.check("attestations", "root, totals, signature == chain")
    batches = by_key(evidence.published.readings, lambda line: line.statement)
    events = _statements(evidence)
    lines = {line.key: line for line in evidence.published.attestations}
    for line in evidence.published.attestations:
        start, gateway, revision = line.key
        former = lines.get((start, gateway, revision - 1))
        _check_batch(evidence, check, line, batches.get(line.key, []))
        _check_superseded(check, line, former)
        _check_signature(evidence, check, line, former)
        _check_on_chain(evidence, check, line, events.get(line.key))
    _check_revisions(evidence, check)
    _check_sequences(evidence, check)
    _check_totals(evidence, check)


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
    readings = [signed.reading for signed in evidence.stated.get(line.key, [])]
    imported = sum(reading.imported for reading in readings)
    exported = sum(reading.exported for reading in readings)
    check.expect(line.place, f"imported Wh of {line.title}", imported, attestation.imported)
    check.expect(line.place, f"exported Wh of {line.title}", exported, attestation.exported)


def _check_superseded(check: Check, line: AttestationLine, former: AttestationLine | None) -> None:
    """Check that a correction takes the place of the statement before it."""
    if line.revision == 0:
        return
    is_late = line.reason is CorrectionReason.LATE
    check.expect(line.place, f"{line.title}: nothing stated before", is_late, former is None)
    root = NO_ROOT if former is None else former.attestation.recorded_root
    check.expect(line.place, f"root that {line.title} supersedes", root, line.supersedes)


def _check_signature(
    evidence: Evidence, check: Check, line: AttestationLine, former: AttestationLine | None
) -> None:
    attestation = line.attestation
    gateway = evidence.registry.gateways.get(attestation.gateway)
    if gateway is None:
        check.fail(line.place, line.title, "a registered gateway", "none such")
        return
    keys = gateway.keys_for(attestation.interval)
    check.expect(line.place, f"{line.title}: key valid then", True, keys is not None)
    if keys is not None:
        try:
            digest = _digest(evidence, line, former)
        except InvalidValueError as error:
            check.fail(line.place, f"{line.title}: {error.field}", error.expected, error.got)
            return
        got = signer(digest, line.signature)
        check.expect(line.place, f"signer of {line.title}", keys.evm_key, got)


def _digest(evidence: Evidence, line: AttestationLine, former: AttestationLine | None) -> bytes:
    """Return what the gateway should have signed.

    Raises:
        InvalidValueError: where the correction does not fit what it supersedes.
    """
    if line.reason is None:
        return attestation_digest(evidence.metering_domain, line.attestation)
    superseded = None if former is None else former.attestation
    correction = Correction(line.attestation, superseded, line.reason)
    return correction_digest(evidence.metering_domain, correction)


def _statements(evidence: Evidence) -> dict[tuple[int, int, int], _Statement]:
    """Return what the chain recorded, by start, gateway and revision."""
    found: dict[tuple[int, int, int], _Statement] = {
        (event.interval.start, event.gateway, 0): event
        for event in evidence.log.of(ReadingsAttested)
    }
    for event in evidence.log.of(ReadingsCorrected):
        found[event.interval.start, event.gateway, event.revision] = event
    return found


def _check_on_chain(
    evidence: Evidence, check: Check, line: AttestationLine, event: _Statement | None
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
        if isinstance(event, ReadingsCorrected):
            why = (event.superseded, event.reason)
            item = f"{line.title}: supersedes and reason"
            check.expect(line.place, item, why, (line.supersedes, line.reason))
    start = attestation.interval.start
    stored = ask(
        check,
        on_chain(start),
        "root",
        evidence.contracts.metering.attestation_root_at,
        attestation.interval,
        attestation.gateway,
        line.revision,
    )
    item = f"stored root of gateway {attestation.gateway}"
    if line.revision:
        item += f", correction {line.revision}"
    check.expect(on_chain(start), item, attestation.recorded_root, stored)


def _check_revisions(evidence: Evidence, check: Check) -> None:
    """Check that the statement that holds on chain is the last one that is published."""
    for line in _last(evidence.published.attestations):
        place, gateway = on_chain(line.attestation.interval.start), line.attestation.gateway
        stored = ask(
            check,
            place,
            "revision",
            evidence.contracts.metering.revision,
            line.attestation.interval,
            gateway,
        )
        check.expect(place, f"stored revision of gateway {gateway}", line.revision, stored)


def _last(lines: list[AttestationLine]) -> list[AttestationLine]:
    """Return the last statement of each interval and gateway."""
    holding = {line.key[:2]: line for line in sorted(lines, key=lambda line: line.key)}
    return list(holding.values())


def _check_sequences(evidence: Evidence, check: Check) -> None:
    last: dict[int, tuple[int, Place]] = {}
    events: list[_Statement] = [
        *evidence.log.of(ReadingsAttested),
        *evidence.log.of(ReadingsCorrected),
    ]
    for event in sorted(events, key=lambda one: (one.block_number, one.log_index)):
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
    holding = _last(evidence.published.attestations)
    attested = by_key(holding, lambda line: line.attestation.interval.start)
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
