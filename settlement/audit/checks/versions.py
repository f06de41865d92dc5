"""What an interval was settled to, at first and by corrections: on chain and as published."""

from __future__ import annotations

from collections.abc import Mapping

from chain.events import IntervalSettled, SettlementCorrected
from domain.errors import InvalidValueError
from domain.position import Position, pack_positions
from domain.trade import NO_ALLOCATION
from identity.hashing import keccak256
from settlement.audit.allocation import Share, allocation_hash, paid_by_account
from settlement.audit.checks.prices import recorded_allocation, recorded_price
from settlement.audit.evidence import Evidence
from settlement.audit.lines.settlements import CorrectionLine, SettlementLine
from settlement.audit.positions import amount_due

VersionEvent = IntervalSettled | SettlementCorrected
VersionLine = SettlementLine | CorrectionLine


def events_of(evidence: Evidence, start: int) -> list[VersionEvent]:
    """Return the events of an interval's settlement and of its corrections, in sequence."""
    log = evidence.log
    return [
        *log.by_start(IntervalSettled).get(start, []),
        *log.by_start(SettlementCorrected).get(start, []),
    ]


def lines_of(evidence: Evidence, start: int) -> list[VersionLine]:
    """Return the published lines of an interval's settlement and of its corrections."""
    return evidence.versions.get(start, [])


def positions_of(evidence: Evidence, event: VersionEvent) -> list[Position] | None:
    """Return what an event speaks of: published or recomputed positions that have its hash."""
    start = event.interval.start
    candidates = [[entry.position for entry in line.entries] for line in lines_of(evidence, start)]
    candidates.append(evidence.positions.get(start) or [])
    for positions in candidates:
        if keccak256(pack_positions(positions)) == event.positions_hash:
            return positions
    return None


def paid_for_trades(
    evidence: Evidence, start: int, positions: list[Position]
) -> Mapping[int, int] | None:
    """Return what each account paid for its trades: at the recorded price, or as allocated.

    An allocation is the recomputed one or one that follows from a published settlement, whichever
    has the recorded hash; None where none has. Annulled trades cost nothing.
    """
    if evidence.is_annulled(start):
        return {}
    recorded = recorded_allocation(evidence, start)
    if recorded == NO_ALLOCATION:
        price = recorded_price(evidence, start)
        return {one.account: price * (one.bought - one.sold) for one in positions}
    lines = (_published_shares(evidence, line) for line in lines_of(evidence, start))
    for shares in (evidence.shares(start), *lines):
        if _hash(shares) == recorded:
            return paid_by_account(shares)
    return None


def _published_shares(evidence: Evidence, line: VersionLine) -> list[Share]:
    start = line.interval.start
    tariff, fee = evidence.tariffs[start], evidence.fee(start)
    traded = [entry for entry in line.entries if entry.position.bought or entry.position.sold]
    return [
        Share(
            account=entry.position.account,
            bought=entry.position.bought,
            sold=entry.position.sold,
            paid=entry.payment - amount_due(entry.position, 0, tariff, fee),
        )
        for entry in traded
    ]


def _hash(shares: list[Share]) -> bytes | None:
    try:
        return allocation_hash(shares)
    except InvalidValueError:
        return None
