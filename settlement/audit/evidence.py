"""All that the checks look at: the published lines, the chain's events, and what follows from them.

Whatever can be recomputed is recomputed from the earliest evidence (signed orders, signed readings,
tariffs on chain), so that a change in a later file is found there and nowhere else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import ParamSpec, TypeVar

from chain.connection import Chain
from chain.contracts import Contracts
from chain.events import (
    CancellationCommitted,
    FeeSet,
    IntervalCleared,
    IntervalSettled,
    ReadingsCorrected,
    SettlementCorrected,
    TariffPosted,
    TradesAnnulled,
)
from chain.fees import announced_fees
from domain.errors import CommonwattError, InvalidValueError
from domain.fee import Fee, FeeSchedule
from domain.interval import Interval
from domain.order import Side
from domain.position import Position
from domain.reading import Reading
from domain.tariff import Tariff
from domain.trade import NO_ALLOCATION, ClearingStatus
from domain.units import MillicentPerKilowattHour
from identity.merkle import reading_leaf
from identity.signed_reading import document_hash
from identity.typed_data import TypedDomain, market_domain, metering_domain, order_digest
from settlement.audit.allocation import Share, allocation_hash
from settlement.audit.chain_log import ChainLog
from settlement.audit.clearing import BookOrder, Clearing, no_trade
from settlement.audit.findings import Check, Ledger, Place
from settlement.audit.lines.metering import ReadingLine
from settlement.audit.lines.orders import KeptReceiptLine, OrderLine
from settlement.audit.lines.settlements import CorrectionLine, SettlementLine
from settlement.audit.mandates import MandateHistory
from settlement.audit.manifest import Manifest
from settlement.audit.positions import Tally, settle
from settlement.audit.published import Published, by_key
from settlement.audit.registry import RegistryHistory

_P = ParamSpec("_P")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class SignedReading:
    """A reading whose signature holds.

    Attributes:
        line: where it is published.
        reading: what it says.
        did: did:key of who signed it.
    """

    line: ReadingLine
    reading: Reading
    did: str


@dataclass
class Evidence:
    """Everything that one audit looks at.

    Attributes:
        manifest: what the run says of itself.
        calendar: the run's intervals by their start.
        published: the published lines.
        chain: the connection.
        contracts: clients of the contracts that the manifest names.
        log: the contracts' events.
        registry: the registry, replayed.
        ledger: takes the checks.
        kept_receipts: receipts that participants kept; None where nobody brought any.
        readings: readings whose signature holds and by which the interval was settled, by start;
            filled by the check of readings.
        stated: all readings whose signature holds, by start, gateway and revision; filled alike.
    """

    manifest: Manifest
    calendar: dict[int, Interval]
    published: Published
    chain: Chain
    contracts: Contracts
    log: ChainLog
    registry: RegistryHistory
    ledger: Ledger
    kept_receipts: list[KeptReceiptLine] | None = None
    readings: dict[int, list[SignedReading]] = field(default_factory=lambda: defaultdict(list))
    stated: dict[tuple[int, int, int], list[SignedReading]] = field(
        default_factory=lambda: defaultdict(list)
    )

    @cached_property
    def market_domain(self) -> TypedDomain:
        """What binds orders and receipts to the market contract."""
        return market_domain(self.manifest.chain.chain_id, self.manifest.chain.market)

    @cached_property
    def metering_domain(self) -> TypedDomain:
        """What binds attestations to the metering contract."""
        return metering_domain(self.manifest.chain.chain_id, self.manifest.chain.metering)

    def gate(self, interval: Interval) -> int:
        """Return the UTC second at which an interval's book closes."""
        return max(interval.start - self.manifest.gate_lead, 0)

    def settled_revision(self, start: int, gateway: int) -> int:
        """Return which of a gateway's statements an interval was settled by.

        That is the last one before the settlement or its last correction; what came later awaits
        another correction.
        """
        return self._settled_revisions.get(start, {}).get(gateway, 0)

    @cached_property
    def _settled_revisions(self) -> dict[int, dict[int, int]]:
        stated: defaultdict[int, dict[int, int]] = defaultdict(dict)
        settled: dict[int, dict[int, int]] = {}
        for event in self.log.events:
            if isinstance(event, ReadingsCorrected):
                stated[event.interval.start][event.gateway] = event.revision
            elif isinstance(event, IntervalSettled | SettlementCorrected):
                settled[event.interval.start] = dict(stated[event.interval.start])
        return {**stated, **settled}

    def digest(self, line: OrderLine) -> bytes:
        """Return the digest of a published order, computed here."""
        return self._digests[line.place]

    @cached_property
    def _digests(self) -> dict[Place, bytes]:
        return {
            line.place: order_digest(self.market_domain, line.order)
            for line in self.published.orders
        }

    def leaf(self, line: ReadingLine) -> bytes:
        """Return the Merkle leaf of a published reading."""
        return self._leaves[line.place]

    @cached_property
    def _leaves(self) -> dict[Place, bytes]:
        return {
            line.place: reading_leaf(line.salt, document_hash(line.document))
            for line in self.published.readings
        }

    @cached_property
    def books(self) -> dict[int, list[OrderLine]]:
        """Published orders by the start of their interval."""
        return by_key(self.published.orders, lambda line: line.order.interval.start)

    @cached_property
    def mandates(self) -> MandateHistory:
        """Who might order in whose name."""
        return MandateHistory(self.log.events, self.registry)

    @cached_property
    def versions(self) -> dict[int, list[SettlementLine | CorrectionLine]]:
        """Published settlements, each before its corrections, by the start of their interval."""
        lines: list[SettlementLine | CorrectionLine]
        lines = [*self.published.settlements, *self.published.corrections]
        return by_key(lines, lambda line: line.interval.start)

    def is_cancelled(self, line: OrderLine) -> bool:
        """Tell whether the account of a published order cancelled it on chain."""
        start, account = line.order.interval.start, line.order.account
        return (start, account, line.batch, line.index) in self._cancelled

    @cached_property
    def _cancelled(self) -> frozenset[tuple[int, int, int, int]]:
        events = self.log.of(CancellationCommitted)
        return frozenset((e.interval.start, e.account, e.batch, e.index) for e in events)

    @cached_property
    def trading(self) -> dict[int, list[OrderLine]]:
        """Published orders that nobody cancelled, by the start of their interval."""
        return {
            start: [line for line in lines if not self.is_cancelled(line)]
            for start, lines in self.books.items()
        }

    @cached_property
    def abandoned(self) -> frozenset[int]:
        """Starts of the intervals that nobody cleared in time."""
        return frozenset(
            event.interval.start
            for event in self.log.of(IntervalCleared)
            if event.status is ClearingStatus.ABANDONED
        )

    @cached_property
    def tariffs(self) -> dict[int, Tariff]:
        """Tariffs by the start of their interval, as the chain's events say."""
        return {
            start: Tariff(
                MillicentPerKilowattHour(events[0].feed_in),
                MillicentPerKilowattHour(events[0].retail),
            )
            for start, events in self.log.by_start(TariffPosted).items()
        }

    def fee(self, start: int) -> Fee:
        """Return what an interval's buyers pay beside the price, by the chain's announcements."""
        return self._fees.at(self.manifest.community, start)

    @cached_property
    def _fees(self) -> FeeSchedule:
        return FeeSchedule().with_announcements(announced_fees(self.log.of(FeeSet)))

    @cached_property
    def clearings(self) -> dict[int, Clearing]:
        """Every interval cleared again; without those that have no tariff.

        An abandoned interval trades nothing, whatever was ordered.
        """
        return {start: self._clear(start) for start in self.calendar if start in self.tariffs}

    def _clear(self, start: int) -> Clearing:
        book = [BookOrder(self.digest(line), line.order) for line in self.trading.get(start, [])]
        if start in self.abandoned:
            return no_trade(book)
        return self.manifest.rule.clear(book, self.tariffs[start], self.manifest.chain_k)

    def is_annulled(self, start: int) -> bool:
        """Tell whether an interval is settled without trades."""
        return start in self.log.by_start(TradesAnnulled)

    def shares(self, start: int) -> list[Share]:
        """Return what each order of an interval trades, by this audit's own clearing."""
        clearing = self.clearings[start]
        orders = [line.order for line in self.trading.get(start, [])]
        return [
            Share(
                account=order.account,
                bought=wh if order.side is Side.BID else 0,
                sold=wh if order.side is Side.OFFER else 0,
                paid=paid,
            )
            for order, wh, paid in zip(orders, clearing.filled, clearing.payments, strict=True)
            if wh
        ]

    @cached_property
    def allocation_hashes(self) -> dict[int, bytes | None]:
        """What the chain should hold of each interval's allocation; None where it fits no row."""
        return {start: self._allocation_hash(start) for start in self.clearings}

    @cached_property
    def tallies(self) -> dict[int, dict[int, Tally]]:
        """What each account traded, paid for it and metered in every interval.

        Annulled trades count as none.
        """
        return {start: self._tally(start) for start in self.clearings}

    @cached_property
    def positions(self) -> dict[int, list[Position] | None]:
        """Every interval settled again; None where its numbers leave their range."""
        return {start: self._settle(start) for start in self.clearings}

    def paid(self, start: int) -> dict[int, int]:
        """Return 10^-8 EUR that each account pays for what it traded in an interval."""
        return {account: tally.paid for account, tally in self.tallies[start].items()}

    def _allocation_hash(self, start: int) -> bytes | None:
        if not self.clearings[start].is_allocated:
            return NO_ALLOCATION
        try:
            return allocation_hash(self.shares(start))
        except InvalidValueError:
            return None

    def _tally(self, start: int) -> dict[int, Tally]:
        tallies: defaultdict[int, Tally] = defaultdict(Tally)
        for share in () if self.is_annulled(start) else self.shares(start):
            tally = tallies[share.account]
            tally.bought += share.bought
            tally.sold += share.sold
            tally.paid += share.paid
        for signed in self.readings.get(start, []):
            device = self.registry.devices.get(signed.reading.device)
            if device is not None and device.community == self.manifest.community:
                tallies[device.account].imported += signed.reading.imported
                tallies[device.account].exported += signed.reading.exported
        return dict(tallies)

    def _settle(self, start: int) -> list[Position] | None:
        try:
            return settle(self.tallies[start])
        except InvalidValueError:
            return None


def ask(
    check: Check,
    place: Place,
    item: str,
    question: Callable[_P, _T],
    *arguments: _P.args,
    **options: _P.kwargs,
) -> _T | None:
    """Ask the chain for a stored value; an answer that makes no sense is a finding."""
    try:
        return question(*arguments, **options)
    except (CommonwattError, ValueError) as error:
        check.fail(place, item, "a value in its range", error)
        return None
