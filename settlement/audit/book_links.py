"""The links of a committed book: batches and cancellations in the sequence of the chain."""

from __future__ import annotations

from typing import TypeAlias

from chain.commitments import EMPTY_BOOK
from chain.events import CancellationCommitted, OrdersCommitted
from settlement.audit.evidence import Evidence

BookLink: TypeAlias = OrdersCommitted | CancellationCommitted


def book_links(evidence: Evidence, start: int) -> list[BookLink]:
    """Return what was added to an interval's book, in the sequence of the chain."""
    links: list[BookLink] = [
        *evidence.log.by_start(OrdersCommitted).get(start, []),
        *evidence.log.by_start(CancellationCommitted).get(start, []),
    ]
    return sorted(links, key=lambda event: (event.block_number, event.log_index))


def committed_book(evidence: Evidence, start: int) -> bytes:
    """Return the commitment of an interval's book as the chain's events say."""
    links = book_links(evidence, start)
    return links[-1].book_commitment if links else EMPTY_BOOK
