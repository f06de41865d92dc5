"""Nothing is missing, and the chain holds nothing that is not published."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from chain.events import (
    CommunityCreated,
    IntervalCleared,
    IntervalSettled,
    ReadingsAttested,
    ReadingsCorrected,
    SettlementCorrected,
    TariffPosted,
)
from settlement.audit.evidence import Evidence
from settlement.audit.findings import Check, Place, on_chain
from settlement.audit.published import by_key


def check_completeness(evidence: Evidence) -> None:
    """Check that every interval has every step once, on chain and in the files."""
    check = evidence.ledger.check("completeness", "every step of every interval, no more")
    for name, events in _steps(evidence).items():
        for start in evidence.calendar:
            check.expect(on_chain(start), name, 1, len(events.get(start, [])))
    for file, starts in _lines(evidence).items():
        for start in evidence.calendar:
            check.expect(Place(file, None, start), "lines of the interval", 1, starts[start])
    _check_corrections(evidence, check)
    _check_strays(evidence, check)
    _check_devices(evidence, check)
    _check_attestations(evidence, check)


def _steps(evidence: Evidence) -> dict[str, Mapping[int, Sequence[object]]]:
    log = evidence.log
    return {
        "tariffs posted": log.by_start(TariffPosted),
        "books cleared": log.by_start(IntervalCleared),
        "settlements": log.by_start(IntervalSettled),
    }


def _lines(evidence: Evidence) -> dict[str, Counter[int]]:
    published = evidence.published
    return {
        "prices.jsonl": Counter(line.interval.start for line in published.prices),
        "settlements.jsonl": Counter(line.interval.start for line in published.settlements),
    }


def _check_corrections(evidence: Evidence, check: Check) -> None:
    """Check that what the chain says was corrected is published, and nothing else."""
    published = Counter(line.interval.start for line in evidence.published.corrections)
    events = evidence.log.by_start(SettlementCorrected)
    for start in evidence.calendar:
        place = Place("corrections.jsonl", None, start)
        corrections = len(events.get(start, []))
        check.expect(place, "corrections of the interval", corrections, published[start])


def _check_strays(evidence: Evidence, check: Check) -> None:
    for event in evidence.log.strays:
        kind = type(event).__name__
        interval = getattr(event, "interval", None)
        check.fail(on_chain(), f"{kind} on chain", "an interval of the run", interval)
    for created in evidence.log.of(CommunityCreated):
        if created.community != evidence.manifest.community:
            expected = f"only community {evidence.manifest.community}"
            check.fail(on_chain(), "community on the same contracts", expected, created.community)


def _check_devices(evidence: Evidence, check: Check) -> None:
    readings = by_key(
        (signed for of_start in evidence.readings.values() for signed in of_start),
        lambda signed: (signed.line.interval.start, signed.reading.device),
    )
    for start, interval in evidence.calendar.items():
        for number, device in evidence.registry.devices.items():
            gateway = evidence.registry.gateways.get(device.gateway_at(start))
            counts = device.community == evidence.manifest.community and device.counts_at(start)
            if not counts or gateway is None or gateway.keys_for(interval) is None:
                continue
            found = readings.get((start, number), [])
            place = found[-1].line.place if found else Place("readings.jsonl", None, start)
            check.expect(place, f"readings of device {number}", 1, len(found))


def _check_attestations(evidence: Evidence, check: Check) -> None:
    published = {line.key for line in evidence.published.attestations}
    for start, events in evidence.log.by_start(ReadingsAttested).items():
        for event in events:
            is_published = (start, event.gateway, 0) in published
            item = f"attestation of gateway {event.gateway} in attestations.jsonl"
            check.expect(on_chain(start), item, True, is_published)
    for start, corrections in evidence.log.by_start(ReadingsCorrected).items():
        for correction in corrections:
            gateway, revision = correction.gateway, correction.revision
            is_published = (start, gateway, revision) in published
            item = f"correction {revision} of gateway {gateway} in attestations.jsonl"
            check.expect(on_chain(start), item, True, is_published)
