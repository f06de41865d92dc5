"""The grid operator's invoices, compared with what its account received."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from chain.calls import Call
from chain.contracts.client import AdminRulesClient
from domain.units import Money


@dataclass(frozen=True, slots=True)
class GridInvoice:
    """An invoice, and how far its period was counted.

    Attributes:
        community: number of the community.
        period_start: first UTC second of the period.
        period_end: first UTC second after it.
        duration: seconds of an interval.
        counted_until: first UTC second that was not counted yet.
        unsettled: number of intervals found not settled.
        amount: 10^-8 EUR that the grid operator asks for; negative where it owes.
        received: 10^-8 EUR that its account received for what was counted.
    """

    community: int
    period_start: int
    period_end: int
    duration: int
    counted_until: int
    unsettled: int
    amount: Money
    received: Money


class ReconciliationClient(AdminRulesClient):
    """The comparison of invoices with settlements. Invoices are named by hashes of 32 bytes."""

    contract: ClassVar[str] = "GridReconciliation"

    def record_invoice(
        self,
        invoice: bytes,
        community: int,
        period_start: int,
        period_end: int,
        duration: int,
        amount: int,
    ) -> Call:
        """Record an invoice for a period that is over. Only the reconciler, once.

        Args:
            invoice: hash of its document.
            community: number of the community.
            period_start: first UTC second of the period.
            period_end: first UTC second after it.
            duration: seconds of an interval.
            amount: 10^-8 EUR that the grid operator asks for; negative where it owes.
        """
        return self._call(
            "recordInvoice", invoice, community, period_start, period_end, duration, amount
        )

    def reconcile(self, invoice: bytes, intervals: int) -> Call:
        """Count the next intervals of an invoice's period. Only the reconciler."""
        return self._call("reconcile", invoice, intervals)

    def recount(self, invoice: bytes) -> Call:
        """Begin to count again what was counted to its end. Only the reconciler."""
        return self._call("recount", invoice)

    def received_for(
        self, community: int, first: int, duration: int, intervals: int
    ) -> tuple[Money, int]:
        """Return what the grid received for consecutive intervals.

        Args:
            community: number of the community.
            first: first UTC second of the first interval.
            duration: seconds of an interval.
            intervals: how many.

        Returns:
            10^-8 EUR, negative where it paid; and how many intervals are not settled.
        """
        received, unsettled = self._read("receivedFor", community, first, duration, intervals)
        return Money(received), int(unsettled)

    def invoice_of(self, invoice: bytes) -> GridInvoice | None:
        """Return an invoice, or None where it was not recorded."""
        entry = GridInvoice(*self._read("invoiceOf", invoice))
        return entry if entry.duration else None

    def reconciler_role(self) -> bytes:
        """Return the role that compares."""
        return bytes(self._read_one("RECONCILER_ROLE"))
