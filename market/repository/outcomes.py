"""Prices and fills."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import insert, select, tuple_
from sqlalchemy.orm import Session

from domain.interval import Interval
from domain.tariff import Tariff
from domain.trade import ClearingStatus, Fill, PriceRecord
from domain.units import Account, MillicentPerKilowattHour, Money, WattHours
from market.book import ClearedPrice, Trade
from market.repository.columns import FILLS, PRICES
from market.repository.rows import interval_of
from market.tables import FillRow, PriceRow


class OutcomeRepository:
    """Prices and fills."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, cleared: ClearedPrice, fills: Iterable[Fill]) -> None:
        """Store an interval's outcome."""
        record = cleared.record
        place = {
            "community": record.interval.community,
            "start": record.interval.start,
            "duration": record.interval.duration,
        }
        self._session.execute(
            insert(PriceRow).values(
                **place,
                status=int(record.status),
                price=record.price,
                low=cleared.low,
                high=cleared.high,
                volume=record.volume,
                feed_in=record.tariff.feed_in,
                retail=record.tariff.retail,
                price_hash=record.price_hash,
                allocation_hash=record.allocation_hash,
            )
        )
        rows = [
            {
                **place,
                "digest": fill.digest,
                "account": fill.account,
                "bought": fill.bought,
                "sold": fill.sold,
                "payment": fill.payment,
            }
            for fill in fills
        ]
        if rows:
            self._session.execute(insert(FillRow), rows)

    def price(self, interval: Interval) -> ClearedPrice | None:
        """Return an interval's outcome, None where it is not cleared."""
        query = select(*PRICES).where(
            PriceRow.community == interval.community,
            PriceRow.start == interval.start,
            PriceRow.duration == interval.duration,
        )
        row = self._session.execute(query).one_or_none()
        return None if row is None else _cleared(row)

    def prices(
        self, community: int, first: int, last: int, limit: int | None
    ) -> list[ClearedPrice]:
        """Return outcomes of the intervals that start in ``[first, last)``, in their sequence."""
        query = (
            select(*PRICES)
            .where(PriceRow.community == community, PriceRow.start >= first, PriceRow.start < last)
            .order_by(PriceRow.start)
            .limit(limit)
        )
        return [_cleared(row) for row in self._session.execute(query)]

    def intervals(self, community: int) -> list[Interval]:
        """Return all intervals of a community that have an outcome, in their sequence."""
        query = (
            select(PRICES.community, PRICES.start, PRICES.duration)
            .where(PRICES.community == community)
            .order_by(PRICES.start)
        )
        return [interval_of(row) for row in self._session.execute(query)]

    def fills(self, interval: Interval) -> list[Fill]:
        """Return what traded in an interval, in the sequence of digests."""
        query = (
            select(*FILLS)
            .where(FillRow.community == interval.community, FillRow.start == interval.start)
            .order_by(FillRow.digest)
        )
        return [_fill(row) for row in self._session.execute(query)]

    def trades(
        self, account: Account, first: int, last: int, after: tuple[int, bytes], limit: int
    ) -> list[Trade]:
        """Return an account's fills of the intervals that start in ``[first, last)``."""
        query = (
            select(*FILLS)
            .where(FillRow.account == account, FillRow.start >= first, FillRow.start < last)
            .where(tuple_(FillRow.start, FillRow.digest) > after)
            .order_by(FillRow.start, FillRow.digest)
            .limit(limit)
        )
        return [Trade(interval_of(row), _fill(row)) for row in self._session.execute(query)]


def _fill(row: Any) -> Fill:
    return Fill(
        digest=row.digest,
        account=Account(row.account),
        bought=WattHours(row.bought),
        sold=WattHours(row.sold),
        payment=Money(row.payment),
    )


def _cleared(row: Any) -> ClearedPrice:
    record = PriceRecord(
        interval=interval_of(row),
        status=ClearingStatus(row.status),
        price=MillicentPerKilowattHour(row.price),
        volume=WattHours(row.volume),
        tariff=Tariff(MillicentPerKilowattHour(row.feed_in), MillicentPerKilowattHour(row.retail)),
        price_hash=row.price_hash,
        allocation_hash=row.allocation_hash,
    )
    return ClearedPrice(record, row.low, row.high)
