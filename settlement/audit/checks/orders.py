"""Orders: who signed them, what the operator acknowledged, what it committed, and when."""

from __future__ import annotations

from chain.commitments import (
    EMPTY_BOOK,
    batch_commitment,
    cancel_in_book,
    digests_hash,
    extend_book,
)
from chain.events import CancellationCommitted, OrdersCommitted, OrderSubmitted
from domain.cancellation import Cancellation
from domain.order import pack_orders
from domain.units import Account
from identity.typed_data import order_digest, receipt_digest
from settlement.audit.book_links import BookLink, book_links
from settlement.audit.checks.run import signer
from settlement.audit.checks.signers import expected_signer
from settlement.audit.checks.withdrawals import withdrawn_orders
from settlement.audit.evidence import Evidence, ask
from settlement.audit.findings import Check, on_chain
from settlement.audit.lines.orders import OrderLine
from settlement.audit.published import KEPT_RECEIPTS, KEPT_RECEIPTS_ABOUT, by_key


def check_orders(evidence: Evidence) -> None:
    """Check every order's digest and signature, and that its account might trade."""
    digests = evidence.ledger.check("order digests", "recomputed == published, committed once")
    signatures = evidence.ledger.check("order signatures", "each by its wallet or an agent of it")
    seen: dict[bytes, OrderLine] = {}
    for line in evidence.published.orders:
        digest = evidence.digest(line)
        digests.expect(line.place, f"digest of {line.title}", digest, line.digest)
        # A participant may put an order on chain that the operator has committed too.
        first = line if line.is_direct else seen.setdefault(digest, line)
        if first is not line:
            expected = f"an order of its own, not that of line {first.place.line}"
            digests.fail(line.place, line.title, expected, digest)
        member = evidence.registry.members.get(line.order.account)
        if member is None:
            signatures.fail(line.place, line.title, "a registered account", "none such")
        elif line.signature is not None and line.received_at is not None:
            got = signer(digest, line.signature)
            expected = expected_signer(evidence, member, line.order, got, line.received_at)
            signatures.expect(line.place, f"signer of {line.title}", expected, got)


def check_receipts(evidence: Evidence) -> None:
    """Check the operator's receipts: its signature, and a time before the gate."""
    check = evidence.ledger.check("receipts", "each by the operator, before the gate")
    for line in evidence.published.orders:
        if line.receipt is None or line.received_at is None:
            continue
        digest = receipt_digest(evidence.market_domain, evidence.digest(line), line.received_at)
        got = signer(digest, line.receipt)
        check.expect(
            line.place, f"signer of the receipt of {line.title}", evidence.manifest.operator, got
        )
        gate = evidence.gate(line.order.interval)
        if line.received_at >= gate:
            check.fail(
                line.place, f"receipt of {line.title}", f"a second before {gate}", line.received_at
            )


def check_kept_receipts(evidence: Evidence) -> None:
    """Look for the orders of receipts that participants kept: the operator promised to commit them.

    Unless their owners took them back.
    No published file and no event tells of an order that the operator dropped; its receipt does.
    """
    if evidence.kept_receipts is None:
        return
    check = evidence.ledger.check(KEPT_RECEIPTS, KEPT_RECEIPTS_ABOUT)
    withdrawn = withdrawn_orders(evidence)
    for line in evidence.kept_receipts:
        order = line.order
        digest = order_digest(evidence.market_domain, order)
        promise = receipt_digest(evidence.market_domain, digest, line.received_at)
        title = f"the order of account {order.account}"
        item = f"signer of the receipt of {title}"
        if check.expect(
            line.place, item, evidence.manifest.operator, signer(promise, line.receipt)
        ):
            book = evidence.books.get(order.interval.start, [])
            committed = any(evidence.digest(one) == digest for one in book) or digest in withdrawn
            check.expect(line.place, f"{title} is in its book", True, committed)


def check_direct_orders(evidence: Evidence) -> None:
    """Compare the orders that participants put on chain themselves with the chain's events."""
    check = evidence.ledger.check("direct orders", "published == submitted on chain")
    events = {
        (event.interval.start, event.batch): event for event in evidence.log.of(OrderSubmitted)
    }
    direct = {
        (line.order.interval.start, line.batch): line
        for line in evidence.published.orders
        if line.is_direct
    }
    for key, line in direct.items():
        event = events.get(key)
        if event is None:
            check.fail(line.place, line.title, "an order submitted on chain", "none in its batch")
            continue
        check.expect(line.place, f"account of {line.title}", event.account, line.order.account)
        check.expect(line.place, f"{line.title}, packed", event.packed_order, line.order.pack())
        check.expect(line.place, f"salt of {line.title}", event.salt, line.order.salt)
        check.expect(line.place, f"digest of {line.title}", event.digest, evidence.digest(line))
    for start, batch in sorted(events.keys() - direct.keys()):
        item = f"order submitted as batch {batch}"
        check.fail(on_chain(start), item, "a line without signature in orders.jsonl", None)


