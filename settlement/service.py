"""Settling an interval: computed here, checked by the contract, stored; and reading it back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Protocol

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from chain.calls import Call
from chain.outbox import Outbox
from domain.allocation import AllocationRow, allocate
from domain.errors import InvalidValueError, RefusedError
from domain.interval import Interval
from domain.position import Position, pack_positions
from domain.reading import Metered
from domain.trade import Fill, PriceRecord
from domain.units import Account, Money, WattHours
from domain.units import payment as cost
from identity.hashing import keccak256
from settlement.positions import grid_payment, payment, positions
from settlement.repository import SettlementRepository
from settlement.settled import SettledInterval, SettledPosition
from settlement.statements import Statement, make_statement

STEP: Final = "settle"
"""Name of this step in the outbox."""


class AlreadySettledError(RefusedError):
    """An interval is settled, and what is asked for now would settle it to something else."""

    def __init__(self, interval: Interval, difference: str) -> None:
        super().__init__("already-settled", f"{interval} is settled with another {difference}")
        self.interval = interval


class SettlementContract(Protocol):
    """What the settler needs of the settlement contract."""

    def settle(
        self,
        interval: Interval,
        price_hash: bytes,
        positions: list[Position],
        grid_payment: Money,
    ) -> Call:
        """Return the call that settles an interval at its recorded price."""
        ...

    def settle_allocated(
        self,
        interval: Interval,
        price_hash: bytes,
        positions: list[Position],
        allocation: list[AllocationRow],
        grid_payment: Money,
    ) -> Call:
        """Return the call that settles an interval by its recorded allocation."""
        ...


class Settler:
    """Settles intervals on chain, each once, and remembers what they came to."""

    def __init__(self, engine: Engine, outbox: Outbox, contract: SettlementContract) -> None:
        self._engine = engine
        self._outbox = outbox
        self._contract = contract

    def settle(
        self,
        interval: Interval,
        record: PriceRecord,
        fills: Iterable[Fill],
        metered: Mapping[Account, Metered],
    ) -> SettledInterval:
        """Settle one interval, or return what it was settled to.

        A crash between the chain and the database is made good by settling again: the outbox
        sends nothing twice.

        Args:
            interval: which interval.
            record: its price, as the chain holds it.
            fills: everything that traded in it.
            metered: energy of every account with a meter in the community.

        Raises:
            AlreadySettledError: where the interval was settled on other grounds.
            ContractRefusedError: where the contract refuses the settlement.
            InvalidValueError: where the fills do not buy what they sell, or the record is another
                interval's.
        """
        if record.interval != interval:
            raise InvalidValueError("record", f"the price of {interval}", str(record.interval))
        allocation = allocate(fills)
        shares = _shares(record, allocation, metered)
        with Session(self._engine) as session:
            stored = SettlementRepository(session).get(interval)
        if stored is not None:
            _require_same(stored, record, shares)
            return stored
        settled = self._deliver(record, allocation, shares)
        with Session(self._engine) as session, session.begin():
            SettlementRepository(session).add(settled)
        return settled

    def _deliver(
        self,
        record: PriceRecord,
        allocation: list[AllocationRow],
        shares: tuple[SettledPosition, ...],
    ) -> SettledInterval:
        interval = record.interval
        listed = [share.position for share in shares]
        to_grid = grid_payment(share.payment for share in shares)
        call = self._call(record, listed, allocation, to_grid)
        receipt = self._outbox.deliver(interval.community, interval.start, STEP, call)
        return SettledInterval(
            record=record,
            positions=shares,
            grid_payment=to_grid,
            positions_hash=keccak256(pack_positions(listed)),
            transaction_hash=receipt.tx_hash,
            settled_at=receipt.block_time,
        )

    def _call(
        self,
        record: PriceRecord,
        listed: list[Position],
        allocation: list[AllocationRow],
        to_grid: Money,
    ) -> Call:
        place = (record.interval, record.price_hash, listed)
        if record.is_allocated:
            return self._contract.settle_allocated(*place, allocation, to_grid)
        return self._contract.settle(*place, to_grid)


class Settlements:
    """Read access to what was settled, for wallets and publication."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def interval(self, interval: Interval) -> SettledInterval | None:
        """Return what an interval was settled to, or None where it is not settled yet."""
        with Session(self._engine) as session:
            return SettlementRepository(session).get(interval)

    def between(self, community: int, first: int, last: int) -> list[SettledInterval]:
        """Return a community's settled intervals that start in ``[first, last)``, in order."""
        with Session(self._engine) as session:
            return SettlementRepository(session).between(community, first, last)

    def starts(self, community: int) -> set[int]:
        """Return the starts of a community's settled intervals."""
        with Session(self._engine) as session:
            return SettlementRepository(session).starts(community)

    def statement(self, community: int, account: Account, first: int, last: int) -> Statement:
        """Draw up an account's statement over the intervals that start in ``[first, last)``.

        Raises:
            InvalidValueError: where the span ends before it begins.
        """
        with Session(self._engine) as session:
            shares = SettlementRepository(session).shares(community, account, first, last)
        return make_statement(account, first, last, shares)


def _shares(
    record: PriceRecord, allocation: list[AllocationRow], metered: Mapping[Account, Metered]
) -> tuple[SettledPosition, ...]:
    traded = {row.account: row.payment for row in allocation} if record.is_allocated else None
    return tuple(
        SettledPosition(position, payment(position, _due(position, record, traded), record.tariff))
        for position in positions(allocation, metered)
    )


def _due(position: Position, record: PriceRecord, traded: Mapping[Account, Money] | None) -> Money:
    """Return what an account pays for what it traded, by the same rule as the contract."""
    if traded is None:
        return cost(WattHours(position.bought - position.sold), record.price)
    return traded.get(position.account, Money(0))


def _require_same(
    stored: SettledInterval, record: PriceRecord, shares: tuple[SettledPosition, ...]
) -> None:
    if stored.record != record:
        raise AlreadySettledError(record.interval, "price record")
    if stored.positions != shares:
        raise AlreadySettledError(record.interval, "set of positions")
