"""Tariffs, prices and what each order got of them."""

from __future__ import annotations

from chain.commitments import EMPTY_BOOK, price_hash
from chain.events import IntervalCleared, OrdersCommitted
from domain.order import Side
from domain.tariff import Tariff
from domain.trade import ClearingStatus, PriceRecord
from settlement.audit.clearing import Clearing
from settlement.audit.evidence import Evidence, ask
from settlement.audit.findings import Check, Place, on_chain
from settlement.audit.published import by_key
from settlement.audit.records import FillLine, OrderLine, PriceLine


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
            _check_line(prices, line, clearing)
            hashes.expect(line.place, "price hash", expected_hash, line.price_hash)
        for event in events.get(start, []):
            _check_event(evidence, prices, event, clearing)
            hashes.expect(
                on_chain(start), "price hash of the event", expected_hash, event.price_hash
            )
        stored = _stored_record(evidence, prices, start)
        if stored is not None:
            _check_stored(prices, stored, clearing, evidence.tariffs[start])
            hashes.expect(on_chain(start), "stored price hash", expected_hash, stored.price_hash)


def check_allocations(evidence: Evidence) -> None:
    """Compare every order's share of the volume, and what it pays, with the published fills."""
    check = evidence.ledger.check("allocations", "own fills and payments == published")
    published = by_key(evidence.published.fills, lambda line: line.interval.start)
    for start, clearing in evidence.clearings.items():
        fills = {line.digest: line for line in published.get(start, [])}
        for digest, (order, filled) in _filled_orders(evidence, start, clearing).items():
            fill = fills.pop(digest, None)
            if filled:
                _check_fill(check, order, filled, clearing, fill)
            elif fill is not None:
                check.fail(fill.place, f"fill of {order.title}", "none", f"{fill.quantity} Wh")
        for fill in fills.values():
            check.fail(fill.place, "digest", "an order of the interval's book", fill.digest)


def _filled_orders(
    evidence: Evidence, start: int, clearing: Clearing
) -> dict[bytes, tuple[OrderLine, int]]:
    """Return each order with what it trades, copies of one order as one."""
    orders: dict[bytes, tuple[OrderLine, int]] = {}
    for line, filled in zip(evidence.books.get(start, []), clearing.filled, strict=True):
        digest = evidence.digest(line)
        first, earlier = orders.get(digest, (line, 0))
        orders[digest] = first, earlier + filled
    return orders


def recorded_price_hash(evidence: Evidence, start: int) -> bytes | None:
    """Return the price hash that an interval was recorded with, None where it was not."""
    events = evidence.log.by_start(IntervalCleared).get(start, [])
    return events[0].price_hash if events else None


def recorded_price(evidence: Evidence, start: int) -> int:
    """Return the price that an interval was recorded with, 0 where nothing traded."""
    events = evidence.log.by_start(IntervalCleared).get(start, [])
    return events[0].price if events else 0


def _check_line(check: Check, line: PriceLine, clearing: Clearing) -> None:
    check.expect(line.place, "status", _status(clearing).name, line.status.name)
    check.expect(line.place, "price", clearing.price, line.price)
    check.expect(line.place, "low", clearing.low, line.low)
    check.expect(line.place, "high", clearing.high, line.high)
    check.expect(line.place, "volume", clearing.volume, line.volume)


def _check_event(
    evidence: Evidence, check: Check, event: IntervalCleared, clearing: Clearing
) -> None:
    start = event.interval.start
    place = on_chain(start)
    check.expect(place, "recorded status", _status(clearing), event.status)
    check.expect(place, "recorded price", clearing.price or 0, event.price)
    check.expect(place, "recorded volume", clearing.volume, event.volume)
    orders = len(evidence.books.get(start, []))
    check.expect(place, "recorded number of orders", orders, event.order_count)
    book = _committed_book(evidence, start)
    check.expect(place, "book that was cleared", book, event.book_commitment)
    after_gate = event.block_time >= evidence.gate(event.interval)
    check.expect(place, "book cleared after its gate", True, after_gate)


def _check_stored(check: Check, stored: PriceRecord, clearing: Clearing, tariff: Tariff) -> None:
    place = on_chain(stored.interval.start)
    check.expect(place, "stored status", _status(clearing), stored.status)
    check.expect(place, "stored price", clearing.price or 0, stored.price)
    check.expect(place, "stored volume", clearing.volume, stored.volume)
    check.expect(place, "stored tariff of the price", tariff, stored.tariff)


def _check_fill(
    check: Check, order: OrderLine, filled: int, clearing: Clearing, fill: FillLine | None
) -> None:
    paid = filled * (clearing.price or 0)
    due = paid if order.order.side is Side.BID else -paid
    if fill is None:
        place = Place("fills.jsonl", None, order.place.interval)
        check.fail(place, f"fill of {order.title}", f"{filled} Wh", None)
        return
    check.expect(fill.place, f"quantity of {order.title}", filled, fill.quantity)
    check.expect(fill.place, f"payment of {order.title}", due, fill.payment)
    check.expect(fill.place, f"account of {order.title}", order.order.account, fill.account)


def _status(clearing: Clearing) -> ClearingStatus:
    return ClearingStatus.CLEARED if clearing.volume else ClearingStatus.NO_TRADE


def _price_hash(evidence: Evidence, start: int) -> bytes:
    clearing = evidence.clearings[start]
    return price_hash(
        evidence.manifest.chain.chain_id,
        evidence.manifest.chain.market,
        evidence.calendar[start],
        _status(clearing),
        clearing.price or 0,
        clearing.volume,
        evidence.tariffs[start],
        _committed_book(evidence, start),
        len(evidence.books.get(start, [])),
    )


def _committed_book(evidence: Evidence, start: int) -> bytes:
    events = evidence.log.by_start(OrdersCommitted).get(start, [])
    return events[-1].book_commitment if events else EMPTY_BOOK


def _stored_record(evidence: Evidence, check: Check, start: int) -> PriceRecord | None:
    return ask(
        check,
        on_chain(start),
        "price record",
        evidence.contracts.market.price_record,
        evidence.calendar[start],
    )
