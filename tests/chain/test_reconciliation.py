"""A grid operator's invoice against settlements that really took place."""

from __future__ import annotations

import pytest

from chain import errors
from chain.events import InvoiceReconciled, InvoiceRecorded, read_events

pytestmark = pytest.mark.chain

INVOICE = b"\x11" * 32
ALICE, BOB, CAROL = 2, 3, 4
RECEIVED = 850 * 25_000


@pytest.fixture
def settled(neighbourhood):
    """An interval without trades, in which all that was metered came from the grid."""
    market, settlement = neighbourhood.contracts.market, neighbourhood.contracts.settlement
    neighbourhood.close_gate()
    neighbourhood.send(neighbourhood.keys.stranger, neighbourhood.clearing([], 10_000, 0))
    neighbourhood.end_interval()
    neighbourhood.attest(neighbourhood.attestation(imported=850, exported=0))
    positions = [
        neighbourhood.position(account, 0, 0, imported, 0, 0)
        for account, imported in ((ALICE, 450), (BOB, 0), (CAROL, 400))
    ]
    price_hash = market.price_record(neighbourhood.interval).price_hash
    call = settlement.settle(neighbourhood.interval, price_hash, positions, RECEIVED)
    neighbourhood.send(neighbourhood.keys.operator, call)
    return neighbourhood


def test_the_grid_received_less_than_it_asks_for(
    settled, reconciliation, reconciliation_deployment, keys, send
) -> None:
    interval = settled.interval
    start, end = interval.start - 900, interval.end
    assert reconciliation.invoice_of(INVOICE) is None
    assert reconciliation.received_for(7, start, 900, 2) == (RECEIVED, 1)
    record = reconciliation.record_invoice(INVOICE, 7, start, end, 900, RECEIVED + 50)
    send(keys.operator, record)
    send(keys.operator, reconciliation.reconcile(INVOICE, 1))
    assert reconciliation.invoice_of(INVOICE).counted_until == interval.start
    send(keys.operator, reconciliation.reconcile(INVOICE, 100))

    counted = reconciliation.invoice_of(INVOICE)
    assert (counted.counted_until, counted.unsettled) == (end, 1)
    assert (counted.amount, counted.received) == (RECEIVED + 50, RECEIVED)
    found = read_events(settled.chain, reconciliation_deployment)
    (recorded,) = [event for event in found if isinstance(event, InvoiceRecorded)]
    (compared,) = [event for event in found if isinstance(event, InvoiceReconciled)]
    assert (recorded.period_start, recorded.period_end, recorded.duration) == (start, end, 900)
    assert (compared.invoice, compared.community) == (INVOICE, 7)
    assert (compared.invoiced, compared.received) == (RECEIVED + 50, RECEIVED)
    assert (compared.difference, compared.unsettled) == (-50, 1)

    with pytest.raises(errors.AlreadyReconciled):
        send(keys.operator, reconciliation.reconcile(INVOICE, 1))
    send(keys.operator, reconciliation.recount(INVOICE))
    assert reconciliation.invoice_of(INVOICE).counted_until == start


def test_only_the_reconciler_records(reconciliation, keys, send) -> None:
    with pytest.raises(errors.AccessControlUnauthorizedAccount):
        send(keys.stranger, reconciliation.record_invoice(INVOICE, 7, 0, 900, 900, 1))
    with pytest.raises(errors.InvalidPeriod):
        send(keys.operator, reconciliation.record_invoice(INVOICE, 7, 0, 901, 900, 1))
