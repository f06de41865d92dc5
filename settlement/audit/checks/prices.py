"""Tariffs and prices."""

from __future__ import annotations

from chain.commitments import mechanism_id, price_hash
from chain.events import AllocationRecorded, IntervalCleared
from domain.trade import NO_ALLOCATION, ClearingStatus, PriceRecord
from settlement.audit.book_links import committed_book
from settlement.audit.clearing import Clearing
from settlement.audit.evidence import Evidence, ask
from settlement.audit.findings import Check, on_chain
from settlement.audit.lines.prices import PriceLine


def check_tariffs(evidence: Evidence) -> None:
    """Compare published tariffs with those posted on chain."""
    check = evidence.ledger.check("tariffs", "published == posted == stored")
    for line in evidence.published.prices:
        tariff = evidence.tariffs.get(line.interval.start)
        if tariff is not None:
            check.expect(line.place, "feed-in price", tariff.feed_in, line.tariff.feed_in)
            check.expect(line.place, "retail price", tariff.retail, line.tariff.retail)
    for start, tariff in evidence.tariffs.items():
        interval = evidence.calendar[start]
        stored = ask(
            check,
            on_chain(start),
            "tariff",
            evidence.contracts.market.tariff,
            interval,
        )
        check.expect(on_chain(start), "stored tariff", tariff, stored)


def check_prices(evidence: Evidence) -> None:
    """Clear every book again; compare with the published price and the one recorded on chain."""
    prices = evidence.ledger.check("prices", "own clearing == published == chain")
    hashes = evidence.ledger.check("price hashes", "recomputed == published == chain")
    published = {line.interval.start: line for line in evidence.published.prices}
    events = evidence.log.by_start(IntervalCleared)
    for start, clearing in evidence.clearings.items():
        expected_hash = _price_hash(evidence, start)
        line = published.get(start)
        if line is not None:
            _check_line(evidence, prices, line, clearing)
            hashes.expect(line.place, "price hash", expected_hash, line.price_hash)
        for event in events.get(start, []):
            _check_event(evidence, prices, event, clearing)
            hashes.expect(
                on_chain(start), "price hash of the event", expected_hash, event.price_hash
            )
        stored = _stored_record(evidence, prices, start)
        if stored is not None:
            _check_stored(evidence, prices, stored, clearing)
            hashes.expect(on_chain(start), "stored price hash", expected_hash, stored.price_hash)


def recorded_price_hash(evidence: Evidence, start: int) -> bytes | None:
    """Return the price hash that an interval was recorded with, None where it was not."""
    events = evidence.log.by_start(IntervalCleared).get(start, [])
    return events[0].price_hash if events else None


def recorded_price(evidence: Evidence, start: int) -> int:
    """Return the price that an interval was recorded with, 0 where nothing traded."""
    events = evidence.log.by_start(IntervalCleared).get(start, [])
    return events[0].price if events else 0


def recorded_allocation(evidence: Evidence, start: int) -> bytes:
    """Return the hash of an interval's allocation as it was recorded, zeros where none was."""
    events = evidence.log.by_start(AllocationRecorded).get(start, [])
    return events[0].allocation_hash if events else NO_ALLOCATION


def _check_line(evidence: Evidence, check: Check, line: PriceLine, clearing: Clearing) -> None:
    status = _status(evidence, line.interval.start)
    check.expect(line.place, "status", status.name, line.status.name)
    check.expect(line.place, "price", clearing.price, line.price)
    check.expect(line.place, "low", clearing.low, line.low)
    check.expect(line.place, "high", clearing.high, line.high)
    check.expect(line.place, "volume", clearing.volume, line.volume)


def _check_event(
    evidence: Evidence, check: Check, event: IntervalCleared, clearing: Clearing
) -> None:
    start = event.interval.start
    place = on_chain(start)
    check.expect(place, "recorded status", _status(evidence, start), event.status)
    check.expect(place, "recorded price", clearing.price or 0, event.price)
    check.expect(place, "recorded volume", clearing.volume, event.volume)
    orders = len(evidence.books.get(start, []))
    check.expect(place, "recorded number of orders", orders, event.order_count)
    book = committed_book(evidence, start)
    check.expect(place, "book that was cleared", book, event.book_commitment)
    after_gate = event.block_time >= evidence.gate(event.interval)
    check.expect(place, "book cleared after its gate", True, after_gate)
    market = evidence.contracts.market
    cleared_at = ask(check, place, "time of clearing", market.cleared_at, event.interval)
    check.expect(place, "stored time of clearing", event.block_time, cleared_at)


def _check_stored(
    evidence: Evidence, check: Check, stored: PriceRecord, clearing: Clearing
) -> None:
    start = stored.interval.start
    place, tariff = on_chain(start), evidence.tariffs[start]
    check.expect(place, "stored status", _status(evidence, start), stored.status)
    check.expect(place, "stored price", clearing.price or 0, stored.price)
    check.expect(place, "stored volume", clearing.volume, stored.volume)
    check.expect(place, "stored tariff of the price", tariff, stored.tariff)


def _status(evidence: Evidence, start: int) -> ClearingStatus:
    if start in evidence.abandoned:
        return ClearingStatus.ABANDONED
    traded = evidence.clearings[start].volume
    return ClearingStatus.CLEARED if traded else ClearingStatus.NO_TRADE


def _price_hash(evidence: Evidence, start: int) -> bytes:
    clearing = evidence.clearings[start]
    manifest = evidence.manifest
    return price_hash(
        chain_id=manifest.chain.chain_id,
        market=manifest.chain.market,
        interval=evidence.calendar[start],
        mechanism=mechanism_id(manifest.mechanism),
        k=manifest.chain_k,
        status=_status(evidence, start),
        price=clearing.price or 0,
        volume=clearing.volume,
        tariff=evidence.tariffs[start],
        book_commitment=committed_book(evidence, start),
        order_count=len(evidence.books.get(start, [])),
        allocation_hash=evidence.allocation_hashes[start] or NO_ALLOCATION,
    )


def _stored_record(evidence: Evidence, check: Check, start: int) -> PriceRecord | None:
    return ask(
        check,
        on_chain(start),
        "price record",
        evidence.contracts.market.price_record,
        evidence.calendar[start],
    )
