"""Readings that are corrected, before the settlement of their interval and after it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chain import errors
from chain.development import advance_to
from chain.events import ReadingsCorrected, read_events
from identity.attestation import Correction, CorrectionReason
from identity.merkle import MerkleTree, reading_leaf

pytestmark = pytest.mark.chain

ALICE, BOB = 2, 3


@pytest.fixture
def over(neighbourhood):
    """The interval is over and nobody traded in it."""
    neighbourhood.close_gate()
    neighbourhood.send(neighbourhood.keys.stranger, neighbourhood.clearing([], 16_500, 0))
    neighbourhood.end_interval()
    return neighbourhood


def settle(over, imported: int, exported: int) -> None:
    positions = [
        over.position(ALICE, 0, 0, imported, 0, 0),
        over.position(BOB, 0, 0, 0, exported, 0),
    ]
    grid_payment = imported * over.tariff.retail - exported * over.tariff.feed_in
    price_hash = over.contracts.market.price_record(over.interval).price_hash
    over.send(
        over.keys.operator,
        over.contracts.settlement.settle(over.interval, price_hash, positions, grid_payment),
    )


def test_a_correction_supersedes_and_leaves_its_trace(over) -> None:
    metering, interval = over.contracts.metering, over.interval
    attested = over.attestation(imported=850, exported=550)
    over.attest(attested)
    corrected = replace(attested, sequence=4, imported=800)
    over.correct(Correction(corrected, attested, CorrectionReason.SUBSTITUTES_REPLACED))

    totals = metering.totals(interval)
    assert (totals.imported, totals.exported, totals.readings, totals.gateways, totals.closed) == (
        800,
        550,
        3,
        1,
        False,
    )
    assert metering.last_sequence(1) == 4
    assert metering.revision(interval, 1) == 1
    assert metering.attestation_root(interval, 1) == corrected.recorded_root
    assert metering.attestation_root_at(interval, 1, 0) == attested.recorded_root
    assert metering.attestation_root_at(interval, 1, 1) == corrected.recorded_root
    with pytest.raises(errors.UnknownRevision) as refusal:
        metering.attestation_root_at(interval, 1, 2)
    assert refusal.value.arguments["revision"] == 1
    (event,) = [
        one
        for one in read_events(over.chain, over.contracts.deployment)
        if isinstance(one, ReadingsCorrected)
    ]
    assert (event.interval, event.gateway, event.sequence) == (interval, 1, 4)
    assert (event.root, event.count) == (corrected.root, 3)
    assert (event.imported, event.exported) == (800, 550)
    assert (event.superseded, event.revision) == (attested.recorded_root, 1)
    assert event.reason is CorrectionReason.SUBSTITUTES_REPLACED


def test_single_readings_are_proven_under_each_revision(over) -> None:
    metering, interval = over.contracts.metering, over.interval
    attested = over.attestation(imported=850, exported=550)
    over.attest(attested)
    kept, changed = over.documents[0], (b"\x77" * 16, b"\x78" * 32)
    tree = MerkleTree([reading_leaf(*kept), reading_leaf(*changed)])
    corrected = replace(attested, sequence=2, root=tree.root, count=2)
    over.correct(Correction(corrected, attested, CorrectionReason.READINGS_MISSING))

    then = [*over.readings().proof(0), attested.totals_hash]
    now = [*tree.proof(0), corrected.totals_hash]
    assert metering.verify_reading(interval, 1, *kept, now)
    assert not metering.verify_reading(interval, 1, *kept, then)
    assert metering.verify_reading_at(interval, 1, 0, *kept, then)
    assert not metering.verify_reading_at(interval, 1, 0, *kept, now)
    new = [*tree.proof(1), corrected.totals_hash]
    assert metering.verify_reading_at(interval, 1, 1, *changed, new)
    with pytest.raises(errors.UnknownRevision):
        metering.verify_reading_at(interval, 1, 2, *changed, new)


def test_a_settled_interval_is_corrected_but_not_attested_any_more(over) -> None:
    metering, interval = over.contracts.metering, over.interval
    attested = over.attestation(imported=850, exported=550)
    over.attest(attested)
    settle(over, 850, 550)
    with pytest.raises(errors.IntervalClosed):
        over.attest(replace(attested, sequence=2))
    corrected = replace(attested, sequence=3, imported=840)
    over.correct(Correction(corrected, attested, CorrectionReason.METER_FAULT))
    totals = metering.totals(interval)
    assert (totals.imported, totals.closed) == (840, True)


def test_who_was_late_states_its_readings_after_the_settlement(over) -> None:
    metering, interval = over.contracts.metering, over.interval
    late = Correction(over.attestation(imported=850, exported=550), None, CorrectionReason.LATE)
    with pytest.raises(errors.NothingToCorrect):
        over.correct(late)
    settle(over, 0, 0)
    over.correct(late)
    assert metering.totals(interval).imported == 850
    assert metering.revision(interval, 1) == 1
    assert metering.attestation_root_at(interval, 1, 0) is None
    with pytest.raises(errors.SupersededRootMismatch) as refusal:
        over.correct(replace(late, statement=replace(late.statement, sequence=2)))
    assert refusal.value.arguments["recorded"] == late.statement.recorded_root


def test_what_was_not_recorded_is_not_superseded(over) -> None:
    attested = over.attestation(imported=850, exported=550)
    over.attest(attested)
    for change in ({"count": 2}, {"imported": 849}, {"exported": 551}, {"root": b"\x12" * 32}):
        wrong = Correction(
            replace(attested, sequence=2, imported=1),
            replace(attested, **change),
            CorrectionReason.GATEWAY_ERROR,
        )
        with pytest.raises(errors.SupersededRootMismatch):
            over.correct(wrong)
    with pytest.raises(errors.NothingCorrected):
        over.correct(
            Correction(replace(attested, sequence=2), attested, CorrectionReason.GATEWAY_ERROR)
        )


def test_corrections_end_sixty_days_after_the_interval(over) -> None:
    attested = over.attestation(imported=850, exported=550)
    over.attest(attested)
    correction = Correction(
        replace(attested, sequence=2, imported=1), attested, CorrectionReason.GATEWAY_ERROR
    )
    until = over.interval.end + over.contracts.metering.correction_seconds()
    assert until == over.interval.end + 60 * 86_400
    advance_to(over.chain, until)
    with pytest.raises(errors.CorrectionPeriodOver) as refusal:
        over.correct(correction)
    assert refusal.value.arguments["until"] == until
