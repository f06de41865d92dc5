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
from chain.events import TariffPosted
from domain.errors import CommonwattError, InvalidValueError
from domain.interval import Interval
from domain.order import Side
from domain.position import Position
from domain.reading import Reading
from domain.tariff import Tariff
from domain.units import MillicentPerKilowattHour
from identity.merkle import reading_leaf
from identity.signed_reading import document_hash
from identity.typed_data import TypedDomain, market_domain, metering_domain, order_digest
from settlement.audit.chain_log import ChainLog
from settlement.audit.clearing import BookOrder, Clearing, clear
from settlement.audit.findings import Check, Ledger, Place
from settlement.audit.manifest import Manifest
from settlement.audit.positions import Tally, settle
from settlement.audit.published import Published, by_key
from settlement.audit.records import KeptReceiptLine, OrderLine, ReadingLine
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
        readings: readings whose signature holds, by start; filled by the check of readings.
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
    def tariffs(self) -> dict[int, Tariff]:
        """Tariffs by the start of their interval, as the chain's events say."""
        return {
            start: Tariff(
                MillicentPerKilowattHour(events[0].feed_in),
                MillicentPerKilowattHour(events[0].retail),
            )
            for start, events in self.log.by_start(TariffPosted).items()
        }

    @cached_property
    def clearings(self) -> dict[int, Clearing]:
        """Every interval cleared again; without those that have no tariff."""
        return {
            start: clear(
                [BookOrder(self.digest(line), line.order) for line in self.books.get(start, [])],
                self.tariffs[start],
            )
            for start in self.calendar
            if start in self.tariffs
        }

    @cached_property
    def positions(self) -> dict[int, list[Position] | None]:
        """Every interval settled again; None where its numbers leave their range."""
        return {start: self._settle(start) for start in self.clearings}

    def _settle(self, start: int) -> list[Position] | None:
        tallies: defaultdict[int, Tally] = defaultdict(Tally)
        clearing = self.clearings[start]
        for line, filled in zip(self.books.get(start, []), clearing.filled, strict=True):
            if filled and line.order.side is Side.BID:
                tallies[line.order.account].bought += filled
            elif filled:
                tallies[line.order.account].sold += filled
        for signed in self.readings.get(start, []):
            device = self.registry.devices.get(signed.reading.device)
            if device is not None and device.community == self.manifest.community:
                tallies[device.account].imported += signed.reading.imported
                tallies[device.account].exported += signed.reading.exported
        try:
            return settle(tallies)
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
