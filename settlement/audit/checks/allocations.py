"""What each order got of the volume, and what each account's part comes to on chain."""

from __future__ import annotations

from chain.events import AllocationRecorded
from settlement.audit.evidence import Evidence, ask
from settlement.audit.findings import Check, Place, on_chain
from settlement.audit.lines.orders import OrderLine
from settlement.audit.lines.prices import FillLine
from settlement.audit.published import by_key


def check_allocations(evidence: Evidence) -> None:
    """Compare every order's share and payment with the published fills, their sums with the chain.

    Only where no single price tells what an order pays, the chain records what each account trades
    and pays, by its hash.
    """
    check = evidence.ledger.check("allocations", "own fills and payments == published == chain")
    published = by_key(evidence.published.fills, lambda line: line.interval.start)
    for start in evidence.clearings:
        fills = {line.digest: line for line in published.get(start, [])}
        for digest, (order, filled, paid) in _filled_orders(evidence, start).items():
            fill = fills.pop(digest, None)
            if filled:
                _check_fill(check, order, filled, paid, fill)
            elif fill is not None:
                check.fail(fill.place, f"fill of {order.title}", "none", f"{fill.quantity} Wh")
        for fill in fills.values():
            check.fail(fill.place, "digest", "an order of the interval's book", fill.digest)
        _check_recorded(evidence, check, start)


def _filled_orders(evidence: Evidence, start: int) -> dict[bytes, tuple[OrderLine, int, int]]:
    """Return each order with what it trades and pays, copies of one order as one."""
    clearing = evidence.clearings[start]
    orders: dict[bytes, tuple[OrderLine, int, int]] = {}
    for line, filled, paid in zip(
        evidence.trading.get(start, []), clearing.filled, clearing.payments, strict=True
    ):
        digest = evidence.digest(line)
        first, wh, money = orders.get(digest, (line, 0, 0))
        orders[digest] = first, wh + filled, money + paid
    return orders


def _check_fill(
    check: Check, order: OrderLine, filled: int, paid: int, fill: FillLine | None
) -> None:
    if fill is None:
        place = Place("fills.jsonl", None, order.place.interval)
        check.fail(place, f"fill of {order.title}", f"{filled} Wh", None)
        return
    check.expect(fill.place, f"quantity of {order.title}", filled, fill.quantity)
    check.expect(fill.place, f"payment of {order.title}", paid, fill.payment)
    check.expect(fill.place, f"account of {order.title}", order.order.account, fill.account)


def _check_recorded(evidence: Evidence, check: Check, start: int) -> None:
    place = on_chain(start)
    own = evidence.allocation_hashes[start]
    if own is None:
        check.fail(place, "energy of an account's orders", "less than 2^32 Wh", "more")
        return
    market = evidence.contracts.market
    stored = ask(check, place, "allocation hash", market.allocation_hash, evidence.calendar[start])
    check.expect(place, "stored allocation hash", own, stored)
    accounts = len({share.account for share in evidence.shares(start)})
    events = evidence.log.by_start(AllocationRecorded).get(start, [])
    recorded = [(event.allocation_hash, event.accounts) for event in events]
    expected = [(own, accounts)] if any(own) else []
    check.expect(place, "allocations recorded (hash, accounts)", expected, recorded)
