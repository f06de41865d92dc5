"""Settling an interval: computed here, checked by the contract, stored; and reading it back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Protocol

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from chain.calls import Call
from chain.outbox import Outbox
from domain.errors import InvalidValueError, RefusedError
from domain.interval import Interval
from domain.position import Position, pack_positions
from domain.reading import Metered
from domain.trade import Fill, PriceRecord
from domain.units import Account, Money
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
        """Return the call that settles an interval."""
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
        shares = _shares(record, fills, metered)
        with Session(self._engine) as session:
            stored = SettlementRepository(session).get(interval)
        if stored is not None:
            _require_same(stored, record, shares)
            return stored
        settled = self._deliver(interval, record, shares)
        with Session(self._engine) as session, session.begin():
            SettlementRepository(session).add(settled)
        return settled

    def _deliver(
        self, interval: Interval, record: PriceRecord, shares: tuple[SettledPosition, ...]
    ) -> SettledInterval:
        listed = [share.position for share in shares]
        to_grid = grid_payment(share.payment for share in shares)
        call = self._contract.settle(interval, record.price_hash, listed, to_grid)
        receipt = self._outbox.deliver(interval.community, interval.start, STEP, call)
        return SettledInterval(
            record=record,
            positions=shares,
            grid_payment=to_grid,
            positions_hash=keccak256(pack_positions(listed)),
            transaction_hash=receipt.tx_hash,
            settled_at=receipt.block_time,
        )


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
    record: PriceRecord, fills: Iterable[Fill], metered: Mapping[Account, Metered]
) -> tuple[SettledPosition, ...]:
    return tuple(
        SettledPosition(position, payment(position, record.price, record.tariff))
        for position in positions(fills, metered)
    )


def _require_same(
    stored: SettledInterval, record: PriceRecord, shares: tuple[SettledPosition, ...]
) -> None:
    if stored.record != record:
        raise AlreadySettledError(record.interval, "price record")
    if stored.positions != shares:
        raise AlreadySettledError(record.interval, "set of positions")