def check_commitments(evidence: Evidence) -> None:
    """Build every book from the published orders and compare it with the chain."""
    check = evidence.ledger.check("commitments", "published batches and books == chain")
    gates = evidence.ledger.check("gate", "each batch mined before its gate")
    active = evidence.ledger.check("active accounts", "each order's account might trade")
    for start, interval in evidence.calendar.items():
        links = book_links(evidence, start)
        lines = by_key(evidence.books.get(start, []), lambda line: line.batch)
        book = _check_links(evidence, check, start, links, dict(lines))
        _check_stored_book(evidence, check, start, book, links)
        for number, event in enumerate(links):
            gate = evidence.gate(interval)
            in_time = event.block_time < gate
            gates.expect(on_chain(start), f"batch {number} before the gate", True, in_time)
            for line in lines.get(number, []):
                _check_active(evidence, active, line, (event.block_number, event.log_index))


def check_cancellations(evidence: Evidence) -> None:
    """Compare what the file says of cancelled orders with the chain's events."""
    check = evidence.ledger.check("cancellations", "published == cancelled on chain")
    for line in evidence.published.orders:
        cancelled = evidence.is_cancelled(line)
        check.expect(line.place, f"{line.title}: cancelled", cancelled, line.cancelled)


def _check_links(
    evidence: Evidence,
    check: Check,
    start: int,
    links: list[BookLink],
    lines: dict[int, list[OrderLine]],
) -> bytes:
    book = EMPTY_BOOK
    for number, event in enumerate(links):
        if isinstance(event, CancellationCommitted):
            book = _check_cancellation(check, number, event, book)
            continue
        batch = lines.pop(number, [])
        place = batch[0].place if batch else on_chain(start)
        check.expect(on_chain(start), "number of the batch", number, event.batch)
        check.expect(place, f"number of orders in batch {number}", event.count, len(batch))
        check.expect(
            place,
            f"indexes of batch {number}",
            list(range(len(batch))),
            [line.index for line in batch],
        )
        if not batch:
            book = event.book_commitment
            continue
        commitment = batch_commitment(
            pack_orders(line.order for line in batch),
            digests_hash(evidence.digest(line) for line in batch),
        )
        check.expect(place, f"commitment of batch {number}", event.batch_commitment, commitment)
        book = extend_book(book, commitment, len(batch))
        check.expect(place, f"book after batch {number}", event.book_commitment, book)
        # Go on from what the chain has, so that one wrong batch is one finding.
        book = event.book_commitment
    for number, batch in lines.items():
        check.fail(batch[0].place, f"batch {number}", "a batch committed on chain", "none such")
    return book


def _check_cancellation(
    check: Check, number: int, event: CancellationCommitted, book: bytes
) -> bytes:
    place = on_chain(event.interval.start)
    check.expect(place, "number of the cancellation", number, event.number)
    cancellation = Cancellation(event.interval, Account(event.account), event.batch, event.index)
    book = cancel_in_book(book, cancellation.pack())
    check.expect(place, f"book after cancellation {number}", event.book_commitment, book)
    return event.book_commitment


def _check_stored_book(
    evidence: Evidence, check: Check, start: int, book: bytes, links: list[BookLink]
) -> None:
    place = on_chain(start)
    stored = ask(check, place, "book", evidence.contracts.market.book, evidence.calendar[start])
    if stored is None:
        return
    check.expect(place, "stored book commitment", book, stored.commitment)
    check.expect(place, "stored number of batches", len(links), stored.batches)
    count = sum(event.count for event in links if isinstance(event, OrdersCommitted))
    check.expect(place, "stored number of orders", count, stored.orders)


def _check_active(
    evidence: Evidence, check: Check, line: OrderLine, moment: tuple[int, int]
) -> None:
    account = line.order.account
    may_trade = evidence.registry.is_active(account, moment)
    check.expect(line.place, f"{line.title}: active when committed", True, may_trade)
    if account == evidence.manifest.grid_account:
        check.fail(line.place, line.title, "a participant other than the grid", account)
