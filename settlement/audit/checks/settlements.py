"""Settlements: positions, payments and hashes, computed again from orders and readings."""

from __future__ import annotations

from chain.events import IntervalSettled
from domain.position import Position, pack_positions
from identity.hashing import keccak256
from settlement.audit.checks.prices import recorded_price_hash
from settlement.audit.evidence import Evidence, ask
from settlement.audit.findings import Check, on_chain
from settlement.audit.positions import amount_due, total
from settlement.audit.records import PositionEntry, SettlementLine


def check_settlements(evidence: Evidence) -> None:
    """Settle every interval again; compare with the published settlement and with the chain."""
    check = evidence.ledger.check("settlements", "own positions == published == chain")
    payments = evidence.ledger.check("payments", "own amounts == published == chain")
    published = {line.interval.start: line for line in evidence.published.settlements}
    events = evidence.log.by_start(IntervalSettled)
    for start, positions in evidence.positions.items():
        if positions is None:
            check.fail(on_chain(start), "energy of an account", "less than 2^32 Wh", "more")
            continue
        line = published.get(start)
        if line is not None:
            _check_line(evidence, check, line, positions)
            _check_payments(evidence, payments, line, positions)
        for event in events.get(start, []):
            _check_event(evidence, check, payments, event, positions)


def _check_line(
    evidence: Evidence, check: Check, line: SettlementLine, positions: list[Position]
) -> None:
    entries = {entry.position.account: entry for entry in line.entries}
    accounts = [entry.position.account for entry in line.entries]
    check.expect(line.place, "accounts", [p.account for p in positions], accounts)
    for position in positions:
        entry = entries.get(position.account)
        if entry is not None:
            _check_entry(check, line, position, entry)
    packed = pack_positions(entry.position for entry in line.entries)
    check.expect(line.place, "positions hash", keccak256(packed), line.positions_hash)
    start = line.interval.start
    check.expect(line.place, "price hash", recorded_price_hash(evidence, start), line.price_hash)


def _check_entry(
    check: Check, line: SettlementLine, position: Position, entry: PositionEntry
) -> None:
    title = f"account {position.account}"
    for name in ("bought", "sold", "imported", "exported", "certificates"):
        expected, got = getattr(position, name), getattr(entry.position, name)
        check.expect(line.place, f"{name} Wh of {title}", expected, got)
    residual = position.imported - position.exported - position.bought + position.sold
    check.expect(line.place, f"residual Wh of {title}", residual, entry.residual)


def _check_payments(
    evidence: Evidence, check: Check, line: SettlementLine, positions: list[Position]
) -> None:
    start = line.interval.start
    paid, tariff = evidence.paid(start), evidence.tariffs[start]
    entries = {entry.position.account: entry for entry in line.entries}
    for position in positions:
        entry = entries.get(position.account)
        if entry is not None:
            due = amount_due(position, paid.get(position.account, 0), tariff)
            item = f"payment of account {position.account}"
            check.expect(line.place, item, due, entry.payment)
    check.expect(line.place, "grid payment", total(positions, paid, tariff), line.grid_payment)


def _check_event(
    evidence: Evidence,
    check: Check,
    payments: Check,
    event: IntervalSettled,
    positions: list[Position],
) -> None:
    start = event.interval.start
    place = on_chain(start)
    digest = keccak256(pack_positions(positions))
    price_hash = recorded_price_hash(evidence, start)
    grid = total(positions, evidence.paid(start), evidence.tariffs[start])
    check.expect(place, "positions hash of the event", digest, event.positions_hash)
    check.expect(place, "price hash of the event", price_hash, event.price_hash)
    check.expect(place, "number of positions", len(positions), event.participants)
    payments.expect(place, "grid payment of the event", grid, event.grid_payment)
    stored = ask(check, place, "settlement", evidence.contracts.settlement.record, event.interval)
    if stored is None:
        check.fail(place, "stored settlement", "a record", None)
        return
    check.expect(place, "stored positions hash", digest, stored.positions_hash)
    check.expect(place, "stored price hash", price_hash, stored.price_hash)
    check.expect(place, "stored number of positions", len(positions), stored.participants)
    payments.expect(place, "stored grid payment", grid, stored.grid_payment)
