"""Settlements: positions, payments and hashes, computed again from orders and readings."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from chain.events import IntervalSettled, SettlementCorrected
from domain.position import Position, pack_positions
from identity.hashing import keccak256
from settlement.audit.checks.prices import recorded_price_hash
from settlement.audit.checks.versions import (
    VersionEvent,
    VersionLine,
    events_of,
    lines_of,
    paid_for_trades,
)
from settlement.audit.evidence import Evidence, ask
from settlement.audit.findings import Check, on_chain
from settlement.audit.lines.settlements import CorrectionLine, PositionEntry, SettlementLine
from settlement.audit.positions import amount_due, fee_due, total


def check_settlements(evidence: Evidence) -> None:
    """Settle every interval again; compare with the published settlement and with the chain.

    Where a settlement was corrected, its last correction is what must follow from orders and
    readings; what was superseded must balance, be published and be what the chain said.
    """
    check = evidence.ledger.check("settlements", "own positions == published == chain")
    payments = evidence.ledger.check("payments", "own amounts == published == chain")
    for start, positions in evidence.positions.items():
        if positions is None:
            check.fail(on_chain(start), "energy of an account", "less than 2^32 Wh", "more")
            continue
        lines, events = lines_of(evidence, start), events_of(evidence, start)
        corrections = _corrections(events)
        for line in lines[:corrections]:
            _check_superseded_line(evidence, check, payments, line)
        for line in lines[corrections:]:
            _check_line(evidence, check, line, positions)
            _check_payments(evidence, payments, line, positions)
        for event, line in zip(events[:-1], lines, strict=False):
            if corrections:
                _check_superseded_event(check, payments, event, line)
        for event in events[-1:] if corrections else events:
            _check_event(evidence, check, payments, event, positions)
        _check_sequence(evidence, check, start)
        if events:
            _check_stored(evidence, check, payments, events[-1], positions)


def _corrections(events: list[VersionEvent]) -> int:
    return sum(isinstance(event, SettlementCorrected) for event in events)


def _check_line(
    evidence: Evidence, check: Check, line: VersionLine, positions: list[Position]
) -> None:
    entries = {entry.position.account: entry for entry in line.entries}
    accounts = [entry.position.account for entry in line.entries]
    check.expect(line.place, "accounts", [p.account for p in positions], accounts)
    for position in positions:
        entry = entries.get(position.account)
        if entry is not None:
            _check_entry(check, line, position, entry)
    _check_hashes(evidence, check, line)


def _check_hashes(evidence: Evidence, check: Check, line: VersionLine) -> None:
    packed = pack_positions(entry.position for entry in line.entries)
    check.expect(line.place, "positions hash", keccak256(packed), line.positions_hash)
    if isinstance(line, SettlementLine):
        price_hash = recorded_price_hash(evidence, line.interval.start)
        check.expect(line.place, "price hash", price_hash, line.price_hash)


def _check_superseded_line(
    evidence: Evidence, check: Check, payments: Check, line: VersionLine
) -> None:
    """Check what a correction replaced: hashes, residuals and amounts follow from its positions."""
    _check_hashes(evidence, check, line)
    positions = [entry.position for entry in line.entries]
    for entry in line.entries:
        _check_residual(check, line, entry.position, entry)
    paid = paid_for_trades(evidence, line.interval.start, positions)
    if paid is None:
        payments.fail(line.place, "payments", "those of the allocation hash", None)
        return
    _check_amounts(evidence, payments, line, positions, paid)


def _check_superseded_event(
    check: Check, payments: Check, event: VersionEvent, line: VersionLine
) -> None:
    place = on_chain(event.interval.start)
    item = "positions hash of the event that was superseded"
    check.expect(place, item, line.positions_hash, event.positions_hash)
    check.expect(place, "number of superseded positions", len(line.entries), event.participants)
    payments.expect(place, "superseded grid payment", line.grid_payment, event.grid_payment)
    payments.expect(place, "superseded fee", line.fee, event.fee)


def _check_sequence(evidence: Evidence, check: Check, start: int) -> None:
    """Check that each correction names what it replaced, on chain and as published."""
    for versions in (events_of(evidence, start), lines_of(evidence, start)):
        for number, (former, version) in enumerate(pairwise(versions), start=1):
            if isinstance(version, SettlementCorrected | CorrectionLine):
                place = version.place if isinstance(version, CorrectionLine) else on_chain(start)
                check.expect(place, "number of the correction", number, version.correction)
                item = "positions hash that was superseded"
                got = version.former_positions_hash
                check.expect(place, item, former.positions_hash, got)


def _check_entry(check: Check, line: VersionLine, position: Position, entry: PositionEntry) -> None:
    title = f"account {position.account}"
    for name in ("bought", "sold", "imported", "exported", "certificates"):
        expected, got = getattr(position, name), getattr(entry.position, name)
        check.expect(line.place, f"{name} Wh of {title}", expected, got)
    _check_residual(check, line, position, entry)


def _check_residual(
    check: Check, line: VersionLine, position: Position, entry: PositionEntry
) -> None:
    title = f"account {position.account}"
    residual = position.imported - position.exported - position.bought + position.sold
    check.expect(line.place, f"residual Wh of {title}", residual, entry.residual)


def _check_payments(
    evidence: Evidence, check: Check, line: VersionLine, positions: list[Position]
) -> None:
    _check_amounts(evidence, check, line, positions, evidence.paid(line.interval.start))


def _check_amounts(
    evidence: Evidence,
    check: Check,
    line: VersionLine,
    positions: list[Position],
    paid: Mapping[int, int],
) -> None:
    start = line.interval.start
    tariff, fee = evidence.tariffs[start], evidence.fee(start)
    entries = {entry.position.account: entry for entry in line.entries}
    for position in positions:
        entry = entries.get(position.account)
        if entry is not None:
            due = amount_due(position, paid.get(position.account, 0), tariff, fee)
            item = f"payment of account {position.account}"
            check.expect(line.place, item, due, entry.payment)
    check.expect(line.place, "grid payment", total(positions, paid, tariff), line.grid_payment)
    check.expect(line.place, "fee", fee_due(positions, fee), line.fee)


def _check_event(
    evidence: Evidence,
    check: Check,
    payments: Check,
    event: VersionEvent,
    positions: list[Position],
) -> None:
    start = event.interval.start
    place = on_chain(start)
    digest = keccak256(pack_positions(positions))
    check.expect(place, "positions hash of the event", digest, event.positions_hash)
    if isinstance(event, IntervalSettled):
        price_hash = recorded_price_hash(evidence, start)
        check.expect(place, "price hash of the event", price_hash, event.price_hash)
    check.expect(place, "number of positions", len(positions), event.participants)
    grid = total(positions, evidence.paid(start), evidence.tariffs[start])
    payments.expect(place, "grid payment of the event", grid, event.grid_payment)
    fee = fee_due(positions, evidence.fee(start))
    payments.expect(place, "fee of the event", fee, event.fee)


def _check_stored(
    evidence: Evidence,
    check: Check,
    payments: Check,
    event: VersionEvent,
    positions: list[Position],
) -> None:
    start = event.interval.start
    place = on_chain(start)
    stored = ask(check, place, "settlement", evidence.contracts.settlement.record, event.interval)
    if stored is None:
        check.fail(place, "stored settlement", "a record", None)
        return
    digest = keccak256(pack_positions(positions))
    price_hash = recorded_price_hash(evidence, start)
    corrections = _corrections(events_of(evidence, start))
    check.expect(place, "stored positions hash", digest, stored.positions_hash)
    check.expect(place, "stored price hash", price_hash, stored.price_hash)
    check.expect(place, "stored number of positions", len(positions), stored.participants)
    check.expect(place, "stored number of corrections", corrections, stored.corrections)
    grid = total(positions, evidence.paid(start), evidence.tariffs[start])
    payments.expect(place, "stored grid payment", grid, stored.grid_payment)
    fee = fee_due(positions, evidence.fee(start))
    payments.expect(place, "stored fee", fee, stored.fee)
