"""All reading and writing of the settlement room's tables. Callers own the transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session, lazyload, selectinload

from domain.fee import Fee
from domain.interval import Interval
from domain.position import Position
from domain.tariff import Tariff
from domain.trade import ClearingStatus, PriceRecord
from domain.units import Account, MillicentPerKilowattHour, Money, WattHours
from settlement.settled import (
    SettledInterval,
    SettledPosition,
    SettledShare,
    SettlementVersion,
    share_of,
)
from settlement.tables import (
    SettledIntervalRow,
    SettledPositionRow,
    SupersededPositionRow,
    SupersededSettlementRow,
)


class SettlementRepository:
    """Settled intervals in a database session, which the caller opens and commits."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, settled: SettledInterval) -> None:
        """Store a settled interval with all its positions."""
        self._session.add(_row(settled))

    def correct(self, settled: SettledInterval) -> None:
        """Replace what a stored interval was settled to, keeping what it was before.

        Args:
            settled: what holds now; its ``superseded`` end with what is stored as holding.
        """
        row = self._session.get_one(
            SettledIntervalRow, (settled.record.interval.community, settled.record.interval.start)
        )
        number = len(row.superseded)
        row.superseded.append(_superseded_row(number, settled.superseded[number]))
        row.positions_hash = settled.positions_hash
        row.grid_payment = settled.grid_payment
        row.transaction_hash = settled.transaction_hash
        row.settled_at = settled.settled_at
        row.positions = [_position_row(share) for share in settled.positions]

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
            .where(_starts_within(SettledIntervalRow, community, first, last))
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
        span = (community, first, last)
        lines = {share.record.interval.start: share for share in self._uncorrected(account, *span)}
        for settled in self._corrected(*span):
            share = share_of(settled, account)
            if share is not None:
                lines[settled.record.interval.start] = share
        return [lines[start] for start in sorted(lines)]

    def _uncorrected(
        self, account: Account, community: int, first: int, last: int
    ) -> Iterator[SettledShare]:
        """Yield an account's lines as they hold, without looking for corrections."""
        query = (
            select(SettledIntervalRow, SettledPositionRow)
            .join(SettledPositionRow)
            .where(SettledPositionRow.account == account)
            .where(_starts_within(SettledPositionRow, community, first, last))
            # The other accounts' positions are not needed.
            .options(lazyload("*"))
        )
        for row, position in self._session.execute(query):
            share = _share(position, _fee(row))
            yield SettledShare(_record(row), share, row.transaction_hash)

    def _corrected(self, community: int, first: int, last: int) -> list[SettledInterval]:
        """Return the corrected ones of a community's intervals, which are few."""
        query = (
            select(SettledIntervalRow)
            .where(_starts_within(SettledIntervalRow, community, first, last))
            .where(SettledIntervalRow.superseded.any())
            # Rows that are known without them are loaded with their positions now.
            .options(selectinload("*"))
            .execution_options(populate_existing=True)
        )
        return [_settled(row) for row in self._session.scalars(query)]


def _starts_within(
    rows: type[SettledIntervalRow | SettledPositionRow], community: int, first: int, last: int
) -> ColumnElement[bool]:
    """The condition that a row is of a community's interval that starts in ``[first, last)``."""
    return and_(rows.community == community, rows.start >= first, rows.start < last)


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
        fee_account=settled.fee.account,
        fee_rate=settled.fee.rate,
        superseded=[_superseded_row(n, one) for n, one in enumerate(settled.superseded)],
        positions=[_position_row(share) for share in settled.positions],
    )


def _superseded_row(number: int, version: SettlementVersion) -> SupersededSettlementRow:
    return SupersededSettlementRow(
        number=number,
        positions_hash=version.positions_hash,
        grid_payment=version.grid_payment,
        transaction_hash=version.transaction_hash,
        settled_at=version.settled_at,
        positions=[SupersededPositionRow(**_columns(share)) for share in version.positions],
    )


def _position_row(share: SettledPosition) -> SettledPositionRow:
    return SettledPositionRow(**_columns(share))


def _columns(share: SettledPosition) -> dict[str, int]:
    position = share.position
    return {
        "account": position.account,
        "bought": position.bought,
        "sold": position.sold,
        "imported": position.imported,
        "exported": position.exported,
        "certificates": position.certificates,
        "payment": share.payment,
    }


def _settled(row: SettledIntervalRow) -> SettledInterval:
    fee = _fee(row)
    return SettledInterval(
        record=_record(row),
        positions=_shares(row.positions, fee),
        grid_payment=Money(row.grid_payment),
        positions_hash=row.positions_hash,
        transaction_hash=row.transaction_hash,
        settled_at=row.settled_at,
        fee=fee,
        superseded=tuple(_superseded(one, fee) for one in row.superseded),
    )


def _fee(row: SettledIntervalRow) -> Fee:
    return Fee(Account(row.fee_account), MillicentPerKilowattHour(row.fee_rate))


def _superseded(row: SupersededSettlementRow, fee: Fee) -> SettlementVersion:
    return SettlementVersion(
        positions=_shares(row.positions, fee),
        grid_payment=Money(row.grid_payment),
        positions_hash=row.positions_hash,
        transaction_hash=row.transaction_hash,
        settled_at=row.settled_at,
    )


def _shares(
    rows: Iterable[SettledPositionRow | SupersededPositionRow], fee: Fee
) -> tuple[SettledPosition, ...]:
    return tuple(_share(row, fee) for row in rows)


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


def _share(row: SettledPositionRow | SupersededPositionRow, fee: Fee) -> SettledPosition:
    position = Position(
        account=Account(row.account),
        bought=WattHours(row.bought),
        sold=WattHours(row.sold),
        imported=WattHours(row.imported),
        exported=WattHours(row.exported),
        certificates=WattHours(row.certificates),
    )
    return SettledPosition(position, Money(row.payment), fee.on(position.bought))
