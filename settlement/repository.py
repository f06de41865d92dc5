"""All reading and writing of the settlement room's tables. Callers own the transaction."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.interval import Interval
from domain.position import Position
from domain.tariff import Tariff
from domain.trade import ClearingStatus, PriceRecord
from domain.units import Account, MillicentPerKilowattHour, Money, WattHours
from settlement.settled import SettledInterval, SettledPosition, SettledShare
from settlement.tables import SettledIntervalRow, SettledPositionRow


class SettlementRepository:
    """Settled intervals in a database session, which the caller opens and commits."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, settled: SettledInterval) -> None:
        """Store a settled interval with all its positions."""
        self._session.add(_row(settled))

    def get(self, interval: Interval) -> SettledInterval | None:
        """Return what an interval was settled to, or None."""
        row = self._session.get(SettledIntervalRow, (interval.community, interval.start))
        return None if row is None else _settled(row)

    def between(self, community: int, first: int, last: int) -> list[SettledInterval]:
        """Return a community's settled intervals that start in ``[first, last)``, in order.

        Args:
            community: number of the community.
            first: UTC second.
            last: UTC second, not included.
        """
        query = (
            select(SettledIntervalRow)
            .where(
                SettledIntervalRow.community == community,
                SettledIntervalRow.start >= first,
                SettledIntervalRow.start < last,
            )
            .order_by(SettledIntervalRow.start)
        )
        return [_settled(row) for row in self._session.scalars(query)]

    def starts(self, community: int) -> set[int]:
        """Return the starts of a community's settled intervals."""
        query = select(SettledIntervalRow.start).where(SettledIntervalRow.community == community)
        return set(self._session.scalars(query))

    def shares(self, community: int, account: Account, first: int, last: int) -> list[SettledShare]:
        """Return one account's lines of the intervals that start in ``[first, last)``, in order.

        Args:
            community: number of the community.
            account: whose lines.
            first: UTC second.
            last: UTC second, not included.
        """
        query = (
            select(SettledIntervalRow, SettledPositionRow)
            .join(SettledPositionRow)
            .where(
                SettledPositionRow.account == account,
                SettledPositionRow.community == community,
                SettledPositionRow.start >= first,
                SettledPositionRow.start < last,
            )
            .order_by(SettledPositionRow.start)
        )
        return [
            SettledShare(_record(interval), _share(position), interval.transaction_hash)
            for interval, position in self._session.execute(query)
        ]


def _row(settled: SettledInterval) -> SettledIntervalRow:
    record = settled.record
    return SettledIntervalRow(
        community=record.interval.community,
        start=record.interval.start,
        duration=record.interval.duration,
        status=int(record.status),
        price=record.price,
        volume=record.volume,
        feed_in=record.tariff.feed_in,
        retail=record.tariff.retail,
        price_hash=record.price_hash,
        allocation_hash=record.allocation_hash,
        positions_hash=settled.positions_hash,
        grid_payment=settled.grid_payment,
        transaction_hash=settled.transaction_hash,
        settled_at=settled.settled_at,
        positions=[_position_row(share) for share in settled.positions],
    )


def _position_row(share: SettledPosition) -> SettledPositionRow:
    position = share.position
    return SettledPositionRow(
        account=position.account,
        bought=position.bought,
        sold=position.sold,
        imported=position.imported,
        exported=position.exported,
        certificates=position.certificates,
        payment=share.payment,
    )


def _settled(row: SettledIntervalRow) -> SettledInterval:
    return SettledInterval(
        record=_record(row),
        positions=tuple(_share(position) for position in row.positions),
        grid_payment=Money(row.grid_payment),
        positions_hash=row.positions_hash,
        transaction_hash=row.transaction_hash,
        settled_at=row.settled_at,
    )


def _record(row: SettledIntervalRow) -> PriceRecord:
    return PriceRecord(
        interval=Interval(row.community, row.start, row.duration),
        status=ClearingStatus(row.status),
        price=MillicentPerKilowattHour(row.price),
        volume=WattHours(row.volume),
        tariff=Tariff(MillicentPerKilowattHour(row.feed_in), MillicentPerKilowattHour(row.retail)),
        price_hash=row.price_hash,
        allocation_hash=row.allocation_hash,
    )


def _share(row: SettledPositionRow) -> SettledPosition:
    position = Position(
        account=Account(row.account),
        bought=WattHours(row.bought),
        sold=WattHours(row.sold),
        imported=WattHours(row.imported),
        exported=WattHours(row.exported),
        certificates=WattHours(row.certificates),
    )
    return SettledPosition(position, Money(row.payment))
